// SPDX-License-Identifier: GPL-2.0-or-later
//
// Sixteen frames, handed out by the buddy system: a request is rounded up to a power
// of two and gets a block of that size, cut out of a free block of the smallest size
// that is large enough; buddies that are both free are one block. Which block of that
// size it is, and which of its parts, is nowhere said: the model knows all that could
// be. So an answer is right only when it is right for every buddy system.
#pragma once

#include <array>
#include <set>
#include <string>

namespace lab::frames {

class BuddyModel {
public:
    static constexpr unsigned frame_count = 16;

    BuddyModel();

    enum class Served { always, never, sometimes };
    // Takes 1 to 16 frames. `sometimes`: it depends on the choices before.
    Served take(char name, unsigned frames);
    void give_back(char name);

private:
    using Memory = std::array<char, frame_count>;  // whose each frame is; 0: free
    static void keep(std::set<Memory>&, Memory);

    std::set<Memory> possible_;
};

}  // namespace lab::frames
