// SPDX-License-Identifier: MIT
//
// The real Debian gdb, driven by a script, against a recording and against a
// live guest: what it prints is what a person would see.
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/scenario/gdb_client.hpp"
#include "tests/scenario/program.hpp"

namespace {

using nlohmann::json;
using scenario::Folder;
using scenario::Program;
using scenario::Result;
using scenario::said;
using scenario::Served;

std::string image(std::string const& name) {
    char const* build = std::getenv("VIV_BUILD");
    return std::string(build ? build : "build/dev") + "/images/" + name + ".elf";
}

// One recording for all tests that look back.
std::string const& recording() {
    static Folder folder;
    static std::string const file = [] {
        std::string const name = folder / "threads.run";
        EXPECT_EQ(scenario::run(scenario::viv({"run", "threads", "--record", name})).status, 0);
        return name;
    }();
    return file;
}

// The line of JSON that `monitor QUESTION --json` printed.
json answer_to(std::string const& transcript, std::string const& question) {
    std::size_t const at = transcript.find("\"question\":\"" + question + "\"");
    if (at == std::string::npos) return {};
    std::size_t const begin = transcript.rfind('\n', at) + 1;
    return json::parse(transcript.substr(begin, transcript.find('\n', at) - begin), nullptr, false);
}

TEST(Gdb, sees_threads_registers_and_physical_memory) {
    Served served({"replay", recording(), "--gdb", "0"});
    std::string const t = served.gdb(image("threads"), {"info registers rip cr0 cr3 efer cr8",
                                                        "break 'threads::Scheduler::switch_to_next'",
                                                        "continue",
                                                        "info threads",
                                                        "thread apply all bt 2",
                                                        "thread 3",
                                                        "p $rax",
                                                        "info registers cr0 cr4 efer gs_base",
                                                        "maintenance packet Qqemu.PhyMemMode:1",
                                                        "x/2xb (long)&kernel_main - 0xffffffff80000000",
                                                        "maintenance packet Qqemu.PhyMemMode:0",
                                                        "monitor threads",
                                                        "monitor when",
                                                        "monitor seek 99999999999",
                                                        "monitor nonsense",
                                                        "monitor threads --json",
                                                        "monitor when --json",
                                                        "monitor last-write $rsp --json",
                                                        "monitor print nothing --json",
                                                        "kill"});
    EXPECT_SAYS(said(t, "info registers rip cr0 cr3 efer cr8"), "<pvh_start>");
    EXPECT_SAYS(said(t, "info registers rip cr0 cr3 efer cr8"), "[ PE ET ]");
    EXPECT_SAYS(said(t, "continue"), "\"main\" hit Breakpoint 1, threads::Scheduler::switch_to_next");
    std::string const threads = said(t, "info threads");
    EXPECT_SAYS(threads, "* 1    Thread 1 \"main\" (running)");
    EXPECT_SAYS(threads, "\"other\" (ready)");
    // A thread that has not run yet stands where it will begin.
    EXPECT_SAYS(said(t, "thread apply all bt 2"), "begin_thread () at kernel/threads/thread.cpp");
    EXPECT_SAYS(said(t, "p $rax"), "<unavailable>");
    EXPECT_SAYS(said(t, "info registers cr0 cr4 efer gs_base"),
                " PG ]");  // the processor's, not the thread's
    EXPECT_SAYS(t, "*   0  main");
    EXPECT_SAYS(t, "moment ");
    EXPECT_SAYS(t, "nothing is known after ");
    EXPECT_SAYS(t, "no such word: nonsense");
    json const all = answer_to(t, "threads");
    ASSERT_TRUE(all.is_object()) << t;
    EXPECT_EQ(all["answer"]["threads"][0]["name"], "main");
    json const when = answer_to(t, "when");
    EXPECT_EQ(when["answer"]["moment"], all["moment"]);
    json const write = answer_to(t, "last-write $rsp");
    EXPECT_EQ(write["answer"]["links"].size(), 1u) << write;
    json const wrong = answer_to(t, "print nothing");
    EXPECT_TRUE(wrong["answer"].contains("problem")) << wrong;
    EXPECT_EQ(served.finish().status, 0);
}

// gdb ends a script at the first error: what must fail stands last.
TEST(Gdb, reads_physical_memory_that_no_page_maps) {
    Served served({"replay", recording(), "--gdb", "0"});
    std::string const t = served.gdb(
        image("threads"), {"continue", "x/4xb &kernel_main", "maintenance packet Qqemu.PhyMemMode:1",
                           "x/4xb (long)&kernel_main - 0xffffffff80000000",
                           "maintenance packet Qqemu.PhyMemMode:0", "x/1xb 0x100190"});
    EXPECT_SAYS(t, "the guest exited with status 0");
    EXPECT_SAYS(said(t, "continue"), "No more reverse-execution history");
    std::string const virtually = said(t, "x/4xb &kernel_main");
    std::string const physically = said(t, "x/4xb (long)&kernel_main - 0xffffffff80000000");
    EXPECT_NE(virtually.find(":\t0x"), std::string::npos) << t;
    EXPECT_SAYS(physically, virtually.substr(virtually.find(":\t0x")));
    EXPECT_SAYS(said(t, "x/1xb 0x100190"), "Cannot access memory");
}

// What "monitor when" said each time: "moment 10278165 (10.278 ms), at f". gdb prints
// it on its stderr, so it is not where the command is.
std::vector<std::uint64_t> moments_in(std::string const& transcript) {
    std::vector<std::uint64_t> all;
    for (std::size_t at = 0; (at = transcript.find("moment ", at)) != std::string::npos;)
        all.push_back(std::strtoull(transcript.c_str() + (at += 7), nullptr, 10));
    return all;
}
// Of what gdb prints where it stops: "18<tab>source", or "18<tab>in FILE" without it.
unsigned line_of(std::string const& stop) {
    for (std::size_t at = 0; at < stop.size(); at = stop.find('\n', at) + 1) {
        char* end = nullptr;
        unsigned long const line = std::strtoul(stop.c_str() + at, &end, 10);
        if (end != stop.c_str() + at && *end == '\t') return static_cast<unsigned>(line);
        if (stop.find('\n', at) == std::string::npos) break;
    }
    return 0;
}

TEST(Gdb, stops_at_conditions_and_watchpoints_and_goes_back) {
    Served served({"replay", recording(), "--gdb", "0"});
    std::string const counter = "'threads::(anonymous namespace)::the_scheduler'.switches_";
    std::string const t =
        served.gdb(image("threads"), {"break 'threads::Scheduler::switch_to_next' if this->switches_ == 7",
                                      "continue",
                                      "info breakpoints",
                                      "p this->switches_",
                                      "delete",
                                      "watch " + counter,
                                      "continue",
                                      "reverse-continue",
                                      "reverse-continue",
                                      "delete",
                                      "awatch " + counter,
                                      "continue",
                                      "delete",
                                      "rwatch " + counter,
                                      "continue",
                                      "delete",
                                      "p $rip",
                                      "stepi",
                                      "reverse-stepi",
                                      "p $rip",
                                      "break 'threads::Mutex::lock'",
                                      "continue",
                                      "bt 2",
                                      "reverse-finish",
                                      "x/i $pc",
                                      "monitor when",
                                      "reverse-step",
                                      "monitor when",
                                      "frame",
                                      "reverse-next",
                                      "monitor when",
                                      "frame",
                                      "delete",
                                      "reverse-continue",
                                      "p $rip",
                                      "kill"});
    EXPECT_SAYS(said(t, "info breakpoints"), "(target evals)");
    EXPECT_SAYS(said(t, "info breakpoints"), "breakpoint already hit 1 time");
    EXPECT_SAYS(said(t, "p this->switches_"), "= 7");
    EXPECT_SAYS(said(t, "continue", 1), "Old value = 7\nNew value = 8");
    EXPECT_SAYS(said(t, "reverse-continue"), "Old value = 8\nNew value = 7");
    EXPECT_SAYS(said(t, "reverse-continue", 1), "Old value = 7\nNew value = 6");
    EXPECT_SAYS(said(t, "continue", 2), "Old value = 6\nNew value = 7");
    EXPECT_SAYS(said(t, "continue", 3), "Value = ");
    EXPECT_EQ(said(t, "p $rip").substr(said(t, "p $rip").find('=')),
              said(t, "p $rip", 1).substr(said(t, "p $rip", 1).find('=')));
    EXPECT_SAYS(said(t, "x/i $pc"), "call");  // reverse-finish stands at the call
    // Each goes back, to the line that gdb says, and they are two lines of one function.
    std::string const step = said(t, "reverse-step"), next = said(t, "reverse-next");
    auto const moments = moments_in(t);
    ASSERT_EQ(moments.size(), 3u) << t;
    EXPECT_GT(moments[0], moments[1]) << t;
    EXPECT_GT(moments[1], moments[2]) << t;
    EXPECT_GT(line_of(step), line_of(next)) << t;
    EXPECT_GT(line_of(next), 0u) << t;
    EXPECT_SAYS(said(t, "frame"), ".cpp:" + std::to_string(line_of(step)) + "\n");
    EXPECT_SAYS(said(t, "frame", 1), ".cpp:" + std::to_string(line_of(next)) + "\n");
    std::string const function = said(t, "frame").substr(4, said(t, "frame").find(" (") - 4);
    EXPECT_EQ(said(t, "frame", 1).substr(4, function.size()), function);
    EXPECT_SAYS(said(t, "reverse-continue", 2), "No more reverse-execution history");
    EXPECT_SAYS(said(t, "p $rip", 2), "<pvh_start>");
    EXPECT_EQ(served.finish().status, 0);
}

TEST(Gdb, may_not_change_the_past_unless_told) {
    Served served({"replay", recording(), "--gdb", "0"});
    std::string t = served.gdb(image("threads"), {"stepi", "set var *(int*)0x100190 = 5"});
    EXPECT_SAYS(t, "Cannot access memory");
    // The next gdb finds the same guest.
    t = served.gdb(image("threads"),
                   {"p $rip", "monitor fork on", "set var *(int*)0x200000 = 5", "p *(int*)0x200000",
                    "monitor branches", "monitor branch 0", "maintenance flush register-cache",
                    "p *(int*)0x200000", "monitor drop-branch fork 1", "monitor branch nowhere", "kill"});
    EXPECT_EQ(said(t, "p $rip").find("pvh_start>"), std::string::npos) << t;
    EXPECT_SAYS(said(t, "p *(int*)0x200000"), "= 5");
    // The future that was recorded is still there.
    EXPECT_SAYS(t, "0 original: until ");
    EXPECT_SAYS(t, "*  1 fork 1: from 0 at 1, until 1.1, 1 inputs");
    EXPECT_SAYS(t, "known until ");
    EXPECT_SAYS(t, "*  0 original: until ");
    EXPECT_EQ(said(t, "p *(int*)0x200000", 1).find("= 5\n"), std::string::npos) << t;
    EXPECT_SAYS(t, "there is no branch nowhere");
    EXPECT_EQ(served.finish().status, 0);
}

TEST(Gdb, steers_a_live_guest_whose_recording_replays) {
    Folder folder;
    std::string const file = folder / "live.run";
    {
        Served served({"run", "hello", "--gdb", "0", "--gdb-wait", "--record", file});
        std::string const t = served.gdb(
            image("hello"), {"p $rip", "break kernel_main", "continue", "set var $rax = 77", "p $rax",
                             "set var *(int*)($rsp - 256) = 1234", "next", "delete", "continue", "kill"});
        EXPECT_SAYS(said(t, "p $rip"), "<pvh_start>");
        EXPECT_SAYS(said(t, "continue"), "Breakpoint 1, kernel_main");
        EXPECT_SAYS(said(t, "p $rax"), "= 77");
        EXPECT_SAYS(t, "the guest exited with status 0");
        Result const r = served.finish();
        EXPECT_EQ(r.status, 0) << r.err;
        EXPECT_SAYS(r.out, "Vivarium");
    }
    Result const again = scenario::run(scenario::viv({"replay", file, "--verify"}));
    EXPECT_EQ(again.status, 0) << again.err;
}

TEST(Gdb, interrupts_a_running_guest_and_leaves_it_running) {
    Served served({"run", "http", "--gdb", "0", "--forward", "0:80"});
    std::string const later =
        "python import os, signal, threading; threading.Timer(0.5, lambda: "
        "os.kill(os.getpid(), signal.SIGINT)).start()";
    std::string const t = served.gdb(image("http"), {later, "continue", "info threads", "detach"});
    EXPECT_SAYS(said(t, "continue"), "SIGINT");
    EXPECT_SAYS(said(t, "info threads"), "\"idle\"");
    EXPECT_TRUE(served.viv().says("the guest runs on"));
    served.viv().send_signal(SIGINT);
    EXPECT_EQ(served.finish().status, 130);
}

TEST(Gdb, serves_a_guest_with_faults_a_limit_and_a_log_of_accesses) {
    Folder folder;
    std::string const file = folder / "live.run";
    Served served({"run", "threads", "--gdb", "0", "--gdb-wait", "--record", file, "--fault",
                   "stall 3ms at 4ms", "--limit", "5000000", "--log-access", "uart0", "--log-limit", "3"});
    std::string const t = served.gdb(image("threads"), {"continue", "monitor when", "kill"});
    EXPECT_SAYS(t, "the limit was reached");
    Result const r = served.finish();
    EXPECT_EQ(r.status, 124) << r.err;
    EXPECT_SAYS(r.err, "fault: stall 3ms at 4ms");
    EXPECT_SAYS(r.err, "uart0");
    EXPECT_EQ(scenario::run(scenario::viv({"replay", file, "--verify"})).status, 0);
}

TEST(Gdb, is_refused_where_it_cannot_be) {
    EXPECT_EQ(scenario::run(scenario::viv({"run", "hello", "--on", "qemu", "--gdb", "0"})).status, 2);
    EXPECT_EQ(scenario::run(scenario::viv({"run", "hello", "--gdb-wait"})).status, 2);
    EXPECT_EQ(scenario::run(scenario::viv({"run", "hello", "--gdb", "70000"})).status, 2);
}

}  // namespace
