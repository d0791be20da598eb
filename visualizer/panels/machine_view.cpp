// SPDX-License-Identifier: GPL-2.0-or-later
//
// The machine at a glance: vital signs, what runs now, the landmarks of the run
// so far (a click travels there), and whose the memory is.
#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/text.hpp"
#include "visualizer/model/ability.hpp"
#include "visualizer/model/owner_grid.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;

struct Vital {
    char const* glyph;
    std::string label, value, detail;
    Colour colour;
};

std::vector<Vital> vitals(Model const& model) {
    auto const& now = model.now();
    auto const& tally = model.tally();
    std::vector<Vital> out;
    std::uint64_t running = model.running_thread();
    out.push_back({icons::chip, "on the processor",
                   now.cpu.halted ? "asleep"
                   : running      ? model.thread_name(running)
                                  : "boot",
                   now.cpu.halted ? "HLT: until an interrupt" : now.location,
                   running && !now.cpu.halted ? model.thread_colour(running, theme()) : theme().faint});
    std::uint64_t used = 0, frames = 0;
    if (auto const& map = now.kernel.frames) {
        for (std::size_t i = 0; i < map->frames_by_owner.size() && i < map->owners.size(); ++i)
            if (!model::is_free(map->owners[i]) && map->owners[i] != "unknown")
                used += map->frames_by_owner[i];
        frames = map->owner.size();
    }
    out.push_back({icons::memory, "memory in use", frames ? sim::debug::format_bytes(used * 4096) : "-",
                   now.machine ? "of " + sim::debug::format_bytes(now.machine->memory_bytes) : "",
                   theme().of_category(0)});
    std::size_t threads = now.kernel.threads.size();
    std::string states;
    if (threads) {
        std::size_t blocked = 0, ready = 0;
        for (auto const& t : now.kernel.threads) {
            if (t.state.find("lock") != std::string::npos || t.state.find("sleep") != std::string::npos ||
                t.state.find("wait") != std::string::npos)
                ++blocked;
            if (t.state.find("ready") != std::string::npos) ++ready;
        }
        states = fmt::format("{} ready, {} waiting", ready, blocked);
    }
    out.push_back(
        {icons::tasks, "threads", threads ? std::to_string(threads) : "-", states, theme().of_thread(1)});
    out.push_back({icons::bolt, "interrupts", model::grouped(tally.interrupts),
                   fmt::format("{} {}, {} {}", tally.faults, tally.faults == 1 ? "fault" : "faults",
                               model::grouped(tally.switches), tally.switches == 1 ? "switch" : "switches"),
                   theme().irq});
    out.push_back(
        {icons::exchange, "packets", model::grouped(tally.packets_in + tally.packets_out),
         fmt::format("{} in, {} out", model::grouped(tally.packets_in), model::grouped(tally.packets_out)),
         theme().packet});
    out.push_back(
        {icons::globe, "requests", model::grouped(tally.requests),
         model.requests().empty() ? "" : fmt::format("last: status {}", model.requests().back().status),
         theme().good});
    // What is not heard is not nothing.
    auto const unheard = [&](sim::debug::Ability needed, char const* label) {
        for (Vital& v : out)
            if (v.label == std::string_view(label) && !model.now().can(needed))
                v.value = "-", v.detail = "not told by this machine";
    };
    unheard(sim::debug::Ability::events, "interrupts");
    unheard(sim::debug::Ability::events, "requests");
    unheard(sim::debug::Ability::packets, "packets");
    return out;
}

void draw_vitals(Model const& model) {
    auto list_of_vitals = vitals(model);
    float width = ImGui::GetContentRegionAvail().x, gap = px(8);
    int columns = std::clamp(static_cast<int>((width + gap) / (px(148) + gap)), 1, 6);
    if (columns == 4 || columns == 5) columns = 3;
    float card = (width - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns),
          height = px(62);
    auto* list = ImGui::GetWindowDrawList();
    ImVec2 start = ImGui::GetCursorScreenPos();
    for (std::size_t i = 0; i < list_of_vitals.size(); ++i) {
        Vital const& v = list_of_vitals[i];
        auto column = static_cast<float>(i % static_cast<unsigned>(columns)),
             line = static_cast<float>(i / static_cast<unsigned>(columns));
        ImVec2 p{start.x + column * (card + gap), start.y + line * (height + gap)};
        list->AddRectFilled(p, {p.x + card, p.y + height}, packed(theme().raised), px(5));
        list->AddRectFilled(p, {p.x + px(3), p.y + height}, packed(v.colour), px(5),
                            ImDrawFlags_RoundCornersLeft);
        float inner = card - px(22);
        text_at(list, {p.x + px(13), p.y + px(5)}, fonts().small, theme().faint, v.label, inner);
        text_at(list, {p.x + px(13), p.y + px(20)}, fonts().heading, theme().text, v.value, inner);
        text_at(list, {p.x + px(13), p.y + px(44)}, fonts().small, theme().quiet, v.detail, inner);
    }
    auto lines = static_cast<float>((list_of_vitals.size() + static_cast<unsigned>(columns) - 1) /
                                    static_cast<unsigned>(columns));
    ImGui::Dummy({width, lines * (height + gap) - gap});
}

