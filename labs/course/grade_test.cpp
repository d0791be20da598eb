// SPDX-License-Identifier: GPL-2.0-or-later
//
// A class with honest and hostile submissions to lab 2. In CI a sample, in
// grade_long_test all of labs/course/hostile.
#include "labs/course/grade.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "labs/grader/cases.hpp"
#include "labs/grader/scratch.hpp"
#include "labs/grader/testing.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

bool const everything = long_test();

namespace fs = std::filesystem;
using nlohmann::json;

constexpr char const* the_file = "frame_allocator.cpp";

class GradeTest : public testing::Test {
protected:
    void SetUp() override {
        if (auto const found = find_confinement(); found.how == Confinement::none)
            GTEST_SKIP() << "nothing confines here: " << found.why;
        fs::create_directories(submissions());
        for (auto& one : load_cases(find_definition(house().repository, 2), house().repository, 5)) {
            if (one.kind == Case::Kind::starter) starter_ = one.files;
            if (one.kind == Case::Kind::solution) solution_ = one.files;
        }
    }

    using Files = std::map<std::string, std::string>;
    fs::path submissions() const { return root_ / "class"; }
    fs::path out() const { return root_ / "results"; }

    fs::path submit(std::string const& name, Files const& files) {
        fs::path const folder = submissions() / name;
        fs::create_directories(folder);
        for (auto const& [file, text] : files) write_text(folder / file, text);
        write_text(folder / ".lab.json", R"({"lab": 2, "seed": 5})");
        return folder;
    }

    // One of labs/course/hostile; returns the points it deserves.
    int submit_hostile(fs::path const& file) {
        std::string const text = read_text(file);
        auto const said = [&](std::string const& key) {
            std::string const start = "// " + key + ": ";
            std::istringstream lines(text);
            for (std::string line; std::getline(lines, line);)
                if (line.rfind(start, 0) == 0) return line.substr(start.size());
            return std::string();
        };
        Files files = said("base") == "solution" ? solution_ : starter_;
        if (said("base") == "nothing") files[the_file].clear();
        if (auto const from = said("replace"); !from.empty()) {
            auto const at = files[the_file].find(from);
            EXPECT_NE(at, std::string::npos) << file;
            if (at != std::string::npos) files[the_file].replace(at, from.size(), said("by"));
        }
        files[the_file] += text;
        submit(file.stem().string(), files);
        EXPECT_FALSE(said("points").empty()) << file;
        return std::atoi(said("points").c_str());
    }

    Class grade_all(std::function<void(GradeOptions&)> const& change = {}) {
        GradeOptions options;
        options.submissions = submissions();
        options.out = out();
        options.jobs = 2;
        if (change) change(options);
        told_ = 0;
        return grade(house(), options,
                     {.begins = [](auto const&, auto) {}, .told = [this](auto const&) { ++told_; }});
    }

    static Graded const& of(Class const& all, std::string const& name) {
        for (auto const& one : all.all)
            if (one.name == name) return one;
        throw std::runtime_error("no result for " + name);
    }

    ScratchFolder const scratch_;
    fs::path const root_ = scratch_.path();
    Files starter_, solution_;
    int told_ = 0;
};

std::set<std::string> everything_below(fs::path const& folder) {
    std::set<std::string> names;
    for (auto const& entry : fs::recursive_directory_iterator(folder)) names.insert(entry.path().string());
    return names;
}

TEST_F(GradeTest, gives_each_submission_what_it_deserves) {
    std::set<std::string> const sample = {"prints-pass", "tries-all-doors", "includes-the-solution"};
    std::map<std::string, int> deserved;
    if (everything) {
        deserved = {{"honest", 100}, {"starter", 0}};
        submit("honest", solution_);
        submit("starter", starter_);
    }
    for (auto const& entry : fs::directory_iterator(house().repository / "labs/course/hostile"))
        if (entry.path().extension() == ".submission" &&
            (everything || sample.count(entry.path().stem().string())))
            deserved[entry.path().stem().string()] = submit_hostile(entry.path());
    auto const before = everything_below(submissions());
    auto const all = grade_all();
    for (auto const& [name, points] : deserved) {
        auto const& graded = of(all, name);
        EXPECT_EQ(graded.points, points) << name << ": " << graded.problem << "\n" << graded.results;
        EXPECT_NE(graded.standing, Standing::no_verdict) << name << ": " << graded.problem;
        EXPECT_LE(graded.processor_seconds, 61) << name;
        EXPECT_LE(graded.memory_bytes, (1ull << 30) + (256u << 20))
            << name;  // it is looked at 100 times a second
        EXPECT_TRUE(fs::exists(out() / name / "results.json")) << name;
    }
    EXPECT_EQ(everything_below(submissions()), before);
    // Nothing that a submission reads from this host gets into its report.
    for (auto const& graded : all.all)
        EXPECT_EQ(graded.results.find("root:x:"), std::string::npos) << graded.name;
}

