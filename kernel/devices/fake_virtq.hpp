// SPDX-License-Identifier: MIT
//
// The device's half of a split virtqueue, for tests of the driver's. Written
// from the specification, with offsets of its own: it checks every rule that
// binds the driver, and can break every rule that binds the device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include "kernel/devices/virtqueue.hpp"

namespace devices {

class FakeVirtq {
public:
    struct Part {
        std::uint64_t address;
        std::uint32_t length;
        bool writable;
    };
    struct Chain {
        std::uint16_t head;
        std::vector<Part> parts;
    };

    FakeVirtq() = default;
    // The parts lie where the driver says; physical addresses are the host's own.
    FakeVirtq(Virtqueue::Addresses parts, std::uint16_t size, bool event_index, bool indirect = false)
        : descriptors_(at(parts.descriptors)),
          available_(at(parts.available)),
          used_(at(parts.used)),
          size_(size),
          event_index_(event_index),
          indirect_(indirect) {
        // [virtio-1.2 §2.7]: alignment of the three parts
        if (parts.descriptors.raw() % 16 || parts.available.raw() % 2 || parts.used.raw() % 4)
            throw std::runtime_error("a part of the queue is not aligned");
    }
    static std::byte* at(base::PhysAddr address) { return reinterpret_cast<std::byte*>(address.raw()); }

    // --- as a device should ------------------------------------------------

    // The next chain offered, or nothing; throws when the driver broke a rule.
    std::optional<Chain> take() {
        std::uint16_t const index = get16(available_ + 2);
        if (index == next_available_) return std::nullopt;
        if (static_cast<std::uint16_t>(index - next_available_) > size_)
            throw std::runtime_error("available index jumped");
        std::uint16_t const head = get16(available_ + 4 + 2 * (next_available_ % size_));
        ++next_available_;
        Chain chain{head, {}};
        bool seen_writable = false;
        // [virtio-1.2 §2.7.5.3]: the chain may lie in a table of its own.
        std::byte* table = descriptors_;
        std::size_t entries = size_;
        std::uint16_t first = head;
        if (head < size_ && (get16(descriptors_ + 16 * head + 12) & 4) != 0) {
            std::byte* const d = descriptors_ + 16 * head;
            if (!indirect_) throw std::runtime_error("a table, which was not negotiated");
            if (get16(d + 12) & 1) throw std::runtime_error("a table and a next descriptor");
            if (get32(d + 8) == 0 || get32(d + 8) % 16) throw std::runtime_error("a table of odd length");
            entries = get32(d + 8) / 16;
            if (entries > size_) throw std::runtime_error("a chain longer than the queue");
            table = at(base::PhysAddr(get64(d)));
            first = 0;
            ++tables_seen_;
        }
        for (std::uint16_t at = first;;) {
            if (at >= entries) throw std::runtime_error("descriptor out of range");
            if (chain.parts.size() >= entries) throw std::runtime_error("endless chain");
            std::byte* const d = table + 16 * at;
            std::uint16_t const flags = get16(d + 12);
            if (flags & ~3) throw std::runtime_error("unknown descriptor flags");
            Part const part{get64(d), get32(d + 8), (flags & 2) != 0};
            if (part.length == 0) throw std::runtime_error("empty buffer");
            if (seen_writable && !part.writable) throw std::runtime_error("readable behind writable");
            seen_writable = part.writable;
            chain.parts.push_back(part);
            if (!(flags & 1)) break;
            at = get16(d + 14);
        }
        return chain;
    }
    // No notification needed, or: one when the driver goes past where I am.
    void want_notifications(bool want) {
        if (event_index_)
            put16(used_ + 4 + 8 * size_,
                  static_cast<std::uint16_t>(want ? next_available_ : next_available_ - 1));
        else
            put16(used_, want ? 0 : 1);
    }
    // What the driver left there when it made the queue.
    std::uint16_t used_flags() const { return get16(used_); }
    // Finishes a chain. True: the driver wants an interrupt.
    bool use(std::uint32_t id, std::uint32_t length) {
        put_used_entry(id, length);
        std::uint16_t const before = get16(used_ + 2);
        put16(used_ + 2, static_cast<std::uint16_t>(before + 1));
        if (!event_index_) return !(get16(available_) & 1);
        return get16(available_ + 4 + 2 * size_) == before;  // [virtio-1.2 §2.7.7.2], for a step of one
    }

    // --- as it should not --------------------------------------------------

    void put_used_entry(std::uint32_t id, std::uint32_t length) {
        std::byte* const entry = used_ + 4 + 8 * (get16(used_ + 2) % size_);
        std::memcpy(entry, &id, 4);
        std::memcpy(entry + 4, &length, 4);
    }
    void step_used_index(std::uint16_t by) {
        put16(used_ + 2, static_cast<std::uint16_t>(get16(used_ + 2) + by));
    }
    // Writes the one of the two wishes that means nothing, given what was negotiated.
    void put_the_meaningless_wish(std::uint16_t value) {
        put16(event_index_ ? used_ : used_ + 4 + 8 * size_, value);
    }
    void scribble_descriptors(std::uint8_t with) { std::memset(descriptors_, with, 16 * std::size_t{size_}); }
    void scribble(std::uint8_t with) {
        scribble_descriptors(with);
        std::memset(available_, with, 6 + 2 * std::size_t{size_});
        std::memset(used_, with, 6 + 8 * std::size_t{size_});
    }

    std::uint16_t size() const { return size_; }
    unsigned tables_seen() const { return tables_seen_; }

private:
    static std::uint16_t get16(std::byte* at) {
        std::uint16_t v;
        return std::memcpy(&v, at, 2), v;
    }
    static std::uint32_t get32(std::byte* at) {
        std::uint32_t v;
        return std::memcpy(&v, at, 4), v;
    }
    static std::uint64_t get64(std::byte* at) {
        std::uint64_t v;
        return std::memcpy(&v, at, 8), v;
    }
    static void put16(std::byte* at, std::uint16_t v) { std::memcpy(at, &v, 2); }

    std::byte* descriptors_ = nullptr;
    std::byte* available_ = nullptr;
    std::byte* used_ = nullptr;
    std::uint16_t size_ = 0;
    std::uint16_t next_available_ = 0;
    bool event_index_ = false, indirect_ = false;
    unsigned tables_seen_ = 0;
};

// Memory for a queue, zeroed and aligned.
class QueueMemory {
public:
    explicit QueueMemory(std::uint16_t size, std::uint16_t table_size = 0)
        : bytes_(Virtqueue::memory_size(size, table_size) + 16) {
        offset_ = (16 - reinterpret_cast<std::uintptr_t>(bytes_.data()) % 16) % 16;
    }
    std::span<std::byte> bytes() { return std::span(bytes_).subspan(offset_, bytes_.size() - 16); }
    base::PhysAddr physical() {
        return base::PhysAddr(reinterpret_cast<std::uint64_t>(bytes_.data() + offset_));
    }

private:
    std::vector<std::byte> bytes_;
    std::size_t offset_;
};

}  // namespace devices
