// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/wait_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "simulator/debug/wait_circles.hpp"

namespace viz::model {

using sim::debug::Snapshot;

WaitGraph wait_graph(Snapshot const& now) {
    WaitGraph out;
    std::map<std::pair<bool, std::uint64_t>, std::size_t> known;
    auto const node = [&](bool lock, std::uint64_t address, std::string const& name) {
        auto const [at, fresh] = known.try_emplace({lock, address}, out.nodes.size());
        if (fresh) out.nodes.push_back({lock, address, name.empty() ? fmt::format("{:#x}", address) : name});
        return at->second;
    };
    auto const thread = [&](std::uint64_t address) {
        auto const* t = now.kernel.thread(address);
        return node(false, address, t ? t->name : "");
    };
    std::set<std::size_t> waiting;
    for (auto const& lock : now.kernel.locks) {
        std::size_t const itself = node(true, lock.address, lock.name);
        if (lock.owner) out.arrows.push_back({itself, thread(lock.owner)});
        for (std::uint64_t waiter : lock.waiters) {
            std::size_t const from = thread(waiter);
            // Of a list that was being changed: nobody waits twice.
            if (waiting.insert(from).second) out.arrows.push_back({from, itself});
        }
    }
    for (auto const& circle : sim::debug::wait_circles(now.kernel)) {
        auto& nodes = out.circles.emplace_back();
        for (auto const& step : circle) nodes.push_back(thread(step.thread)), nodes.push_back(node(true, step.lock, ""));
        for (std::size_t n : nodes) out.nodes[n].in_circle = true;
    }
    for (WaitArrow& a : out.arrows) a.in_circle = out.nodes[a.from].in_circle && out.nodes[a.to].in_circle;
    return out;
}

std::string circle_in_words(WaitGraph const& graph, std::vector<std::size_t> const& circle) {
    std::string text = "Deadlock: ";
    for (std::size_t i = 0; i + 1 < circle.size(); i += 2)
        text += fmt::format("{}{} waits for {}, held by {}", i ? "; " : "", graph.nodes[circle[i]].name,
                            graph.nodes[circle[i + 1]].name, graph.nodes[circle[(i + 2) % circle.size()]].name);
    return text;
}

namespace {

constexpr float lane = 0.4f;  // of a gap, between arrows that run in it beside each other

// One piece of the graph in cells, then in pixels.
class Piece {
public:
    // `towards`: of each node who points at it; `arrow_of`: its own arrow.
    Piece(WaitGraph const& graph, std::vector<std::vector<std::size_t>> const& towards,
          std::vector<std::size_t> const& arrow_of, std::size_t root, std::vector<std::size_t> const* circle)
        : graph_(graph), towards_(towards), arrow_of_(arrow_of) {
        if (circle)
            lay_out_circle(*circle);
        else
            hang(root, 0);
    }
    std::size_t size() const { return cells_.size(); }

    // From a corner on.
    void place(WaitSizes s, Point corner, WaitPlaces& out) const {
        for (auto const& [n, cell] : cells_)
            out.nodes[n] = {corner.x + static_cast<float>(cell.column) * (s.width + s.gap_across),
                            corner.y + head(s) + static_cast<float>(cell.row) * (s.height + s.gap_down), s.width, s.height};
        for (auto const& [n, cell] : cells_)
            if (std::size_t const i = arrow_of_[n]; i < graph_.arrows.size()) out.arrows[i] = arrow(graph_.arrows[i], s, out);
    }
    float width(WaitSizes s) const {
        return static_cast<float>(columns_) * (s.width + s.gap_across) - s.gap_across;
    }
    float height(WaitSizes s) const {
        float const boxes = head(s) + static_cast<float>(rows_) * (s.height + s.gap_down) - s.gap_down;
        if (ring_.empty()) return boxes;
        float const ring = head(s) + 2 * s.height + s.gap_down + static_cast<float>(lanes(1)) * lane * s.gap_down;
        return std::max(boxes, ring);
    }

private:
    struct Cell {
        unsigned column = 0, row = 0;
    };
    void put(std::size_t n, unsigned column, unsigned row) {
        cells_[n] = {column, row};
        columns_ = std::max(columns_, column + 1);
        rows_ = std::max(rows_, row + 1);
    }
    // A tree: whoever is waited for at the left, each leaf in a row of its own.
    void hang(std::size_t n, unsigned column) {
        unsigned const row = next_row_;
        put(n, column, row);
        bool first = true;
        for (std::size_t child : towards_[n]) {
            if (!first) ++next_row_;
            first = false;
            hang(child, column + 1);
        }
    }
    // Two rows, there and back; what waits for somebody in it stands at its right.
    void lay_out_circle(std::vector<std::size_t> ring) {
        auto const outside = [&](std::size_t n) {
            std::vector<std::size_t> out;
            for (std::size_t child : towards_[n])
                if (!graph_.nodes[child].in_circle) out.push_back(child);
            return out;
        };
        auto const half = static_cast<unsigned>(ring.size() / 2);
        // The one that most hang at is the last one of the upper row.
        auto const most = std::ranges::max_element(ring, {}, [&](std::size_t n) { return outside(n).size(); });
        auto const shift = (static_cast<std::size_t>(most - ring.begin()) + ring.size() - (half - 1)) % ring.size();
        std::rotate(ring.begin(), ring.begin() + static_cast<std::ptrdiff_t>(shift), ring.end());
        ring_ = ring;
        for (unsigned i = 0; i < ring.size(); ++i)
            put(ring[i], i < half ? i : static_cast<unsigned>(ring.size()) - 1 - i, i < half ? 0 : 1);
        bool any = false;
        for (unsigned i = 0; i < ring.size(); ++i) {
            // From the upper row's end to its beginning, then the lower one's.
            std::size_t const n = ring[i < half ? half - 1 - i : i];
            for (std::size_t child : outside(n)) {
                if (any) ++next_row_;
                any = true;
                bool const straight = cells_[n].column + 1 == half && cells_[n].row == next_row_;
                if (!straight && !lane_.contains(n)) lane_[n] = lanes(cells_[n].row);
                if (!straight) around_.push_back(child);
                hang(child, half);
            }
        }
    }
    unsigned lanes(unsigned row) const {
        return static_cast<unsigned>(std::ranges::count_if(
            lane_, [&](auto const& l) { return cells_.at(l.first).row == row; }));
    }
    // What lies above the upper row.
    float head(WaitSizes s) const { return static_cast<float>(lanes(0)) * lane * s.gap_down; }

