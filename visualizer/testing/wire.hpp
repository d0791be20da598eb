// SPDX-License-Identifier: GPL-2.0-or-later
//
// For tests: TCP segments as a person writes them, as the events that they make.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "visualizer/model/tcp_flow.hpp"
#include "visualizer/testing/sample_snapshot.hpp"

namespace viz::testing {

using sim::debug::Event;
using sim::debug::EventIndex;
using sim::debug::EventKind;

// A wire on which one connection is played, a microsecond a frame.
class Wire {
public:
    // To the guest, or from it. `options` are padded to whole words.
    Wire& frame(bool in, std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledgement,
                std::size_t bytes = 0, std::vector<std::uint8_t> options = {}) {
        while (options.size() % 4) options.push_back(1);
        auto b = tcp_frame(in, flags, sequence, acknowledgement, std::string(bytes, 'x'));
        b.insert(b.begin() + 54, options.begin(), options.end());
        b[46] = static_cast<std::uint8_t>((5 + options.size() / 4) << 4);
        std::size_t const total = b.size() - 14;
        b[16] = static_cast<std::uint8_t>(total >> 8), b[17] = static_cast<std::uint8_t>(total);
        ns_ += 1000;
        Event e;
        e.at = {ns_, 0};
        e.virtual_ns = ns_;
        e.kind = in ? EventKind::packet_in : EventKind::packet_out;
        e.a = b.size();
        e.packet = std::make_shared<std::vector<std::uint8_t> const>(std::move(b));
        index.add(e);
        return *this;
    }
    Wire& in(std::uint8_t f, std::uint32_t s, std::uint32_t a, std::size_t n = 0) {
        return frame(true, f, s, a, n);
    }
    Wire& out(std::uint8_t f, std::uint32_t s, std::uint32_t a, std::size_t n = 0) {
        return frame(false, f, s, a, n);
    }
    Wire& state(unsigned from, unsigned to) {
        Event e;
        ns_ += 10;
        e.at = {ns_, 0};
        e.virtual_ns = ns_;
        e.kind = EventKind::tcp_state;
        e.a = 0x900, e.b = from, e.c = to;
        index.add(e);
        return *this;
    }
    // What the kernel tells of its sender: a probe.
    Wire& tells(EventKind kind, std::uint64_t b, std::uint64_t c) {
        Event e;
        ns_ += 10;
        e.at = {ns_, 0};
        e.virtual_ns = ns_;
        e.kind = kind;
        e.a = 0x900, e.b = b, e.c = c;
        index.add(e);
        return *this;
    }
    Wire& wait(std::uint64_t ns) {
        ns_ += ns;
        return *this;
    }
    std::uint64_t now() const { return ns_; }
    model::TcpFlows flows() const {
        model::TcpFlows all;
        all.update(index.view());
        return all;
    }
    EventIndex index;

private:
    std::uint64_t ns_ = 0;
};

}  // namespace viz::testing
