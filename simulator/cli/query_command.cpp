// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/query_command.hpp"

#include <fmt/ranges.h>

#include "simulator/cli/go_to.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/json_line.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/progress.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/debug/probes.hpp"
#include "simulator/debug/queries/ask.hpp"
#include "simulator/debug/views_query.hpp"
#include "simulator/recording/replay.hpp"

namespace sim::cli {

int query(QueryWords const& words) {
    auto const [file, place] = debug::split_place(words.file);
    debug::Place const wanted = place_of(place);
    recording::ReplayOptions options;
    options.image = words.kernel;
    options.tolerance = words.salvage ? recording::Tolerance::salvage : recording::Tolerance::whole;
    recording::Replay replay(file, options);
    machine::Machine& machine = replay.machine();

    std::span<std::uint8_t const> const image(*machine.config().image.bytes);
    auto const symbols = debug::Symbols::from_bytes(image);
    debug::KernelReader kernel(debug::Views::make(symbols->views(), symbols), symbols);
    debug::Observation observation(machine, debug::read_probes(image), &kernel, std::size_t{1} << 20);
    Interruption interruption;
    interruption.also_interrupt(machine);
    if (!go_to(replay.recording(), machine, observation, wanted)) {
        say("interrupted");
        return status_interrupted;
    }

    Progress progress;
    debug::queries::Scene scene{machine,
                                symbols,
                                kernel,
                                observation,
                                {.cancelled = Interruption::requested,
                                 .progress = [&](double part, machine::Moment) { progress.show(part); }}};
    std::string question = fmt::format("{}", fmt::join(words.question, " "));
    if (words.chain) question += fmt::format(" --chain {}", *words.chain);
    if (words.follow) question += fmt::format(" --follow {}", *words.follow);
    debug::queries::Answer const answer = debug::queries::ask(scene, question);
    progress.clear();
    if (!answer.understood) {
        say_error("{}", answer.text);
        return status_wrong_use;
    }
    if (words.json) {
        nlohmann::json line = {
            {"file", file.string()}, {"moment", to_string(machine.moment())}, {"question", question}};
        line["answer"] = answer.json;
        print_line(line);
    } else {
        fmt::print("{}", answer.text);
    }
    return answer.cancelled ? status_interrupted : status_right;
}

}  // namespace sim::cli