    std::vector<Point> arrow(WaitArrow const& a, WaitSizes s, WaitPlaces const& places) const {
        Rect const from = places.nodes[a.from], to = places.nodes[a.to];
        auto const middle = [](Rect const& r) { return Point{r.x + r.width / 2, r.y + r.height / 2}; };
        if (std::ranges::find(ring_, a.from) != ring_.end()) {
            if (from.y == to.y) {
                bool const right = from.x < to.x;
                return {{right ? from.right() : from.x, middle(from).y}, {right ? to.x : to.right(), middle(to).y}};
            }
            // Two of one column go both ways.
            bool const down = from.y < to.y;
            float const x = middle(from).x + (ring_.size() > 2 ? 0 : (down ? 1.0f : -1.0f) * s.width / 4);
            return {{x, down ? from.bottom() : from.y}, {x, down ? to.y : to.bottom()}};
        }
        if (std::ranges::find(around_, a.from) != around_.end()) {
            // Beside the boxes, and along the outer side of the row.
            unsigned const number = lane_.at(a.to), row = cells_.at(a.to).row;
            float const out = (static_cast<float>(number) + 1) * lane * s.gap_down;
            float const share = (static_cast<float>(number + (row ? lanes(0) : 0)) + 1) /
                                static_cast<float>(lanes(0) + lanes(1) + 1);
            float const x = from.x - s.gap_across * share, y = row ? to.bottom() + out : to.y - out;
            return {{from.x, middle(from).y}, {x, middle(from).y}, {x, y}, {middle(to).x, y}, {middle(to).x, row ? to.bottom() : to.y}};
        }
        if (from.y == to.y) return {{from.x, middle(from).y}, {to.right(), middle(to).y}};
        float const x = from.x - s.gap_across / 2;
        return {{from.x, middle(from).y}, {x, middle(from).y}, {x, middle(to).y}, {to.right(), middle(to).y}};
    }

    WaitGraph const& graph_;
    std::vector<std::vector<std::size_t>> const& towards_;
    std::vector<std::size_t> const& arrow_of_;
    std::map<std::size_t, Cell> cells_;
    std::vector<std::size_t> ring_;
    std::map<std::size_t, unsigned> lane_;  // of those in the ring that are reached from outside it
    std::vector<std::size_t> around_;       // whose arrows run there
    unsigned columns_ = 0, rows_ = 0, next_row_ = 0;
};

}  // namespace

WaitPlaces place_waits(WaitGraph const& graph, WaitSizes sizes, float width) {
    WaitPlaces out;
    out.nodes.resize(graph.nodes.size());
    out.arrows.resize(graph.arrows.size());
    std::vector<std::vector<std::size_t>> towards(graph.nodes.size());
    std::vector<std::size_t> arrow_of(graph.nodes.size(), graph.arrows.size());  // none
    for (std::size_t i = 0; i < graph.arrows.size(); ++i) {
        towards[graph.arrows[i].to].push_back(graph.arrows[i].from);
        arrow_of[graph.arrows[i].from] = i;
    }

    std::vector<Piece> pieces;
    for (auto const& circle : graph.circles) pieces.emplace_back(graph, towards, arrow_of, 0, &circle);
    std::size_t const circles = pieces.size();
    for (std::size_t n = 0; n < graph.nodes.size(); ++n)
        if (arrow_of[n] == graph.arrows.size()) pieces.emplace_back(graph, towards, arrow_of, n, nullptr);
    // Deadlocks first; then where most wait.
    std::vector<std::size_t> order(pieces.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin() + static_cast<std::ptrdiff_t>(circles), order.end(),
                     [&](std::size_t a, std::size_t b) { return pieces[a].size() > pieces[b].size(); });

    Point at;
    float shelf = 0;
    for (std::size_t i : order) {
        Piece const& piece = pieces[i];
        if (at.x > 0 && at.x + piece.width(sizes) > width) {
            at = {0, at.y + shelf + 1.5f * sizes.gap_down};
            shelf = 0;
        }
        piece.place(sizes, at, out);
        out.width = std::max(out.width, at.x + piece.width(sizes));
        at.x += piece.width(sizes) + sizes.gap_across;
        shelf = std::max(shelf, piece.height(sizes));
        out.height = std::max(out.height, at.y + piece.height(sizes));
    }
    return out;
}

}  // namespace viz::model
