// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/query_command.hpp"

#include <fmt/ranges.h>

#include "simulator/cli/go_to.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/json_line.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/progress.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/debug/queries/ask.hpp"
#include "simulator/debug/studied_life.hpp"
#include "simulator/recording/replay.hpp"

namespace sim::cli {

int query(QueryWords const& words) {
    auto const [file, place] = debug::split_place(words.file);
    debug::Destination const wanted = debug::destination_of(place);
    recording::ReplayOptions options;
    options.image = words.kernel;
    options.tolerance = words.salvage ? recording::Tolerance::salvage : recording::Tolerance::whole;
    recording::Replay replay(file, options);
    machine::Machine& machine = replay.machine();

    debug::StudiedLife life(machine);
    Interruption interruption;
    interruption.also_interrupt(machine);
    if (!go_to(replay.recording(), machine, life.observation(), wanted)) {
        say("interrupted");
        return status_interrupted;
    }

    Progress progress;
    debug::queries::Scene scene{machine,
                                life.symbols(),
                                life.kernel(),
                                life.observation(),
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
