// SPDX-License-Identifier: MIT
//
// The same again, many times: clients that come as they like, recorded, and the
// recording run again. Label long.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

TEST(Repeat, twenty_crowds_of_clients_are_all_reproduced) {
    Folder folder;
    std::string const file = folder / "a.run";
    for (int round = 0; round < 20; ++round) {
        Program server(viv({"run", "http", "--forward", "0:80", "--exit-after", "300", "--record", file}));
        ASSERT_TRUE(server.says("leads to"));
        std::string const base = "http://127.0.0.1:" + forwarded_port(server.err());
        Program pages({"curl", "--silent", "--parallel", "--parallel-max", "60", "--max-time", "100",
                       base + "/?[1-150]", "-o", "/dev/null"});
        Result const bytes = run({"curl", "--silent", "--parallel", "--parallel-max", "60", "--max-time",
                                  "100", base + "/bytes/[5001-5150]", "-o", "/dev/null"});
        EXPECT_EQ(bytes.status, 0);
        EXPECT_EQ(pages.finish().status, 0);
        ASSERT_EQ(server.finish().status, 0);
        Result const verdict = run(viv({"replay", file, "--verify"}));
        ASSERT_EQ(verdict.status, 0) << "round " << round << ": " << verdict.err;
    }
}

TEST(Repeat, a_hundred_lives_of_hello_are_one) {
    Folder folder;
    std::string first;
    for (int i = 0; i < 100; ++i) {
        ASSERT_EQ(run(viv({"run", "hello", "--record", folder / "a.run"})).status, 0);
        std::string const file = read_file(folder / "a.run");
        if (i == 0) first = file;
        ASSERT_TRUE(file == first) << "life " << i << " differs from the first";
    }
}

TEST(Repeat, a_hundred_replays_of_one_http_life_have_one_hash) {
    Folder folder;
    std::string const file = folder / "http.run";
    ASSERT_EQ(run(viv({"run", "http", "--exit-after", "5", "--self-request", "--forward", "0:80", "--record",
                       file}))
                  .status,
              0);
    std::string first;
    for (int i = 0; i < 100; ++i) {
        Result const verdict = run(viv({"replay", file, "--verify", "--json"}));
        ASSERT_EQ(verdict.status, 0) << "round " << i << ": " << verdict.err;
        if (i == 0) first = verdict.out;
        ASSERT_THAT(verdict.out, testing::HasSubstr("\"hash\":\""));
        ASSERT_EQ(verdict.out, first) << "round " << i;
    }
}

TEST(Repeat, the_doctor_finds_nothing_in_twenty_examinations_of_http) {
    for (int seed = 1; seed <= 20; ++seed) {
        Result const verdict = run(viv({"doctor", "http", "--seed", std::to_string(seed)}));
        ASSERT_EQ(verdict.status, 0) << verdict.out << verdict.err;
    }
}

}  // namespace
}  // namespace scenario