void draw_memory_bar(Model const& model, ViewState& state, CommandQueue& queue) {
    auto const& map = model.now().kernel.frames;
    if (!map || map->owner.empty()) return;
    heading("Physical memory by owner", fmt::format("{} frames of 4 KiB", model::grouped(map->owner.size())));
    float width = ImGui::GetContentRegionAvail().x, height = px(18);
    ImVec2 p = ImGui::GetCursorScreenPos();
    auto* list = ImGui::GetWindowDrawList();
    ImGui::InvisibleButton("memory", {width, height});
    if (ImGui::IsItemClicked()) queue.push(CommandId::show_view, model::ViewId::frames);
    (void)state;
    list->AddRectFilled(p, {p.x + width, p.y + height}, packed(theme().grid), px(3));
    // By address: where in memory each owner sits, one pixel column at a time.
    auto grid = model::owner_grid(*map, width, 1, 1, 1);
    for (unsigned c = 0; c < grid.columns && c < grid.owner.size();) {
        unsigned end = c;
        while (end < grid.columns && end < grid.owner.size() && grid.owner[end] == grid.owner[c]) ++end;
        float scale = width / static_cast<float>(grid.owner.size());
        list->AddRectFilled({p.x + static_cast<float>(c) * scale, p.y},
                            {p.x + static_cast<float>(end) * scale, p.y + height},
                            packed(model::owner_colour(theme(), *map, grid.owner[c])));
        c = end;
    }
    space(2);
    draw_owner_legend(*map, 1, state, queue);
}

void draw_milestones(Model const& model, CommandQueue& queue) {
    if (auto const why = model.now().lacks(sim::debug::Ability::events); !why.empty()) {
        heading("Landmarks");
        text_wrapped(fonts().text, theme().faint, model::as_sentence(why));
        return;
    }
    heading("Landmarks", "click to travel there");
    std::vector<model::Milestone> milestones = model.milestones();
    std::ranges::stable_sort(milestones, [](auto const& a, auto const& b) {
        return a.reached != b.reached ? a.reached : a.at < b.at;
    });
    // No wider than the eye can follow from a title to its time.
    float height = text_size(fonts().text, "X").y + px(4),
          width = std::min(ImGui::GetContentRegionAvail().x, px(520));
    auto* list = ImGui::GetWindowDrawList();
    for (std::size_t i = 0; i < milestones.size(); ++i) {
        auto const& m = milestones[i];
        ImVec2 p = ImGui::GetCursorScreenPos();
        ImGui::PushID(static_cast<int>(i));
        ImGui::BeginDisabled(!m.reached);
        if (ImGui::InvisibleButton("milestone", {width, height})) queue.push(CommandId::go_to_moment, m.at);
        ImGui::EndDisabled();
        if (m.reached && ImGui::IsItemHovered())
            list->AddRectFilled(p, {p.x + width, p.y + height}, packed(theme().hover), px(4));
        float middle = p.y + height / 2, x = p.x + px(9);
        if (i + 1 < milestones.size())
            list->AddLine({x, middle}, {x, middle + height},
                          packed(milestones[i + 1].reached ? theme().good : theme().border), px(2));
        list->AddCircleFilled({x, middle}, px(5), packed(m.reached ? theme().good : theme().pane));
        list->AddCircle({x, middle}, px(5), packed(m.reached ? theme().good : theme().future), 0, px(1.5f));
        text_at(list, {p.x + px(24), p.y + px(2)}, fonts().text, m.reached ? theme().text : theme().faint,
                m.title, width * 0.5f);
        std::string right =
            m.reached ? fmt::format("{}   {}", model::short_time(m.virtual_ns), model::grouped(m.at.retired))
                      : "not yet";
        float w = text_size(fonts().mono_small, right).x;
        if (w < width * 0.5f)
            text_at(list, {p.x + width - w - px(4), p.y + px(3)}, fonts().mono_small,
                    m.reached ? theme().quiet : theme().faint, right);
        ImGui::PopID();
        ImGui::SetCursorScreenPos({p.x, p.y + height});
    }
}

class MachineView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        draw_vitals(model);
        space(8);
        draw_memory_bar(model, state, queue);
        space(8);
        draw_milestones(model, queue);
    }
};

}  // namespace

std::unique_ptr<View> make_machine_view() { return std::make_unique<MachineView>(); }

}  // namespace viz::panels
