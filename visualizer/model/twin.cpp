// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/twin.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "simulator/debug/text.hpp"
#include "visualizer/model/ability.hpp"
#include "visualizer/model/bookmark_text.hpp"
#include "visualizer/model/connection_text.hpp"
#include "visualizer/model/frame_heat.hpp"
#include "visualizer/model/ladder.hpp"
#include "visualizer/model/memory_place.hpp"
#include "visualizer/model/packet_filter.hpp"
#include "visualizer/model/scheduling.hpp"

namespace viz::model {

namespace {

using Json = nlohmann::ordered_json;

// What has happened until now, and the landmarks on the way.
std::string landmarks(Model const& model) {
    Tally const& t = model.tally();
    std::string text =
        fmt::format("until now: {} interrupts, {} faults, {} switches, {} packets in, {} out, {} requests\n",
                    t.interrupts, t.faults, t.switches, t.packets_in, t.packets_out, t.requests);
    if (!model.requests().empty())
        text += fmt::format("last request: status {}\n", model.requests().back().status);
    text += "landmarks:\n";
    for (Milestone const& m : model.milestones())
        text += m.reached ? fmt::format("  {:<32} {:>14}  at {}\n", m.title,
                                        sim::debug::format_ns(m.virtual_ns), to_string(m.at))
                          : fmt::format("  {:<32} {:>14}\n", m.title, "not yet");
    return text;
}

Json landmarks_json(Model const& model) {
    Json list = Json::array();
    for (Milestone const& m : model.milestones()) {
        Json one{{"title", m.title}, {"reached", m.reached}};
        if (m.reached) one["moment"] = to_string(m.at), one["virtual_ns"] = m.virtual_ns;
        list.push_back(std::move(one));
    }
    return list;
}

std::string markers(ViewState const& state) {
    std::string text;
    if (state.mark_a_ns) text += fmt::format("marker A at {}\n", sim::debug::format_ns(*state.mark_a_ns));
    if (state.mark_b_ns) text += fmt::format("marker B at {}\n", sim::debug::format_ns(*state.mark_b_ns));
    if (auto const marks = both_marks(state))
        text += fmt::format("from one to the other: {}\n", sim::debug::format_ns(marks->length()));
    return text;
}

}  // namespace

std::string print_twin(std::string_view text_view, bool json, Model const& model, ViewState const& state) {
    sim::debug::Snapshot const& now = model.now();
    if (auto const needed = needed_by_text(text_view); needed && !now.can(*needed))
        return json ? Json{{"not_here", now.lacks(*needed)}}.dump(2) + "\n"
                    : fmt::format("(not here: {})\n", now.lacks(*needed));
    if (text_view == "accesses")
        if (auto const why = why_not(CommandId::show_writes, state.unit, now); !why.empty())
            return json ? Json{{"not_here", why}}.dump(2) + "\n" : fmt::format("(not here: {})\n", why);
    if (text_view == "connection")
        return json ? connection_json(model, state) : connection_text(model, state);
    if (text_view == "ladder") return json ? ladder_json(model, state) : ladder_text(model, state);
    if (text_view == "bookmarks") return json ? bookmarks_json(now) : bookmarks_text(now);
    sim::debug::TextOptions options;
    if (state.selected.kind == EntityKind::packet) options.packet = state.selected.id;
    if (state.selected.kind == EntityKind::disk_block) options.disk_block = state.selected.id;
    options.changed_since_ns = heat_window(state).since_ns;
    auto const parsed = PacketFilter::parse(state.packet_filter);
    auto const* filter = std::get_if<PacketFilter>(&parsed);
    if (text_view == "packets" && filter && !state.packet_filter.empty())
        options.shown = [&](std::uint64_t event) {
            auto const index = model.packet_index_of(event);
            return index && filter->matches(model.packet(*index), now.events.all[event].a);
        };
    if (text_view == "events")
        options.shown = [&](std::uint64_t event) {
            auto const group = sim::debug::group_of(now.events.all[event].kind);
            return state.shows(group);
        };
    auto text = json ? sim::debug::print_view_json(now, text_view, options)
                     : sim::debug::print_view(now, text_view, options);
    if (!text) return "";
    using sim::debug::Ability;
    if (text_view == "events" && !json && !now.can(Ability::events))
        *text += fmt::format("(frames only: {})\n", now.lacks(Ability::events));
    if (text_view == "overview" && !json && now.can(Ability::events)) *text += landmarks(model);
    if (text_view == "frames" && !json) *text += zoom_text(model, state);
    if (text_view == "frames" && json && state.map_window) {
        Json all = Json::parse(*text);
        all["zoom"] = {{"first", state.map_window->first},
                       {"length", state.map_window->length},
                       {"text", zoom_text(model, state)}};
        *text = all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    }
    if (text_view == "overview" && json) {
        Json all = Json::parse(*text);
        all["landmarks"] = landmarks_json(model);
        *text = all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    }
    if (text_view == "gantt" && json) {
        Json all = Json::parse(*text);
        all.update(scheduling_json(model, state));
        *text = all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    }
    if (text_view == "events" && !json) *text = model.with_names(*text);
    if (text_view == "gantt" && !json) *text += scheduling_text(model, state) + markers(state);
    return std::move(*text);
}

}  // namespace viz::model
