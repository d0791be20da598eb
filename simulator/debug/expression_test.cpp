// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/expression.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "simulator/debug/sample_file.hpp"

namespace sim::debug {
namespace {

// The sample's globals in a memory of its own: virtual is physical.
class ExpressionTest : public testing::Test {
protected:
    static std::shared_ptr<Symbols const> const& symbols() {
        static std::shared_ptr<Symbols const> const s = Symbols::from_bytes(sample_elf());
        return s;
    }
    ExpressionTest()
        : memory(Paging{}, [this](std::uint64_t address, std::span<std::uint8_t> into) {
              if (address + into.size() > unmapped || address + into.size() < address) return false;
              for (std::size_t i = 0; i < into.size(); ++i) {
                  auto const at = bytes.find(address + i);
                  into[i] = at == bytes.end() ? 0 : at->second;
              }
              return true;
          }) {}

    void store(std::uint64_t address, std::uint64_t value, unsigned size) {
        for (unsigned i = 0; i < size; ++i) bytes[address + i] = static_cast<std::uint8_t>(value >> (8 * i));
    }
    std::uint64_t at(char const* object) { return symbols()->object_named(object)->address; }

    Value value(std::string_view text) {
        auto const compiled = Expression::compile(text, symbols());
        EXPECT_TRUE(compiled) << compiled.error.explain();
        return compiled ? compiled.expression->evaluate(cpu, memory) : Value{};
    }
    std::uint64_t number(std::string_view text) {
        Value const v = value(text);
        EXPECT_EQ(v.problem, "") << text;
        EXPECT_TRUE(v.is_number) << text;
        return v.number;
    }
    std::string shown(std::string_view text) {
        auto const compiled = Expression::compile(text, symbols());
        EXPECT_TRUE(compiled) << compiled.error.explain();
        if (!compiled) return "";
        Expression const& e = *compiled.expression;
        return e.print(e.evaluate(cpu, memory), memory);
    }
    std::string error(std::string_view text) {
        auto const compiled = Expression::compile(text, symbols());
        EXPECT_FALSE(compiled) << text;
        return compiled.error.explain();
    }

