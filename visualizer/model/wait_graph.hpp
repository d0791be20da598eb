// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who waits for whom, as a drawing: threads and locks as boxes, a thread's arrow to the
// lock that it waits for, a lock's to its holder. Nobody has more than one arrow, so
// each piece is a tree, or a circle with trees: a deadlock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "simulator/debug/snapshot.hpp"
#include "visualizer/model/geometry.hpp"

namespace viz::model {

struct WaitNode {
    bool lock = false;  // else a thread
    std::uint64_t address = 0;
    std::string name;
    bool in_circle = false;
};
struct WaitArrow {
    std::size_t from = 0, to = 0;  // nodes
    bool in_circle = false;
};
struct WaitGraph {
    std::vector<WaitNode> nodes;
    std::vector<WaitArrow> arrows;  // of each node at most one begins
    std::vector<std::vector<std::size_t>> circles;  // as the arrows go round
};
// Of the locks that are held, with who holds and awaits them.
WaitGraph wait_graph(sim::debug::Snapshot const&);
// "Deadlock: anna waits for left fork, held by bert; bert waits for right fork, held by anna".
std::string circle_in_words(WaitGraph const&, std::vector<std::size_t> const& circle);

// Where all of it stands, from (0, 0) on.
struct WaitPlaces {
    std::vector<Rect> nodes;
    std::vector<std::vector<Point>> arrows;  // from border to border, upright and level pieces
    float width = 0, height = 0;
};
struct WaitSizes {
    float width = 0, height = 0;          // of a box
    float gap_across = 0, gap_down = 0;  // between boxes
};
// As many boxes beside each other as fit, but never a piece that is broken.
WaitPlaces place_waits(WaitGraph const&, WaitSizes, float width);

}  // namespace viz::model
