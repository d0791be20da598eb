// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/twin.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "simulator/debug/text.hpp"
#include "visualizer/model/connection_text.hpp"
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
    if (state.mark_a_ns && state.mark_b_ns) {
        auto const [from, to] = std::minmax(*state.mark_a_ns, *state.mark_b_ns);
        text += fmt::format("from one to the other: {}\n", sim::debug::format_ns(to - from));
    }
    return text;
}

void scheduling_json(Json& all, Model const& model, ViewState const& state) {
    auto const& now = model.now();
    TimeWindow window = measured(model, state);
    window.to_ns = std::min(window.to_ns, now.virtual_ns);
    auto const chart = sim::debug::gantt(now.events, window.from_ns, window.to_ns, now.virtual_ns);
    auto const waits = lock_waits(now.events, window.from_ns, window.to_ns, now.virtual_ns);
    Json list = Json::array(), times = Json::array(), queue = Json::array();
    for (LockWait const& w : waits)
        list.push_back({{"thread", model.thread_name(w.thread)},
                        {"lock", lock_name(model, w.lock)},
                        {"owner", w.owner ? Json(model.thread_name(w.owner)) : Json()},
                        {"from_ns", w.from_ns},
                        {"to_ns", w.to_ns},
                        {"got", w.got}});
    for (ThreadTimes const& t : thread_times(chart, waits, window.from_ns, window.to_ns))
        times.push_back({{"thread", t.name},
                         {"runs", t.runs},
                         {"running_ns", t.running_ns},
                         {"ready_ns", t.ready_ns},
                         {"blocked_ns", t.blocked_ns},
                         {"lock_ns", t.lock_ns},
                         {"worst_ready_ns", t.worst_ns}});
    for (std::uint64_t thread : now.kernel.run_queue) queue.push_back(model.thread_name(thread));
    all["lock_waits"] = std::move(list);
    all["measured"] = {{"from_ns", window.from_ns}, {"to_ns", window.to_ns}, {"threads", std::move(times)}};
    all["run_queue"] = std::move(queue);
}

}  // namespace

std::string print_twin(std::string_view text_view, bool json, Model const& model, ViewState const& state) {
    sim::debug::Snapshot const& now = model.now();
    if (text_view == "connection")
        return json ? connection_json(model, state) : connection_text(model, state);
    sim::debug::TextOptions options;
    if (state.selected.kind == EntityKind::packet) options.packet = state.selected.id;
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
    if (text_view == "overview" && !json) *text += landmarks(model);
    if (text_view == "overview" && json) {
        Json all = Json::parse(*text);
        all["landmarks"] = landmarks_json(model);
        *text = all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    }
    if (text_view == "gantt" && json) {
        Json all = Json::parse(*text);
        scheduling_json(all, model, state);
        *text = all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    }
    if (text_view == "events" && !json) *text = model.with_names(*text);
    if (text_view == "gantt" && !json) *text += scheduling_text(model, state) + markers(state);
    return std::move(*text);
}

}  // namespace viz::model
