// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/symbols.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>

#include "simulator/debug/disassembly.hpp"
#include "simulator/debug/probes.hpp"
#include "simulator/debug/sample_file.hpp"
#include "simulator/debug/stops.hpp"
#include "simulator/debug/types.hpp"

namespace sim::debug {
namespace {

std::uint32_t marked_line(std::string const& mark) {
    std::ifstream in(sample_source());
    std::string line;
    for (std::uint32_t n = 1; std::getline(in, line); ++n)
        if (line.ends_with("// line: " + mark)) return n;
    return 0;
}

class SymbolsTest : public ::testing::Test {
protected:
    static std::shared_ptr<Symbols const> const& sample() {
        static std::shared_ptr<Symbols const> const symbols = Symbols::from_bytes(sample_elf());
        return symbols;
    }
};

TEST_F(SymbolsTest, finds_functions_by_name_and_by_address) {
    ASSERT_EQ(sample()->problem(), "");
    Function const* add = sample()->function_named("sample::add");
    ASSERT_NE(add, nullptr);
    EXPECT_GT(add->high, add->low);
    EXPECT_EQ(sample()->function_at(add->low), add);
    EXPECT_EQ(sample()->function_at(add->high - 1), add);
    EXPECT_EQ(sample()->describe(add->low + 1), "sample::add+0x1");
    EXPECT_EQ(sample()->describe(0x10), "0x10");
    // A member function written outside its class has its class's name.
    EXPECT_NE(sample()->function_named("sample::Worker::work"), nullptr);
}

TEST_F(SymbolsTest, tells_a_function_from_its_seldom_part_which_lies_before_it) {
    Function const* split = sample()->function_named("sample::split");
    Function const* cold = sample()->function_named("sample::split.cold");
    ASSERT_TRUE(split && cold);
    ASSERT_LT(cold->low, split->low) << "the compiler did not put it there";
    EXPECT_EQ(split->entry(), split->low);
    EXPECT_EQ(cold->entry(), split->low);
    EXPECT_EQ(sample()->function_at(cold->high - 1), cold);
    EXPECT_EQ(sample()->whole_at(cold->high - 1), split);
    EXPECT_EQ(sample()->whole_at(split->low), split);
    EXPECT_EQ(sample()->whole_at(0x10), nullptr);
    EXPECT_EQ(sample()->describe(cold->low + 1), "sample::split.cold+0x1");
    // By any name it is entered where it is called.
    std::string why;
    for (char const* name : {"sample::split", "split"})
        EXPECT_EQ(find_code(name, *sample(), why), std::vector{split->low}) << name << why;
    // Its lines are those of both parts.
    auto const lines = sample()->line_addresses(*split);
    EXPECT_TRUE(std::ranges::is_sorted(lines));
    auto const seldom = sample()->addresses_of(split->file, marked_line("seldom"));
    ASSERT_FALSE(seldom.empty());
    EXPECT_EQ(sample()->function_at(seldom.front()), cold);
    EXPECT_TRUE(std::ranges::count(lines, seldom.front()));
    EXPECT_TRUE(std::ranges::count(lines, split->low));
}

TEST_F(SymbolsTest, knows_functions_in_assembly_from_the_symbol_table) {
    Function const* probed = sample()->function_named("probed");
    ASSERT_NE(probed, nullptr);
    EXPECT_EQ(probed->high - probed->low, 4u);
}

TEST_F(SymbolsTest, goes_from_address_to_line_and_back) {
    std::uint32_t const wanted = marked_line("call of add");
    ASSERT_NE(wanted, 0u);
    auto const file = sample()->file_named("sample.cpp");
    ASSERT_TRUE(file);
    auto const addresses = sample()->addresses_of(*file, wanted);
    ASSERT_FALSE(addresses.empty());
    Function const* f = sample()->function_at(addresses.front());
    ASSERT_NE(f, nullptr);
    EXPECT_EQ(f->name, "sample::Worker::work");
    auto const back = sample()->line_at(addresses.front());
    ASSERT_TRUE(back);
    EXPECT_EQ(back->line, wanted);
    EXPECT_EQ(sample()->describe(*back), "sample.cpp:" + std::to_string(wanted));
    EXPECT_FALSE(sample()->line_at(0x10));
    EXPECT_FALSE(sample()->line_at(~0ULL));
}

TEST_F(SymbolsTest, finds_global_objects_with_their_types) {
    Object const* tasks = sample()->object_named("sample::tasks");
    ASSERT_NE(tasks, nullptr);
    TypeTable const& t = sample()->types();
    Type const& array = t[t.strip(tasks->type)];
    EXPECT_EQ(array.kind, TypeKind::array);
    EXPECT_EQ(array.count, 4u);
    EXPECT_EQ(t.spell(tasks->type), "sample::Task[4]");
    EXPECT_EQ(sample()->near(tasks->address + 5)->name, "sample::tasks");
    // An unnamed namespace leaves no mark on the name.
    EXPECT_NE(sample()->object_named("sample::hidden"), nullptr);
}

TEST_F(SymbolsTest, finds_members_also_of_bases_and_unnamed_unions) {
    TypeTable const& t = sample()->types();
    std::uint32_t const task = t.named("Task");
    ASSERT_NE(task, 0u);
    EXPECT_EQ(task, t.named("sample::Task"));
    EXPECT_EQ(t.member(task, "base_value")->offset, 0u);
    EXPECT_EQ(t.member(task, "id")->offset, 8u);
    auto const as_bytes = t.member(task, "as_bytes");
    ASSERT_TRUE(as_bytes);
    EXPECT_EQ(as_bytes->offset, t.member(task, "as_int")->offset);
    auto const high = t.member(task, "high_bits");
    ASSERT_TRUE(high);
    EXPECT_EQ(high->bit_size, 5u);
    EXPECT_EQ(high->bit_offset, 3u);
    EXPECT_FALSE(t.member(task, "nothing"));
    EXPECT_EQ(t.enumerator(t.member(task, "state")->type, 2), "blocked");
    EXPECT_EQ(t.enumerator(t.member(task, "state")->type, 9), "9");
    EXPECT_EQ(t.spell(t.member(task, "numbers")->type), "short int[2][3]");
    EXPECT_EQ(t.spell(t.member(task, "parent")->type), "sample::Task *");
    EXPECT_EQ(t.base_offset(task, t.named("sample::Base")), 0u);
    EXPECT_FALSE(t.base_offset(task, t.named("sample::Queue")));
    EXPECT_NE(t.named("sample::Queue::Inner"), 0u);
}

TEST_F(SymbolsTest, carries_the_views_of_the_image) {
    EXPECT_EQ(sample()->views(), "# views of the sample\n");
}

TEST_F(SymbolsTest, says_what_is_missing) {
    EXPECT_NE(Symbols::from_bytes(std::vector<std::uint8_t>(100, 1))->problem(), "");
    EXPECT_NE(Symbols::from_file("/no/such/file")->problem().find("/no/such/file"), std::string::npos);
    EXPECT_NE(Symbols::none()->problem(), "");
    EXPECT_EQ(Symbols::none()->describe(0x1234), "0x1234");
}

TEST_F(SymbolsTest, works_without_debug_info) {
    auto const stripped = Symbols::from_file(sample_path("sample_no_debug.elf"));
    EXPECT_FALSE(stripped->has_debug_info());
    EXPECT_NE(stripped->problem().find("no debug info"), std::string::npos);
    EXPECT_NE(stripped->function_named("sample::add"), nullptr);  // demangled
    EXPECT_EQ(stripped->types().named("Task"), 0u);
}

TEST_F(SymbolsTest, survives_files_cut_short_and_damaged) {
    std::vector<std::uint8_t> const& whole = sample_elf();
    for (std::size_t n = 0; n < whole.size(); n += 97) {
        auto const s = Symbols::from_bytes(std::span(whole).first(n));
        s->describe(0x401000);
    }
    std::mt19937 random(7);
    for (int i = 0; i < 150; ++i) {
        std::vector<std::uint8_t> damaged = whole;
        for (int k = 0; k < 20; ++k) damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
        auto const s = Symbols::from_bytes(damaged);
        s->describe(0x401000);
        s->line_at(0x401000);
        read_probes(damaged);
    }
}

TEST_F(SymbolsTest, reads_source_only_below_its_root) {
    std::string const path = sample_source();
    SourceTree tree(path.substr(0, path.rfind('/')));
    EXPECT_EQ(tree.line("sample.cpp", 1), "// SPDX-License-Identifier: GPL-2.0-or-later");
    EXPECT_EQ(tree.line("sample.cpp", 100000), "");
    EXPECT_EQ(tree.lines("../symbols.hpp"), nullptr);
    EXPECT_EQ(tree.lines("/etc/passwd"), nullptr);
    EXPECT_EQ(tree.lines("nothing.cpp"), nullptr);
}

TEST_F(SymbolsTest, reads_the_probes) {
    auto const probes = read_probes(sample_elf());
    ASSERT_EQ(probes.size(), 1u);
    Probe const& p = probes[0];
    EXPECT_EQ(p.provider, "sample");
    EXPECT_EQ(p.name, "step");
    EXPECT_EQ(p.address, sample()->function_named("probed")->low + 2);
    ASSERT_EQ(p.arguments.size(), 3u);
    engine::CpuState cpu;
    cpu[engine::Gpr::rdi] = 0x1122334455667788;
    cpu[engine::Gpr::rsp] = 0x1000;
    auto const memory = [](std::uint64_t address, std::span<std::uint8_t> into) {
        for (std::size_t i = 0; i < into.size(); ++i)
            into[i] = static_cast<std::uint8_t>(address - 0x1000 + i);
        return true;
    };
    EXPECT_EQ(evaluate(p.arguments[0], cpu, memory), 0x1122334455667788u);
    EXPECT_EQ(evaluate(p.arguments[1], cpu, memory), static_cast<std::uint64_t>(-5));
    EXPECT_EQ(evaluate(p.arguments[2], cpu, memory), 0x1716151413121110u);
}

TEST(Probes, parse_every_form_of_argument) {
    engine::CpuState cpu;
    cpu[engine::Gpr::rax] = 0xffff'ffff'ffff'9c81;
    cpu[engine::Gpr::r10] = 0x20;
    auto value = [&](char const* text) {
        return evaluate(parse_probe_argument(text), cpu,
                        [](std::uint64_t address, std::span<std::uint8_t> into) {
                            into[0] = static_cast<std::uint8_t>(address);
                            return true;
                        });
    };
    EXPECT_EQ(value("1@%al"), 0x81u);
    EXPECT_EQ(value("-1@%al"), static_cast<std::uint64_t>(-127));
    EXPECT_EQ(value("1@%ah"), 0x9cu);
    EXPECT_EQ(value("2@%ax"), 0x9c81u);
    EXPECT_EQ(value("-4@%eax"), 0xffff'ffff'ffff'9c81u);
    EXPECT_EQ(value("8@%r10"), 0x20u);
    EXPECT_EQ(value("4@%r10d"), 0x20u);
    EXPECT_EQ(value("8@$0x10"), 0x10u);
    EXPECT_EQ(value("1@4(%r10)"), 0x24u);
    EXPECT_EQ(value("1@-4(,%r10,2)"), 0x3cu);
    EXPECT_EQ(value("1@(%r10,%r10,8)"), 0x20u + 0x100u - 0x100u + 0x00u + 0x0u);
    for (char const* bad : {"", "8@", "3@%rax", "8@%r16", "8@%xmm0", "8@foo", "8@$", "8@4(%rax", "8@4()",
                            "8@(%rax,%rbx,3)", "@%rax"})
        EXPECT_EQ(parse_probe_argument(bad).kind, ProbeArgument::Kind::unknown) << bad;
}

TEST(Probes, skip_damaged_notes) {
    std::vector<std::uint8_t> note{8, 0, 0, 0, 40, 0, 0, 0, 3, 0, 0, 0, 's', 't', 'a', 'p', 's', 'd', 't', 0};
    note.resize(note.size() + 24, 0x11);
    for (char c : std::string("viv\0x\0", 6)) note.push_back(static_cast<std::uint8_t>(c));
    note.resize(20 + 40, 0);
    EXPECT_EQ(parse_probe_notes(note).size(), 1u);
    for (std::size_t n = 0; n < note.size(); ++n)
        EXPECT_TRUE(parse_probe_notes(std::span(note).first(n)).empty());
    note[4] = 0xff, note[5] = 0xff, note[6] = 0xff, note[7] = 0xff;
    EXPECT_TRUE(parse_probe_notes(note).empty());
}

CodeReader code_of_sample() { return sample_memory; }

TEST_F(SymbolsTest, disassembles_around_an_address_in_step) {
    Disassembler d(sample());
    Function const* work = sample()->function_named("sample::Worker::work");
    // All instructions from the function's start...
    Disassembly whole = d.around(work->low, 0, 20, CodeMode::bits64, code_of_sample());
    ASSERT_GT(whole.instructions.size(), 5u);
    EXPECT_EQ(whole.focus, 0u);
    EXPECT_EQ(whole.instructions[0].label, "sample::Worker::work");
    EXPECT_TRUE(whole.instructions[0].starts_line);
    bool calls_add = false;
    for (Instruction const& i : whole.instructions)
        calls_add = calls_add || (i.call && i.target_name == "sample::add");
    EXPECT_TRUE(calls_add);
    // ...are the same when asked for backwards.
    std::uint64_t const fifth = whole.instructions[5].address;
    Disassembly back = d.around(fifth, 5, 0, CodeMode::bits64, code_of_sample());
    ASSERT_EQ(back.instructions.size(), 6u);
    EXPECT_EQ(back.focus, 5u);
    for (unsigned i = 0; i <= 5; ++i) EXPECT_EQ(back.instructions[i].address, whole.instructions[i].address);
}

TEST(Disassembly, falls_into_step_without_symbols) {
    // mov eax, 0x11223344; nop; ret
    std::vector<std::uint8_t> const code{0xb8, 0x44, 0x33, 0x22, 0x11, 0x90, 0xc3};
    auto read = [&](std::uint64_t address, std::span<std::uint8_t> into) -> std::size_t {
        if (address < 0x1000 || address >= 0x1000 + code.size()) return 0;
        std::size_t const n = std::min(into.size(), code.size() - (address - 0x1000));
        std::copy_n(code.begin() + static_cast<std::ptrdiff_t>(address - 0x1000), n, into.begin());
        return n;
    };
    Disassembler d(Symbols::none());
    Disassembly r = d.around(0x1006, 2, 5, CodeMode::bits64, read);
    ASSERT_EQ(r.instructions.size(), 4u);
    EXPECT_EQ(r.instructions[0].mnemonic, "mov");
    EXPECT_EQ(r.instructions[r.focus].mnemonic, "ret");
    EXPECT_TRUE(r.instructions[r.focus].returns);
    EXPECT_FALSE(r.instructions[3].readable);  // the byte after the end
    EXPECT_FALSE(d.around(0x5000, 4, 4, CodeMode::bits64, read).instructions[0].readable);
    std::uint8_t const bad[] = {0x06};  // PUSH ES is no instruction in 64-bit code
    EXPECT_FALSE(d.one(0, bad, CodeMode::bits64).valid);
    EXPECT_TRUE(d.one(0, bad, CodeMode::bits32).valid);
}

}  // namespace
}  // namespace sim::debug
