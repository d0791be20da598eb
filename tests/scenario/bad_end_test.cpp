// SPDX-License-Identifier: MIT
//
// Guests that end badly: the program says when it went wrong, after which
// instruction and why, and leaves a recording of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/scenario/hostile.hpp"

namespace scenario {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using Words = std::vector<std::string>;

class BadEnd : public testing::Test {
protected:
    Result start(std::string const& code, Words more = {}) {
        write_file(folder / "tiny.elf", TinyImage{code}.elf());
        Words words = {"run", "--kernel", folder / "tiny.elf", "--memory", "2M", "--record", file};
        words.insert(words.end(), more.begin(), more.end());
        return run(viv(words));
    }
    json diagnosis(std::string const& code, int status, Words more = {}) {
        more.push_back("--json");
        Result const result = start(code, more);
        EXPECT_EQ(result.status, status) << result.err;
        std::size_t const line = result.out.find("{\"diagnosis\"");
        json const outcome =
            json::parse(line == std::string::npos ? "" : result.out.substr(line), nullptr, false);
        EXPECT_TRUE(outcome.is_object() && outcome.contains("diagnosis")) << result.out << result.err;
        EXPECT_EQ(run(viv({"replay", file, "--verify"})).status, 0);
        return outcome.is_object() ? outcome.value("diagnosis", json::object()) : json::object();
    }
    Folder folder;
    std::string const file = folder / "end.run";
};

TEST_F(BadEnd, a_triple_fault_is_told_from_its_first_exception_on) {
    Result const result = start("\x90" + code::triple_fault);
    EXPECT_EQ(result.status, 102);
    // NOP and LIDT are done; UD2 is what nothing could handle.
    EXPECT_THAT(result.err, HasSubstr("first bad moment 2: #UD invalid opcode"));
    EXPECT_THAT(result.err, HasSubstr("#DF double fault"));
    EXPECT_THAT(result.err, HasSubstr("last good instruction: lidt"));
    EXPECT_THAT(result.err, HasSubstr("viv open '" + file + "@2'"));
}

TEST_F(BadEnd, a_jump_to_nowhere_is_told_with_the_jump) {
    json const told = diagnosis(code::nowhere, 102);
    EXPECT_EQ(told["first_bad"], "2");
    EXPECT_THAT(told["last_good"].get<std::string>(), HasSubstr("jmp eax"));
    EXPECT_THAT(told["where"].get<std::string>(), HasSubstr("0xdead0000"));
}

TEST_F(BadEnd, a_loop_with_interrupts_off_is_told_from_where_it_begins) {
    json const told = diagnosis(code::print("hi") + code::spin, 124);
    EXPECT_EQ(told["first_bad"], "5");
    EXPECT_THAT(told["reason"].get<std::string>(), HasSubstr("spins with interrupts off"));
    EXPECT_THAT(told["last_good"].get<std::string>(), HasSubstr("out dx, al"));
}

TEST_F(BadEnd, a_halt_that_nothing_can_end_is_told) {
    json const told = diagnosis(code::halt, 124);
    EXPECT_THAT(told["reason"].get<std::string>(), HasSubstr("interrupts off"));
    EXPECT_THAT(told["last_good"].get<std::string>(), HasSubstr("hlt"));
}

TEST_F(BadEnd, a_flood_on_the_serial_line_is_cut_off) {
    Result const result = start(code::flood);
    EXPECT_EQ(result.status, 124);
    EXPECT_LE(result.out.size(), (2u << 20) + 16);
    // mov, mov, then OUT and JMP in turn: the first dot too many is the 2^21st and one.
    std::string const moment = std::to_string(2 + 2 * (2u << 20));
    EXPECT_THAT(result.err, HasSubstr("first bad moment " + moment + ": the guest floods its serial line"));
    EXPECT_THAT(result.err, HasSubstr("viv open '" + file + "@" + moment + "'"));
    json const told = diagnosis(code::flood, 124);
    EXPECT_EQ(told["first_bad"], moment);
    EXPECT_THAT(told["last_good"].get<std::string>(), HasSubstr("jmp"));
    EXPECT_THAT(told["where"].get<std::string>(), HasSubstr("0x100006"));
}

// The flood is not why it ended.
TEST_F(BadEnd, a_triple_fault_behind_a_flood_is_told_where_it_is) {
    constexpr std::uint32_t dots = (2u << 20) + 2;
    json const told = diagnosis(code::dots(dots) + code::triple_fault, 102);
    EXPECT_EQ(told["first_bad"], std::to_string(3 + 2 * dots + 1));
    EXPECT_THAT(told["reason"].get<std::string>(), HasSubstr("#UD invalid opcode"));
}

TEST_F(BadEnd, a_loop_that_changes_its_registers_or_memory_is_told) {
    for (std::string const& code : {code::count, code::count_in_memory}) {
        json const told = diagnosis(code::print("hi") + code, 124, {"--patience", "20000000"});
        EXPECT_THAT(told["reason"].get<std::string>(), HasSubstr("spins with interrupts off"));
        EXPECT_THAT(told["reason"].get<std::string>(), HasSubstr("touched no device for 20,000,000 inst"));
        EXPECT_THAT(told["reason"].get<std::string>(), HasSubstr("unproven"));
        EXPECT_EQ(told["first_bad"], "5");
        EXPECT_THAT(told["last_good"].get<std::string>(), HasSubstr("out dx, al"));
    }
}

// It might read what a device writes there, so it is no proof; but a loop it is.
TEST_F(BadEnd, a_loop_that_only_reads_is_told_as_one) {
    json const told = diagnosis(code::print("hi") + code::read_in_circles, 124, {"--patience", "20000000"});
    EXPECT_THAT(told["reason"].get<std::string>(), HasSubstr("2 instructions repeat"));
    EXPECT_THAT(told["reason"].get<std::string>(), HasSubstr("unproven"));
    EXPECT_EQ(told["first_bad"], "7") << "after CLI and the first MOV, which changed EAX";
}

// Who waits for a time, or for the host, is not lost.
TEST_F(BadEnd, a_loop_that_something_may_end_is_let_be) {
    json const clock =
        diagnosis(code::watch_the_clock, 124, {"--patience", "10000000", "--limit", "40000000"});
    EXPECT_EQ(clock["first_bad"], "40000000");
    std::vector<Words> const from_outside = {{"--forward", "0:80"}, {"--stdin"}};
    for (Words more : from_outside) {
        more.insert(more.end(), {"--patience", "10000000", "--limit", "40000000"});
        EXPECT_EQ(diagnosis(code::count, 124, more)["first_bad"], "40000000") << more[0];
    }
}

TEST_F(BadEnd, the_last_good_instruction_may_lie_in_another_segment) {
    json const told = diagnosis(code::far_nowhere, 102);
    EXPECT_EQ(told["first_bad"], "2");
    EXPECT_THAT(told["last_good"].get<std::string>(), HasSubstr("jmp"));
}

TEST_F(BadEnd, a_write_where_nothing_can_be_written_is_reported_and_survived) {
    Result const result = start(code::write_rom + code::exit(7));
    EXPECT_EQ(result.status, 7);
    EXPECT_THAT(result.err,
                HasSubstr("memory: write to 0xffff0000: nothing is there; ignored; at moment 0, by "
                          "mov byte ptr [0xffff0000], 0x55 in 0x100000"));
    EXPECT_THAT(result.err, HasSubstr("look: viv open '" + file + "@0'"));
    // With no recording asked for there is none: it ended well.
    Words words = {"env", "XDG_CACHE_HOME=" + folder / "cache"};
    for (std::string& word : viv({"run", "--kernel", folder / "tiny.elf", "--memory", "2M"}))
        words.push_back(std::move(word));
    Result const plain = run(words);
    EXPECT_EQ(plain.status, 7);
    EXPECT_THAT(plain.err, HasSubstr("add --record FILE to look at moment 0"));
    EXPECT_FALSE(std::filesystem::exists(folder / "cache/vivarium/bad-ends"));
}

TEST_F(BadEnd, a_limit_of_instructions_or_of_time_is_kept) {
    json const by_count = diagnosis(code::spin_open, 124, {"--limit", "1000000"});
    EXPECT_EQ(by_count["first_bad"], "1000000");
    json const by_time = diagnosis(code::spin_open, 124, {"--limit", "2ms"});
    EXPECT_EQ(by_time["first_bad"], "2000000");
    EXPECT_EQ(start(code::exit(3), {"--limit", "1000000"}).status, 3);
}

TEST_F(BadEnd, a_limit_that_is_none_is_refused) {
    EXPECT_EQ(start(code::spin_open, {"--limit", "soon"}).status, 2);
    EXPECT_EQ(start(code::spin_open, {"--limit", "-5"}).status, 2);
}

TEST_F(BadEnd, a_deadline_that_never_comes_is_a_halt_that_nothing_can_end) {
    Result const result = start(code::sleep_for_ever, {"--limit", "1000000000"});
    EXPECT_EQ(result.status, 124);
    EXPECT_THAT(result.err, HasSubstr("nothing is left that could wake it"));
}

TEST_F(BadEnd, pci_that_is_programmed_wrongly_is_survived) {
    std::string text;
    for (std::uint8_t device = 0; device < 8; ++device) {
        text += code::pci_write(device, 0x04, 0xFFFFFFFF);  // command: everything
        for (std::uint8_t bar = 0x10; bar < 0x28; bar += 4)
            text += code::pci_write(device, bar, 0x00100000);  // over our own code
        text += code::pci_write(device, 0x40, 0xFFFFFFFF) + code::pci_write(device, 0xFC, 0);
    }
    Result const result = start(text + code::write_rom + code::exit(7));
    EXPECT_EQ(result.status, 7) << result.err;
    EXPECT_THAT(result.err,
                testing::ContainsRegex(
                    "BAR 4 was put over RAM, at 0x100000[^\n]*; at moment [0-9]+, by out dx, eax"));
    EXPECT_THAT(result.err, HasSubstr("look: viv open '" + file + "@"));
    EXPECT_EQ(run(viv({"replay", file, "--verify"})).status, 0);
}

struct Bad {
    char const* name;
    std::string code;
    int status;
    char const* told;
    Words more{};
};
std::vector<Bad> const bad_guests = {
    {"triple_fault", code::triple_fault, 102, "#UD invalid opcode"},
    {"nowhere", code::nowhere, 102, "jmp eax"},
    {"spin", code::print("hi") + code::spin, 124, "spins with interrupts off"},
    {"count",
     code::print("hi") + code::count,
     124,
     "first bad moment 5: from here on it touches no device",
     {"--patience", "20000000"}},
    {"halt", code::halt, 124, "hlt"},
    {"flood", code::flood, 124, "floods its serial line"},
    {"deadline", code::sleep_for_ever, 124, "hlt"},
};

// In a world somebody might still send the sleeping one a frame.
std::vector<Bad> const bad_members(bad_guests.begin(), bad_guests.end() - 1);

class BadGuest : public testing::TestWithParam<Bad> {
protected:
    Folder folder;
};
INSTANTIATE_TEST_SUITE_P(Of, BadGuest, testing::ValuesIn(bad_guests),
                         [](auto const& each) { return each.param.name; });

// The second processor waits to be started, and never is.
TEST_P(BadGuest, with_two_processors_is_told_the_same) {
    write_file(folder / "tiny.elf", TinyImage{GetParam().code}.elf());
    Words words = {"run",    "--kernel", folder / "tiny.elf", "--memory",        "2M",
                   "--cpus", "2",        "--record",          folder / "end.run"};
    words.insert(words.end(), GetParam().more.begin(), GetParam().more.end());
    Result const result = run(viv(words));
    EXPECT_EQ(result.status, GetParam().status) << result.err;
    EXPECT_THAT(result.err, HasSubstr(GetParam().told));
    EXPECT_THAT(result.err, HasSubstr("look: viv open '" + (folder / "end.run") + "@"));
    EXPECT_EQ(run(viv({"replay", folder / "end.run", "--verify"})).status, 0);
}

class BadMember : public BadGuest {};
INSTANTIATE_TEST_SUITE_P(Of, BadMember, testing::ValuesIn(bad_members),
                         [](auto const& each) { return each.param.name; });

TEST_P(BadMember, of_a_world_is_told_by_its_name) {
    write_file(folder / "tiny.elf", TinyImage{GetParam().code}.elf());
    write_file(folder / "net.json", R"({"machines": [
        {"name": "bad", "kernel": ")" + folder / "tiny.elf" +
                                        R"(", "memory": "2M"},
        {"name": "good", "app": "http", "append": "ip=10.0.0.1/24", "service": true, "memory": "16M"}],
        "links": [{"between": ["bad", "good"], "delay": "1ms"}]})");
    Words words = {"run", "--topology", folder / "net.json", "--record", folder / "net.run", "--json"};
    words.insert(words.end(), GetParam().more.begin(), GetParam().more.end());
    Result const result = run(viv(words));
    EXPECT_EQ(result.status, GetParam().status) << result.err;
    EXPECT_THAT(result.err, HasSubstr("bad: "));
    EXPECT_THAT(result.err, HasSubstr(GetParam().told));
    EXPECT_THAT(result.err, HasSubstr("look: viv open '" + (folder / "net-bad.run") + "@"));
    EXPECT_THAT(result.err, testing::Not(HasSubstr("good: the guest")));
    EXPECT_EQ(run(viv({"replay", folder / "net.run", "--verify"})).status, 0);
}

// Interrupts are off for a while, and again for a while: never for as long as both.
TEST(WorldWatch, who_lets_interrupts_in_is_not_lost) {
    Folder const folder;
    std::string const round = code::closed + code::wait(10'000'000) + code::open + code::wait(10'000'000);
    write_file(folder / "tiny.elf", TinyImage{round + round + code::exit(0)}.elf());
    write_file(folder / "net.json", R"({"machines": [
        {"name": "slow", "kernel": ")" + folder / "tiny.elf" +
                                        R"(", "memory": "2M"},
        {"name": "good", "app": "http", "append": "ip=10.0.0.1/24", "service": true, "memory": "16M"}],
        "links": [{"between": ["slow", "good"], "delay": "1ms"}]})");
    Result const result = run(viv({"run", "--topology", folder / "net.json", "--patience", "15000000"}));
    EXPECT_EQ(result.status, 0) << result.err;
}

TEST(Hostile, a_sample_of_images_comes_to_an_orderly_end) { run_hostile_images(1, 25); }

}  // namespace
}  // namespace scenario
