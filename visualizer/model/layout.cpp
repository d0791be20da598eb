// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/layout.hpp"

#include <algorithm>
#include <cmath>

namespace viz::model {

ShellRects place_shell(Rect frame, float scale) {
    // Below this many designed pixels the labels of the activity list and half
    // of the timeline go: the panes need the room.
    bool compact = frame.width / scale < 1000 || frame.height / scale < 560;
    auto px = [&](float designed) { return std::round(designed * scale); };
    float transport = px(compact ? 44 : 52);
    float activities = px(compact ? 44 : 84);
    float timeline = px(compact ? 76 : 132);
    float status = px(24);

    ShellRects out;
    out.compact = compact;
    out.transport = {frame.x, frame.y, frame.width, transport};
    out.status = {frame.x, frame.bottom() - status, frame.width, status};
    out.timeline = {frame.x + activities, out.status.y - timeline, frame.width - activities, timeline};
    out.activities = {frame.x, out.transport.bottom(), activities, out.status.y - out.transport.bottom()};
    out.body = {out.activities.right(), out.transport.bottom(), frame.width - activities,
                out.timeline.y - out.transport.bottom()};
    return out;
}

int Layout::leaf_with(ViewId view) const {
    for (unsigned i = 0; i < nodes.size(); ++i)
        if (std::ranges::find(nodes[i].tabs, view) != nodes[i].tabs.end()) return static_cast<int>(i);
    return -1;
}

std::vector<int> Layout::leaves() const {
    std::vector<int> out, todo;
    if (!nodes.empty()) todo.push_back(0);
    while (!todo.empty()) {
        int const at = todo.back();
        todo.pop_back();
        auto const& node = nodes[static_cast<unsigned>(at)];
        if (node.kind == PaneNode::Kind::leaf)
            out.push_back(at);
        else
            todo.insert(todo.end(), {node.second, node.first});
    }
    return out;
}

bool Layout::show(ViewId view) {
    int leaf = leaf_with(view);
    if (leaf < 0) return false;
    auto& node = nodes[static_cast<unsigned>(leaf)];
    node.active = static_cast<int>(std::ranges::find(node.tabs, view) - node.tabs.begin());
    return true;
}

bool Layout::visible(ViewId view) const {
    int leaf = leaf_with(view);
    if (leaf < 0) return false;
    auto const& node = nodes[static_cast<unsigned>(leaf)];
    return node.tabs[static_cast<unsigned>(node.active)] == view;
}

namespace {

using Kind = PaneNode::Kind;

PaneNode split(Kind kind, float ratio, int first, int second) { return {kind, ratio, first, second, {}, 0}; }
PaneNode leaf(std::vector<ViewId> tabs) { return {Kind::leaf, 0.5f, -1, -1, std::move(tabs), 0}; }

}  // namespace

Layout layout_of(Perspective perspective) {
    using enum ViewId;
    switch (perspective) {
        case Perspective::overview:
            return {{split(Kind::row, 0.44f, 1, 2), split(Kind::column, 0.66f, 3, 4),
                     split(Kind::column, 0.46f, 5, 6), leaf({machine, registers, walk}),
                     leaf({console, source, memory, stops, branches}), leaf({scheduler, threads, frames}),
                     leaf({packets, ladder, connection, events, devices, answers})}};
        case Perspective::boot:
            return {{split(Kind::row, 0.5f, 1, 2), leaf({source, memory, stops}),
                     split(Kind::column, 0.55f, 3, 4), leaf({registers, descriptors, walk, devices}),
                     leaf({console, events, machine, answers})}};
        case Perspective::memory:
            return {{split(Kind::row, 0.5f, 1, 2), split(Kind::column, 0.55f, 3, 4),
                     split(Kind::column, 0.55f, 5, 6), leaf({frames, heap, machine}),
                     leaf({source, threads, console, stops}), leaf({walk, pages, descriptors}),
                     leaf({memory, registers, events, answers})}};
        case Perspective::scheduling:
            return {{split(Kind::column, 0.5f, 1, 2), leaf({scheduler, machine}),
                     split(Kind::row, 0.42f, 3, 4), leaf({threads, waits, registers, memory}),
                     split(Kind::row, 0.5f, 5, 6), leaf({events, devices, descriptors, answers}),
                     leaf({source, console, stops})}};
        case Perspective::network:
            return {{split(Kind::column, 0.64f, 1, 2), leaf({packets, ladder, connection}),
                     split(Kind::row, 0.5f, 3, 4), leaf({scheduler, threads, source, stops}),
                     leaf({console, events, devices, machine, answers})}};
        case Perspective::compare:
            return {{split(Kind::row, 0.46f, 1, 2), split(Kind::column, 0.42f, 3, 4),
                     leaf({comparison, answers, walk}), leaf({branches, stops}),
                     leaf({source, console, events, memory, registers, threads})}};
        case Perspective::disk:
            return {{split(Kind::column, 0.6f, 1, 2), leaf({ViewId::disk, memory}),
                     split(Kind::row, 0.5f, 3, 4), leaf({events, scheduler, threads}),
                     leaf({console, source, devices, answers, stops})}};
    }
    return {};
}

namespace {

void collect_tabs(Layout const& layout, int index, std::vector<ViewId>& tabs) {
    PaneNode const& node = layout.nodes[static_cast<unsigned>(index)];
    if (node.kind != Kind::leaf) {
        collect_tabs(layout, node.first, tabs);
        collect_tabs(layout, node.second, tabs);
        return;
    }
    for (ViewId tab : node.tabs)
        if (std::ranges::find(tabs, tab) == tabs.end()) tabs.push_back(tab);
}

}  // namespace

Layout compacted(Layout const& layout) {
    if (layout.nodes.empty() || layout.nodes[0].kind == Kind::leaf) return layout;
    // The first split that is side by side stays: by itself, or below the pane
    // that joins its left side.
    PaneNode const& root = layout.nodes[0];
    std::vector<ViewId> left, right;
    if (root.kind == Kind::row) {
        collect_tabs(layout, root.first, left);
        collect_tabs(layout, root.second, right);
        return {{split(Kind::row, 0.5f, 1, 2), leaf(left), leaf(right)}};
    }
    collect_tabs(layout, root.first, left);
    collect_tabs(layout, root.second, right);
    return {{split(Kind::row, 0.58f, 1, 2), leaf(left), leaf(right)}};
}

Layout layout_of(ViewId view) { return {{leaf({view})}}; }

namespace {

// Halves, one way and then the other. Returns the node's place.
int share_out(Layout& layout, unsigned first, unsigned end, Kind kind) {
    int const at = static_cast<int>(layout.nodes.size());
    if (end - first == 1) {
        layout.nodes.push_back(leaf({all_views()[first].id}));
        return at;
    }
    unsigned const middle = first + (end - first) / 2;
    float const ratio = static_cast<float>(middle - first) / static_cast<float>(end - first);
    layout.nodes.push_back(split(kind, ratio, -1, -1));
    Kind const other = kind == Kind::row ? Kind::column : Kind::row;
    int const left = share_out(layout, first, middle, other), right = share_out(layout, middle, end, other);
    layout.nodes[static_cast<unsigned>(at)].first = left;
    layout.nodes[static_cast<unsigned>(at)].second = right;
    return at;
}

}  // namespace

Layout layout_of_all() {
    Layout layout;
    share_out(layout, 0, view_count, Kind::row);
    return layout;
}

namespace {

void place(Layout const& layout, int index, Rect rect, float gap, float least, Placement& out) {
    PaneNode const& node = layout.nodes[static_cast<unsigned>(index)];
    if (node.kind == Kind::leaf) {
        out.panes.push_back({index, rect});
        return;
    }
    bool row = node.kind == Kind::row;
    float length = (row ? rect.width : rect.height) - gap;
    float first = std::round(length * node.ratio);
    // Both children keep `least`; where there is not room for two, halves.
    first = length < 2 * least ? std::round(length / 2) : std::clamp(first, least, length - least);
    Rect a = rect, bar = rect, b = rect;
    if (row) {
        a.width = first;
        bar.x = a.right(), bar.width = gap;
        b.x = bar.right(), b.width = rect.right() - b.x;
    } else {
        a.height = first;
        bar.y = a.bottom(), bar.height = gap;
        b.y = bar.bottom(), b.height = rect.bottom() - b.y;
    }
    out.splitters.push_back({index, row, bar, rect});
    place(layout, node.first, a, gap, least, out);
    place(layout, node.second, b, gap, least, out);
}

}  // namespace

Placement place_panes(Layout const& layout, Rect body, float gap, float least) {
    Placement out;
    if (!layout.nodes.empty()) place(layout, 0, body, gap, least, out);
    return out;
}

float dragged_ratio(PlacedSplitter const& splitter, Point pointer, float least) {
    Rect const& area = splitter.area;
    float gap = splitter.upright ? splitter.rect.width : splitter.rect.height;
    float length = (splitter.upright ? area.width : area.height) - gap;
    float first = (splitter.upright ? pointer.x - area.x : pointer.y - area.y) - gap / 2;
    if (length <= 0) return 0.5f;
    return length < 2 * least ? 0.5f : std::clamp(first, least, length - least) / length;
}

}  // namespace viz::model
