// SPDX-License-Identifier: GPL-2.0-or-later
//
// The device's half of a split virtqueue. [virtio-1.2 §2.7]
//
//   descriptor table   buffers: address, length, flags, next     driver writes
//   available ring     heads of chains for the device            driver writes
//   used ring          heads of chains that are done             device writes
//
// All three lie in guest RAM at addresses that the guest chose, and may change
// under our hands. Nothing there is believed: indices, chains, lengths and
// addresses are checked each time. A rule broken is a reason (text), and the
// device stops until it is reset.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulator/machine/device.hpp"

namespace sim::devices {

class Virtqueue {
public:
    static constexpr std::uint16_t max_size = 256;

    struct Buffer {
        std::uint64_t address = 0;
        std::uint32_t length = 0;
        template <class Self, class Visitor>
        static void fields(Self& self, Visitor& visit) {
            visit("address", self.address);
            visit("length", self.length);
        }
    };
    // One chain: first what the device reads, then what it writes.
    struct Chain {
        std::uint16_t head = 0;
        std::vector<Buffer> readable, writable;
        std::uint64_t readable_bytes() const;
        std::uint64_t writable_bytes() const;
        template <class Self, class Visitor>
        static void fields(Self& self, Visitor& visit) {
            visit("head", self.head);
            visit("readable", self.readable);
            visit("writable", self.writable);
        }
    };
    enum class Taken { chain, nothing, broken };

    // Set by the driver through the transport. [virtio-1.2 §4.1.4.3]
    std::uint16_t size = max_size;
    std::uint16_t vector = 0xFFFF;  // MSI-X, or none
    bool enabled = false;
    std::uint64_t descriptors = 0, available = 0, used = 0;

    // As negotiated.
    struct Features {
        bool indirect = false, event_index = false;
    };

    void reset();
    // Why the driver may not enable the queue as it is; none: it may.
    std::optional<std::string> objection() const;

    // The next chain, without giving it back. `why` is set when broken.
    Taken take(machine::Surroundings&, Features, Chain&, std::string& why);
    // Puts back the last `count` chains taken, unused.
    void untake(std::uint16_t count) {
        next_available_ = static_cast<std::uint16_t>(next_available_ - count);
    }
    // Gives a chain back: visible to the driver after publish(). False: the used ring is no RAM.
    bool give_back(machine::Surroundings&, machine::Device&, std::uint16_t head, std::uint32_t written);
    // Makes everything given back visible. True: the driver wants an interrupt.
    bool publish(machine::Surroundings&, machine::Device&, Features);
    // Whether the driver should tell us about new chains.
    void want_notification(machine::Surroundings&, machine::Device&, Features, bool);

    // For views.
    std::uint16_t next_available() const { return next_available_; }
    std::uint16_t used_index() const { return used_index_; }
    machine::StateNode describe(std::string name, machine::Surroundings&) const;

    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit("size", self.size);
        visit("vector", self.vector);
        visit("enabled", self.enabled);
        visit("descriptors", self.descriptors);
        visit("available", self.available);
        visit("used", self.used);
        visit("next_available", self.next_available_);
        visit("used_index", self.used_index_);
        visit("published", self.published_);
    }

private:
    std::uint16_t next_available_ = 0;  // of the available ring: taken so far
    std::uint16_t used_index_ = 0;      // of the used ring: given back so far
    std::uint16_t published_ = 0;       // and what the driver has been told
};

}  // namespace sim::devices
