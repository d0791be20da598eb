// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/timing.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "labs/grader/cases.hpp"
#include "labs/grader/process.hpp"
#include "labs/grader/scratch.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

// A comment in C++ and in assembly.
void edit(Definition const& definition, fs::path const& folder, unsigned number) {
    for (auto const& file : definition.files)
        write_text(folder / file.name,
                   read_text(folder / file.name) + fmt::format("/* edit {} */\n", number));
}

double seconds_of(timeval const& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double processor_seconds() {
    rusage used{};
    getrusage(RUSAGE_CHILDREN, &used);
    return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

struct Seconds {
    double wall = 0, processor = 0;
};

Seconds wait_for(std::vector<std::string> const& words, fs::path const& folder) {
    double const before = processor_seconds();
    auto const begin = std::chrono::steady_clock::now();
    auto const ended = run_process(words, folder);
    auto const end = std::chrono::steady_clock::now();
    // 1: a check failed, such as the greeting of lab 0, which each student changes.
    if (ended.status > 1) throw UsageError("viv lab check failed: " + ended.output, "Run ./viv lab prove.");
    return {std::chrono::duration<double>(end - begin).count(), processor_seconds() - before};
}

std::string words_of(Waited const& waited) {
    return fmt::format("{:.1f} s ({:.1f} s)", waited.seconds, waited.processor_seconds);
}

std::string cell(std::vector<Waited> const& waited, CheckKind kind) {
    Waited const* slowest = nullptr;
    for (auto const& one : waited)
        if (!one.check.empty() && one.kind == kind && (!slowest || one.seconds > slowest->seconds))
            slowest = &one;
    return slowest ? fmt::format("{} {}", slowest->check, words_of(*slowest)) : "none";
}

}  // namespace

std::vector<Waited> time_lab(House const& house, Definition const& definition, fs::path const& program,
                             unsigned rounds) {
    ScratchFolder const folder;
    for (auto const& one : load_cases(definition, house.repository))
        if (one.kind == Case::Kind::solution)
            for (auto const& [name, text] : one.files) write_text(folder.path() / name, text);
    write_text(folder.path() / ".lab.json",
               note_of({.folder = folder.path(), .lab = definition.number}, house.repository));

    std::vector<Waited> waited;
    for (auto const& check : definition.checks)
        if (check.kind == CheckKind::host || check.kind == CheckKind::simulator)
            waited.push_back({check.id, check.kind});
    waited.push_back({});
    unsigned edits = 0;
    for (auto& one : waited) {
        std::vector<std::string> words = {program.string(), "check", folder.path().string()};
        if (!one.check.empty()) words.insert(words.end(), {"--only", one.check});
        std::vector<Seconds> times;
        for (unsigned round = 0; round < rounds; ++round) {
            edit(definition, folder.path(), ++edits);
            times.push_back(wait_for(words, folder.path()));
        }
        std::sort(times.begin(), times.end(), [](auto const& a, auto const& b) { return a.wall < b.wall; });
        one.seconds = times[times.size() / 2].wall;
        one.processor_seconds = times[times.size() / 2].processor;
    }
    return waited;
}

std::string row_of(Definition const& definition, std::vector<Waited> const& waited) {
    return fmt::format("| {} | {} | {} | {} |\n", definition.number, cell(waited, CheckKind::host),
                       cell(waited, CheckKind::simulator), words_of(waited.back()));
}

void time_and_print(House const& house, fs::path const& program, TimeOptions const& options) {
    fmt::print(
        "| lab | slowest check on the host | slowest in the simulator | all, QEMU too |\n"
        "|---:|---|---|---:|\n");
    for (auto const& definition : load_definitions(house.repository)) {
        if (options.lab && *options.lab != definition.number) continue;
        fmt::print("{}", row_of(definition, time_lab(house, definition, program, options.rounds)));
        std::fflush(stdout);
    }
    double load[1] = {0};
    getloadavg(load, 1);
    fmt::print(
        "\nThe median of {2}; in brackets processor time. {0} processors, and in the last minute {1:.1f} "
        "programs wanted one.\n",
        std::thread::hardware_concurrency(), load[0], options.rounds);
}

}  // namespace lab
