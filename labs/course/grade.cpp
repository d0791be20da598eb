// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/course/grade.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "labs/course/class_report.hpp"
#include "labs/course/desk.hpp"
#include "labs/course/workshop.hpp"
#include "labs/grader/scratch.hpp"
#include "labs/grader/text_file.hpp"
#include "simulator/recording/sha256.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr char const* note_name = "graded.json";
constexpr char const* one_name = "graded";  // the folder of the one that is graded alone
constexpr char const *class_list = "class.json", *class_table = "class.txt";
constexpr std::size_t largest_evidence = 256 << 20;

// Others look into it, too: a judge who is nobody.
class Shared : public ScratchFolder {
public:
    Shared() { fs::permissions(path(), fs::perms(0755)); }
};

// Whole or not at all: somebody may be stopped between, or read it now.
void write_whole(fs::path const& file, std::string const& text) {
    fs::path const fresh = file.string() + ".new";
    write_text(fresh, text);
    fs::rename(fresh, file);
}

std::string fingerprint(Submission const& submission, Toolchain const& toolchain) {
    std::string all = fmt::format("{} {} {}", toolchain.fingerprint, submission.lab, submission.seed);
    for (auto const& [name, text] : submission.files)
        all += fmt::format("\n{} {}\n{}", name, text.size(), text);
    return sim::recording::sha256({reinterpret_cast<std::uint8_t const*>(all.data()), all.size()});
}

// What was graded before; with `print` only if it was the same and has a verdict.
std::optional<Graded> graded_before(fs::path const& folder, std::string const* print) {
    auto const text = read_carefully(folder / note_name, 8 << 20);
    auto const note = text ? json::parse(*text, nullptr, false) : json();
    if (!note.is_object() || (print && note.value("fingerprint", "") != *print)) return {};
    Graded graded{.name = folder.filename().string()};
    std::string const standing = note.value("standing", "");
    for (Standing one : {Standing::judged, Standing::not_built})
        if (standing == name_of(one)) graded.standing = one;
    if (print && graded.standing == Standing::no_verdict) return {};
    graded.problem = note.value("problem", "");
    graded.points = note.value("points", 0);
    graded.out_of = note.value("out_of", 0);
    graded.results = note.value("results", "");
    graded.processor_seconds = note.value("processor_seconds", 0.0);
    graded.memory_bytes = note.value("memory_bytes", std::uint64_t{0});
    graded.kept = true;
    return graded;
}

