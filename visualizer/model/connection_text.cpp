// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/connection_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "simulator/debug/text.hpp"

namespace viz::model {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::size_t most_segments = 400;

std::string packet_word(std::uint64_t event, Model const& model) {
    auto const index = model.packet_index_of(event);
    return index ? fmt::format("packet {}", model.packet_number(*index)) : "a packet no longer held";
}

std::string flags_of(Segment const& s) {
    static constexpr std::pair<std::uint8_t, char const*> letters[] = {
        {TcpFlag::syn, "SYN"}, {TcpFlag::fin, "FIN"}, {TcpFlag::rst, "RST"}, {TcpFlag::ack, "ACK"}};
    std::string out;
    for (auto const& [flag, name] : letters)
        if (s.has(flag)) out += (out.empty() ? "" : " ") + std::string(name);
    return out;
}

// What the plots of the congestion show, until now.
CongestionPlot congestion_until_now(TcpFlow const& flow, bool outward, Model const& model) {
    return congestion_plot(flow, outward, {0, model.now().virtual_ns});
}

std::string staircase(std::vector<SequencePlot::Corner> const& stairs, auto&& show) {
    constexpr std::size_t most = 60;
    std::string out;
    if (stairs.size() > most) out += fmt::format(" ({} older ones)", stairs.size() - most);
    for (std::size_t i = stairs.size() > most ? stairs.size() - most : 0; i < stairs.size(); ++i)
        out += fmt::format(" {} at {}{}", show(stairs[i].number), sim::debug::format_ns(stairs[i].virtual_ns),
                           i + 1 < stairs.size() ? "," : "");
    return out;
}

std::string congestion_text(TcpFlow const& flow, bool outward, Model const& model) {
    auto const plot = congestion_until_now(flow, outward, model);
    auto const bytes = [](std::int64_t n) { return fmt::format("{}", n); };
    auto const time = [](std::int64_t ns) { return sim::debug::format_ns(static_cast<std::uint64_t>(ns)); };
    std::string out;
    if (!plot.window.empty()) out += "congestion window:" + staircase(plot.window, bytes) + "\n";
    if (!plot.threshold.empty()) out += "slow start threshold:" + staircase(plot.threshold, bytes) + "\n";
    std::int64_t most = 0;
    for (auto const& c : plot.in_flight) most = std::max(most, c.number);
    if (!plot.in_flight.empty())
        out += fmt::format("in flight: {} bytes, at most {}\n", plot.in_flight.back().number, most);
    if (plot.least_offered)
        out += fmt::format("receiver's window: never less than {}\n", *plot.least_offered);
    if (!plot.round_trips.empty()) {
        auto const [least, largest] =
            std::ranges::minmax(plot.round_trips, {}, &CongestionPlot::RoundTrip::ns);
        out += fmt::format("round trips: {} measured, {} to {}, the last {}\n", plot.round_trips.size(),
                           sim::debug::format_ns(least.ns), sim::debug::format_ns(largest.ns),
                           round_trip_text(flow, plot.round_trips.back(), model));
    }
    if (!plot.smoothed.empty()) out += "smoothed:" + staircase(plot.smoothed, time) + "\n";
    if (outward)
        for (auto told = flow.round_trips.rbegin(); told != flow.round_trips.rend(); ++told)
            if (told->virtual_ns <= model.now().virtual_ns) {
                out += fmt::format("retransmission timeout: {}\n", sim::debug::format_ns(told->timeout_ns));
                break;
            }
    return out;
}

Json staircase_json(std::vector<SequencePlot::Corner> const& stairs) {
    Json list = Json::array();
    for (auto const& c : stairs) list.push_back({c.virtual_ns, c.number});
    return list;
}

Json congestion_json(TcpFlow const& flow, bool outward, Model const& model) {
    auto const plot = congestion_until_now(flow, outward, model);
    Json trips = Json::array();
    for (auto const& trip : plot.round_trips) trips.push_back({trip.virtual_ns, trip.ns});
    return {{"congestion_window", staircase_json(plot.window)},
            {"slow_start_threshold", staircase_json(plot.threshold)},
            {"in_flight", staircase_json(plot.in_flight)},
            {"least_offered", plot.least_offered ? Json(*plot.least_offered) : Json()},
            {"round_trips", std::move(trips)},
            {"smoothed", staircase_json(plot.smoothed)}};
}

}  // namespace

std::string round_trip_text(TcpFlow const& flow, CongestionPlot::RoundTrip const& trip, Model const& model) {
    return fmt::format("{} from {} to its acknowledgement, {}", short_time(trip.ns),
                       packet_word(flow.segments[trip.segment].event, model),
                       packet_word(flow.segments[trip.ack].event, model));
}

std::optional<std::size_t> chosen_flow(Model const& model, ViewState const& state) {
    TcpFlows const& flows = model.flows();
    if (flows.all().empty()) return std::nullopt;
    if (state.selected.kind == EntityKind::packet || state.selected.kind == EntityKind::event)
        if (auto const flow = flows.of_event(state.selected.id)) return flow;
    std::string const named =
        state.selected.kind == EntityKind::connection ? model.thread_name(state.selected.id) : std::string();
    std::size_t newest = 0;
    std::uint64_t heard = 0;  // the event of its last segment
    std::optional<std::size_t> chosen;
    for (std::size_t i = 0; i < flows.all().size(); ++i) {
        TcpFlow const& flow = flows.all()[i];
        std::size_t const until = flow.until(model.now().moment);
        if (until == 0) continue;
        if (std::uint64_t const last = flow.segments[until - 1].event; last >= heard)
            heard = last, newest = i;
        if (flow.name() == named) chosen = i;
    }
    return chosen.value_or(newest);
}

