// SPDX-License-Identifier: GPL-2.0-or-later
//
// Does the engine translate far more than it executes? It translates up to 512
// instructions at a time. Straight code in which each instruction touches a device or
// writes its own page begins again after each of them, and translates all that follows
// anew: half a millisecond for one instruction. Then it is better to take a stretch of
// instructions one by one. A guest cannot tell; it is a matter of the host's time alone,
// so nothing of this is state of the machine.
#pragma once

#include <algorithm>
#include <cstdint>

namespace sim::engine {

class WastedTranslation {
public:
    // Both counts are of instructions; `retired` jumps when the machine's state is set. True:
    // the next one is to run by itself.
    bool one_by_one(std::uint64_t translated, std::uint64_t retired) {
        if (begin_ <= retired && retired < end_) return true;
        std::uint64_t const executed = retired - since_retired_, made = translated - since_translated_;
        if (executed <= window && made <= allowance + ratio * executed) return false;
        since_translated_ = translated;
        since_retired_ = retired;
        if (executed > window) {  // or time went back
            length_ = shortest;
            return false;
        }
        begin_ = retired;
        end_ = since_retired_ = retired + length_;
        length_ = std::min(2 * length_, longest);
        return true;
    }

private:
    static constexpr std::uint64_t ratio = 32, allowance = 4'096, window = 1'024;
    static constexpr std::uint64_t shortest = 256, longest = 4'096;
    std::uint64_t since_translated_ = 0, since_retired_ = 0;  // where we began to compare
    std::uint64_t begin_ = 0, end_ = 0, length_ = shortest;   // of the stretch; the next one's length
};

}  // namespace sim::engine
