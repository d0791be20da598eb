// SPDX-License-Identifier: MIT
//
// The board around one device under test: time stands still until the test
// moves it, and everything that the device does is written down.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "simulator/machine/device.hpp"
#include "simulator/machine/event_queue.hpp"

namespace fakes {

class FakeBoard final : public sim::machine::Surroundings {
public:
    explicit FakeBoard(std::size_t ram_bytes = 0) : ram(ram_bytes) {}

    // Lets time pass, firing the device's timers in order.
    void advance_to(std::uint64_t time) {
        while (auto const first = events.first()) {
            if (first->deadline_ns > time) break;
            now_ns = std::max(now_ns, first->deadline_ns);
            auto const event = events.pop_due(now_ns);
            devices.at(event->device)->on_timer(event->timer);
        }
        now_ns = time;
    }
    void advance(std::uint64_t by) { advance_to(now_ns + by); }

    std::uint64_t now() const override { return now_ns; }
    void arm(sim::machine::Device& d, std::uint32_t timer, std::uint64_t deadline) override {
        ++actions;
        events.arm(index(d), timer, deadline);
    }
    void disarm(sim::machine::Device& d, std::uint32_t timer) override {
        ++actions;
        events.disarm(index(d), timer);
    }
    void set_interrupt_wire(unsigned gsi, bool level) override {
        ++actions;
        wires[gsi] = level;
        if (on_wire) on_wire(gsi, level);
    }
    void send_message(sim::machine::PhysAddr address, std::uint32_t data) override {
        ++actions;
        messages.push_back({address, data});
    }
    bool read_memory(sim::machine::PhysAddr at, std::span<std::uint8_t> into) override {
        if (at > ram.size() || into.size() > ram.size() - at) return false;
        if (!into.empty()) std::memcpy(into.data(), ram.data() + at, into.size());
        return true;
    }
    bool write_memory(sim::machine::Device&, sim::machine::PhysAddr at,
                      std::span<std::uint8_t const> from) override {
        if (at > ram.size() || from.size() > ram.size() - at) return false;
        ++actions;
        if (!from.empty()) std::memcpy(ram.data() + at, from.data(), from.size());
        return true;
    }
    void output(sim::machine::Device&, sim::machine::OutputKind,
                std::span<std::uint8_t const> bytes) override {
        ++actions;
        outputs.emplace_back(bytes.begin(), bytes.end());
    }
    void set_interrupt_line(unsigned, bool on) override {
        ++actions;
        line = on;
    }
    void nmi(unsigned) override { ++actions, ++nmis; }
    void init(unsigned cpu) override { ++actions, inits.push_back(cpu); }
    void start_up(unsigned cpu, std::uint8_t page) override {
        ++actions;
        start_ups.push_back({cpu, page});
    }
    void exit(std::uint32_t status) override { ++actions, exit_status = status; }
    void report(std::string_view, std::string text) override { reports.push_back(std::move(text)); }

    struct Message {
        std::uint64_t address;
        std::uint32_t data;
        friend bool operator==(Message const&, Message const&) = default;
    };
    std::uint64_t now_ns = 0;
    std::vector<std::uint8_t> ram;
    std::map<unsigned, bool> wires;
    std::vector<Message> messages;
    std::vector<std::vector<std::uint8_t>> outputs;
    std::vector<std::string> reports;
    std::optional<std::uint32_t> exit_status;
    bool line = false;
    int nmis = 0;
    std::vector<unsigned> inits;
    std::vector<std::pair<unsigned, std::uint8_t>> start_ups;
    int actions = 0;  // everything that the device did to the board
    sim::machine::EventQueue events;
    std::function<void(unsigned, bool)> on_wire;

private:
    std::uint32_t index(sim::machine::Device& d) {
        for (std::uint32_t i = 0; i < devices.size(); ++i)
            if (devices[i] == &d) return i;
        devices.push_back(&d);
        return static_cast<std::uint32_t>(devices.size() - 1);
    }
    std::vector<sim::machine::Device*> devices;
};

inline std::vector<std::uint8_t> saved(sim::machine::Device const& device) {
    sim::machine::StateWriter writer;
    device.save(writer);
    return writer.take();
}

// The state of `device` loaded into `other`, which the test has made different:
// afterwards both are the same, nothing was done to the board, and every
// truncation of the state is refused.
inline void expect_round_trip(sim::machine::Device const& device, sim::machine::Device& other,
                              FakeBoard& board) {
    auto const bytes = saved(device);
    EXPECT_NE(saved(other), bytes) << "the test proves nothing: make the other device different first";
    int const actions_before = board.actions;
    sim::machine::StateReader reader(bytes);
    other.load(reader);
    reader.finish();
    EXPECT_EQ(board.actions, actions_before) << "loading must be silent";
    EXPECT_EQ(saved(other), bytes);
    EXPECT_EQ(other.hash(), device.hash());
    for (std::size_t n = 0; n < bytes.size(); ++n) {
        sim::machine::StateReader truncated(std::span<std::uint8_t const>(bytes).first(n));
        EXPECT_THROW(
            {
                other.load(truncated);
                truncated.finish();
            },
            sim::machine::StateError);
    }
    sim::machine::StateReader again(bytes);
    other.load(again);
}

}  // namespace fakes
