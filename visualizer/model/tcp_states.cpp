// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/tcp_states.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "visualizer/model/tcp_flow.hpp"

namespace viz::model {

namespace {

using enum TcpState;

struct StateName {
    std::string_view name, meaning;
};
// [rfc9293 §3.3.2]
constexpr std::array<StateName, tcp_state_count> names{{
    {"CLOSED", "There is no connection."},
    {"LISTEN", "Waits for anybody to connect."},
    {"SYN-SENT", "Has asked for a connection and waits for the answer."},
    {"SYN-RECEIVED", "Has answered a request and waits for its confirmation."},
    {"ESTABLISHED", "Data flows both ways."},
    {"FIN-WAIT-1", "Has closed its side; the other has confirmed nothing yet."},
    {"FIN-WAIT-2", "Its side is closed and confirmed; the other may still send."},
    {"CLOSE-WAIT", "The other side has closed; the application has not yet."},
    {"CLOSING", "Both have closed at once; the own FIN is not confirmed."},
    {"LAST-ACK", "Both have closed; waits for the last confirmation."},
    {"TIME-WAIT", "All is said; waits until no old segment can be about."},
}};

constexpr std::uint8_t fin = TcpFlag::fin, syn = TcpFlag::syn;
constexpr StateEdge edges[] = {
    {closed, listen, "passive OPEN"},
    {listen, closed, "CLOSE"},
    {closed, syn_sent, "active OPEN", "snd SYN", Heard::nothing, syn},
    {syn_sent, closed, "CLOSE"},
    {listen, syn_received, "rcv SYN", "snd SYN,ACK", Heard::syn},
    {listen, syn_sent, "SEND", "snd SYN", Heard::nothing, syn},
    {syn_sent, syn_received, "rcv SYN", "snd SYN,ACK", Heard::syn},
    {syn_received, established, "rcv ACK of SYN", "", Heard::ack_of_syn},
    {syn_sent, established, "rcv SYN,ACK", "snd ACK", Heard::syn_ack},
    {syn_received, fin_wait_1, "CLOSE", "snd FIN", Heard::nothing, fin},
    {established, fin_wait_1, "CLOSE", "snd FIN", Heard::nothing, fin},
    {established, close_wait, "rcv FIN", "snd ACK", Heard::fin},
    {fin_wait_1, fin_wait_2, "rcv ACK of FIN", "", Heard::ack_of_fin},
    {fin_wait_1, closing, "rcv FIN", "snd ACK", Heard::fin},
    {close_wait, last_ack, "CLOSE", "snd FIN", Heard::nothing, fin},
    {fin_wait_2, time_wait, "rcv FIN", "snd ACK", Heard::fin},
    {closing, time_wait, "rcv ACK of FIN", "", Heard::ack_of_fin},
    {last_ack, closed, "rcv ACK of FIN", "", Heard::ack_of_fin},
    {time_wait, closed, "after 2 MSL"},
};

// Where each stands: of three columns, of seven rows.
struct Spot {
    TcpState state;
    bool end;
    int column, row;
};
constexpr Spot places[] = {
    {closed, false, 1, 0},     {listen, false, 1, 1},      {syn_received, false, 0, 2},
    {syn_sent, false, 2, 2},   {established, false, 1, 3}, {fin_wait_1, false, 0, 4},
    {close_wait, false, 2, 4}, {fin_wait_2, false, 0, 5},  {closing, false, 1, 5},
    {last_ack, false, 2, 5},   {time_wait, false, 1, 6},   {closed, true, 2, 6},
};
constexpr int rows = 7;

Point centre(Rect const& r) { return {r.x + r.width / 2, r.y + r.height / 2}; }

// From a point inside a box in a direction, to where the box ends.
Point border(Rect const& box, Point from, Point direction) {
    float share = 1e6f;
    if (direction.x > 0) share = std::min(share, (box.right() - from.x) / direction.x);
    if (direction.x < 0) share = std::min(share, (box.x - from.x) / direction.x);
    if (direction.y > 0) share = std::min(share, (box.bottom() - from.y) / direction.y);
    if (direction.y < 0) share = std::min(share, (box.y - from.y) / direction.y);
    return {from.x + direction.x * share, from.y + direction.y * share};
}

}  // namespace

std::string_view name_of(TcpState state) { return names[static_cast<unsigned>(state)].name; }
std::string_view meaning_of(TcpState state) { return names[static_cast<unsigned>(state)].meaning; }

std::optional<TcpState> state_named(std::string_view text) {
    auto plain = [](std::string_view s) {
        std::string out;
        for (char c : s)
            if (std::isalnum(static_cast<unsigned char>(c)))
                out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        return out;
    };
    std::string const wanted = plain(text);
    for (unsigned i = 0; i < tcp_state_count; ++i)
        if (plain(names[i].name) == wanted) return static_cast<TcpState>(i);
    return std::nullopt;
}

std::span<StateEdge const> state_edges() { return edges; }

StateEdge const* edge_between(TcpState from, TcpState to) {
    auto const found =
        std::ranges::find_if(edges, [&](StateEdge const& e) { return e.from == from && e.to == to; });
    return found == std::end(edges) ? nullptr : found;
}

bool leads_to_the_end(TcpState from, TcpState to) {
    return to == closed && from != listen && from != syn_sent;
}

bool visited(std::span<StateStep const> path, std::size_t past, TcpState state, bool end) {
    if (!path.empty() && !end && path.front().from == state) return true;
    return std::ranges::any_of(path.first(std::min(past, path.size())), [&](StateStep const& step) {
        return step.to == state && leads_to_the_end(step.from, step.to) == end;
    });
}

std::string cause_of(StateStep const& step) {
    StateEdge const* edge = edge_between(step.from, step.to);
    if (!edge) return step.to == closed ? "reset or given up" : "at once";
    return std::string(edge->cause) + (edge->action.empty() ? "" : " / " + std::string(edge->action));
}

std::vector<StateStep> path_by_segments(TcpFlow const& flow) {
    std::vector<StateStep> path;
    TcpState state = closed;
    std::optional<std::int64_t> own_fin, their_fin;  // one past each
    auto go = [&](TcpState to, Segment const& s) {
        path.push_back({s.event, s.virtual_ns, s.at, state, to, s.event});
        state = to;
    };
    for (Segment const& s : flow.segments) {
        bool const begins = s.has(TcpFlag::syn), answers = s.has(TcpFlag::ack);
        if (state == closed && !path.empty()) break;
        if (s.has(TcpFlag::rst)) {
            if (state != closed) go(closed, s);
            continue;
        }
        if (state == closed) {
            // A recording that begins in the middle: the rest is as after the handshake.
            if (!begins)
                state = established;
            else if (s.outward && !answers)
                go(syn_sent, s);
            else if (!s.outward && !answers)
                state = listen;
            else
                state = syn_received;
        }
        if (state == listen && begins && !s.outward)
            go(syn_received, s);
        else if (state == syn_sent && begins && !s.outward)
            go(answers ? established : syn_received, s);
        else if (state == syn_received && answers && !s.outward && s.confirmed && *s.confirmed >= 1)
            go(established, s);
        if (s.has(TcpFlag::fin)) (s.outward ? own_fin : their_fin) = s.to;
        // The guest has heard their FIN when it says so.
        bool const theirs_heard = their_fin && s.outward && s.confirmed && *s.confirmed >= *their_fin;
        bool const own_heard = own_fin && !s.outward && s.confirmed && *s.confirmed >= *own_fin;
        if (theirs_heard) {
            if (state == established)
                go(close_wait, s);
            else if (state == fin_wait_1)
                go(closing, s);
            else if (state == fin_wait_2)
                go(time_wait, s);
        }
        if (s.outward && s.has(TcpFlag::fin)) {
            if (state == established || state == syn_received)
                go(fin_wait_1, s);
            else if (state == close_wait)
                go(last_ack, s);
        }
        if (own_heard) {
            if (state == fin_wait_1)
                go(fin_wait_2, s);
            else if (state == closing)
                go(time_wait, s);
            else if (state == last_ack)
                go(closed, s);
        }
    }
    return path;
}

// Boxes of this share of the room touch neither each other nor an arrow of others.
constexpr float across = 4.7f, least_down = rows * 1.5f, down = 13.5f;
Point wanted_size(float box_width, float box_height) { return {box_width * across, box_height * down}; }
Point least_size(float box_width, float box_height) { return {box_width * across, box_height * least_down}; }

StateDiagram state_diagram(Rect area, float box_width, float box_height, std::span<StateStep const> path) {
    StateDiagram out;
    // Boxes shrink rather than touch, or stand in an arrow's way.
    box_width = std::min(box_width, area.width / across);
    box_height = std::min(box_height, area.height / least_down);
    for (Spot const& p : places) {
        float const x = area.x + box_width / 2 + static_cast<float>(p.column) * (area.width - box_width) / 2,
                    y = area.y + box_height / 2 +
                        static_cast<float>(p.row) * (area.height - box_height) / (rows - 1);
        out.boxes.push_back({p.state, p.end, {x - box_width / 2, y - box_height / 2, box_width, box_height}});
    }
    auto rect_of = [&](TcpState state, bool end) {
        for (auto const& b : out.boxes)
            if (b.state == state && b.end == end) return b.rect;
        return Rect{};
    };
    auto add = [&](TcpState from, TcpState to) {
        Rect const a = rect_of(from, false), b = rect_of(to, leads_to_the_end(from, to));
        Point start = centre(a), tip = centre(b);
        float const dx = tip.x - start.x, dy = tip.y - start.y, length = std::max(1.0f, std::hypot(dx, dy));
        // There and back: side by side.
        if (edge_between(to, from) && edge_between(from, to)) {
            float const aside = box_height * 0.2f;
            for (Point* p : {&start, &tip}) p->x += -dy / length * aside, p->y += dx / length * aside;
        }
        StateDiagram::Arrow arrow{from, to, border(a, start, {dx, dy}), border(b, tip, {-dx, -dy}), {}};
        out.arrows.push_back(std::move(arrow));
        return out.arrows.size() - 1;
    };
    for (StateEdge const& e : edges) add(e.from, e.to);
    for (unsigned i = 0; i < path.size(); ++i) {
        if (path[i].from == path[i].to) continue;
        auto const found = std::ranges::find_if(out.arrows, [&](auto const& arrow) {
            return arrow.from == path[i].from && arrow.to == path[i].to;
        });
        std::size_t const at = found == out.arrows.end()
                                   ? add(path[i].from, path[i].to)
                                   : static_cast<std::size_t>(found - out.arrows.begin());
        out.arrows[at].steps.push_back(i + 1);
    }
    std::ranges::stable_partition(out.arrows, [](auto const& arrow) { return arrow.steps.empty(); });
    return out;
}

Point number_place(StateDiagram::Arrow const& arrow, Rect diagram, Point numbers, float head) {
    Point const middle{(arrow.start.x + arrow.tip.x) / 2, (arrow.start.y + arrow.tip.y) / 2};
    float const dx = arrow.tip.x - arrow.start.x, dy = arrow.tip.y - arrow.start.y,
                length = std::max(1.0f, std::hypot(dx, dy));
    // How much of the arrow the numbers would cover, and how far they reach aside of it.
    float const along = (std::abs(dx) * numbers.x + std::abs(dy) * numbers.y) / length,
                aside = (std::abs(dy) * numbers.x + std::abs(dx) * numbers.y) / length;
    if (length >= along + head) return middle;
    float const side = (middle.x - centre(diagram).x) * dy > 0 ? -1.0f : 1.0f;
    float by = aside / 2 + head / 2;
    // Where they reach into the boxes, too: at these boxes' ends, not upon their words.
    if (length < along) by = std::max(by, diagram.width / across / 2 - aside / 2 - 1);
    return {middle.x - dy / length * by * side, middle.y + dx / length * by * side};
}

}  // namespace viz::model
