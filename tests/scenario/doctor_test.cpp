// SPDX-License-Identifier: MIT
//
// `viv doctor` as a user runs it. That it finds defects is shown beside it, in
// simulator/recording/doctor_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/scenario/program.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace scenario {
namespace {

using testing::HasSubstr;

TEST(Doctor, an_application_is_the_same_in_every_manner) {
    Result const result = run(viv({"doctor", "hello", "--samples", "6", "--seed", "7"}));
    EXPECT_EQ(result.status, 0) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("watched memory, restored"));
    EXPECT_THAT(result.out, HasSubstr("seed 7"));
}

// One hash, whatever is looked at: the sample of the hundred repeats.
TEST(Doctor, a_server_has_one_hash_in_two_examinations) {
    Folder folder;
    std::string const file = folder / "http.run";
    ASSERT_EQ(run(viv({"run", "http", "--exit-after", "3", "--self-request", "--record", file})).status, 0);
    std::string hash;
    for (char const* seed : {"1", "2"}) {
        Result const result = run(viv({"doctor", file, "--samples", "4", "--seed", seed, "--json"}));
        ASSERT_EQ(result.status, 0) << result.out << result.err;
        std::size_t const at = result.out.find("\"hash\":");
        ASSERT_NE(at, std::string::npos);
        std::string const here = result.out.substr(at, 26);
        EXPECT_EQ(hash.empty() ? here : hash, here);
        hash = here;
    }
}

TEST(Doctor, what_is_no_subject_is_said) {
    Result const nobody = run(viv({"doctor", "nobody"}));
    EXPECT_EQ(nobody.status, 2);
    EXPECT_THAT(nobody.err, HasSubstr("unknown application: nobody"));
    EXPECT_THAT(run(viv({"doctor", "missing.run"})).err, HasSubstr("no such file"));
    Folder folder;
    write_file(folder / "a.run", "not a recording");
    EXPECT_EQ(run(viv({"doctor", folder / "a.run"})).status, 2);
}

TEST(Doctor, ctrl_c_ends_it) {
    Program program(viv({"doctor", "hello", "--samples", "100000"}));
    usleep(700'000);
    program.send_signal(SIGINT);
    EXPECT_EQ(program.finish().status, 130);
}

}  // namespace
}  // namespace scenario
