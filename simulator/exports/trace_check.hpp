// SPDX-License-Identifier: GPL-2.0-or-later
//
// Is this a trace that other tools open? The rules of the trace event format as
// its readers apply them: known phases, numbers where numbers belong, stretches
// of one track nested, flows that begin before they go on and end.
#pragma once

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sim::exports {

// Empty: it is.
inline std::vector<std::string> trace_problems(nlohmann::json const& trace) {
    using nlohmann::json;
    if (!trace.is_object() || !trace.contains("traceEvents") || !trace["traceEvents"].is_array())
        return {"there is no list traceEvents"};
    std::vector<std::string> problems;
    std::map<std::pair<int, int>, std::vector<std::pair<double, double>>> stretches;  // begin, end
    std::map<std::int64_t, char> flows;
    for (json const& event : trace["traceEvents"]) {
        auto const wrong = [&](std::string const& what) { problems.push_back(what + ": " + event.dump()); };
        std::string const phase = event.value("ph", "");
        if (!event.contains("pid") || !event["pid"].is_number_integer() || !event.contains("tid") ||
            !event["tid"].is_number_integer()) {
            wrong("no pid and tid");
            continue;
        }
        if (event.value("name", "").empty()) wrong("no name");
        if (phase == "M") {
            if (!event.contains("args")) wrong("metadata of nothing");
            continue;
        }
        if (!event.contains("ts") || !event["ts"].is_number() || event["ts"].get<double>() < 0) {
            wrong("no time");
            continue;
        }
        double const at = event["ts"].get<double>();
        if (phase == "X") {
            if (!event.contains("dur") || !event["dur"].is_number() || event["dur"].get<double>() < 0)
                wrong("no duration");
            else
                stretches[{event["pid"].get<int>(), event["tid"].get<int>()}].push_back(
                    {at, at + event["dur"].get<double>()});
        } else if (phase == "s" || phase == "t" || phase == "f") {
            if (!event.contains("id") || !event.contains("cat")) {
                wrong("a flow without id and category");
                continue;
            }
            char& state = flows[event["id"].get<std::int64_t>()];
            if (phase == "s" ? state == 's' : state != 's') wrong("a flow out of order");
            state = phase == "f" ? 'f' : 's';
        } else if (phase == "i") {
            std::string const scope = event.value("s", "t");
            if (scope != "t" && scope != "p" && scope != "g") wrong("an instant of no scope");
        } else {
            wrong("an unknown phase");
        }
    }
    for (auto const& [id, state] : flows)
        if (state != 'f') problems.push_back("flow " + std::to_string(id) + " never ends");
    constexpr double least = 0.0005;  // half a nanosecond: times are sums of decimals
    for (auto& [track, list] : stretches) {
        std::sort(list.begin(), list.end(), [](auto const& a, auto const& b) {
            return a.first < b.first || (a.first == b.first && a.second > b.second);
        });
        std::vector<double> ends;
        for (auto const& [begin, end] : list) {
            while (!ends.empty() && ends.back() <= begin + least) ends.pop_back();
            if (!ends.empty() && end > ends.back() + least)
                problems.push_back("stretches of track " + std::to_string(track.first) + "/" +
                                   std::to_string(track.second) + " cross at " + std::to_string(begin));
            ends.push_back(end);
        }
    }
    return problems;
}

}  // namespace sim::exports