bool plotted_direction(TcpFlow const& flow, ViewState const& state) {
    return flow.mostly_outward() != state.plot_other_direction;
}

std::string remark_of(TcpFlow const& flow, Segment const& s, Model const& model) {
    std::string out;
    auto add = [&](std::string text) { out += (out.empty() ? "" : "; ") + std::move(text); };
    if (s.again) {
        Segment const& first = flow.segments[*s.again];
        add(fmt::format("again: first in {}, {} before", packet_word(first.event, model),
                        short_time(s.virtual_ns - first.virtual_ns)));
    }
    if (s.duplicate_ack) add("the same acknowledgement again");
    for (unsigned i = 0; i < s.sacks; ++i) add(fmt::format("has {}..{}", s.sack[i].first, s.sack[i].second));
    return out;
}

std::string connection_text(Model const& model, ViewState const& state) {
    auto const index = chosen_flow(model, state);
    if (!index) return "No TCP connection yet.\n";
    TcpFlow const& flow = model.flows().all()[*index];
    bool const outward = plotted_direction(flow, state);
    auto const& now = model.now();
    std::string out = fmt::format("connection {} of {}: {}{}\n", *index + 1, model.flows().all().size(),
                                  flow.name(), flow.begun(now.moment) ? "" : ", not begun yet");
    auto const path = flow.path();
    out += flow.path_is_told() ? "states, as the kernel tells:\n"
                               : "states, as the guest's segments let us think:\n";
    for (std::size_t i = 0; i < path.size(); ++i) {
        StateStep const& step = path[i];
        out += fmt::format("{:>3} {:>14}  {:<12} -> {:<12}  {}{}{}\n", i + 1,
                           sim::debug::format_ns(step.virtual_ns), name_of(step.from), name_of(step.to),
                           cause_of(step), step.packet ? ", " + packet_word(*step.packet, model) : "",
                           step.at > now.moment ? "  (later)" : "");
    }
    if (path.empty()) out += "  none\n";
    std::size_t const until = flow.until(now.moment);
    auto const sums = flow.sums(outward, until);
    out += fmt::format("data from {} until now: {} bytes, {} segments again, {} duplicate acknowledgements\n",
                       outward ? flow.local : flow.remote, sums.bytes, sums.again, sums.duplicate_acks);
    out += congestion_text(flow, outward, model);
    if (until > most_segments) out += fmt::format("  ({} older ones)\n", until - most_segments);
    for (std::size_t i = until > most_segments ? until - most_segments : 0; i < until; ++i) {
        Segment const& s = flow.segments[i];
        std::string what;
        if (s.outward == outward) {
            what = s.to > s.from ? fmt::format("{}..{}", s.from, s.to) : fmt::format("at {}", s.from);
        } else {
            what = s.confirmed ? fmt::format("ack {} window {}", *s.confirmed, s.window) : "";
            if (s.length) what += fmt::format(", {} bytes", s.length);
        }
        std::string const remark = remark_of(flow, s, model);
        out += fmt::format("{:>14}  {:<10} {} {:<26} {}{}\n", sim::debug::format_ns(s.virtual_ns),
                           packet_word(s.event, model), s.outward ? "out" : "in ", what, flags_of(s),
                           remark.empty() ? "" : "  " + remark);
    }
    return out;
}

std::string connection_json(Model const& model, ViewState const& state) {
    auto const index = chosen_flow(model, state);
    Json all;
    all["connections"] = model.flows().all().size();
    if (index) {
        TcpFlow const& flow = model.flows().all()[*index];
        bool const outward = plotted_direction(flow, state);
        auto number_of = [&](std::uint64_t event) -> Json {
            auto const at = model.packet_index_of(event);
            return at ? Json(model.packet_number(*at)) : Json();
        };
        all["number"] = *index + 1;
        all["local"] = flow.local;
        all["remote"] = flow.remote;
        all["begun"] = flow.begun(model.now().moment);
        all["told_by_kernel"] = flow.path_is_told();
        Json path = Json::array();
        for (StateStep const& step : flow.path())
            path.push_back({{"virtual_ns", step.virtual_ns},
                            {"moment", to_string(step.at)},
                            {"from", name_of(step.from)},
                            {"to", name_of(step.to)},
                            {"cause", cause_of(step)},
                            {"packet", step.packet ? number_of(*step.packet) : Json()},
                            {"later", step.at > model.now().moment}});
        all["path"] = std::move(path);
        std::size_t const until = flow.until(model.now().moment);
        auto const sums = flow.sums(outward, until);
        all["sender"] = outward ? flow.local : flow.remote;
        all["bytes"] = sums.bytes;
        all["again"] = sums.again;
        all["duplicate_acks"] = sums.duplicate_acks;
        all["congestion"] = congestion_json(flow, outward, model);
        Json segments = Json::array();
        for (std::size_t i = until > most_segments ? until - most_segments : 0; i < until; ++i) {
            Segment const& s = flow.segments[i];
            Json one{{"virtual_ns", s.virtual_ns},
                     {"packet", number_of(s.event)},
                     {"outward", s.outward},
                     {"from", s.from},
                     {"to", s.to},
                     {"length", s.length},
                     {"flags", flags_of(s)},
                     {"window", s.window}};
            if (s.confirmed) one["ack"] = *s.confirmed;
            if (s.again) one["again"] = number_of(flow.segments[*s.again].event);
            if (s.duplicate_ack) one["duplicate_ack"] = true;
            if (s.sacks) {
                Json blocks = Json::array();
                for (unsigned b = 0; b < s.sacks; ++b) blocks.push_back({s.sack[b].first, s.sack[b].second});
                one["sack"] = std::move(blocks);
            }
            segments.push_back(std::move(one));
        }
        all["segments"] = std::move(segments);
    }
    return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace viz::model
