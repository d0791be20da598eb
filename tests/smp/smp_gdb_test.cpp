// SPDX-License-Identifier: MIT
//
// The real gdb before a machine of several processors: without a kernel that it
// knows, each processor is a thread of gdb's.
#include <gtest/gtest.h>

#include "tests/scenario/gdb_client.hpp"

namespace smp {
namespace {

using scenario::said;
using scenario::Served;

Served served(char const* processors) {
    return Served(
        {"run", "--kernel", SMP_GUEST, "--cpus", processors, "--memory", "16", "--gdb", "0", "--gdb-wait"});
}

// What each "monitor when" told.
std::vector<std::string> moments(std::string const& transcript) {
    std::vector<std::string> all;
    for (std::size_t at = 0; (at = transcript.find("moment ", at)) != std::string::npos; ++at)
        all.push_back(transcript.substr(at, transcript.find(" (", at) - at));
    return all;
}

TEST(SmpGdb, sees_each_processor_as_a_thread_and_stops_the_second) {
    auto viv = served("4");
    std::string const t =
        viv.gdb(SMP_GUEST, {"info threads", "break other_main thread 2", "break add_locked if $edi == 1",
                            "continue", "info threads", "p $_thread", "delete 1", "continue", "p $_thread",
                            "p $edi", "thread 1", "p $rip == $pc", "kill"});
    for (char const* thread : {"\"cpu0\"", "\"cpu1\"", "\"cpu2\"", "\"cpu3\""})
        EXPECT_SAYS(said(t, "info threads"), thread);
    EXPECT_SAYS(said(t, "info threads"), "waits to be started");
    EXPECT_SAYS(said(t, "continue"), "hit Breakpoint 1, ");
    EXPECT_SAYS(said(t, "info threads", 1), "* 2    Thread 2 \"cpu1\"");
    EXPECT_SAYS(said(t, "p $_thread"), "= 2");
    EXPECT_SAYS(said(t, "continue", 1), "hit Breakpoint 2, ");
    EXPECT_SAYS(said(t, "p $_thread", 1), "= 2");
    EXPECT_SAYS(said(t, "p $edi"), "= 1");
    viv.finish();
}

TEST(SmpGdb, goes_back_to_what_the_second_processor_did) {
    auto viv = served("2");
    std::string const t = viv.gdb(SMP_GUEST, {"break add_locked if $edi == 1",
                                              "continue",
                                              "monitor when",
                                              "delete",
                                              "break on_interrupt",
                                              "continue",
                                              "continue",
                                              "break add_locked if $edi == 1",
                                              "delete 2",
                                              "reverse-continue",
                                              "monitor when",
                                              "p $_thread",
                                              "p $edi",
                                              "stepi",
                                              "stepi",
                                              "reverse-stepi",
                                              "reverse-stepi",
                                              "monitor when",
                                              "p $_thread",
                                              "kill"});
    EXPECT_SAYS(said(t, "continue"), "hit Breakpoint 1, ");
    EXPECT_SAYS(said(t, "reverse-continue"), "hit Breakpoint 3, ");
    auto const when = moments(t);
    ASSERT_EQ(when.size(), 3u) << t;
    EXPECT_EQ(when[0], when[1]) << t;
    EXPECT_SAYS(said(t, "p $_thread"), "= 2");
    EXPECT_SAYS(said(t, "p $edi"), "= 1");
    // Two steps and two back: the same moment, the same processor.
    EXPECT_EQ(when[2], when[1]) << t;
    EXPECT_SAYS(said(t, "p $_thread", 1), "= 2");
    viv.finish();
}

}  // namespace
}  // namespace smp
