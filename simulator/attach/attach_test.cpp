// SPDX-License-Identifier: GPL-2.0-or-later
//
// A guest in QEMU as a watched machine, against a server that keeps to a script.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "simulator/attach/attachment.hpp"
#include "simulator/attach/capture_tail.hpp"
#include "simulator/attach/guest.hpp"
#include "simulator/attach/looks.hpp"
#include "simulator/attach/scripted_server.hpp"
#include "simulator/debug/text.hpp"

namespace sim::attach {
namespace {

using namespace debug;
using ::testing::HasSubstr;

Options unnamed(AtEnd end = AtEnd::run) {
    Options options;
    options.title = "scripted";
    options.at_end = end;
    return options;
}

ViewRequest bytes_at(std::uint64_t physical, std::uint32_t length) {
    ViewRequest wanted;
    wanted.memory = {{AddressSpace::physical, physical, length}};
    return wanted;
}

TEST(Attached, RegistersComeFromTheDescriptionAndTheRestFromTheMonitor) {
    ScriptedServer server;
    Attachment guest(server.socket(), unnamed());
    auto const now = guest.snapshot();
    EXPECT_EQ(now->state, RunState::paused);
    EXPECT_EQ(now->cpu.rip, 0x1000u);
    EXPECT_EQ(now->cpu[engine::Gpr::rdx], 4u);
    EXPECT_EQ(now->cpu[engine::Gpr::rsp], 0x8000u);
    EXPECT_EQ(now->cpu.rflags, 0x202u);
    EXPECT_EQ(now->cpu.cr0, 0x11u) << "behind registers in a comment";
    EXPECT_EQ(now->cpu.cs.attributes, 0xa09au) << "from \"info registers\"";
    EXPECT_EQ(now->cpu.gdtr.base, 0x1234u);
    ASSERT_EQ(now->machine->ram.size(), 1u);
    EXPECT_EQ(now->machine->memory_bytes, 0x10000u);
}

TEST(Attached, MemoryIsReadWhereRamIsAndNowhereElse) {
    std::atomic<unsigned> of_devices = 0;
    ScriptedServer server([&](std::string const& p) -> std::optional<std::string> {
        if (p.starts_with("mfee")) ++of_devices;
        return std::nullopt;
    });
    for (unsigned i = 0; i < 16; ++i) server.ram[0x2000 + i] = static_cast<std::uint8_t>(0xa0 + i);
    Attachment guest(server.socket(), unnamed());
    guest.request(bytes_at(0x2000, 16));
    guest.advance();
    auto now = guest.snapshot();
    ASSERT_EQ(now->memory.size(), 1u);
    EXPECT_EQ(now->memory[0].bytes[15], 0xaf);
    EXPECT_TRUE(now->memory[0].mapped(0));
    guest.request(bytes_at(0xfee0'0020, 4));
    guest.advance();
    now = guest.snapshot();
    EXPECT_FALSE(now->memory[0].mapped(0));
    EXPECT_EQ(of_devices, 0u) << "a device notices that it is read";
}

TEST(Attached, AddressesAreWalkedThroughTheGuestsTables) {
    ScriptedServer server;
    auto const entry = [&](std::uint64_t at, std::uint64_t value) {
        for (unsigned i = 0; i < 8; ++i) server.ram[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
    };
    entry(0x3000, 0x4003), entry(0x4000, 0x5003), entry(0x5000, 0x6003), entry(0x6000 + 8 * 7, 0x9003);
    server.cr0 = 0x8000'0011, server.cr3 = 0x3000, server.cr4 = 0x20, server.efer = 0x500;
    Attachment guest(server.socket(), unnamed());
    ViewRequest wanted;
    wanted.walk = WalkRequest{0x7123, engine::Access::read, false};
    guest.request(wanted);
    guest.advance();
    auto const now = guest.snapshot();
    ASSERT_TRUE(now->walk);
    EXPECT_TRUE(now->walk->present);
    EXPECT_EQ(now->walk->physical, 0x9123u);
}

TEST(Attached, StepsRunsStopsAndIsPaused) {
    ScriptedServer server;
    server.stops = {0x1800};
    Attachment guest(server.socket(), unnamed());
    EXPECT_EQ(guest.perform(Step{StepUnit::instruction, Direction::forward, 3})->cpu.rip, 0x1003u);
    guest.perform(SetBreakpoint{0x1800, true});
    auto now = guest.perform(debug::Run{});
    EXPECT_EQ(now->state, RunState::paused);
    EXPECT_EQ(now->cpu.rip, 0x1800u);
    EXPECT_THAT(now->stop_reason, HasSubstr("breakpoint at 0x1800"));
    // From there on it runs, until it is told to stop.
    guest.post(debug::Run{});
    EXPECT_TRUE(guest.advance());
    EXPECT_EQ(guest.snapshot()->state, RunState::running);
    EXPECT_EQ(guest.snapshot()->cpu.rip, 0x1801u) << "the breakpoint was left behind by a step";
    now = guest.perform(Pause{});
    EXPECT_EQ(now->state, RunState::paused);
}

TEST(Attached, ABreakpointStopsOnlyWhenItsConditionHolds) {
    ScriptedServer server;
    server.stops = {0x1800, 0x1800, 0x1900};
    Attachment guest(server.socket(), unnamed());
    StopSpec never;
    never.place = "0x1800";
    never.condition = "rax == 5";
    ASSERT_TRUE(guest.perform(AddStop{never})->last_command.done);
    StopSpec always;
    always.place = "0x1900";
    always.condition = "rax == 1";
    ASSERT_TRUE(guest.perform(AddStop{always})->last_command.done);
    auto const now = guest.perform(debug::Run{});
    EXPECT_EQ(now->cpu.rip, 0x1900u);
    EXPECT_EQ(now->stopped_by, StopNumber{2});
}

TEST(Attached, WhatOnlyTheSimulatorCanDoIsRefusedWithTheReason) {
    ScriptedServer server;
    Attachment guest(server.socket(), unnamed());
    for (Command const& command : std::vector<Command>{
             SeekTo{}, ContinueBackward{}, Step{StepUnit::instruction, Direction::backward, 1},
             Step{StepUnit::packet, Direction::forward, 1}, Ask{"last-write 0"}, Fork{}, TypeText{"x"},
             SetBookmark{}}) {
        auto const now = guest.perform(command);
        EXPECT_FALSE(now->last_command.done) << describe(command);
        EXPECT_FALSE(now->last_command.text.empty()) << describe(command);
    }
    EXPECT_THAT(guest.perform(SeekTo{})->last_command.text, HasSubstr("QEMU keeps no past"));
    EXPECT_THAT(*print_view(*guest.snapshot(), "overview"), HasSubstr("QEMU keeps no past"));
}

TEST(Attached, BytesAreWrittenAllOfThemOrNone) {
    ScriptedServer server;
    Attachment guest(server.socket(), unnamed());
    EXPECT_TRUE(guest.perform(Poke{AddressSpace::physical, 0x2000, {1, 2}})->last_command.done);
    EXPECT_EQ(server.ram[0x2001], 2);
    EXPECT_FALSE(guest.perform(Poke{AddressSpace::physical, 0xffff, {9, 9}})->last_command.done);
    EXPECT_EQ(server.ram[0xffff], 0);
}

TEST(Attached, NothingIsWrittenWhereAPartCannotBe) {
    std::string const map =
        "FlatView #0\n AS \"memory\", root: system\n"
        "  0000000000000000-0000000000001fff (prio 0, ram): pc.ram\n"
        "  0000000000002000-0000000000002fff (prio 0, rom): pc.bios\n";
    ScriptedServer server([&](std::string const& p) -> std::optional<std::string> {
        using namespace debug::gdb;
        if (p != "qRcmd," + hex("info mtree -f")) return std::nullopt;
        return "!" + frame_packet("O" + hex(map)) + frame_packet("OK");
    });
    Attachment guest(server.socket(), unnamed());
    auto now = guest.perform(Poke{AddressSpace::physical, 0x1fff, {9, 9}});
    EXPECT_FALSE(now->last_command.done);
    EXPECT_THAT(now->last_command.text, HasSubstr("no RAM at physical 0x2000"));
    EXPECT_EQ(server.ram[0x1fff], 0) << "the half of it";
    now = guest.perform(Poke{AddressSpace::physical, UINT64_MAX, {9, 9}});
    EXPECT_THAT(now->last_command.text, HasSubstr("beyond the last address"));
    now = guest.perform(Poke{AddressSpace::physical, 0, std::vector<std::uint8_t>(0x1801, 7)});
    EXPECT_TRUE(now->last_command.done) << "as much as in the simulator";
    EXPECT_EQ(server.ram[0x1800], 7);
}

TEST(Attached, TheStatusThatQemuEndsWithIsTold) {
    ScriptedServer server([&](std::string const& p) -> std::optional<std::string> {
        return p == "vCont;c" ? std::optional<std::string>("W07") : std::nullopt;
    });
    Attachment guest(server.socket(), unnamed());
    EXPECT_EQ(guest.perform(debug::Run{})->exit_status, 7);
}

TEST(Attached, QemuIsLeftAsItWasAskedFor) {
    for (auto const end : {AtEnd::run, AtEnd::stop, AtEnd::end}) {
        ScriptedServer server;
        {
            Attachment guest(server.socket(), unnamed(end));
            guest.perform(SetBreakpoint{0x1800, true});
            guest.post(debug::Run{});
            guest.advance();
        }
        EXPECT_EQ(server.detached, end == AtEnd::run ? 1 : 0);
        EXPECT_EQ(server.killed, end == AtEnd::end ? 1 : 0);
        EXPECT_EQ(server.breakpoints, 0) << "nothing of ours stays";
    }
}

TEST(Attached, WhenQemuGoesWhatWasSeenLastStays) {
    for (char const* how : {"!close", "W00"}) {
        std::string const answer = how;
        ScriptedServer server([&](std::string const& p) -> std::optional<std::string> {
            return p == "vCont;c" ? std::optional(answer) : std::nullopt;
        });
        Attachment guest(server.socket(), unnamed());
        auto const now = guest.perform(debug::Run{});
        EXPECT_EQ(now->state, RunState::ended) << how;
        EXPECT_EQ(now->cpu.rip, 0x1000u) << how;
        EXPECT_THAT(now->stop_reason, HasSubstr("QEMU")) << how;
        guest.post(Pause{});
        EXPECT_FALSE(guest.advance()) << how;
        EXPECT_FALSE(guest.snapshot()->last_command.done) << how;
        EXPECT_THAT(guest.snapshot()->last_command.text, HasSubstr("QEMU")) << how;
    }
}

// Each of these is an answer to some packet; none may crash, hang or be believed.
TEST(Attached, HostileServersAreGivenUp) {
    std::string const endless(70'000, 'a');
    // The monitor says nothing, piece by piece: more of it than anybody would wait for.
    std::string nothing_at_all;
    for (unsigned i = 0; i < 100'000; ++i) nothing_at_all += "$O#4f";
    struct Case {
        std::string packet, answer;
    };
    std::vector<Case> const cases = {
        {"qSupported", ""},
        {"qSupported", "PacketSize=ffffffffffffffff1"},
        {"qSupported", "PacketSize=4"},
        {"qSupported", "!close"},
        {"qSupported", "!$PacketSize=1000#00"},  // damaged, again and again
        {"qSupported", "!" + endless},
        {"qSupported", "!$" + endless + "#00"},
        {"qSupported", "T05;"},
        {"?", "W00"},
        {"?", "OK"},
        {"qfThreadInfo", "l"},
        {"qsThreadInfo", "mp1.1,p1.2,p1.3,p1.4,p1.5"},  // for ever
        {"qsThreadInfo", "m"},
        {"qsThreadInfo", "m,,,"},
        {"qsThreadInfo", "m" + std::string(100, '1')},
        {"vCont?", ""},
        {"Qqemu.PhyMemMode", ""},
        {"qXfer", "E01"},
        {"qXfer", "m"},
        {"qXfer", "mxxxxxxxxxxxxxxxxxxxxxxxxx"},  // for ever
        {"qXfer", "l<reg name=\"rip\" bitsize=\"99999999999\"/>"},
        {"qXfer", "l<reg name=\"rip\" bitsize=\"7\"/>"},
        {"g", "E01"},
        {"g", "zz"},
        {"qRcmd", "E01"},
        {"qRcmd", "Ozz"},
        {"qRcmd", "!" + nothing_at_all},
        {"qRcmd", ""},
        {"m", "zz"},
    };
    for (Case const& c : cases) {
        ScriptedServer server([&](std::string const& p) -> std::optional<std::string> {
            return p.starts_with(c.packet) ? std::optional(c.answer) : std::nullopt;
        });
        Connection quick(server.socket(), std::chrono::milliseconds(200));
        try {
            Remote remote(std::move(quick));
            Guest guest(remote);
            guest.state(0);
            std::array<std::uint8_t, 8> bytes{};
            EXPECT_FALSE(guest.peek(0x1000, bytes)) << c.packet << " " << c.answer.substr(0, 40);
        } catch (Lost const& why) {
            EXPECT_STRNE(why.what(), "");
        }
    }
}

// A guest that stood still for our sake goes on, whatever went wrong in between.
TEST(Attached, AStepThatComesToNoEndIsGivenUp) {
    ScriptedServer server([](std::string const& p) -> std::optional<std::string> {
        return p.starts_with("vCont;s") ? std::optional<std::string>("!") : std::nullopt;
    });
    Options options = unnamed();
    options.patience = std::chrono::milliseconds(100);
    Attachment guest(server.socket(), std::move(options));
    auto const now = guest.perform(Step{});
    EXPECT_EQ(now->state, RunState::paused);
    EXPECT_THAT(now->stop_reason, HasSubstr("no interrupt"));
    EXPECT_EQ(now->cpu.rip, 0x1000u);
}

// All that can be asked of a server that lies now and then: no crash, no endless loop.
TEST(Attached, AServerThatLiesNowAndThenIsLivedWithOrGivenUp) {
    unsigned attached = 0;
    for (unsigned seed = 1; seed <= 120; ++seed) {
        SCOPED_TRACE(seed);
        ScriptedServer server;
        server.stops = {0x1800, 0x1801, 0x1900};
        std::mt19937 random(seed);
        unsigned const rarely = 8 + seed;
        server.damage = [&random, rarely](std::string body) -> std::string {
            if (body.empty() || random() % rarely) return body;
            std::size_t const at = random() % body.size();
            switch (random() % 7) {
                case 0:
                    body[at] = static_cast<char>(random());
                    return body;
                case 1:
                    return body.substr(0, at);
                case 2:
                    return body + body;
                case 3:
                    return "";
                case 4:
                    return random() % 2 ? "E01" : "T05watch:1004;thread:p01.01;";
                case 5:
                    std::fill(body.begin() + static_cast<long>(at), body.end(), 'f');
                    return body;
                default:
                    return body.insert(at, 1 + random() % 64, "0,;:m"[random() % 5]);
            }
        };
        Options options = unnamed();
        options.patience = std::chrono::milliseconds(50);
        try {
            Attachment guest(server.socket(), std::move(options));
            ++attached;
            ViewRequest wanted = ViewRequest::everything();
            wanted.memory = {{AddressSpace::physical, 0xfff8, 64}, {AddressSpace::virtual_, 0x1000, 64}};
            wanted.walk = WalkRequest{0x7123, engine::Access::read, false};
            guest.request(wanted);
            StopSpec breakpoint, watchpoint;
            breakpoint.place = "0x1800";
            breakpoint.condition = "rax == 1";
            watchpoint.kind = StopKind::watchpoint;
            watchpoint.place = "0x1004";
            watchpoint.length = 4;
            for (Command const& command : std::vector<Command>{
                     AddStop{breakpoint}, AddStop{watchpoint}, debug::Run{}, Pause{}, Step{},
                     Step{StepUnit::line_over, Direction::forward, 2}, Step{StepUnit::function},
                     Poke{AddressSpace::physical, 0x1ffe, {1, 2, 3, 4}}, SelectProcessor{1}, debug::Run{}}) {
                guest.post(command);
                for (unsigned i = 0; i < 3 && guest.advance(); ++i) {
                }
            }
            for (auto const& view : text_views()) print_view(*guest.snapshot(), view.name);
        } catch (Lost const& why) {
            EXPECT_STRNE(why.what(), "");
        }
    }
    EXPECT_GT(attached, 20U);
}

TEST(Attached, WhoeverCannotAttachLeavesTheGuestRunning) {
    struct Case {
        char const *packet, *answer;
    };
    for (Case const& c :
         {Case{"vCont?", ""}, {"qsThreadInfo", "m"}, {"qRcmd", "Ozz"}, {"qXfer", "E01"}, {"g", "E01"}}) {
        for (auto const end : {AtEnd::run, AtEnd::stop, AtEnd::end}) {
            ScriptedServer server([&](std::string const& p) -> std::optional<std::string> {
                return p.starts_with(c.packet) ? std::optional<std::string>(c.answer) : std::nullopt;
            });
            EXPECT_THROW(Attachment(server.socket(), unnamed(end)), std::runtime_error) << c.packet;
            EXPECT_EQ(server.detached, end == AtEnd::stop ? 0 : 1) << c.packet;
            EXPECT_EQ(server.killed, 0) << c.packet;
        }
    }
}

TEST(Attached, WhatTheMonitorDoesNotSayStaysAsItWas) {
    for (char const* text : {"CPU#0\nCS =zz 0 0 0\nGDT= zz 27\n", "CPU#0\nCS =8 zz 0 0\n",
                             "CPU#0\nCS =8 0 zz 9a00\n", "CPU#0\nCS =", "CPU#0\nGDT="}) {
        engine::CpuState state;
        state.cs.selector = 0x18;
        state.gdtr.base = 0x77;
        EXPECT_TRUE(add_from_monitor(text, 0, state)) << text;
        EXPECT_EQ(state.cs.selector, 0x18) << text;
        EXPECT_EQ(state.gdtr.base, 0x77u) << text;
    }
}

TEST(Attached, OnlyAnswersOfRightLengthAreMemory) {
    ScriptedServer server([](std::string const& p) -> std::optional<std::string> {
        return p.starts_with("m") ? std::optional<std::string>("00") : std::nullopt;
    });
    Attachment guest(server.socket(), unnamed());
    guest.request(bytes_at(0x2000, 16));
    guest.advance();
    EXPECT_FALSE(guest.snapshot()->memory[0].mapped(0));
}

TEST(AttachedConnection, TakesWhatIsThereWithoutWaitingForIt) {
    int ends[2];
    ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    Connection connection{Socket(ends[0])};
    Socket const server(ends[1]);
    EXPECT_FALSE(connection.receive(Connection::Duration(0)));
    std::string const sent = "+" + debug::gdb::frame_packet("S05") + debug::gdb::frame_packet("S06");
    ASSERT_EQ(static_cast<ssize_t>(sent.size()),
              ::send(server.descriptor(), sent.data(), sent.size(), MSG_NOSIGNAL));
    EXPECT_EQ("S05", connection.receive(Connection::Duration(0)));
    EXPECT_EQ("S06", connection.receive(Connection::Duration(0)));
    EXPECT_FALSE(connection.receive(Connection::Duration(0)));
}

TEST(AttachedPlace, IsCheckedBeforeAnythingIsWaitedFor) {
    for (char const* place : {"", "host", "host:", "host:12x", "unix:"})
        EXPECT_THROW(connect_to(place, std::chrono::milliseconds(100)), std::runtime_error) << place;
}

// ---- When it is looked at ----

TEST(AttachedLooks, TakeATenthOfTheTimeAtMostWhateverIsAsked) {
    using namespace std::chrono_literals;
    for (auto const cost : {1ms, 5ms, 60ms}) {
        Looks looks(50ms);
        Looks::Clock::time_point now{};
        Looks::Clock::duration stood{};
        while (now.time_since_epoch() < 60s) {
            now += 20ms;  // it runs
            if (!looks.due(now, true)) continue;
            looks.looked(now, now + cost);
            stood += cost;
            now += cost;
        }
        EXPECT_LE(stood * 10, now.time_since_epoch() + 10 * cost) << cost.count();
        EXPECT_GT(stood, 2s) << cost.count();
    }
}

TEST(AttachedLooks, ComeByThemselvesAsOftenAsWasSaid) {
    using namespace std::chrono_literals;
    Looks looks(250ms);
    Looks::Clock::time_point const now{};
    looks.looked(now, now + 1ms);
    EXPECT_FALSE(looks.due(now + 250ms, false));
    EXPECT_TRUE(looks.due(now + 251ms, false));
    EXPECT_TRUE(looks.due(now + 10ms, true));
    looks.looked(now, now + 100ms);
    EXPECT_FALSE(looks.due(now + 999ms, false)) << "it costs much";
    EXPECT_TRUE(looks.due(now + 1000ms, false));
}

// ---- The capture ----

class Capture : public ::testing::Test {
protected:
    Capture() : path(std::filesystem::path(::testing::TempDir()) / "attach_test.pcap") {
        std::filesystem::remove(path);
    }
    ~Capture() override { std::filesystem::remove(path); }
    static void number(std::string& into, std::uint32_t n) {
        for (unsigned i = 0; i < 4; ++i) into += static_cast<char>(n >> (8 * i));
    }
    void append(std::string const& bytes) { std::ofstream(path, std::ios::binary | std::ios::app) << bytes; }
    static std::string header(std::uint32_t link = 1) {
        std::string h;
        for (std::uint32_t const n : {0xa1b2c3d4U, 0x00040002U, 0U, 0U, 65536U, link}) number(h, n);
        return h;
    }
    static std::string frame(std::uint32_t seconds, std::uint32_t micro, std::string const& bytes) {
        std::string f;
        for (std::uint32_t const n : {seconds, micro, static_cast<std::uint32_t>(bytes.size()),
                                      static_cast<std::uint32_t>(bytes.size())})
            number(f, n);
        return f + bytes;
    }
    std::filesystem::path path;
};

TEST_F(Capture, IsReadAsItGrowsInWholeFrames) {
    CaptureTail tail(path);
    EXPECT_TRUE(tail.read().empty()) << "it is not there yet";
    append(header().substr(0, 10));
    EXPECT_TRUE(tail.read().empty());
    append(header().substr(10) + frame(100, 500, "abc") + frame(101, 0, "defg").substr(0, 18));
    auto frames = tail.read();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0].ns, 500'000u);
    append(frame(101, 0, "defg").substr(18));
    frames = tail.read();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0].ns, 1'000'000'000u);
    EXPECT_EQ(frames[0].bytes.size(), 4u);
    append(frame(99, 0, "x"));
    frames = tail.read();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0].ns, 1'000'000'000u) << "times never go back";
}

TEST_F(Capture, ThatIsNoneIsNotRead) {
    append("this is no capture at all, but text");
    CaptureTail tail(path);
    EXPECT_TRUE(tail.read().empty());
    EXPECT_THAT(tail.problem(), HasSubstr("no pcap"));
}

TEST_F(Capture, ThatCannotBeReadIsAReasonWhyThereAreNoPackets) {
    append("this is no capture at all, but text");
    ScriptedServer server;
    Options options = unnamed();
    options.capture = path;
    Attachment guest(server.socket(), std::move(options));
    EXPECT_THAT(std::string(guest.snapshot()->machine->lacks.why(Ability::packets)), HasSubstr("no pcap"));
}

TEST_F(Capture, ThatIsDamagedEndsThere) {
    std::string huge;
    for (std::uint32_t const n : {100U, 0U, 0xffffffffU, 0xffffffffU}) number(huge, n);
    append(header() + frame(100, 0, "abc") + huge);
    CaptureTail tail(path);
    EXPECT_EQ(tail.read().size(), 1u);
    EXPECT_THAT(tail.problem(), HasSubstr("damaged"));
    EXPECT_TRUE(tail.read().empty());
}

}  // namespace
}  // namespace sim::attach