// Where the place in which bubblewrap lies has nothing that can be started.
class Unconfined : public GradeTest {
protected:
    ProcessResult grade(std::vector<std::string> const& more, std::vector<std::string> const& place = {},
                        fs::path const& build = house().build) {
        std::vector<std::string> words = {"bwrap",     "--dev-bind", "/",
                                          "/",         "--ro-bind",  "/dev/null",
                                          "/usr/bin/bwrap"};
        words.insert(words.end(), place.begin(), place.end());
        std::vector<std::string> const asked = {"--",    (build / "bin/viv-lab").string(), "grade", submissions().string(),
                                                "--out", out().string()};
        words.insert(words.end(), asked.begin(), asked.end());
        words.insert(words.end(), more.begin(), more.end());
        return run_process({.arguments = words, .folder = root_, .limits = {.real_seconds = 120}});
    }
    static void expect(ProcessResult const& told, std::string const& what) {
        EXPECT_NE(told.output.find(what), std::string::npos) << told.output;
    }
};

TEST_F(Unconfined, refuses_unless_told_to_go_on) {
    submit("starter", starter_);
    auto const refused = grade({});
    EXPECT_EQ(refused.status, 2) << refused.output;
    expect(refused, "nothing confines student code here");
    expect(refused, "--unconfined");
    EXPECT_FALSE(fs::exists(out() / "starter"));
    // Whether nobody can read this build depends on where it lies.
    bool const barred = geteuid() == 0 && (!barred_to_nobody(house().repository).empty() ||
                                           !barred_to_nobody(house().build).empty());
    if (barred) GTEST_SKIP() << "nobody can read this build";
    auto const went_on = grade({"--unconfined"});
    expect(went_on, "walls        not confined");
    expect(went_on, "[1/1]");
}

// A clone below /root, say: nothing would be built there, and no submission would be at fault.
TEST_F(Unconfined, refuses_where_student_code_cannot_reach_the_kernel) {
    if (geteuid() != 0) GTEST_SKIP() << "only root's students are somebody else";
    submit("starter", starter_);
    auto const refused = grade({"--unconfined"},
                               {"--perms", "0700", "--tmpfs", "/mnt",  // root's alone
                                "--ro-bind", house().repository.string(), "/mnt/viv", "--ro-bind", house().build.string(),
                                "/mnt/build", "--setenv", "VIV_ROOT", "/mnt/viv", "--setenv", "VIV_BUILD", "/mnt/build"},
                               "/mnt/build");
    EXPECT_EQ(refused.status, 2) << refused.output;
    expect(refused, "who cannot reach /mnt/viv");
    expect(refused, "chmod o+x /mnt");
    EXPECT_FALSE(fs::exists(out() / "starter"));
}

TEST_F(GradeTest, looks_at_the_labs_files_alone_and_follows_no_links) {
    auto const edits = submit("edits-the-checks", starter_);
    write_text(edits / "results.json", R"({"points": 100, "passed": true})");
    write_text(edits / "graded.json", R"({"points": 100, "standing": "judged"})");
    write_text(edits / "lab.json", read_text(house().repository / "labs/02-physical-memory/lab.json"));
    fs::create_directories(edits / ".build");
    fs::copy_file(house().build / "images/practice.elf", edits / ".build/practice.elf");
    write_text(edits / ".lab.json", R"({"lab": 2, "seed": 5, "with": ["/"], "repository": "/tmp"})");

    auto const link = submit("links", starter_);
    fs::remove(link / the_file);
    fs::create_symlink(house().repository / "kernel/memory" / the_file, link / the_file);
    auto const pipe = submit("pipe", starter_);
    fs::remove(pipe / the_file);
    ASSERT_EQ(mkfifo((pipe / the_file).c_str(), 0666), 0);
    auto const large = submit("large", solution_);
    std::ofstream(large / the_file, std::ios::app) << std::string((1 << 20) + 1, ' ');
    fs::create_directory_symlink(submissions() / "edits-the-checks", submissions() / "link-to-another");

    auto const all = grade_all();
    EXPECT_EQ(all.all.size(), 4u);
    EXPECT_EQ(of(all, "edits-the-checks").standing, Standing::judged);
    EXPECT_EQ(of(all, "edits-the-checks").points, 0);
    for (char const* name : {"links", "pipe", "large"}) {
        EXPECT_EQ(of(all, name).standing, Standing::not_built) << name;
        EXPECT_EQ(of(all, name).points, 0) << name;
        EXPECT_NE(of(all, name).problem.find(the_file), std::string::npos) << of(all, name).problem;
    }
}