void keep(fs::path const& folder, std::string const& print, Graded const& graded) {
    json const note = {{"fingerprint", print},
                       {"standing", name_of(graded.standing)},
                       {"problem", graded.problem},
                       {"points", graded.points},
                       {"out_of", graded.out_of},
                       {"results", graded.results},
                       {"memory_bytes", graded.memory_bytes},
                       {"processor_seconds", graded.processor_seconds}};
    write_whole(folder / note_name, note.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

// The report of a submission that could not be built: all checks are open.
std::string results_without_judge(Definition const& definition, Submission const& submission,
                                  std::string const& problem) {
    Report report{
        .lab = definition.number, .title = definition.title, .seed = submission.seed, .verdicts = {}};
    for (auto const& check : definition.checks) {
        Verdict verdict;
        verdict.check = check;
        verdict.outcome = Outcome::blocked;
        verdict.reason = "compile";
        report.verdicts.push_back(std::move(verdict));
    }
    auto results = ordered_json::parse(to_json(report));
    results["problem"] = problem;
    return results.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

// Recordings and steps, for the student to open. What lies there was written by the judge.
void take_evidence(fs::path const& from, fs::path const& to) {
    for (auto const& entry : fs::directory_iterator(from)) {
        std::string const name = entry.path().filename().string();
        if (name.rfind("fail-", 0) != 0 && name != "report.txt") continue;
        if (auto const bytes = read_carefully(entry.path(), largest_evidence)) write_text(to / name, *bytes);
    }
}

// All that is the same for every submission of a class.
struct Office {
    House const& house;
    GradeOptions const& options;
    Toolchain toolchain;
    Confinement how = Confinement::none;
    Shared scratch{};
    std::mutex lock{};
    std::map<int, std::unique_ptr<Workshop>> workshops{};
    unsigned desks = 0;

    Workshop const& workshop_for(Definition const& definition) {
        std::scoped_lock const guard(lock);
        auto& workshop = workshops[definition.number];
        if (!workshop)
            workshop = std::make_unique<Workshop>(
                house, definition, scratch.path() / fmt::format("workshop-{:02}", definition.number));
        return *workshop;
    }
    fs::path new_desk() {
        std::scoped_lock const guard(lock);
        return scratch.path() / fmt::format("desk-{}", ++desks);
    }
};

Confinement confinement_for(Office const& office) {
    GradeOptions const& options = office.options;
    auto const found = find_confinement();
    if (found.how == Confinement::none && !options.unconfined && !options.no_walls)
        throw UsageError(
            "nothing confines student code here: " + found.why,
            "Install bubblewrap and allow it user namespaces or run as root; or, where the container "
            "or virtual machine is the wall, say --unconfined.");
    Confinement const how = options.no_walls ? Confinement::none : found.how;
    // Student code would fail there, and nobody could say whose fault that is.
    if (how == Confinement::none && geteuid() == 0)
        for (fs::path const& folder : {office.house.repository, office.house.build, office.scratch.path()})
            if (auto const bar = barred_to_nobody(folder); !bar.empty())
                throw UsageError(
                    fmt::format("without walls student code runs as the user nobody, who cannot reach {}",
                                folder.string()),
                    fmt::format("{} lets root in alone.", bar.string()),
                    fmt::format("Move it to a folder that everybody may enter, such as /srv, or chmod o+x {}.",
                                bar.string()));
    return how;
}

void judge_submission(Office& office, Submission const& submission, fs::path const& folder, Graded& graded) {
    auto const definition = find_definition(office.house.repository, submission.lab);
    graded.out_of = 0;
    for (auto const& check : definition.checks) graded.out_of += check.points;
    if (!submission.missing.empty()) {
        graded.standing = Standing::not_built;
        graded.problem =
            fmt::format("{} is not there, or is no plain file of at most 1 MiB", submission.missing);
        graded.results = results_without_judge(definition, submission, graded.problem);
        return;
    }
    fs::path const desk = office.new_desk();
    auto const done = work_at_desk(office.house, definition, submission, office.workshop_for(definition),
                                   office.how, office.options.allowance, desk);
    graded.problem = done.problem;
    graded.processor_seconds = done.processor_seconds;
    graded.memory_bytes = done.memory_bytes;
    if (done.judged) {
        graded.standing = Standing::judged;
        graded.results = done.results;
        graded.points = done.points;
        take_evidence(done.evidence, folder);
        // Somebody must look; and it is graded anew the next time.
        if (!done.broke.empty()) {
            graded.standing = Standing::no_verdict;
            graded.problem = done.broke;
        }
    } else if (!done.built) {
        graded.standing = Standing::not_built;
        graded.results = results_without_judge(definition, submission, graded.problem);
    }
    std::error_code ignored;
    fs::remove_all(desk, ignored);
}

bool is_of_the_class(std::string const& name) {
    for (char const* ours : {class_list, class_table})
        if (name == ours || name == std::string(ours) + ".new") return true;
    return false;
}

// Of one that has no verdict, for the report of a class that was graded in parts. What it
// got before, report and recordings too, is not its result any more.
void leave_note(fs::path const& folder, Graded const& graded) {
    if (is_of_the_class(graded.name)) return;
    try {
        fs::remove_all(folder);
        fs::create_directories(folder);
        keep(folder, "", graded);
    } catch (std::exception const&) {
        // Nothing can be written there: it is told all the same.
    }
}

Graded grade_in(Office& office, fs::path const& folder_of_submission, fs::path const& folder) {
    Graded graded{.name = folder_of_submission.filename().string()};
    try {
        if (is_of_the_class(graded.name))
            throw UsageError("its name is that of the class's own report", "Give the folder another name.");
        auto const submission =
            read_submission(office.house.repository, folder_of_submission, office.options.reading);
        std::string const print = fingerprint(submission, office.toolchain);
        if (auto before = graded_before(folder, &print); before && !office.options.again) return *before;
        fs::remove_all(folder);
        fs::create_directories(folder);
        judge_submission(office, submission, folder, graded);
        if (!graded.results.empty()) {
            auto results = ordered_json::parse(graded.results);
            results["submission"] = graded.name;
            results["toolchain"] = office.toolchain.words;
            results["fingerprint"] = office.toolchain.fingerprint;
            graded.results = results.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
            write_whole(folder / "results.json", graded.results);
        }
        if (graded.standing == Standing::not_built) write_text(folder / "report.txt", graded.problem + "\n");
        keep(folder, print, graded);
    } catch (std::exception const& error) {
        // One that cannot be read or judged is its own problem, and nobody else's.
        graded.standing = Standing::no_verdict;
        graded.problem = error.what();
        leave_note(folder, graded);
    }
    return graded;
}

bool is_at_or_below(fs::path const& path, fs::path const& folder) {
    auto const relative = path.lexically_relative(folder);
    return !relative.empty() && *relative.begin() != "..";
}

// A folder of results is emptied before it is filled: no submission may lie in one.
void require_apart(fs::path const& submissions, fs::path const& out, std::vector<std::string> const& names) {
    fs::path const theirs = fs::canonical(submissions), ours = fs::weakly_canonical(fs::absolute(out));
    bool together = is_at_or_below(ours, theirs);
    for (auto const& name : names) together = together || is_at_or_below(theirs, ours / name);
    if (together)
        throw UsageError(fmt::format("the results in {} and the submissions in {} would be in one place",
                                     ours.string(), theirs.string()),
                         "Name a folder beside the submissions with --out. Nothing was changed.");
}

std::vector<fs::path> submissions_of(GradeOptions const& options) {
    if (!fs::is_directory(options.submissions))
        throw UsageError(fmt::format("{} is no folder", options.submissions.string()),
                         "Name the folder that has one folder a submission.");
    std::vector<fs::path> folders;
    for (auto const& entry : fs::directory_iterator(options.submissions)) {
        bool const wanted = options.only.empty() || entry.path().filename() == options.only;
        if (wanted && entry.symlink_status().type() == fs::file_type::directory)
            folders.push_back(entry.path());
    }
    std::sort(folders.begin(), folders.end());
    if (folders.empty())
        throw UsageError(fmt::format("there is no submission in {}", options.submissions.string()),
                         "Each is a folder of its own, whose name says whose it is.");
    return folders;
}

Toolchain checked_toolchain(House const& house, GradeOptions const& options) {
    auto toolchain = toolchain_of(house);
    if (!options.expect.empty() && options.expect != toolchain.fingerprint)
        throw UsageError(
            fmt::format("the fingerprint here is {}, not {}", toolchain.fingerprint, options.expect),
            "Another compiler or another Vivarium: its verdicts may differ. Nothing was graded.");
    return toolchain;
}

}  // namespace

char const* name_of(Standing standing) {
    switch (standing) {
        case Standing::judged:
            return "judged";
        case Standing::not_built:
            return "not built";
        case Standing::no_verdict:
            return "no verdict";
    }
    return "";
}

Class grade(House const& house, GradeOptions const& options, Progress const& progress) {
    auto const folders = submissions_of(options);
    std::vector<std::string> names;
    for (auto const& folder : folders) names.push_back(folder.filename().string());
    require_apart(options.submissions, options.out, names);
    fs::create_directories(options.out);
    Class all;
    all.toolchain = checked_toolchain(house, options);
    Office office{.house = house, .options = options, .toolchain = all.toolchain};
    if (!options.collect) office.how = all.how = confinement_for(office);

    std::vector<Graded> graded(folders.size());
    std::vector<std::size_t> mine;
    for (std::size_t i = 0; i < folders.size(); ++i) {
        bool const ours = !options.collect && i % options.shards == options.shard - 1;
        if (ours) mine.push_back(i);
    }
    progress.begins(all, mine.size());
    std::atomic<std::size_t> next{0};
    std::mutex telling;
    auto const work = [&] {
        for (std::size_t n = next++; n < mine.size(); n = next++) {
            auto const& folder = folders[mine[n]];
            auto one = grade_in(office, folder, fs::absolute(options.out) / folder.filename());
            std::scoped_lock const guard(telling);
            progress.told(one);
            graded[mine[n]] = std::move(one);
        }
    };
    std::vector<std::thread> workers;
    for (unsigned i = 1; i < std::max(1u, options.jobs); ++i) workers.emplace_back(work);
    work();
    for (auto& worker : workers) worker.join();

    for (std::size_t i = 0; i < folders.size(); ++i) {
        if (std::binary_search(mine.begin(), mine.end(), i))
            all.all.push_back(std::move(graded[i]));
        else if (auto before = graded_before(fs::absolute(options.out) / folders[i].filename(), nullptr))
            all.all.push_back(std::move(*before));
        else
            ++all.left_out;
    }
    // The shards of a class would write over one another's.
    if (options.shards == 1 && options.only.empty()) {
        write_whole(options.out / class_list, class_json(all));
        write_whole(options.out / class_table, class_text(all));
    }
    return all;
}

bool lacks_a_verdict(Class const& all, bool collects) {
    return std::any_of(all.all.begin(), all.all.end(), [&](Graded const& one) {
        return one.standing == Standing::no_verdict && (collects || !one.kept);
    });
}

Graded grade_one(House const& house, GradeOptions const& options, fs::path const& submission) {
    if (!fs::is_directory(submission))
        throw UsageError(fmt::format("{} is no folder", submission.string()),
                         "Name the submission's folder.");
    require_apart(submission, options.out, {one_name});
    Office office{.house = house, .options = options, .toolchain = checked_toolchain(house, options)};
    office.how = confinement_for(office);
    fs::create_directories(options.out);
    return grade_in(office, fs::canonical(submission), fs::absolute(options.out) / one_name);
}

}  // namespace lab
