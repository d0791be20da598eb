// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 0 from the student's side: the starter fails for the planted reason, the
// solution passes, other wrong kernels are told apart, and the same kernel gets
// the same verdict every time. Each case compiles the student's files, links a
// kernel and runs it.
#include "labs/grader/first_hour.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "labs/grader/definition.hpp"
#include "labs/grader/starter.hpp"
#include "labs/grader/student_image.hpp"
#include "labs/grader/text_file.hpp"
#include "simulator/recording/run_reader.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

class FirstHour : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(std::getenv("VIV_ROOT") && std::getenv("VIV_BUILD"));
        repository_ = std::getenv("VIV_ROOT");
        build_ = std::getenv("VIV_BUILD");
        folder_ = fs::temp_directory_path() / ("viv-lab0-" + std::to_string(getpid()));
        fs::remove_all(folder_);
        definition_ = find_definition(repository_, 0);
        write_starter(definition_, repository_, folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    void edit(std::string const& file, std::string const& from, std::string const& to) {
        std::string text = read_text(folder_ / file);
        auto const at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from << " is not in " << file;
        write_text(folder_ / file, text.replace(at, from.size(), to));
    }
    void solve() {
        edit("image_map.cpp", "rodata_start, rodata_end, Rights::read_write", "rodata_start, rodata_end, Rights::read");
        greet();
    }
    void greet() { edit("greeting.cpp", "Hello from a kernel you can look into", "Hello from my kernel"); }

    std::vector<Verdict> check() {
        auto const image = build_student_image(definition_, repository_, build_, folder_);
        EXPECT_TRUE(image.built) << image.compiler_output;
        if (!image.built) return {};
        return check_first_hour(image.elf, build_ / "images/http.elf", folder_);
    }
    static std::string failures(std::vector<Verdict> const& verdicts) {
        std::string text;
        for (auto const& verdict : verdicts)
            if (!verdict.passed()) text += verdict.check + "; ";
        return text;
    }

    fs::path repository_, build_, folder_;
    Definition definition_;
};

TEST_F(FirstHour, the_starter_fails_for_the_planted_flag_and_the_old_greeting) {
    auto const verdicts = check();
    ASSERT_EQ(failures(verdicts), "the page greets in your own words; rodata is mapped R--; ");
    auto const& finding = *verdicts[2].finding;
    EXPECT_NE(finding.seen.find("is mapped RW- instead of R--: the R/W bit is wrong"), std::string::npos) << finding.seen;
    EXPECT_NE(finding.where.find("memory::map_image"), std::string::npos) << finding.where;
    EXPECT_NE(finding.cause.find("image_map.cpp"), std::string::npos);

    // The recording opens at the write that made the entry wrong, long before
    // the kernel was ready.
    auto const recording = sim::recording::read_run_file(verdicts[2].recording);
    ASSERT_EQ(recording.bookmarks.size(), 1u);
    EXPECT_EQ(recording.bookmarks[0].at, finding.moment);
    EXPECT_LT(finding.moment, recording.end.at);
    EXPECT_EQ(recording.bookmarks[0].address, finding.address);
    EXPECT_TRUE(recording.config.image.present()) << "the student's image is not inside";
}

TEST_F(FirstHour, the_starter_holds_no_solution) {
    std::string const text = read_text(folder_ / "image_map.cpp");
    EXPECT_EQ(text.find("rodata_end, Rights::read)"), std::string::npos);
    EXPECT_EQ(text.find("[lab:"), std::string::npos);
}

TEST_F(FirstHour, the_solution_passes) {
    solve();
    EXPECT_EQ(failures(check()), "");
}

TEST_F(FirstHour, another_way_to_write_the_solution_passes) {
    greet();
    edit("image_map.cpp", "map_part(tables, rodata_start, rodata_end, Rights::read_write);",
         "for (char const* page = rodata_start; page < rodata_end; page += base::page_size)\n"
         "        map_part(tables, page, page + base::page_size, Rights::read);");
    EXPECT_EQ(failures(check()), "");
}

TEST_F(FirstHour, the_kernel_itself_is_the_solution) {
    for (auto const& file : definition_.files)
        write_text(folder_ / file.name, strip_tags(read_text(repository_ / file.live)));
    greet();
    EXPECT_EQ(failures(check()), "");
}

TEST_F(FirstHour, constants_that_may_be_executed_are_found) {
    solve();
    edit("image_map.cpp", "rodata_start, rodata_end, Rights::read)", "rodata_start, rodata_end, Rights::read_execute)");
    auto const verdicts = check();
    ASSERT_EQ(failures(verdicts), "rodata is mapped R--; ");
    EXPECT_NE(verdicts[2].finding->seen.find("the NX bit is wrong"), std::string::npos) << verdicts[2].finding->seen;
}

TEST_F(FirstHour, a_kernel_that_cannot_boot_says_how_it_ended) {
    solve();
    edit("image_map.cpp", "data_start, data_end, Rights::read_write", "data_start, data_end, Rights::read");
    auto const verdicts = check();
    ASSERT_EQ(verdicts.size(), 1u);
    EXPECT_EQ(failures(verdicts), "the kernel boots; ");
    EXPECT_NE(verdicts[0].finding->seen.find("never became ready"), std::string::npos);
    EXPECT_FALSE(verdicts[0].recording.empty());
}

TEST_F(FirstHour, the_same_kernel_gets_the_same_verdict) {
    auto const first = check(), second = check();
    Report one{.lab = 0, .title = "", .verdicts = first}, two{.lab = 0, .title = "", .verdicts = second};
    EXPECT_EQ(to_json(one), to_json(two));
}

TEST_F(FirstHour, what_does_not_compile_is_not_judged) {
    edit("greeting.cpp", ";", "");
    auto const image = build_student_image(definition_, repository_, build_, folder_);
    EXPECT_FALSE(image.built);
    EXPECT_NE(image.compiler_output.find("greeting.cpp"), std::string::npos) << image.compiler_output;
}

}  // namespace
}  // namespace lab