TEST_F(GradeTest, goes_on_after_one_that_cannot_be_read) {
    write_text(submit("no-note", starter_) / ".lab.json", "{\"lab\": ");
    write_text(submit("other-lab", starter_) / ".lab.json", R"({"lab": 99})");
    fs::create_directories(submissions() / "empty");
    submit("zz-last", starter_);
    auto const all = grade_all();
    EXPECT_EQ(of(all, "zz-last").standing, Standing::judged);
    for (char const* name : {"no-note", "other-lab", "empty"}) {
        EXPECT_EQ(of(all, name).standing, Standing::no_verdict);
        EXPECT_FALSE(of(all, name).problem.empty());
    }
    // With the lab's number and the class's seeds no note is needed.
    auto const again = grade_all([](GradeOptions& options) {
        options.reading.lab = 2;
        options.reading.seeds = {{"no-note", 77}};
    });
    EXPECT_EQ(of(again, "no-note").standing, Standing::judged);
    EXPECT_EQ(json::parse(of(again, "no-note").results)["seed"], 77);
    EXPECT_EQ(of(again, "empty").standing, Standing::not_built);
}

TEST_F(GradeTest, grades_again_only_what_has_changed) {
    write_text(submit("a", starter_) / the_file, "does not compile");
    submit("b", starter_);
    auto const first = grade_all();
    EXPECT_FALSE(of(first, "a").kept);
    write_text(submissions() / "b" / the_file, starter_[the_file] + "// changed\n");
    auto const second = grade_all();
    EXPECT_TRUE(of(second, "a").kept);
    EXPECT_FALSE(of(second, "b").kept);
    EXPECT_EQ(of(second, "a").results, of(first, "a").results);
    // The same machines, so the same hash.
    EXPECT_EQ(json::parse(of(first, "b").results)["hash"], json::parse(of(second, "b").results)["hash"]);
    EXPECT_THROW(grade_all([](GradeOptions& options) { options.expect = "another"; }), UsageError);
}

TEST_F(GradeTest, never_writes_where_submissions_are) {
    write_text(submit("a", starter_) / the_file, "does not compile");
    fs::create_directory_symlink(submissions(), root_ / "link");
    auto const before = everything_below(submissions());
    auto const refused = [&](fs::path const& out, fs::path const& from) {
        try {
            grade_all([&](GradeOptions& options) { options.out = out, options.submissions = from; });
            ADD_FAILURE() << "graded into " << out;
        } catch (UsageError const& error) {
            EXPECT_NE(std::string(error.what()).find("in one place"), std::string::npos) << error.what();
        }
        EXPECT_EQ(everything_below(submissions()), before) << out;
    };
    for (fs::path const& out :
         {submissions(), submissions() / ".", submissions() / "graded", submissions() / "a",
          submissions() / "a/../new", root_ / "link", root_ / "link/graded/of/mine"})
        refused(out, submissions());
    refused(submissions(), root_ / "link");
    // Beside it, but the results of "class" would take the place of the class.
    fs::create_directories(submissions() / "class");
    auto const more = everything_below(submissions());
    EXPECT_THROW(grade_all([&](GradeOptions& options) { options.out = root_; }), UsageError);
    GradeOptions one;
    one.out = submissions();
    fs::create_directories(submissions() / "graded");
    EXPECT_THROW(grade_one(house(), one, submissions() / "graded"), UsageError);
    fs::remove(submissions() / "graded");
    EXPECT_EQ(everything_below(submissions()), more);
}

