// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/query_command.hpp"

#include <fmt/ranges.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <stdexcept>

#include "simulator/cli/interruption.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/debug/probes.hpp"
#include "simulator/debug/queries/ask.hpp"
#include "simulator/debug/views_query.hpp"
#include "simulator/recording/replay.hpp"

namespace sim::cli {
namespace {

using machine::Moment;

constexpr std::uint64_t slice = 5'000'000;

// Where to stand: a moment, a virtual time, or the nth event of a group.
struct Wanted {
    Moment moment = Moment::never();
    std::uint64_t virtual_ns = UINT64_MAX;
    std::optional<debug::EventGroup> group;
    std::uint64_t count = 0;
};

std::optional<std::uint64_t> nanoseconds(std::string_view text) {
    static constexpr std::pair<std::string_view, double> units[] = {
        {"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
    for (auto const& [unit, factor] : units) {
        if (!text.ends_with(unit)) continue;
        std::string_view const number = text.substr(0, text.size() - unit.size());
        double value = 0;
        auto const [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
        if (error != std::errc{} || end != number.data() + number.size()) continue;
        if (!(value >= 0) || value * factor > 9e18) return std::nullopt;
        return static_cast<std::uint64_t>(std::llround(value * factor));
    }
    return std::nullopt;
}

Wanted parse_place(std::string_view text) {
    Wanted w;
    if (text == "end" || text.empty()) return w;
    if (text == "start") return w.moment = {}, w;
    if (auto const moment = machine::parse_moment(text)) return w.moment = *moment, w;
    if (auto const ns = nanoseconds(text)) return w.virtual_ns = *ns, w;
    static constexpr std::pair<std::string_view, debug::EventGroup> kinds[] = {
        {"packet:", debug::EventGroup::packets},
        {"fault:", debug::EventGroup::faults},
        {"interrupt:", debug::EventGroup::interrupts},
        {"switch:", debug::EventGroup::switches},
        {"connection:", debug::EventGroup::connections}};
    for (auto const& [name, group] : kinds) {
        if (!text.starts_with(name)) continue;
        std::string_view const count = text.substr(name.size());
        auto const [end, error] = std::from_chars(count.data(), count.data() + count.size(), w.count);
        if (error != std::errc{} || end != count.data() + count.size() || w.count == 0)
            throw std::runtime_error(fmt::format("{}: {} wants a number from 1 on", text, name));
        w.group = group;
        return w;
    }
    throw std::runtime_error(
        fmt::format("{} is no moment: want 123456, 123456.2, 12.5ms, start, end, packet:3, fault:1, "
                    "interrupt:2, switch:4 or connection:1",
                    text));
}

void show_progress(double part) {
    if (isatty(STDERR_FILENO))
        fmt::print(stderr, "\rviv: {:3.0f} %{}", part * 100, part >= 1 ? "\r\x1b[K" : "");
}

// The machine from its first instruction to the wanted moment; false: Ctrl-C.
bool go(machine::Machine& machine, debug::Observation& observation, Wanted const& wanted, Moment end) {
    auto const event = [&]() -> std::optional<Moment> {
        if (!wanted.group) return std::nullopt;
        debug::EventView const events = observation.events().view();
        auto const& numbers = events.group(*wanted.group);
        if (numbers.end() < wanted.count || wanted.count - 1 < numbers.begin()) return std::nullopt;
        return events.all[numbers[wanted.count - 1]].at;
    };
    Moment const limit = std::min(wanted.moment, end);
    while (machine.moment() < limit && !event()) {
        Moment const before = machine.moment();
        auto const r = machine.run(
            {.moment = std::min(limit, Moment{before.retired + slice, 0}), .virtual_ns = wanted.virtual_ns});
        if (Interruption::requested()) return false;
        if (end.retired)
            show_progress(static_cast<double>(machine.moment().retired) / static_cast<double>(end.retired));
        if (r.stop != machine::RunStop::reached && r.stop != machine::RunStop::interrupted) break;
        if (machine.moment() == before) break;
    }
    show_progress(1);
    if (auto const at = event()) {
        observation.rewind();
        machine.seek(*at);
    } else if (wanted.group) {
        throw std::runtime_error(fmt::format("there is no such event in this recording: only {} of {}",
                                             observation.events().view().group(*wanted.group).end(),
                                             debug::name_of(*wanted.group)));
    }
    return true;
}

}  // namespace

int query(QueryWords const& words) {
    std::size_t const at = words.file.rfind('@');
    std::string const file = words.file.substr(0, at);
    Wanted const wanted = parse_place(at == std::string::npos ? "end" : words.file.substr(at + 1));
    recording::ReplayOptions options;
    options.image = words.kernel;
    options.tolerance = words.salvage ? recording::Tolerance::salvage : recording::Tolerance::whole;
    recording::Replay replay(file, options);
    machine::Machine& machine = replay.machine();
    Moment end = replay.recording().end.at;
    if (replay.recording().end.ending == recording::Ending::shutdown) end = {end.retired + 1, 0};

    std::span<std::uint8_t const> const image(*machine.config().image.bytes);
    auto const symbols = debug::Symbols::from_bytes(image);
    debug::KernelReader kernel(debug::Views::make(symbols->views(), symbols), symbols);
    debug::Observation observation(machine, debug::read_probes(image), &kernel, std::size_t{1} << 20);
    Interruption interruption;
    interruption.also_interrupt(machine);
    if (!go(machine, observation, wanted, end)) {
        say("interrupted");
        return status_interrupted;
    }

    debug::queries::Scene scene{
        machine,
        symbols,
        kernel,
        observation,
        {.cancelled = Interruption::requested, .progress = [](double part, Moment) { show_progress(part); }}};
    std::string question = fmt::format("{}", fmt::join(words.question, " "));
    if (words.chain) question += fmt::format(" --chain {}", *words.chain);
    if (words.follow) question += fmt::format(" --follow {}", *words.follow);
    debug::queries::Answer const answer = debug::queries::ask(scene, question);
    show_progress(1);
    if (!answer.understood) {
        say_error("{}", answer.text);
        return status_wrong_use;
    }
    if (words.json) {
        nlohmann::json line = {
            {"file", file}, {"moment", to_string(machine.moment())}, {"question", question}};
        line["answer"] = answer.json;
        fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
        fmt::print("{}", answer.text);
    }
    return answer.cancelled ? status_interrupted : status_right;
}

}  // namespace sim::cli
