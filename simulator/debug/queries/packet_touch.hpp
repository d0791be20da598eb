// SPDX-License-Identifier: GPL-2.0-or-later
//
// What did this packet touch? From the card's DMA to the answer: the memory that
// the card wrote, the interrupt, its handler's span, the threads that were
// woken, the functions that read the packet's bytes, the packets sent next.
#pragma once

#include <string>
#include <vector>

#include "simulator/debug/queries/scene.hpp"

namespace sim::debug::queries {

struct PacketTouch {
    std::uint64_t packet = 0;  // counted from 1, as in packet:3
    machine::Moment at;
    std::uint64_t virtual_ns = 0;
    bool received = false;
    std::string summary;  // "TCP 10.0.2.2:43210 > 10.0.2.15:80 SYN"
    struct Range {
        std::uint64_t physical = 0, length = 0;
        bool payload = false;  // the packet's own bytes; else the ring's
    };
    std::vector<Range> dma;
    struct Interrupt {
        std::uint8_t vector = 0;
        machine::Moment at;
        std::optional<machine::Moment> until;  // the probe at the handler's end
    };
    std::optional<Interrupt> interrupt;
    struct Woken {
        std::string thread;
        machine::Moment at;
    };
    std::vector<Woken> woken;
    struct Reader {
        std::string function, line;
        std::uint64_t reads = 0, writes = 0;
        machine::Moment first;
    };
    std::vector<Reader> readers;  // in order of their first touch
    struct Answer {
        std::uint64_t packet = 0;
        machine::Moment at;
        std::string summary;
    };
    std::vector<Answer> answers;
    std::optional<Actor> sender;  // of a packet that the guest sent: who told the card
    machine::Moment until;        // how far was looked
    std::string problem;
    bool cancelled = false;
};

PacketTouch packet_touch(Scene&, std::uint64_t packet);

}  // namespace sim::debug::queries
