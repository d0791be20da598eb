// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/value_tree.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "simulator/debug/expression.hpp"
#include "simulator/debug/sample_file.hpp"

namespace sim::debug {
namespace {

std::shared_ptr<Symbols const> symbols() {
    static auto const s = Symbols::from_bytes(sample_elf());
    return s;
}

// Memory without paging; what nobody stored is zero, but for one page with none.
class ValueTreeTest : public ::testing::Test {
protected:
    ValueTreeTest()
        : memory(Paging{}, [this](std::uint64_t at, std::span<std::uint8_t> into) {
              if (at / 4096 == 0x70000) return false;
              for (auto& b : into) b = bytes[at++];
              return true;
          }) {}
    void store(std::uint64_t address, std::uint64_t value, unsigned size) {
        for (unsigned i = 0; i < size; ++i) bytes[address + i] = static_cast<std::uint8_t>(value >> (8 * i));
    }
    std::uint64_t at(std::string_view text) {
        auto const e = Expression::compile("&" + std::string(text), symbols());
        EXPECT_TRUE(e) << e.error.explain();
        return e ? e.expression->evaluate({}, memory).number : 0;
    }
    ValueTree tree(std::string_view text, ValueLimits limits = {}) {
        auto const e = Expression::compile(text, symbols());
        EXPECT_TRUE(e) << e.error.explain();
        return e ? e.expression->tree(e.expression->evaluate({}, memory), memory, limits) : ValueTree{};
    }
    static ValueTree const* part(ValueTree const& of, std::string_view name) {
        for (ValueTree const& p : of.parts)
            if (p.name == name) return &p;
        return nullptr;
    }

    std::map<std::uint64_t, std::uint8_t> bytes;
    GuestMemory memory;
};

TEST_F(ValueTreeTest, takes_a_structure_apart_to_its_numbers) {
    store(at("tasks[1].base_value"), static_cast<std::uint64_t>(-7), 4);
    store(at("tasks[1].id"), 77, 8);
    store(at("tasks[1].state"), 2, 1);
    store(at("tasks[1].as_int"), 0x0403'0201, 4);
    store(at("tasks[1].numbers[1][2]"), 0xfffe, 2);
    ValueTree const task = tree("tasks[1]");
    EXPECT_TRUE(task.composed);
    EXPECT_EQ(task.type, "sample::Task");
    EXPECT_EQ(task.address, at("tasks[1]"));
    ASSERT_TRUE(part(task, "base_value")) << "a base class's members are the structure's own";
    EXPECT_EQ(part(task, "base_value")->text, "-7");
    EXPECT_EQ(part(task, "id")->number, 77u);
    EXPECT_EQ(part(task, "id")->address, at("tasks[1].id"));
    EXPECT_EQ(part(task, "state")->text, "blocked");
    // An unnamed union: all its readings.
    ASSERT_TRUE(part(task, "as_int") && part(task, "as_bytes"));
    EXPECT_EQ(part(task, "as_int")->number, 0x0403'0201u);
    EXPECT_EQ(part(task, "as_bytes")->parts.at(2).number, 3u);
    ValueTree const* const numbers = part(task, "numbers");
    ASSERT_EQ(numbers->parts.size(), 2u);
    ASSERT_EQ(numbers->parts[1].parts.size(), 3u);
    EXPECT_EQ(numbers->parts[1].parts[2].name, "[2]");
    EXPECT_EQ(numbers->parts[1].parts[2].text, "-2");
    EXPECT_EQ(one_line(tree("queue")), "{head = {next = null, previous = null}, length = 0, inner = 0}");
}

TEST_F(ValueTreeTest, follows_pointers_and_shows_nothing_twice) {
    // Two tasks, each the other's parent; the second is its own child.
    store(at("tasks[1].parent"), at("tasks[2]"), 8);
    store(at("tasks[2].parent"), at("tasks[1]"), 8);
    store(at("tasks[2].children[0]"), at("tasks[2]"), 8);
    store(at("tasks[2].id"), 5, 8);
    EXPECT_TRUE(part(tree("tasks[1]"), "parent")->parts.empty()) << "only when asked to";
    ValueTree const task = tree("tasks[1]", {.follow = 5});
    ValueTree const* const parent = part(task, "parent");
    ASSERT_EQ(parent->parts.size(), 1u);
    EXPECT_EQ(part(parent->parts[0], "id")->text, "5");
    EXPECT_EQ(part(parent->parts[0], "parent")->rest, "shown already");
    EXPECT_EQ(part(parent->parts[0], "children")->parts[0].rest, "shown already");
    EXPECT_NE(many_lines(task).find("shown already"), std::string::npos) << many_lines(task);
}

TEST_F(ValueTreeTest, says_where_memory_is_missing) {
    store(at("tasks[1].parent"), 0x7000'0000, 8);
    ValueTree const task = tree("tasks[1]", {.follow = 1});
    EXPECT_EQ(part(part(task, "parent")->parts.at(0), "id")->text, "(not mapped)");
}

TEST_F(ValueTreeTest, is_bounded_whatever_is_asked) {
    ValueTree const few = tree("tasks", {.elements = 2});
    EXPECT_EQ(few.parts.size(), 2u);
    EXPECT_EQ(few.rest, "4 in all");
    ValueTree const flat = tree("tasks", {.nesting = 1});
    EXPECT_EQ(flat.parts[0].rest, "too deep");
    ValueTree const small = tree("tasks", {.parts = 10});
    std::size_t count = 0;
    auto const walk = [&](auto const& self, ValueTree const& v) -> void {
        ++count;
        for (ValueTree const& p : v.parts) self(self, p);
    };
    walk(walk, small);
    EXPECT_LE(count, 12u);
    // Any bytes at all.
    std::mt19937_64 random(20260105);
    for (int i = 0; i < 300; ++i) {
        for (std::uint64_t b = 0; b < 400; b += 8) {
            std::uint64_t value = random();
            if (random() % 2) value = at("tasks") + value % 512;
            store(at("tasks") + b, value, 8);
        }
        ValueTree const any = tree("tasks", {.follow = 8});
        count = 0;
        walk(walk, any);
        EXPECT_LE(count, 500u);
        EXPECT_LT(one_line(any).size(), 2000u);
        EXPECT_FALSE(many_lines(any).empty());
    }
}

TEST_F(ValueTreeTest, writes_a_line_for_each_part_of_what_is_long) {
    store(at("tasks[1].id"), 77, 8);
    std::string const text = many_lines(tree("tasks[1]"));
    EXPECT_TRUE(text.starts_with("sample::Task\n")) << text;
    EXPECT_NE(text.find("\n  id         = 77\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\n  queue_link = {next = null, previous = null}\n"), std::string::npos) << text;
    EXPECT_EQ(many_lines(tree("tasks[1].id")), "77\n");
}

}  // namespace
}  // namespace sim::debug
