// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who waits for whom: threads and locks as boxes, with an arrow from each thread to the
// lock that it waits for and from each lock to its holder. A circle is a deadlock.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "visualizer/model/wait_graph.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using model::WaitGraph;
using model::WaitPlaces;

class WaitsView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const& kernel = model.now().kernel;
        if (!kernel.problem.empty() || !kernel.locks_health.declared || !kernel.locks_health.problem.empty())
            return empty_kernel_list(model, kernel.locks_health, "locks");
        if (kernel.locks.empty())
            return empty_view(icons::lock, "Nobody holds a lock",
                              "A lock that is held, its holder and who waits for it stand here. Run the machine (Space), "
                              "or go on to the next context switch (T).");
        if (known_ != model.now().number) graph_ = model::wait_graph(model.now());
        known_ = model.now().number;
        draw_words();
        ImGui::BeginChild("waits", {0, 0}, 0, ImGuiWindowFlags_HorizontalScrollbar);
        // As large as fits: without words at the arrows, and closer, before the pane scrolls.
        float const margin = px(6), room = ImGui::GetContentRegionAvail().x - 2 * margin;
        WaitPlaces places;
        for (auto const& [width, gap] : {std::pair{px(118), text_size(fonts().small, "waits for").x + px(26)},
                                         {px(94), px(34)},
                                         {px(76), px(18)}}) {
            places = model::place_waits(graph_, {width, px(38), gap, px(30)}, room);
            words_ = width == px(118);
            if (places.width <= room) break;
        }
        ImVec2 const corner{ImGui::GetCursorScreenPos().x + margin, ImGui::GetCursorScreenPos().y + margin};
        ImVec2 const begin = ImGui::GetCursorPos();
        for (std::size_t i = 0; i < graph_.arrows.size(); ++i) draw_arrow(graph_.arrows[i], places.arrows[i], corner);
        for (std::size_t i = 0; i < graph_.nodes.size(); ++i) draw_box(graph_.nodes[i], places.nodes[i], corner, model, state, queue);
        ImGui::SetCursorPos(begin);
        ImGui::Dummy({places.width + 2 * margin, places.height + 2 * margin});
        ImGui::EndChild();
    }

