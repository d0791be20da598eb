// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/views_query.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "simulator/debug/kernel_view.hpp"
#include "simulator/debug/sample_file.hpp"

namespace sim::debug {
namespace {

// The memory of a program that never ran: the sample's objects, as a test sets
// them, at the addresses that its debug info gives. Paging is off.
class ViewsTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_EQ(symbols->problem(), ""); }

    std::shared_ptr<Symbols const> symbols = Symbols::from_bytes(sample_elf());
    std::vector<std::uint8_t> ram = std::vector<std::uint8_t>(0x4000);  // at 0x400000

    std::uint64_t global(char const* name) const {
        Object const* o = symbols->object_named(std::string("sample::") + name);
        return o ? o->address : 0;
    }
    std::uint64_t offset(char const* type, char const* member) const {
        return symbols->types().member(symbols->types().named(type), member)->offset;
    }
    std::uint64_t task(unsigned n) const {
        return global("tasks") + n * symbols->types()[symbols->types().named("Task")].size;
    }
    void put(std::uint64_t address, std::uint64_t value, unsigned size = 8) {
        std::memcpy(ram.data() + (address - 0x400000), &value, size);
    }
    void name(unsigned n, char const* text) {
        std::memcpy(ram.data() + (task(n) + offset("Task", "name") - 0x400000), text, std::strlen(text) + 1);
    }
    std::uint64_t link(unsigned n) const { return task(n) + offset("Task", "queue_link"); }
    void ring(std::vector<std::uint64_t> const& links) {
        for (std::size_t i = 0; i < links.size(); ++i) {
            put(links[i], links[(i + 1) % links.size()]);
            put(links[i] + 8, links[(i + links.size() - 1) % links.size()]);
        }
    }
    GuestMemory memory() const {
        return GuestMemory(Paging{}, [this](std::uint64_t address, std::span<std::uint8_t> into) {
            if (address < 0x400000 || address - 0x400000 + into.size() > ram.size()) return false;
            std::memcpy(into.data(), ram.data() + (address - 0x400000), into.size());
            return true;
        });
    }
    ViewTable read(std::string const& text) {
        views = Views::make(text, symbols);
        EXPECT_TRUE(views->problems().empty()) << views->problems().front();
        if (views->queries().empty()) return {};
        return views->read(views->queries().front(), memory());
    }
    std::string problem(std::string const& text) {
        auto const v = Views::make(text, symbols);
        if (!v->missing().empty()) return v->missing().front().text;
        return v->problems().empty() ? "" : v->problems().front();
    }
    std::shared_ptr<Views const> views;
};

TEST_F(ViewsTest, reads_a_ring_through_its_head) {
    ring({global("queue"), link(2), link(0), link(3)});
    put(task(2) + offset("Task", "id"), 42);
    put(task(2) + offset("Task", "state"), 1, 1);
    name(2, "worker");
    ViewTable t = read(
        "tasks : list sample::queue.head of Task via queue_link { id = id, state = state, name = name }");
    ASSERT_EQ(t.rows.size(), 3u);
    EXPECT_EQ(t.problem, "");
    EXPECT_EQ(t.rows[0].address, task(2));
    EXPECT_EQ(t.rows[1].address, task(0));
    EXPECT_EQ(t.rows[0].values[0].text, "42");
    EXPECT_EQ(t.rows[0].values[1].text, "running");
    EXPECT_EQ(t.rows[0].values[2].text, "worker");
}

TEST_F(ViewsTest, says_when_a_ring_is_being_changed) {
    std::string const text = "tasks : list sample::queue.head of Task via queue_link { id = id }";
    ring({global("queue"), link(1), link(2)});
    put(link(2) + 8, link(3));  // does not point back
    EXPECT_NE(read(text).problem.find("inconsistent: mid-update"), std::string::npos);
    put(link(2), link(1));  // a cycle that misses the head
    EXPECT_NE(read(text).problem.find("cycle after 2"), std::string::npos);
    put(link(2), 0xdead0000);  // nowhere
    EXPECT_NE(read(text).problem.find("not mapped"), std::string::npos);
    put(link(2), 0);  // open
    EXPECT_NE(read(text).problem.find("open"), std::string::npos);
    put(global("queue"), 0);  // never constructed
    EXPECT_EQ(read(text).problem, "");
    EXPECT_TRUE(read(text).rows.empty());
}

TEST_F(ViewsTest, reads_a_chain_of_pointers) {
    put(global("root"), task(0));
    put(task(0) + offset("Task", "parent"), task(3));
    std::string const text = "up : list sample::root via parent { self = self, index = index }";
    ViewTable t = read(text);
    ASSERT_EQ(t.rows.size(), 2u);
    EXPECT_EQ(t.rows[1].address, task(3));
    EXPECT_EQ(t.rows[1].values[0].number, task(3));
    EXPECT_EQ(t.rows[1].values[1].number, 1u);
    put(task(3) + offset("Task", "parent"), task(0));
    EXPECT_NE(read(text).problem.find("cycle"), std::string::npos);
    put(task(3) + offset("Task", "parent"), 0x99999999);
    EXPECT_NE(read(text).problem.find("not mapped"), std::string::npos);
}

