// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where everything stands. The shell is fixed: transport bar on top, activity
// list left, panes, timeline, status bar. The panes are a tree of splits; each
// leaf is a bar of tabs. Nothing here draws.
#pragma once

#include <vector>

#include "visualizer/model/geometry.hpp"
#include "visualizer/model/views.hpp"

namespace viz::model {

struct ShellRects {
    Rect transport, activities, body, timeline, status;
    bool compact = false;  // little room: labels give way to icons
};

// Tiles `frame` completely. `scale` is the size of one designed pixel.
ShellRects place_shell(Rect frame, float scale);

// One node of the tree of panes. A split has two children; a leaf has tabs.
struct PaneNode {
    enum class Kind : unsigned char {
        leaf,
        row,
        column
    } kind = Kind::leaf;          // row: side by side; column: one above the other
    float ratio = 0.5f;           // the first child's share
    int first = -1, second = -1;  // indices into Layout::nodes
    std::vector<ViewId> tabs;
    int active = 0;
};

struct Layout {
    std::vector<PaneNode> nodes;  // nodes[0] is the root

    int leaf_with(ViewId) const;      // index of the leaf that has this tab, or -1
    std::vector<int> leaves() const;  // as one reads: from the left, from above
    bool show(ViewId);                // makes its tab the active one; false: no leaf has it
    bool visible(ViewId) const;
};

Layout layout_of(Perspective);
// The same for little room: panes that would stand one above the other share
// their tabs, so that at most two stand side by side.
Layout compacted(Layout const&);
Layout layout_of(ViewId);  // one pane that holds this view alone
Layout layout_of_all();    // a pane for every view: what costs most

struct PlacedPane {
    int node = 0;
    Rect rect;
};
struct PlacedSplitter {
    int node = 0;
    bool upright = false;  // a vertical bar, dragged sideways
    Rect rect;
    Rect area;  // of both children
};
struct Placement {
    std::vector<PlacedPane> panes;
    std::vector<PlacedSplitter> splitters;
};
Placement place_panes(Layout const&, Rect body, float gap, float least);

// The ratio that puts the splitter's middle under the pointer, both sides kept
// at least `least` pixels.
float dragged_ratio(PlacedSplitter const&, Point pointer, float least);

}  // namespace viz::model
