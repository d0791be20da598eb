// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/compare_command.hpp"

#include <CLI/CLI.hpp>

#include "simulator/cli/interruption.hpp"
#include "simulator/cli/json_line.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/progress.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/debug/compare/recordings.hpp"

namespace sim::cli {

namespace cmp = debug::compare;

void add_compare(CLI::App& app, CompareWords& words) {
    auto* compare =
        app.add_subcommand("compare",
                           "Compare two moments: where two recordings part, and what differs, by structure.\n"
                           "Exit status: 0 the same, 1 not.");
    compare->add_option("A", words.one, "a recording; FILE@MOMENT: at 123456, 12.5ms, packet:3, end")
        ->required();
    compare->add_option("B", words.other, "the other one, in the same words")->required();
    compare->add_option("--kernel-a", words.kernel_one, "the image of A, when it cannot be found")
        ->type_name("FILE");
    compare->add_option("--kernel-b", words.kernel_other, "the image of B, likewise")->type_name("FILE");
    compare->add_option("--most", words.most, "lines of each section")->type_name("N")->capture_default_str();
    compare->add_flag("--salvage", words.salvage, "take what there is of a recording that stops too early");
    compare->add_flag("--json", words.json, "print the comparison as one line of JSON on stdout");
}

int compare(CompareWords const& words) {
    auto const open = [&](std::string const& text, std::string const& kernel) {
        auto const [file, place] = debug::split_place(text);
        recording::ReplayOptions options;
        options.image = kernel;
        options.tolerance = words.salvage ? recording::Tolerance::salvage : recording::Tolerance::whole;
        return std::pair(std::make_unique<recording::Replay>(file, options), debug::destination_of(place));
    };
    auto const [one, one_place] = open(words.one, words.kernel_one);
    auto const [other, other_place] = open(words.other, words.kernel_other);
    Interruption interruption;
    Progress progress;
    debug::SearchControl const control{
        Interruption::requested, [&](double part, machine::Moment) { progress.show("running again", part); }};
    auto const result =
        cmp::compare_recordings({*one, words.one, one_place}, {*other, words.other, other_place},
                                {.most = words.json ? 1000 : std::max<std::size_t>(words.most, 1)}, control);
    progress.clear();
    if (!result) {
        say("interrupted");
        return status_interrupted;
    }
    if (words.json)
        print_line(to_json(*result));
    else
        fmt::print("{}", to_text(*result, words.most));
    return result->same ? status_right : status_differs;
}

}  // namespace sim::cli
