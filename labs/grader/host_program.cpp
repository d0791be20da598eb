// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/host_program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <sstream>
#include <string_view>

#include "labs/grader/process.hpp"

namespace lab {
namespace {

// What a program wrote is read by hand: a line of a student's program may be as long
// as its output may be, and hold anything.
constexpr std::size_t most_told = 200;

// From just behind `mark` to the end of the line, or to `until`; none: there is no mark.
std::optional<std::string> told_after(std::string const& output, std::string_view mark,
                                      std::string_view until = {}) {
    std::size_t const at = output.find(mark);
    if (at == std::string::npos) return {};
    std::string told = output.substr(at + mark.size(), most_told);
    told.resize(std::min(told.size(), told.find('\n')));
    if (!until.empty()) told.resize(std::min(told.size(), told.find(until)));
    return told;
}

bool in_a_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }

// "frame_allocator.cpp:41" in a line; empty: it names no file of the kernel's.
std::string place_in_line(std::string_view line) {
    for (std::string_view const ending : {".cpp:", ".hpp:", ".S:"}) {
        for (std::size_t at = line.find(ending); at != line.npos; at = line.find(ending, at + 1)) {
            std::size_t begin = at, end = at + ending.size();
            while (begin > 0 && in_a_name(line[begin - 1])) --begin;
            while (end < line.size() && std::isdigit(static_cast<unsigned char>(line[end])) != 0) ++end;
            bool const whole = begin == 0 || line[begin - 1] == ' ' || line[begin - 1] == '/';
            if (whole && begin < at && end > at + ending.size())
                return std::string(line.substr(begin, std::min(end - begin, most_told)));
        }
    }
    return {};
}

// Where a sanitizer's report or an ASSERT names a file of the kernel first.
std::string place_in(std::string const& output) {
    std::istringstream lines(output);
    for (std::string line; std::getline(lines, line);) {
        if (line.find("/tests/driver.cpp") != std::string::npos ||
            line.find("labs/servant.hpp") != std::string::npos)
            continue;  // our own
        if (auto place = place_in_line(line); !place.empty()) return place;
    }
    return {};
}

std::string complaint_in(std::string const& output, ProcessResult const& ended) {
    if (ended.status == 128 + SIGABRT)
        if (auto const told = told_after(output, "assertion failed: ", " at "))
            return "assertion failed: " + *told;
    if (auto const told = told_after(output, "runtime error: ")) return "undefined behaviour: " + *told;
    if (auto const told = told_after(output, "ERROR: AddressSanitizer: ", " "))
        return "AddressSanitizer: " + *told;
    if (ended.out_of_time) return "no end: the processor time that was set for it is used up";
    if (ended.out_of_memory) return "no end: the memory that was set for it is used up";
    if (ended.status > 128) return fmt::format("the program was killed by signal {}", ended.status - 128);
    return fmt::format("the program ended with status {} before its last answer", ended.status);
}

// The steps and their answers, the last with a mark.
std::string evidence(HostCase const& one, HostRun const& run, std::size_t bad, std::string const& seen) {
    constexpr std::size_t most = 400;
    std::string text = fmt::format("# {}\n", one.name);
    std::size_t const first = bad > most ? bad - most : 0;
    if (first > 0) text += fmt::format("# {} earlier steps left out\n", first);
    for (std::size_t i = first; i <= bad && i < one.steps.size(); ++i)
        text += fmt::format("{:>6}  {:<24} {}\n", i + 1, one.steps[i],
                            i < run.answers.size() ? run.answers[i] : "(no answer)");
    return text + fmt::format("        ^ {}\n", seen);
}

}  // namespace

HostRun run_steps(std::filesystem::path const& program, std::vector<std::string> const& steps) {
    std::string input;
    for (auto const& step : steps) input += step + "\n";
    ProcessRequest request;
    request.arguments = {program.string()};
    request.folder = program.parent_path();
    request.input = std::move(input);
    request.answers = true;
    request.runs = Runs::program;
    request.environment = {"ASAN_OPTIONS=detect_leaks=0:hard_rss_limit_mb=768:max_allocation_size_mb=512",
                           "UBSAN_OPTIONS=print_stacktrace=0"};
    request.limits = {.processor_seconds = 4,
                      .real_seconds = 60,
                      .file_bytes = 1 << 20,
                      .memory_bytes = 768 << 20,
                      .most_output = 16 << 20};
    auto const ended = run_process(request);

    HostRun run;
    std::istringstream lines(ended.answers);
    for (std::string line; std::getline(lines, line);) run.answers.push_back(line);
    run.complete = ended.status == 0 && run.answers.size() == steps.size();
    run.out_of_time = ended.out_of_time;
    run.asserted = ended.status == 128 + SIGABRT;
    if (run.complete) return run;
    run.place = place_in(ended.output);
    run.complaint = complaint_in(ended.output, ended);
    return run;
}

bool examine_case(Subject const& subject, Judgement& judgement, std::string const& check,
                  HostCase const& one) {
    HostRun const run = run_steps(subject.host, one.steps);
    auto const fail = [&](std::size_t bad, Objection const& objection) {
        std::string const step = bad < one.steps.size() ? one.steps[bad] : "the end";
        Finding finding{.seen = objection.seen,
                        .where = fmt::format("step {} of the case \"{}\": {}", bad + 1, one.name, step),
                        .rule = objection.rule,
                        .cause = objection.cause};
        judgement.fail(check, finding, evidence(one, run, bad, objection.seen));
        return false;
    };
    std::size_t const answered = std::min(run.answers.size(), one.steps.size());
    for (std::size_t i = 0; i < answered; ++i) {
        if (one.ends_in_assert && i + 1 == one.steps.size()) return fail(i, one.survived);
        if (auto const objection = one.oracle(one.steps[i], run.answers[i])) return fail(i, *objection);
    }
    if (one.ends_in_assert && answered + 1 == one.steps.size() && run.asserted) return true;
    if (run.complete) return true;
    std::string seen = run.complaint;
    if (!run.place.empty()) seen += " at " + run.place;
    return fail(answered,
                {seen, "The code runs to its end, with no undefined behaviour and within its own memory.",
                 run.out_of_time ? "A loop whose condition never becomes false."
                                 : "The line that is named, and what it was called with."});
}

void examine_cases(Subject const& subject, Judgement& judgement, std::string const& check,
                   std::vector<HostCase> const& cases) {
    if (!judgement.open(check)) return;
    for (auto const& one : cases)
        if (!examine_case(subject, judgement, check, one)) return;
}

void examine_growing(Subject const& subject, Judgement& judgement, std::string const& check,
                     std::vector<std::size_t> const& lengths,
                     HostCase (*make)(std::size_t length, std::uint64_t seed)) {
    if (!judgement.open(check)) return;
    for (std::size_t const length : lengths)
        if (!examine_case(subject, judgement, check, make(length, subject.seed + length))) return;
}

}  // namespace lab
