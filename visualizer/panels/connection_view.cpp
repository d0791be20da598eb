// SPDX-License-Identifier: GPL-2.0-or-later
//
// One TCP connection: the state diagram with the path that it took, the steps of
// that path with the frames that caused them, and one side's sequence numbers over
// time with what the other side acknowledged. What lies after now is pale.
#include <fmt/format.h>

#include <algorithm>

#include "visualizer/model/connection_text.hpp"
#include "visualizer/panels/connection_parts.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using namespace connection;
using model::Rect;
using model::StateStep;
using model::TcpFlow;
using model::TcpState;

class ConnectionView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const index = model::chosen_flow(model, state);
        if (!index) {
            empty_view(
                icons::exchange, "No TCP connection yet",
                "A connection appears with its first segment. K runs to the next packet; in a recording "
                "select a TCP packet.");
            return;
        }
        TcpFlow const& flow = model.flows().all()[*index];
        path_.steps = flow.path();
        path_.past = static_cast<std::size_t>(
            std::ranges::partition_point(path_.steps,
                                         [&](StateStep const& s) { return s.at <= model.now().moment; }) -
            path_.steps.begin());
        path_.begun = flow.begun(model.now().moment);
        draw_header(flow, *index, model, state, queue);
        ImVec2 const p = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
        ImGui::Dummy(room);  // all of it is taken; what follows is placed by hand
        auto const places = model::place_connection({p.x, p.y, room.x - px(4), room.y}, style().scale,
                                                    text_size(fonts().small, "X").y);
        if (!places.diagram.empty()) draw_diagram(places, path_, model, state, queue);
        if (places.path.height > px(30)) draw_path(places.path, flow, model, state, queue);
        if (places.plot.height > px(70) && places.plot.width > px(160))
            draw_plots(places.plot, flow, model, state, queue);
    }

private:
    void draw_header(TcpFlow const& flow, std::size_t index, Model const& model, ViewState& state,
                     CommandQueue& queue) const {
        auto const& all = model.flows().all();
        float const width = ImGui::GetContentRegionAvail().x, line = text_size(fonts().text, "X").y + px(8);
        ImVec2 const p = ImGui::GetCursorScreenPos();
        auto* list = ImGui::GetWindowDrawList();
        bool const outward = model::plotted_direction(flow, state);
        std::string const other = fmt::format("Data of {}", outward ? "the other side" : "the guest");
        std::string const count = fmt::format("{} of {}", index + 1, all.size());
        float const buttons = text_size(fonts().text, other).x + text_size(fonts().text, count).x + px(112);
        float x = p.x + text_at(list, {p.x, p.y + px(3)}, fonts().strong, theme().text, flow.name(),
                                width - buttons - px(110));
        TcpState const now = path_.now();
        if (x + px(130) + buttons < p.x + width)
            chip_at(list, {x + px(12), p.y + px(1)}, path_.begun ? name_of(now) : "not begun yet",
                    path_.begun ? theme().accent : theme().idle, path_.begun);
        // Which connection, and whose data.
        ImGui::SetCursorScreenPos({p.x + width - buttons, p.y - px(1)});
        auto go = [&](std::size_t to) {
            if (!all[to].segments.empty())
                queue.push(CommandId::select, Entity{EntityKind::packet, all[to].segments.front().event, 0});
        };
        if (text_button("previous", "<", "The connection before this one", false, index > 0)) go(index - 1);
        ImGui::SameLine(0, px(4));
        ImVec2 const c = ImGui::GetCursorScreenPos();
        text_at(list, {c.x, c.y + px(4)}, fonts().text, theme().quiet, count);
        ImGui::SetCursorScreenPos({c.x + text_size(fonts().text, count).x + px(4), c.y});
        if (text_button("next", ">", "The connection after this one", false, index + 1 < all.size()))
            go(index + 1);
        ImGui::SameLine(0, px(10));
        if (text_button("other", other, "The plot shows what one side sent; this turns it over (D)"))
            queue.push(CommandId::plot_direction);
        ImGui::SetCursorScreenPos({p.x, p.y + line + px(4)});
    }

    void draw_path(Rect area, TcpFlow const& flow, Model const& model, ViewState& state,
                   CommandQueue& queue) const {
        ImGui::SetCursorScreenPos(widgets::at(area));
        ImGui::BeginChild("path", {area.width, area.height});
        text_cut(fonts().small, theme().faint,
                 flow.path_is_told() ? "The guest's states, as its kernel tells"
                                     : "The guest's states, by the segments it sent and heard",
                 0);
        space(2);
        float const line = text_size(fonts().text, "X").y, small = text_size(fonts().small, "X").y,
                    height = line + small + px(7);
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        for (std::size_t i = 0; i < path_.steps.size(); ++i) {
            StateStep const& step = path_.steps[i];
            bool const past = i < path_.past;
            Entity const entity = entity_of(step, model);
            ImVec2 const p = ImGui::GetCursorScreenPos();
            float const width = ImGui::GetContentRegionAvail().x;
            auto* list = ImGui::GetWindowDrawList();
            emphasise_row(entity, state, height);
            ImGui::PushID(static_cast<int>(i));
            ImGui::InvisibleButton("step", {std::max(width, 1.0f), height});
            entity_item(entity, state, queue);
            ImGui::PopID();
            badge(list, {p.x + px(14), p.y + px(4) + line / 2}, fmt::format("{}", i + 1), past);
            std::string const time = model::exact_time(step.virtual_ns);
            float const time_w = text_size(fonts().mono_small, time).x;
            text_at(list, {p.x + width - time_w - px(4), p.y + px(4)}, fonts().mono_small, theme().faint,
                    time);
            text_at(list, {p.x + px(34), p.y + px(3)}, fonts().text, past ? theme().text : theme().faint,
                    name_of(step.to), width - time_w - px(48));
            std::string what = model::cause_of(step);
            if (step.packet)
                if (auto const packet = model.packet_index_of(*step.packet))
                    what += fmt::format(", packet {}", model.packet_number(*packet));
            text_at(list, {p.x + px(34), p.y + px(3) + line}, fonts().small,
                    past ? theme().quiet : theme().faint, what, width - px(40));
        }
        ImGui::PopStyleVar();
        if (path_.steps.empty())
            text_wrapped(fonts().text, theme().faint,
                         "The recording holds no segment that changed its state.");
        ImGui::EndChild();
    }

    Path path_;
};

}  // namespace

std::unique_ptr<View> make_connection_view() { return std::make_unique<ConnectionView>(); }

}  // namespace viz::panels
