// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/bad_end.hpp"

#include <filesystem>

#include "simulator/cli/message.hpp"
#include "simulator/recording/images.hpp"
#include "simulator/recording/recorder.hpp"

namespace sim::cli {
namespace {

namespace fs = std::filesystem;

// The path, or nothing when it cannot be written: the guest's end is told anyway.
std::string record_now(std::string const& name, machine::Machine& machine) {
    try {
        fs::path const folder = recording::ImageCache().folder().parent_path() / "bad-ends";
        fs::create_directories(folder);
        fs::path const file = folder / (name + ".run");
        recording::Recorder recorder(file, machine.config(), false);
        recorder.finish(machine);
        return file.string();
    } catch (std::exception const& error) {
        say("no recording could be made: {}", error.what());
        return "";
    }
}

}  // namespace

void explain(std::string const& name, Outcome& outcome, machine::Machine& machine,
             explore::Lookback const& lookback, machine::RunResult const& result,
             explore::SpinCheck const* spin, std::optional<machine::Moment> noted) {
    std::string const file = outcome.recording.empty() ? record_now(name, machine) : outcome.recording;
    auto const symbols =
        debug::Symbols::from_bytes(std::span<std::uint8_t const>(*machine.config().image.bytes));
    auto const diagnosis = spin ? explore::diagnose_spin(machine, lookback, *spin, symbols)
                                : explore::diagnose(machine, lookback, result, symbols, noted);
    BadEnd& bad = outcome.bad;
    bad.reason = diagnosis.reason;
    bad.first_bad = to_string(diagnosis.first_bad);
    bad.where = diagnosis.where;
    bad.last_good = diagnosis.last_good;
    bad.lines = diagnosis.lines;
    if (spin) outcome.ending = diagnosis.reason;
    if (!file.empty()) bad.lines.push_back(fmt::format("look: viv open '{}@{}'", file, bad.first_bad));
    if (outcome.recording.empty()) outcome.recording = file;
}

void point_at(Outcome const& outcome, machine::Moment odd) {
    if (outcome.recording.empty())
        say("add --record FILE to look at moment {}", to_string(odd));
    else
        say("look: viv open '{}@{}'", outcome.recording, to_string(odd));
}

}  // namespace sim::cli