TEST_F(ViewsTest, reads_an_array_and_its_members) {
    put(task(1) + offset("Task", "base_value"), static_cast<std::uint64_t>(-7), 4);
    put(task(1) + offset("Task", "low_bits"), 0xad, 1);  // 10101'101
    put(task(1) + offset("Task", "flag"), 1, 1);
    put(task(1) + offset("Task", "numbers") + 8, 513, 2);
    put(task(1) + offset("Task", "parent"), task(0));
    put(task(0) + offset("Task", "id"), 0xabc);
    ViewTable t = read(
        "tasks : array sample::tasks { base = base_value, low = low_bits, high = high_bits, flag = flag,\n"
        "  number = numbers[1][1], parent_id = parent.id as hex, stack = id..parent }");
    ASSERT_EQ(t.rows.size(), 4u);
    auto const& v = t.rows[1].values;
    EXPECT_EQ(v[0].text, "-7");
    EXPECT_EQ(v[1].text, "5");
    EXPECT_EQ(v[2].text, "21");
    EXPECT_EQ(v[3].text, "yes");
    EXPECT_EQ(v[4].text, "513");
    EXPECT_EQ(v[5].text, "0xabc");
    EXPECT_TRUE(v[6].is_range);
    EXPECT_EQ(v[6].end, task(0));
    EXPECT_EQ(t.rows[0].values[5].text, "none");  // no parent
}

TEST_F(ViewsTest, reads_an_array_behind_a_pointer_with_its_count) {
    put(global("root"), task(1));
    put(global("queue") + offset("Queue", "length"), 3);
    std::string const text = "tasks : array sample::root count sample::queue.length { self = self }";
    EXPECT_EQ(read(text).rows.size(), 3u);
    EXPECT_EQ(read(text).rows[1].address, task(2));
    put(global("queue") + offset("Queue", "length"), ~0ULL);
    EXPECT_NE(read(text).problem.find("inconsistent"), std::string::npos);
    put(global("queue") + offset("Queue", "length"), 1000000);
    ViewTable t = read(text);
    EXPECT_EQ(t.rows.size(), Views::max_items);
    EXPECT_NE(t.problem.find("cut"), std::string::npos);
}

TEST_F(ViewsTest, reads_a_tree_in_order_and_stops_at_a_cycle) {
    std::uint64_t const children = offset("Task", "children"), parent = offset("Task", "parent");
    put(global("root"), task(1));
    put(task(1) + parent, task(0));
    std::string const text = "nodes : tree sample::root left parent right title of Task { id = id }";
    put(task(1) + offset("Task", "title"), task(2));
    ViewTable t = read(text);
    ASSERT_EQ(t.rows.size(), 3u);
    EXPECT_EQ(t.rows[0].address, task(0));
    EXPECT_EQ(t.rows[1].address, task(1));
    EXPECT_EQ(t.rows[2].address, task(2));
    put(task(2) + parent, task(1));
    EXPECT_NE(read(text).problem.find("cycle"), std::string::npos);
    (void)children;
}

TEST_F(ViewsTest, reads_forms_inside_forms) {
    put(global("root"), task(0));
    put(task(0) + offset("Task", "children"), task(2));
    put(task(0) + offset("Task", "children") + 8, task(3));
    ViewTable t = read(
        "root : value sample::root { id = id, numbers = array numbers, inner = array sample::tasks { id = id "
        "} }");
    ASSERT_EQ(t.rows.size(), 1u);
    EXPECT_EQ(t.rows[0].address, task(0));
    EXPECT_EQ(t.rows[0].values[1].rows.size(), 2u);
    EXPECT_EQ(t.rows[0].values[2].rows.size(), 4u);
}

TEST_F(ViewsTest, a_renamed_field_is_an_error_with_its_place) {
    EXPECT_EQ(problem("\n# comment\nt : array sample::tasks { a = id, b = identity }"),
              "views.query:3: t: identity is no member of sample::Task and no global");
    EXPECT_EQ(problem("t : array sample::gone { }"), "views.query:1: t: no global sample::gone in the image");
    EXPECT_EQ(problem("t : list sample::queue.head of Task via queue { }"),
              "views.query:1: t: sample::Task has no member queue");
    EXPECT_EQ(problem("t : list sample::queue.head of Job via queue_link { }"),
              "views.query:1: t: no type Job in the image");
    EXPECT_NE(problem("t : list sample::queue.head of Task via parent { }").find("the head is"),
              std::string::npos);
    EXPECT_NE(problem("t : array sample::counter { }").find("is no array"), std::string::npos);
    EXPECT_NE(problem("t : array sample::root { }").find("count"), std::string::npos);
    EXPECT_NE(problem("t : array sample::tasks { a = numbers[5] }").find("2 elements"), std::string::npos);
}

TEST_F(ViewsTest, mistakes_in_the_text_are_named_and_the_rest_is_read) {
    ParsedViews const v = parse_views(
        "a : heap x { }\n"
        "b : value g { x = }\n"
        "c : list g { }\n"
        "d : value g { x = y ; }\n"
        "e : value g { x = y, z = w }\n"
        "f : value g {");
    ASSERT_EQ(v.queries.size(), 2u);
    EXPECT_EQ(v.queries[0].name, "d");
    EXPECT_EQ(v.queries[1].name, "e");
    ASSERT_GE(v.problems.size(), 5u);
    for (std::string const& p : v.problems) EXPECT_TRUE(p.starts_with("views.query:")) << p;
}

TEST_F(ViewsTest, any_text_is_safe) {
    std::string const good =
        "t : list a::b.c[3] of D via e { f = g..h, i = array j count k { l = self as hex } }";
    for (std::size_t n = 0; n <= good.size(); ++n) parse_views(good.substr(0, n));
    for (std::size_t n = 0; n < good.size(); ++n)
        for (char c : {'{', '}', '.', ':', '[', '\0', '#'}) {
            std::string bad = good;
            bad[n] = c;
            Views::make(bad, symbols);
        }
}

}  // namespace
}  // namespace sim::debug