private:
    void draw_words() const {
        std::size_t waiting = 0;
        for (auto const& a : graph_.arrows) waiting += !graph_.nodes[a.from].lock;
        std::size_t const locks = static_cast<std::size_t>(std::ranges::count_if(graph_.nodes, &model::WaitNode::lock));
        heading("Waits for locks", fmt::format("{} held, {} thread{} wait{}", locks, waiting, waiting == 1 ? "" : "s",
                                               waiting == 1 ? "s" : ""));
        for (auto const& circle : graph_.circles)
            text_wrapped(fonts().strong, theme().readable(theme().accent, theme().pane), model::circle_in_words(graph_, circle) + ".");
        space(4);
    }

    static Colour ink(bool in_circle) { return in_circle ? theme().accent : theme().quiet; }

    void draw_arrow(model::WaitArrow const& a, std::vector<model::Point> const& points, ImVec2 corner) const {
        auto* list = ImGui::GetWindowDrawList();
        Colour const c = ink(a.in_circle);
        float const thick = a.in_circle ? px(2.2f) : px(1.4f);
        auto const at = [&](model::Point p) { return ImVec2{corner.x + p.x, corner.y + p.y}; };
        for (std::size_t i = 1; i < points.size(); ++i) list->AddLine(at(points[i - 1]), at(points[i]), packed(c), thick);
        model::Point const end = points.back(), before = points[points.size() - 2];
        float const length = std::max(std::hypot(end.x - before.x, end.y - before.y), 0.001f), d = px(8);
        ImVec2 const along{(end.x - before.x) / length * d, (end.y - before.y) / length * d};
        ImVec2 const tip = at(end);
        list->AddTriangleFilled(tip, {tip.x - along.x - along.y * 0.5f, tip.y - along.y + along.x * 0.5f},
                                {tip.x - along.x + along.y * 0.5f, tip.y - along.y - along.x * 0.5f}, packed(c));
        if (points.size() != 2 || !words_) return;  // no room beside a corner
        char const* const word = graph_.nodes[a.from].lock ? "held by" : "waits for";
        ImVec2 const size = text_size(fonts().small, word), p = at(points[0]), q = tip;
        bool const level = p.y == q.y;
        if (level && std::abs(p.x - q.x) < size.x + px(10)) return;
        text_at(list, level ? ImVec2{(p.x + q.x - size.x) / 2, p.y - size.y - px(1)} : ImVec2{p.x + px(5), (p.y + q.y - size.y) / 2},
                fonts().small, theme().readable(c, theme().pane), word);
    }

    static void draw_box(model::WaitNode const& n, model::Rect r, ImVec2 corner, Model const& model, ViewState& state,
                         CommandQueue& queue) {
        Entity const entity{n.lock ? EntityKind::lock : EntityKind::thread, n.address, 0};
        ImVec2 const a{corner.x + r.x, corner.y + r.y}, b{a.x + r.width, a.y + r.height};
        ImGui::SetCursorScreenPos(a);
        ImGui::PushID(static_cast<int>(n.address));
        ImGui::InvisibleButton(n.lock ? "lock" : "thread", {r.width, r.height});
        entity_item(entity, state, queue);
        bool const hovered = ImGui::IsItemHovered();
        ImGui::PopID();
        if (hovered) tooltip(n, model);
        auto* list = ImGui::GetWindowDrawList();
        Emphasis const e = emphasis(entity, state);
        Colour const own = n.lock ? theme().lock : model.thread_colour(n.address, theme());
        Colour const ground = e == Emphasis::selected  ? theme().selected
                              : e == Emphasis::hovered ? theme().hover
                                                       : model::mix(theme().pane, own, 0.16f);
        float const round = n.lock ? px(2) : px(8);
        list->AddRectFilled(a, b, packed(ground), round);
        list->AddRect(a, b, packed(n.in_circle ? theme().accent : own), round, 0, n.in_circle ? px(2.4f) : px(1.2f));
        float const inside = r.width - px(16);
        text_at(list, {a.x + px(8), a.y + px(3)}, fonts().text, theme().readable(theme().text, ground), n.name, inside);
        text_at(list, {a.x + px(8), a.y + px(20)}, fonts().small, theme().readable(theme().quiet, ground),
                n.lock ? std::string_view("lock") : std::string_view("thread"), inside);
    }

    static void tooltip(model::WaitNode const& n, Model const& model) {
        auto const& kernel = model.now().kernel;
        ImGui::BeginTooltip();
        text(fonts().strong, theme().text, fmt::format("{} {}", n.lock ? "lock" : "thread", n.name));
        text(fonts().mono, theme().quiet, fmt::format("{:#x}", n.address));
        auto const line = [](std::string const& words) { text(fonts().text, theme().quiet, words); };
        if (auto const* t = n.lock ? nullptr : kernel.thread(n.address)) line("it is " + t->state);
        for (auto const& lock : kernel.locks) {
            bool const waits = std::ranges::count(lock.waiters, n.address) > 0;
            if (n.lock && lock.address == n.address) {
                line(lock.owner ? "held by " + model.thread_name(lock.owner) : std::string("held by nobody"));
                for (std::uint64_t waiter : lock.waiters) line(model.thread_name(waiter) + " waits for it");
            } else if (!n.lock && lock.owner == n.address) {
                line("holds " + lock.name);
            } else if (!n.lock && waits) {
                line("waits for " + lock.name);
            }
        }
        if (n.in_circle) text(fonts().text, theme().readable(theme().accent, theme().raised), "It is in a deadlock: this wait never ends.");
        ImGui::EndTooltip();
    }

    WaitGraph graph_;
    bool words_ = true;  // at the arrows
    std::uint64_t known_ = UINT64_MAX;  // the snapshot
};

}  // namespace

std::unique_ptr<View> make_waits_view() { return std::make_unique<WaitsView>(); }

}  // namespace viz::panels