TEST_F(GradeTest, takes_no_report_of_its_own_for_a_submission) {
    write_text(submit("a", starter_) / the_file, "does not compile");
    write_text(submit("class.json", starter_) / the_file, "does not compile");
    for (int time = 0; time < 2; ++time) {
        auto const all = grade_all();
        EXPECT_EQ(all.all.size(), 2u);
        EXPECT_EQ(of(all, "a").standing, Standing::not_built);
        EXPECT_EQ(of(all, "class.json").standing, Standing::no_verdict);
    }
    EXPECT_TRUE(fs::is_regular_file(out() / "class.json"));
}

TEST_F(GradeTest, names_those_without_a_verdict_when_it_collects) {
    for (char const* name : {"a", "b", "c"})
        write_text(submit(name, starter_) / the_file, "does not compile");
    grade_all([](GradeOptions& options) { options.shard = 1, options.shards = 2; });  // a and c
    // As when the grader itself failed in one; another cannot be read any more.
    write_text(out() / "c/graded.json",
               R"({"standing": "no verdict", "problem": "the grader itself failed in runs: no QEMU"})");
    write_text(submissions() / "a/.lab.json", "{\"lab\": ");
    write_text(out() / "a/fail-runs.run", "of what it was before");
    grade_all([](GradeOptions& options) { options.only = "a"; });
    EXPECT_EQ(everything_below(out() / "a"), std::set<std::string>{(out() / "a/graded.json").string()});
    auto const all = grade_all([](GradeOptions& options) { options.collect = true; });
    EXPECT_EQ(all.left_out, 1u);  // b
    for (char const* name : {"a", "c"}) EXPECT_EQ(of(all, name).standing, Standing::no_verdict) << name;
    std::string const table = read_text(out() / "class.txt");
    EXPECT_NE(table.find("c  (no verdict: the grader itself failed in runs: no QEMU)"), std::string::npos)
        << table;
    EXPECT_NE(table.find("a  (no verdict: "), std::string::npos) << table;
    // They are graded anew, not taken as they are.
    auto const again = grade_all();
    EXPECT_EQ(of(again, "c").standing, Standing::not_built);
    EXPECT_FALSE(of(again, "c").kept);
}

// A job of an array answers for its own part, whatever became of the others'.
TEST_F(GradeTest, a_shard_lacks_no_verdict_because_another_does) {
    write_text(submit("a", starter_) / the_file, "does not compile");
    write_text(submit("b", starter_) / ".lab.json", "{\"lab\": ");
    auto const shard = [&](unsigned number) {
        return grade_all([&](GradeOptions& options) { options.shard = number, options.shards = 2; });
    };
    auto const second = shard(2), first = shard(1);
    EXPECT_EQ(of(second, "b").standing, Standing::no_verdict);
    EXPECT_TRUE(lacks_a_verdict(second, false));
    EXPECT_EQ(of(first, "b").standing, Standing::no_verdict);
    EXPECT_FALSE(lacks_a_verdict(first, false));
    EXPECT_TRUE(lacks_a_verdict(grade_all([](GradeOptions& options) { options.collect = true; }), true));
}

TEST_F(GradeTest, shares_a_class_among_several_runs) {
    for (char const* name : {"a", "b", "c"})
        write_text(submit(name, starter_) / the_file, "does not compile");
    grade_all([](GradeOptions& options) { options.shard = 1, options.shards = 2; });
    EXPECT_EQ(told_, 2);
    EXPECT_FALSE(fs::exists(out() / "class.json"));
    grade_all([](GradeOptions& options) { options.shard = 2, options.shards = 2; });
    EXPECT_EQ(told_, 1);
    auto const all = grade_all([](GradeOptions& options) { options.collect = true; });
    EXPECT_EQ(told_, 0);
    EXPECT_EQ(all.all.size(), 3u);
    EXPECT_EQ(all.left_out, 0u);
    EXPECT_FALSE(lacks_a_verdict(all, true));
    auto const report = json::parse(read_text(out() / "class.json"));
    EXPECT_EQ(report["submissions"].size(), 3u);
    EXPECT_EQ(report["submissions"][0]["standing"], "not built");
    EXPECT_EQ(report["fingerprint"], all.toolchain.fingerprint);
}

}  // namespace
}  // namespace lab