    static constexpr std::uint64_t unmapped = 0x7000'0000;
    std::map<std::uint64_t, std::uint8_t> bytes;
    engine::CpuState cpu;
    GuestMemory memory;
};

TEST_F(ExpressionTest, computes_as_c_does_but_compares_numbers_as_numbers) {
    std::pair<char const*, std::int64_t> const cases[] = {
        {"1 + 2 * 3", 7},
        {"(1 + 2) * 3", 9},
        {"10 - 4 - 3", 3},
        {"7 / 2", 3},
        {"-7 / 2", -3},
        {"-7 % 2", -1},
        {"1 << 4 | 1", 17},
        {"-16 >> 2", -4},
        {"0xff & 0x0f", 15},
        {"6 ^ 3", 5},
        {"~0", -1},
        {"!5", 0},
        {"!0", 1},
        {"1 < 2 && 2 < 3", 1},
        {"0 || 0", 0},
        {"3 & 1 == 1", 1},
        {"1 == 2", 0},
        {"0b101", 5},
        {"1'000'000", 1000000},
        {"'A'", 65},
        {"'\\n'", 10},
        {"(u8)0x1ff", 255},
        {"(s8)0xff", -1},
        {"1 << 64", 0},
        {"0xffff'ffff'ffff'ffff > -1", 1},
        {"-1 < 0xffff'ffff'ffff'ffff", 1},
        {"- - 5", 5},
        {"12u", 12},
    };
    for (auto const& [text, expected] : cases)
        EXPECT_EQ(static_cast<std::int64_t>(number(text)), expected) << text;
}

TEST_F(ExpressionTest, the_right_side_is_left_alone_when_the_left_decides) {
    EXPECT_EQ(number("0 && u8[0x7fffffff]"), 0u);
    EXPECT_EQ(number("1 || 1 / 0"), 1u);
    EXPECT_EQ(value("1 / 0").problem, "division by zero");
    EXPECT_FALSE(value("1 / 0").truth());
    EXPECT_EQ(static_cast<std::int64_t>(number("(1 << 63) / -1")), INT64_MIN);
    EXPECT_EQ(number("5 % -1"), 0u);
}

TEST_F(ExpressionTest, knows_registers_by_all_their_names) {
    cpu[engine::Gpr::rax] = 0x1122'3344'5566'7788;
    cpu[engine::Gpr::r9] = ~std::uint64_t{0};
    cpu[engine::Gpr::rsi] = 0xabcd;
    cpu.rip = 0x1000;
    cpu.cr3 = 0x5000;
    cpu.rflags = 0x246;
    cpu.cs.selector = 8;
    EXPECT_EQ(number("rax"), 0x1122'3344'5566'7788u);
    EXPECT_EQ(number("eax"), 0x5566'7788u);
    EXPECT_EQ(number("ax"), 0x7788u);
    EXPECT_EQ(number("al"), 0x88u);
    EXPECT_EQ(number("ah"), 0x77u);
    EXPECT_EQ(number("sil"), 0xcdu);
    EXPECT_EQ(number("r9d"), 0xffff'ffffu);
    EXPECT_EQ(number("$rip + cr3"), 0x6000u);
    EXPECT_EQ(number("zf && if && !cf"), 1u);
    EXPECT_EQ(number("cs"), 8u);
    EXPECT_NE(error("$rxx").find("no register is called"), std::string::npos);
    EXPECT_TRUE(Expression::compile("eax == 1", symbols()).expression->uses_registers());
    EXPECT_FALSE(Expression::compile("cr3 == u8[5]", symbols()).expression->uses_registers());
    EXPECT_FALSE(Expression::compile("counter", symbols()).expression->uses_registers());
}

TEST_F(ExpressionTest, reads_memory_of_every_width) {
    store(0x2000, 0xfedc'ba98'7654'3281, 8);
    cpu[engine::Gpr::rsp] = 0x1ff8;
    EXPECT_EQ(number("u8[0x2000]"), 0x81u);
    EXPECT_EQ(static_cast<std::int64_t>(number("s8[0x2000]")), -127);
    EXPECT_EQ(number("u16[0x2000]"), 0x3281u);
    EXPECT_EQ(number("u32[rsp + 8]"), 0x7654'3281u);
    EXPECT_EQ(number("u64[rsp+8]"), 0xfedc'ba98'7654'3281u);
    EXPECT_EQ(number("p16[0x2000]"), 0x3281u);
    EXPECT_EQ(number("u64[0x2000] >> 60"), 0xfu);
    EXPECT_EQ(value("u8[0x70000000]").problem, "0x70000000 is not mapped");
    EXPECT_EQ(value("p8[0x70000000]").problem, "0x70000000 is no RAM");
    EXPECT_EQ(value("1 + u64[0x6fffffff]").problem_column, 4u);
    EXPECT_EQ(number("&u8[0x70000000]"), 0x7000'0000u);
}

TEST_F(ExpressionTest, follows_objects_members_pointers_and_arrays) {
    std::uint64_t const tasks = at("sample::tasks"), queue = at("sample::queue");
    auto const& types = symbols()->types();
    std::uint32_t const task = types.named("sample::Task");
    std::uint64_t const size = types.size_of(task);
    auto const offset = [&](char const* name) { return types.member(task, name)->offset; };
    store(tasks + size + offset("id"), 77, 8);
    store(tasks + size + offset("state"), 2, 1);
    store(tasks + size + offset("base_value"), 0xffff'fffe, 4);
    store(tasks + size + offset("parent"), tasks, 8);
    store(tasks + offset("id"), 5, 8);
    store(tasks + offset("numbers") + (1 * 3 + 2) * 2, 0xfffe, 2);
    store(tasks + offset("children") + 8, tasks + size, 8);
    store(tasks + size + offset("low_bits"), 0b10110'101, 1);
    std::string const name = "worker";
    for (std::size_t i = 0; i < name.size(); ++i)
        bytes[tasks + size + offset("name") + i] = static_cast<std::uint8_t>(name[i]);
    store(at("sample::root"), tasks, 8);
    store(queue + types.member(types.named("sample::Queue"), "length")->offset, 3, 8);
    store(at("sample::counter"), 40, 8);

    EXPECT_EQ(number("sample::counter"), 40u);
    EXPECT_EQ(number("counter + 2"), 42u);
    EXPECT_EQ(number("queue.length == 3"), 1u);
    EXPECT_EQ(number("&queue"), queue);
    EXPECT_EQ(number("tasks[1].id"), 77u);
    EXPECT_EQ(static_cast<std::int64_t>(number("tasks[1].base_value")), -2);
    EXPECT_EQ(number("root->id"), 5u);
    EXPECT_EQ(number("(*root).id"), 5u);
    EXPECT_EQ(number("root.id"), 5u);
    EXPECT_EQ(number("root[1].id"), 77u);
    EXPECT_EQ(number("(root + 1)->id"), 77u);
    EXPECT_EQ(number("root->children[1]->parent->id"), 5u);
    EXPECT_EQ(static_cast<std::int64_t>(number("tasks[0].numbers[1][2]")), -2);
    EXPECT_EQ(number("tasks[1].low_bits"), 5u);
    EXPECT_EQ(number("tasks[1].high_bits"), 22u);
    EXPECT_EQ(number("tasks[1].state == blocked"), 1u);
    EXPECT_EQ(number("blocked != tasks[0].state"), 1u);
    EXPECT_EQ(number("tasks[1].state == sample::State::blocked"), 1u);
    EXPECT_EQ(number("tasks[1].name == \"worker\""), 1u);
    EXPECT_EQ(number("tasks[1].name == \"work\""), 0u);
    EXPECT_EQ(number("tasks[1].name != \"workers\""), 1u);
    EXPECT_EQ(number("((sample::Task*)" + std::to_string(tasks) + ")->id"), 5u);
    EXPECT_EQ(number("&tasks[1].id"), tasks + size + offset("id"));
    EXPECT_EQ(number("&sample::add"), number("sample::add"));
    EXPECT_EQ(shown("add + 1"),
              fmt::format("{:#x} <sample::add+0x1>", symbols()->function_named("sample::add")->low + 1));
    EXPECT_EQ(number("sample::add"), symbols()->function_named("sample::add")->low);
    EXPECT_EQ(shown("tasks[1].state"), "blocked");
    EXPECT_EQ(shown("root"), fmt::format("{:#x} <sample::tasks[0].base_value>", tasks));
    EXPECT_NE(shown("tasks[1]").find("id = 77"), std::string::npos) << shown("tasks[1]");
    EXPECT_NE(shown("tasks[1]").find("name = \"worker\""), std::string::npos) << shown("tasks[1]");
    EXPECT_LT(shown("tasks").size(), 2000u);
    EXPECT_EQ(shown("u8[0x70000000]"), "(0x70000000 is not mapped)");
}

TEST_F(ExpressionTest, names_the_parts_of_objects) {
    std::uint64_t const tasks = at("sample::tasks");
    auto const& types = symbols()->types();
    std::uint32_t const task = types.named("sample::Task");
    EXPECT_EQ(describe_object(*symbols(), tasks + types.size_of(task) * 2 + types.member(task, "id")->offset),
              "sample::tasks[2].id");
    EXPECT_EQ(describe_object(*symbols(), tasks + types.member(task, "id")->offset + 3),
              "sample::tasks[0].id+3");
    EXPECT_EQ(describe_object(*symbols(), 0x10), "");
}

TEST_F(ExpressionTest, says_what_is_wrong_and_where) {
    EXPECT_EQ(error("queue.lenght"),
              "sample::Queue has no member \"lenght\"; there are head, length, inner\n"
              "  queue.lenght\n"
              "        ^");
    std::pair<char const*, char const*> const cases[] = {
        {"", "ends too early"},
        {"1 +", "ends too early"},
        {"nothing", "no register, object or function is called \"nothing\""},
        {"nothing->x", "is called \"nothing\""},
        {"1 2", "not expected here"},
        {"(1", "expected \")\""},
        {"u8[1", "expected \"]\""},
        {"counter = 3", "not expected here"},
        {"add(1, 2)", "not expected here"},
        {"queue", ""},
        {"queue + 1", "is no number: say which member"},
        {"tasks + 1", "an array is no number"},
        {"*counter", "only a pointer can be followed"},
        {"counter->x", "only a pointer can be followed"},
        {"counter[0]", "only an array or a pointer has elements"},
        {"1.5", "only whole numbers"},
        {"0x", "is no number"},
        {"0xg", "is no number"},
        {"99999999999999999999", "more than 64 bits"},
        {"&5", "only what lies in memory has an address"},
        {"&rax", "only what lies in memory has an address"},
        {"&tasks[0].low_bits", "a bit field has no address"},
        {"tasks[0].state == sleeping",
         "sample::State has no \"sleeping\"; there are ready, running, blocked"},
        {"\"text\"", "can only be compared"},
        {"tasks[0].name < \"a\"", "== and !="},
        {"counter == \"a\"", "only an array of characters"},
        {"\"text", "does not end"},
        {"'a", "expected '"},
        {"@", "expected a number"},
        {"(sample::Task)5", "cannot become"},
    };
    for (auto const& [text, message] : cases) {
        if (*message == '\0') {
            EXPECT_TRUE(Expression::compile(text, symbols())) << text;
            continue;
        }
        EXPECT_NE(error(text).find(message), std::string::npos) << text << "\n" << error(text);
    }
}

TEST_F(ExpressionTest, survives_hostile_texts) {
    EXPECT_NE(error(std::string(100'000, '(')).find("too long"), std::string::npos);
    EXPECT_NE(error(std::string(4000, '(')).find("too deep"), std::string::npos);
    EXPECT_NE(error(std::string(4000, '-')).find("too deep"), std::string::npos);
    EXPECT_NE(error(std::string(4000, '*')).find("too deep"), std::string::npos);
    std::string sum = "1";
    while (sum.size() < 4000) sum += "+1";
    EXPECT_NE(error(sum).find("too"), std::string::npos);
    std::string brackets;
    for (int i = 0; i < 1000; ++i) brackets += "u8[";
    EXPECT_NE(error(brackets).find("too deep"), std::string::npos);

    // Any text at all: an error or a value, nothing else.
    std::string const pieces[] = {"1",      "rax",    "queue",   ".",  "->",     "[",     "]",
                                  "(",      ")",      "u64[",    "*",  "&",      "+",     "&&",
                                  "tasks",  "length", "root",    "::", "sample", "\"a\"", "'b'",
                                  "==",     "state",  "blocked", " ",  "\x01",   "\xff",  "(sample::Task*)",
                                  "parent", "!",      "~",       "/",  "0x7"};
    std::mt19937 random(20260104);
    for (int i = 0; i < 20000; ++i) {
        std::string text;
        for (unsigned n = random() % 12; n-- > 0;) text += pieces[random() % std::size(pieces)];
        auto const compiled = Expression::compile(text, symbols());
        if (!compiled) {
            EXPECT_FALSE(compiled.error.message.empty());
            EXPECT_LE(compiled.error.column, text.size()) << text;
        } else {
            Value const v = compiled.expression->evaluate(cpu, memory);
            compiled.expression->print(v, memory);
        }
    }
}

TEST_F(ExpressionTest, works_without_debug_info) {
    auto const compiled = Expression::compile("rax + u8[4] == 0", Symbols::none());
    ASSERT_TRUE(compiled);
    EXPECT_TRUE(compiled.expression->true_at(cpu, memory));
    EXPECT_FALSE(Expression::compile("counter", Symbols::none()));
    EXPECT_TRUE(Expression::compile("1", nullptr));
}

}  // namespace
}  // namespace sim::debug
