// SPDX-License-Identifier: GPL-2.0-or-later
//
// The fewest elements added and missing, against a slow way of finding them; and
// what makes two events the same.
#include <gtest/gtest.h>

#include <random>

#include "simulator/debug/compare/comparison.hpp"
#include "simulator/debug/compare/event_keys.hpp"
#include "simulator/debug/compare/sequence.hpp"
#include "simulator/debug/destination.hpp"

namespace sim::debug::compare {
namespace {

using Numbers = std::vector<std::uint64_t>;
using Kind = Edit::Kind;

// The longest common subsequence, by the table.
std::size_t longest_common(Numbers const& a, Numbers const& b) {
    std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1, 0));
    for (std::size_t i = a.size(); i-- > 0;)
        for (std::size_t j = b.size(); j-- > 0;)
            table[i][j] = a[i] == b[j] ? table[i + 1][j + 1] + 1 : std::max(table[i + 1][j], table[i][j + 1]);
    return table[0][0];
}

void check(Numbers const& a, Numbers const& b) {
    EditScript const script = edit_script(a, b);
    EXPECT_FALSE(script.coarse);
    std::size_t i = 0, j = 0, same = 0;
    for (Edit const& e : script.edits) {
        if (e.kind == Kind::same) {
            ASSERT_EQ(e.one, i);
            ASSERT_EQ(e.other, j);
            ASSERT_EQ(a[i++], b[j++]);
            ++same;
        } else if (e.kind == Kind::missing) {
            ASSERT_EQ(e.one, i++);
        } else {
            ASSERT_EQ(e.other, j++);
        }
    }
    EXPECT_EQ(i, a.size());
    EXPECT_EQ(j, b.size());
    EXPECT_EQ(same, longest_common(a, b));
}

TEST(Sequence, names_the_fewest_elements) {
    check({}, {});
    check({1, 2, 3}, {});
    check({}, {1});
    check({1, 2, 3, 4}, {1, 3, 4, 5});
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        Numbers a, b;
        for (unsigned n = random() % 40; n > 0; --n) a.push_back(random() % 5);
        for (unsigned n = random() % 40; n > 0; --n) b.push_back(random() % 5);
        SCOPED_TRACE(round);
        check(a, b);
    }
}

