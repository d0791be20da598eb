// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/hosted.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "simulator/cli/status.hpp"

namespace sim::cli {
namespace {

int exited(int code) { return code << 8; }

TEST(DecodeHostedEnd, passes_the_applications_own_status_on) {
    EXPECT_EQ(decode_hosted_end(exited(0), "").status, 0);
    EXPECT_EQ(decode_hosted_end(exited(7), "").status, 7);
    EXPECT_THAT(decode_hosted_end(exited(7), "").ending, testing::HasSubstr("exited with 7"));
}

TEST(DecodeHostedEnd, tells_a_broken_rule_from_an_end) {
    EXPECT_EQ(decode_hosted_end(SIGABRT, "assertion failed").status, status_panic);
    EXPECT_THAT(decode_hosted_end(SIGABRT, "assertion failed").ending,
                testing::HasSubstr("assertion failed"));
    EXPECT_EQ(decode_hosted_end(SIGSEGV, "").status, status_tool_failed);
    EXPECT_EQ(decode_hosted_end(exited(127), "no such file").status, status_wrong_use);
}

TEST(HostedArguments, say_what_the_process_is_made_of) {
    RunOptions options;
    options.kernel = "/images/http";
    options.config.memory_bytes = 64 << 20;
    options.config.command_line = "exit-after=3";
    options.disks = {{"a.img", false, false}, {"b.img", false, true}, {"c.img", true, true}};
    using testing::ElementsAre;
    EXPECT_THAT(
        hosted_arguments(options, 5, "10.0.2.15/24"),
        ElementsAre("/images/http", "--frames", "5", "--memory", "67108864", "--ip", "10.0.2.15/24", "--disk",
                    "a.img,readonly", "--disk", "b.img", "--disk", "c.img,readonly", "exit-after=3"));
}

}  // namespace
}  // namespace sim::cli
