// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/course/desk.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "labs/course/grade.hpp"
#include "labs/grader/broker.hpp"
#include "labs/grader/diagnosis.hpp"
#include "labs/grader/exam.hpp"
#include "labs/grader/student_image.hpp"
#include "labs/grader/telling.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr char const* results_name = "results.json";
constexpr std::size_t largest_results = 4 << 20;

// The names that build_student_image gives.
fs::path image_of(Definition const& definition, fs::path const& desk) {
    return desk / "build" / (definition.image + ".elf");
}
fs::path host_of(Definition const& definition, fs::path const& desk) {
    if (!definition.has(CheckKind::host)) return {};
    return desk / "build" / fmt::format("host-{:02}", definition.number);
}

void make_desk(Submission const& submission, fs::path const& desk) {
    for (char const* folder : {"build", "judged"}) {
        fs::create_directories(desk / folder);
        if (geteuid() == 0 && chown((desk / folder).c_str(), nobody, nobody) != 0)
            throw std::runtime_error("cannot give a folder to nobody");
    }
    for (auto const& [name, text] : submission.files) {
        write_text(desk / name, text);
        if (name == "explain.md") write_text(desk / "judged" / name, text);
    }
}

ProcessRequest request_for(House const& house, Runs runs, std::vector<std::string> const& words,
                           fs::path const& desk, std::uint64_t processor_seconds) {
    ProcessRequest request;
    request.runs = runs;
    request.arguments = {viv_lab(house).string()};
    request.arguments.insert(request.arguments.end(), words.begin(), words.end());
    request.folder = desk / (runs == Runs::compiler ? "build" : "judged");
    request.limits = {.processor_seconds = processor_seconds,
                      .real_seconds = 240,
                      .file_bytes = 64 << 20,
                      .most_output = 1 << 20};
    return request;
}

// Whether it was built; else why not.
bool build(House const& house, Yard& yard, Definition const& definition, fs::path const& desk,
           std::string& problem) {
    auto const ended = yard.run(
        request_for(house, Runs::compiler,
                    {"at-desk", "build", std::to_string(definition.number), desk.string()}, desk, 30));
    auto const told = json::parse(ended.output, nullptr, false);
    if (ended.out_of_time)
        problem = "the compiler needed more than the time that is set for it";
    else if (ended.out_of_memory)
        problem = "the compiler needed more than the memory that is set for it";
    else if (!told.is_object() || !told.contains("built"))
        throw std::runtime_error("the build failed without a word: " + ended.output.substr(0, 2000));
    else if (told.value("built", false))
        return true;
    else
        problem =
            "the files do not compile: " + first_error(told.value("output", std::string()), definition, desk);
    return false;
}

void judge(House const& house, Yard& yard, Definition const& definition, Submission const& submission,
           fs::path const& desk, DeskResult& result) {
    auto request = request_for(house, Runs::judge,
                               {"at-desk", "judge", std::to_string(definition.number), desk.string(),
                                std::to_string(submission.seed)},
                               desk, 60);
    ProcessResult ended;
    {
        Broker broker(yard);
        request.descriptors = {{broker_descriptor, broker.end_of_judge()}};
        ended = yard.run(request);
    }
    auto const text = read_carefully(desk / "judged" / results_name, largest_results);
    auto const report = text ? json::parse(*text, nullptr, false) : json();
    result.judged = ended.status == 0 && report.is_object() && report.contains("points");
    if (result.judged) {
        result.results = *text;
        result.points = report.value("points", 0);
        result.broke = what_broke(report);
    } else if (ended.out_of_time)
        result.problem = "the judge did not end within the time that is set for one submission";
    else if (ended.out_of_memory)
        result.problem = "the judge needed more than the memory that is set for one submission";
    else
        result.problem =
            fmt::format("the judge ended with status {}: {}", ended.status, ended.output.substr(0, 2000));
}

}  // namespace

std::string first_error(std::string const& said, Definition const& definition, fs::path const& folder) {
    std::vector<std::string> own;
    for (auto const& file : definition.files) own.push_back(file.name);
    std::string plain = said;  // the same wherever it is graded
    for (auto at = plain.find(folder.string() + "/"); at != std::string::npos;
         at = plain.find(folder.string() + "/", at))
        plain.erase(at, folder.string().size() + 1);
    auto const told = diagnose_build(plain, own);
    std::string text =
        fmt::format("{}{}{}\n{}\n", told.where, told.where.empty() ? "" : ": ", told.seen, to_text(told)) +
        lab::told("Cause", told.cause) + lab::told("Next", told.next);
    text.pop_back();
    // What was said is kept nowhere, so where we do not know the cause it stands here.
    if (!told.known && !told.said.empty()) text += "\n     Said";
    for (auto const& line : told.said) text += "\n            " + line;
    return text;
}

std::string what_broke(json const& report) {
    if (!report.is_object() || !report.contains("checks") || !report["checks"].is_array()) return {};
    for (auto const& check : report["checks"])
        if (check.is_object() && check.value("outcome", json()) == name_of(Outcome::broken))
            return fmt::format("the grader itself failed in {}: {}", check.value("check", "?"),
                               check.value("reason", "?"));
    return {};
}

DeskResult work_at_desk(House const& house, Definition const& definition, Submission const& submission,
                        Workshop const& workshop, Confinement how, Allowance const& allowance,
                        fs::path const& desk) {
    make_desk(submission, desk);
    Yard yard(how, workshop.views_for(desk),
              {"VIV_ROOT=" + house.repository.string(), "VIV_BUILD=" + house.build.string()}, allowance);
    DeskResult result;
    result.evidence = desk / "judged";
    result.built = build(house, yard, definition, desk, result.problem);
    if (result.built) judge(house, yard, definition, submission, desk, result);
    result.processor_seconds = yard.used_seconds();
    result.memory_bytes = yard.most_memory();
    return result;
}

int build_at_desk(House const& house, int lab, fs::path const& desk) {
    auto const definition = find_definition(house.repository, lab);
    auto const image = build_student_image(definition, files_of(definition, desk), house.repository,
                                           house.build, desk / "build");
    json const told = {{"built", image.built}, {"output", image.compiler_output}};
    std::puts(told.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
    return 0;
}

int judge_at_desk(House const& house, int lab, std::uint64_t seed, fs::path const& desk) {
    prctl(PR_SET_DUMPABLE, 0);  // without walls a student's program might look in here
    auto const definition = find_definition(house.repository, lab);
    BrokeredWalls walls(broker_descriptor);
    Behind const behind(walls);
    Report report = lab::judge({.definition = definition,
                                .folder = desk / "judged",
                                .elf = image_of(definition, desk),
                                .original = house.build / "images" / (definition.image + ".elf"),
                                .host = host_of(definition, desk),
                                .tools = house.build / "bin",
                                .seed = seed});
    for (auto& verdict : report.verdicts) verdict.kept = fs::path(verdict.kept).filename().string();
    write_text(desk / "judged" / results_name, to_json(report));
    write_text(desk / "judged" / "report.txt", to_text(report));
    return 0;
}

}  // namespace lab