TEST(Sequence, gives_up_on_what_has_nothing_in_common_and_says_so) {
    Numbers a, b;
    for (std::uint64_t n = 0; n < 2000; ++n) {
        a.push_back(n);
        b.push_back(n + 10'000);
    }
    a.push_back(7777);
    b.push_back(7777);
    EditScript const script = edit_script(a, b, 100);
    EXPECT_TRUE(script.coarse);
    EXPECT_EQ(script.edits.size(), 4001u);
    EXPECT_EQ(script.edits.back().kind, Kind::same);
}

TEST(Destination, reads_what_the_manual_lists) {
    EXPECT_TRUE(destination_of("end").is_end());
    EXPECT_TRUE(destination_of("fault:3").is_event());
    EXPECT_EQ(destination_of("packet:17").count, 17u);
    EXPECT_EQ(destination_of("123.4").moment, (machine::Moment{123, 4}));
    EXPECT_EQ(destination_of("12.5ms").virtual_ns, 12'500'000u);
    EXPECT_TRUE(destination_of("start").is_event());  // the same place in every build
    EXPECT_FALSE(destination_of("start").is_end());
    EXPECT_FALSE(destination_of("123").is_event());
    EXPECT_FALSE(destination_of("bookmark:first bad").is_event());
    EXPECT_FALSE(destination_of("1ms").is_event());
    EXPECT_EQ(destination_of("bookmark:first bad").bookmark, "first bad");
    for (char const* bad :
         {"fault:0", "fault:", "fault:x", "packet:-1", "noon", "bookmar:x", "99999999999999999999"})
        EXPECT_THROW(destination_of(bad), std::runtime_error) << bad;
}

// A kernel of another build: other addresses, other counts, other sequence numbers.
std::vector<std::uint8_t> segment(bool from_guest, std::uint32_t sequence, std::uint32_t acknowledgement,
                                  std::uint8_t flags, std::string const& payload) {
    std::vector<std::uint8_t> f(54, 0);
    auto const be = [&](std::size_t at, std::uint64_t value, unsigned size) {
        for (unsigned i = 0; i < size; ++i)
            f[at + i] = static_cast<std::uint8_t>(value >> (8 * (size - 1 - i)));
    };
    f[12] = 8;
    f[14] = 0x45;
    be(16, 40 + payload.size(), 2);
    f[22] = 64;
    f[23] = 6;
    be(26, from_guest ? 0x0a00020f : 0x0a000202, 4);
    be(30, from_guest ? 0x0a000202 : 0x0a00020f, 4);
    be(34, from_guest ? 80 : 43210, 2);
    be(36, from_guest ? 43210 : 80, 2);
    be(38, sequence, 4);
    be(42, acknowledgement, 4);
    f[46] = 0x50;
    f[47] = flags;
    be(48, 1000, 2);
    f.insert(f.end(), payload.begin(), payload.end());
    return f;
}

EventIndex exchange(std::uint32_t our_first, std::uint64_t slower, std::string const& answer) {
    EventIndex index;
    std::uint64_t at = 0;
    auto const add = [&](bool out, std::vector<std::uint8_t> frame) {
        Event e;
        e.at = {at += 100 + slower, 0};
        e.kind = out ? EventKind::packet_out : EventKind::packet_in;
        e.a = frame.size();
        e.packet = std::make_shared<std::vector<std::uint8_t> const>(std::move(frame));
        index.add(e);
    };
    add(false, segment(false, 5000, 0, 2, ""));
    add(true, segment(true, our_first, 5001, 18, ""));
    add(false, segment(false, 5001, our_first + 1, 16, ""));
    add(false, segment(false, 5001, our_first + 1, 24, "GET / HTTP/1.1\r\n\r\n"));
    add(true, segment(true, our_first + 1, 5019, 24, answer));
    add(false, segment(false, 5019, our_first + 1 + static_cast<std::uint32_t>(answer.size()), 16, ""));
    return index;
}

TEST(EventKeys, do_not_depend_on_counts_and_sequence_numbers) {
    auto const symbols = Symbols::none();
    auto const keys = [&](EventIndex const& index) {
        std::vector<std::string> all;
        for (KeyedEvent const& e : keyed_events(index.view(), *symbols, machine::Moment::never()))
            all.push_back(e.key);
        return all;
    };
    auto const one = keys(exchange(1000, 0, "HTTP/1.1 200 OK\r\n\r\n"));
    EXPECT_EQ(one.size(), 6u);
    EXPECT_EQ(one, keys(exchange(4'000'000'000, 33, "HTTP/1.1 200 OK\r\n\r\n")));
    // Only the answer itself is another one, not what comes after it in the stream.
    auto const other = keys(exchange(1000, 0, "HTTP/1.1 200 OK, or so\r\n\r\n"));
    for (std::size_t i = 0; i < one.size(); ++i) EXPECT_EQ(one[i] == other[i], i != 4) << i;
    auto const named = keyed_events(exchange(1000, 0, "x").view(), *symbols, machine::Moment::never());
    EXPECT_EQ(named[3].name, "packet:4");
    EXPECT_NE(named[3].text.find("seq 1 ack 1"), std::string::npos) << named[3].text;
}

// A life in which the guest sent so many frames that no other life has.
Portrait sender(std::string title, unsigned frames, std::uint8_t first) {
    EventIndex index;
    for (unsigned n = 0; n < frames; ++n) {
        Event e;
        e.at = {100 + n, 0};
        e.kind = EventKind::packet_out;
        std::vector<std::uint8_t> frame(60, first);
        frame[58] = static_cast<std::uint8_t>(n >> 8);
        frame[59] = static_cast<std::uint8_t>(n);
        e.packet = std::make_shared<std::vector<std::uint8_t> const>(std::move(frame));
        index.add(e);
    }
    Portrait p;
    p.title = std::move(title);
    p.moment = {100'000, 0};
    p.events = index.view();
    p.symbols = Symbols::none();
    p.tree = std::make_shared<PageTree const>();
    return p;
}

Section const& section(Comparison const& c, std::string_view name) {
    static Section const none;
    for (Section const& s : c.sections)
        if (s.name == name) return s;
    return none;
}

TEST(Comparison, says_where_both_sides_were_too_different_to_align) {
    Comparison const few = compare(sender("a", 20, 1), sender("b", 20, 2));
    EXPECT_FALSE(section(few, "packets").empty());
    EXPECT_EQ(to_text(few).find("too many to align"), std::string::npos) << to_text(few);
    EXPECT_EQ(to_json(few)["sections"]["packets"]["coarse"], false);
    Comparison const many = compare(sender("a", 900, 1), sender("b", 900, 2));
    EXPECT_NE(to_text(many).find("too many to align"), std::string::npos) << to_text(many);
    EXPECT_EQ(to_json(many)["sections"]["packets"]["coarse"], true);
}

TEST(Comparison, counts_what_it_does_not_print) {
    Comparison c;
    c.sections.emplace_back().name = "packets";
    for (int n = 0; n < 3; ++n) c.sections[0].changes.push_back({"missing", "x", ""});
    c.sections[0].left_out = 5;  // 8 in all
    EXPECT_NE(to_text(c, 12).find("packets: 8 differences"), std::string::npos) << to_text(c, 12);
    EXPECT_NE(to_text(c, 12).find("and 5 more"), std::string::npos) << to_text(c, 12);
    EXPECT_NE(to_text(c, 7).find("and 5 more"), std::string::npos) << to_text(c, 7);
    EXPECT_NE(to_text(c, 2).find("and 6 more"), std::string::npos) << to_text(c, 2);
    c.sections[0].left_out = 0;
    EXPECT_EQ(to_text(c, 3).find(" more"), std::string::npos) << to_text(c, 3);
}

}  // namespace
}  // namespace sim::debug::compare
