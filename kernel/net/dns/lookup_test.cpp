// SPDX-License-Identifier: MIT
//
// Names, answers honest and hostile, and a lookup that asks until it knows. [rfc1035] [rfc5452]
#include "kernel/net/dns/lookup.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernel/net/dns/cache.hpp"
#include "kernel/net/testing/script.hpp"

namespace net::testing {
namespace {

using dns::Lookup;
using wire::DnsAnswer;
using wire::DnsName;
using wire::DnsQuestion;
using wire::DnsType;
using Outcome = DnsAnswer::Outcome;
using Octets = std::vector<std::uint8_t>;

DnsName name_of(std::string const& text) { return DnsName::from_text(text).value(); }

// A message, octet by octet.
struct Message {
    Octets octets;
    Message& u8(unsigned value) {
        octets.push_back(static_cast<std::uint8_t>(value));
        return *this;
    }
    Message& u16(unsigned value) { return u8(value >> 8).u8(value & 0xff); }
    Message& u32(std::uint32_t value) { return u16(value >> 16).u16(value & 0xffff); }
    Message& name(std::string const& text) { return raw(name_of(text).octets()); }
    Message& raw(Bytes bytes) {
        octets.insert(octets.end(), bytes.begin(), bytes.end());
        return *this;
    }
    Message& pointer(std::size_t to) { return u16(0xc000 | static_cast<unsigned>(to)); }
    // Behind the owner.
    Message& record(unsigned type, std::uint32_t ttl, Octets const& data) {
        return u16(type).u16(1).u32(ttl).u16(static_cast<unsigned>(data.size())).raw(data);
    }
};

DnsQuestion asked(std::string const& name = "www.example.com", DnsType type = DnsType::A) {
    return {0x1234, name_of(name), type};
}

constexpr std::size_t at_name = 12;  // of the question

// The head of an answer to it, with so many records to follow.
Message answer_to(DnsQuestion const& question, unsigned records, unsigned flags = 0x8180) {
    Message message;
    message.u16(question.id).u16(flags).u16(1).u16(records).u16(0).u16(0);
    return message.raw(question.name.octets()).u16(static_cast<unsigned>(question.type)).u16(1);
}

Octets encoded(std::string const& name) {
    DnsName const parsed = name_of(name);
    Bytes const octets = parsed.octets();
    return Octets(octets.begin(), octets.end());
}

// On a heap of its own, so that reading one octet too far is seen.
base::Result<DnsAnswer, Drop> parsed(Octets const& octets, DnsQuestion const& question = asked()) {
    std::vector<std::uint8_t> const copy(octets);
    return DnsAnswer::parse(copy, question);
}

// ---- the wire ----

TEST(DnsWire, names_are_labels_in_lower_case) {
    Octets const expected{3, 'w', 'w', 'w', 4, 'v', 'i', 'v', '-', 0};
    EXPECT_EQ(encoded("WWW.viv-"), expected);
    EXPECT_EQ(name_of("a.b."), name_of("A.B"));
    std::string const label(63, 'x');
    EXPECT_TRUE(DnsName::from_text(label));
    EXPECT_FALSE(DnsName::from_text(label + "x"));
    std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'y');  // 255 octets
    EXPECT_TRUE(DnsName::from_text(longest));
    EXPECT_FALSE(DnsName::from_text(longest + 'y'));
    for (char const* wrong : {"", ".", "a..b", ".a", "a.."}) EXPECT_FALSE(DnsName::from_text(wrong)) << wrong;
}

TEST(DnsWire, a_question_is_one_name_and_asks_for_recursion) {
    DnsQuestion const question = asked("a.b", DnsType::Aaaa);
    Octets octets(question.size());
    question.emit(octets.data());
    EXPECT_EQ(octets, (Octets{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 1, 'b', 0, 0, 28, 0, 1}));
}

TEST(DnsWire, addresses_of_the_name_are_found_through_the_names_that_it_stands_for) {
    Message m = answer_to(asked(), 4);
    m.name("other.example.com").record(1, 60, {9, 9, 9, 9});  // of somebody else
    m.name("cdn.example.net").record(1, 30, {10, 0, 0, 1});
    m.pointer(at_name).record(5, 500, encoded("cdn.example.net"));
    m.name("CDN.example.net").record(1, 40, {10, 0, 0, 2});
    auto const answer = parsed(m.octets);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer.value().outcome, Outcome::Found);
    ASSERT_EQ(answer.value().count, 2u);
    EXPECT_EQ(answer.value().addresses[0], IpAddress(Ipv4Address(10, 0, 0, 1)));
    EXPECT_EQ(answer.value().addresses[1], IpAddress(Ipv4Address(10, 0, 0, 2)));
    EXPECT_EQ(answer.value().seconds, 30u);  // the shortest on the way
}

TEST(DnsWire, addresses_of_sixteen_octets_are_found_too) {
    DnsQuestion const question = asked("a.b", DnsType::Aaaa);
    Octets address(16);
    address[0] = 0x20, address[1] = 1, address[15] = 7;
    auto const answer =
        parsed(answer_to(question, 1).pointer(at_name).record(28, 60, address).octets, question);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer.value().addresses[0], Ipv6Address(0x2001'0000'0000'0000, 7));
}

TEST(DnsWire, what_a_server_says_of_itself) {
    auto const outcome = [](unsigned flags) {
        return parsed(answer_to(asked(), 0, flags).octets).value().outcome;
    };
    EXPECT_EQ(outcome(0x8180), Outcome::NoAddress);
    EXPECT_EQ(outcome(0x8183), Outcome::NoSuchName);
    EXPECT_EQ(outcome(0x8182), Outcome::Failed);
    EXPECT_EQ(outcome(0x8185), Outcome::Failed);
    EXPECT_EQ(outcome(0x8380), Outcome::CutOff);  // N10
}

TEST(DnsWire, pointers_that_lead_nowhere_end) {  // N1
    // The owner of the only record begins here:
    std::size_t const here = answer_to(asked(), 1).octets.size();
    for (std::size_t target :
         {here, here + 1, here + 2, here + 5, std::size_t{0x3fff}, std::size_t{0}, std::size_t{11}}) {
        Octets const octets = answer_to(asked(), 1).pointer(target).record(1, 60, {1, 2, 3, 4}).octets;
        auto const answer = parsed(octets);
        ASSERT_FALSE(answer.ok()) << target;
        EXPECT_EQ(answer.error(), Drop::DnsMalformed);
    }
    {  // two that point at each other: the second is the data of a CNAME
        Message m = answer_to(asked(), 2);
        std::size_t const first = m.octets.size();
        m.pointer(at_name).u16(5).u16(1).u32(60).u16(2).pointer(first + 12);
        EXPECT_FALSE(parsed(m.octets).ok());
    }
    {  // a label, then back to itself: longer at each turn
        Message m = answer_to(asked(), 1);
        std::size_t const loop = m.octets.size();
        m.u8(1).u8('a').pointer(loop).record(1, 60, {1, 2, 3, 4});
        EXPECT_FALSE(parsed(m.octets).ok());
    }
    {  // the question's name itself
        Message m;
        m.u16(0x1234).u16(0x8180).u16(1).u16(0).u16(0).u16(0).pointer(12).u16(1).u16(1);
        EXPECT_FALSE(parsed(m.octets).ok());
    }
}

TEST(DnsWire, labels_of_more_than_63_octets_do_not_exist) {  // N2
    for (unsigned length : {64u, 100u, 127u, 128u, 191u}) {
        Message m = answer_to(asked(), 1);
        m.u8(length);
        for (unsigned i = 0; i < length; ++i) m.u8('a');
        m.u8(0).record(1, 60, {1, 2, 3, 4});
        EXPECT_FALSE(parsed(m.octets).ok()) << length;
    }
}

TEST(DnsWire, a_name_of_more_than_255_octets_does_not_exist) {  // N3
    Message m = answer_to(asked(), 2);
    std::size_t const first = m.octets.size();
    for (int i = 0; i < 3; ++i) {
        m.u8(63);
        for (int j = 0; j < 63; ++j) m.u8('a');
    }
    m.u8(0).record(1, 60, {1, 2, 3, 4});
    m.u8(63);
    for (int j = 0; j < 63; ++j) m.u8('b');
    m.pointer(first).record(1, 60, {1, 2, 3, 4});
    EXPECT_FALSE(parsed(m.octets).ok());
}

TEST(DnsWire, every_truncation_is_refused) {  // N4
    Message m = answer_to(asked(), 2);
    m.pointer(at_name).record(5, 60, encoded("b.c"));
    m.name("b.c").record(1, 60, {1, 2, 3, 4});
    ASSERT_TRUE(parsed(m.octets).ok());
    for (std::size_t length = 0; length < m.octets.size(); ++length)
        EXPECT_FALSE(
            parsed(Octets(m.octets.begin(), m.octets.begin() + static_cast<std::ptrdiff_t>(length))).ok())
            << length;
}

TEST(DnsWire, data_of_a_length_that_cannot_be_is_refused) {  // N5
    for (std::size_t length : {0u, 1u, 3u, 5u, 16u})
        EXPECT_FALSE(
            parsed(answer_to(asked(), 1).pointer(at_name).record(1, 60, Octets(length)).octets).ok());
    DnsQuestion const six = asked("a", DnsType::Aaaa);
    for (std::size_t length : {0u, 4u, 15u, 17u})
        EXPECT_FALSE(
            parsed(answer_to(six, 1).pointer(at_name).record(28, 60, Octets(length)).octets, six).ok());
    Message past = answer_to(asked(), 1);
    past.pointer(at_name).u16(1).u16(1).u32(60).u16(0xffff).raw(Octets{1, 2, 3, 4});
    EXPECT_FALSE(parsed(past.octets).ok());
    Message cname = answer_to(asked(), 1);  // a name that ends behind its record
    cname.pointer(at_name).u16(5).u16(1).u32(60).u16(2).u8(3).u8('a').u8('b').u8('c').u8(0);
    EXPECT_FALSE(parsed(cname.octets).ok());
}

TEST(DnsWire, counts_that_promise_more_than_there_is_are_refused) {  // N6
    EXPECT_FALSE(parsed(answer_to(asked(), 0xffff).pointer(at_name).record(1, 60, {1, 2, 3, 4}).octets).ok());
    for (unsigned questions : {0u, 2u, 0xffffu}) {
        Octets octets = answer_to(asked(), 1).pointer(at_name).record(1, 60, {1, 2, 3, 4}).octets;
        wire::store_be16(&octets[4], static_cast<std::uint16_t>(questions));
        EXPECT_FALSE(parsed(octets).ok());
    }
}

TEST(DnsWire, an_answer_to_something_else_is_not_ours) {  // N7
    Octets const good = answer_to(asked(), 1).pointer(at_name).record(1, 60, {1, 2, 3, 4}).octets;
    auto const error_of = [&](std::size_t at, std::uint8_t value) {
        Octets octets = good;
        octets[at] = value;
        auto const answer = parsed(octets);
        return answer.ok() ? std::string("believed") : std::string(name(answer.error()));
    };
    EXPECT_EQ(error_of(0, 0x13), "DnsNotOurs");           // the id
    EXPECT_EQ(error_of(2, 0x01), "DnsNotOurs");           // a question
    EXPECT_EQ(error_of(2, 0x89), "DnsNotOurs");           // another operation
    EXPECT_EQ(error_of(13, 'v'), "DnsNotOurs");           // another name
    EXPECT_EQ(error_of(at_name + 18, 28), "DnsNotOurs");  // another type
    EXPECT_EQ(error_of(at_name + 20, 3), "DnsNotOurs");   // another class
    EXPECT_EQ(error_of(13, 'W'), "believed");             // but case is nothing
}

TEST(DnsWire, names_that_stand_for_each_other_in_a_circle_end) {  // N9
    Message m = answer_to(asked(), 2);
    m.pointer(at_name).record(5, 60, encoded("b.c"));
    m.name("b.c").record(5, 60, encoded("www.example.com"));
    auto const answer = parsed(m.octets);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer.value().outcome, Outcome::NoAddress);
    Message chain = answer_to(asked("n0"), 21);
    for (int i = 0; i < 20; ++i)
        chain.name("n" + std::to_string(i)).record(5, 60, encoded("n" + std::to_string(i + 1)));
    chain.name("n20").record(1, 60, {1, 2, 3, 4});
    EXPECT_EQ(parsed(chain.octets, asked("n0")).value().outcome, Outcome::NoAddress);  // too far
}

TEST(DnsWire, a_time_beyond_all_times_is_none) {  // N11, RFC 2181 §8
    for (auto const& [ttl, expected] : {std::pair<std::uint32_t, std::uint32_t>{0, 0},
                                        {0x8000'0000, 0},
                                        {0xffff'ffff, 0},
                                        {0x7fff'ffff, 0x7fff'ffff}}) {
        auto const answer =
            parsed(answer_to(asked(), 1).pointer(at_name).record(1, ttl, {1, 2, 3, 4}).octets);
        EXPECT_EQ(answer.value().seconds, expected);
    }
}

TEST(DnsWire, more_addresses_than_there_is_room_for_are_left_out) {
    Message m = answer_to(asked(), 300);
    for (unsigned i = 0; i < 300; ++i)
        m.pointer(at_name).record(1, 60, {10, 0, 0, static_cast<std::uint8_t>(i)});
    EXPECT_EQ(parsed(m.octets).value().count, DnsAnswer::most_addresses);
}

TEST(DnsWire, any_octets_are_survived) {
    SeededRandom random(7);
    Message base = answer_to(asked(), 3);
    base.pointer(at_name).record(5, 60, encoded("b.c"));
    base.name("b.c").record(1, 60, {1, 2, 3, 4});
    base.pointer(at_name + 4).record(28, 60, Octets(16));
    for (int i = 0; i < 20'000; ++i) {
        Octets octets = base.octets;
        for (std::uint64_t n = 1 + random.below(4); n > 0; --n)
            octets[random.below(octets.size())] = static_cast<std::uint8_t>(random.next());
        octets.resize(random.below(octets.size() + 1));
        (void)parsed(octets);
    }
}

// ---- the lookup ----

struct Asking {
    explicit Asking(unsigned servers = 2) : list(addresses, addresses + servers) {}
    Octets question() {
        Bytes const bytes = lookup.next_question(now);
        return Octets(bytes.begin(), bytes.end());
    }
    // An answer to the last question.
    Message answer(unsigned records, unsigned flags = 0x8180) const {
        DnsQuestion q = asked();
        q.id = id;
        return answer_to(q, records, flags);
    }
    void ask() {
        Octets const octets = question();
        ASSERT_GE(octets.size(), 12u);
        id = wire::load_be16(octets.data());
    }
    void wait() { now = lookup.deadline(); }

    static constexpr IpAddress addresses[2] = {Ipv4Address(10, 0, 2, 3), Ipv4Address(10, 0, 2, 4)};
    std::vector<IpAddress> list;
    SeededRandom random{1};
    Instant now = Instant::from_boot(Duration::seconds(1));
    Lookup lookup{name_of("www.example.com"), DnsType::A, list, random};
    std::uint16_t id = 0;
};

TEST(Lookup, asks_and_is_answered) {
    Asking a;
    EXPECT_LE(a.lookup.deadline(), a.now);
    a.ask();
    EXPECT_EQ(a.lookup.server(), Asking::addresses[0]);
    EXPECT_FALSE(a.lookup.on_answer(a.answer(1).pointer(at_name).record(1, 60, {1, 2, 3, 4}).octets, a.now));
    ASSERT_TRUE(a.lookup.is_over());
    EXPECT_EQ(a.lookup.answer().addresses[0], IpAddress(Ipv4Address(1, 2, 3, 4)));
    EXPECT_EQ(a.lookup.deadline(), Instant::never());
    EXPECT_TRUE(a.question().empty());
}

TEST(Lookup, asks_each_server_three_times_waiting_longer_and_longer) {
    Asking a;
    Duration const waits[] = {Duration::seconds(2), Duration::seconds(4), Duration::seconds(8)};
    for (Duration const wait : waits) {
        for (IpAddress const& server : Asking::addresses) {
            Instant const before = a.now;
            a.ask();
            EXPECT_EQ(a.lookup.server(), server);
            EXPECT_FALSE(a.lookup.by_stream());
            a.wait();
            EXPECT_EQ(a.now - before, wait);
        }
    }
    EXPECT_TRUE(a.question().empty());
    EXPECT_TRUE(a.lookup.is_over());
    EXPECT_EQ(a.lookup.answer().outcome, Outcome::Failed);
}

TEST(Lookup, each_question_has_an_id_of_its_own) {  // N8
    Asking a;
    std::vector<std::uint16_t> ids;
    for (int i = 0; i < 6; ++i) {
        a.ask();
        for (std::uint16_t const other : ids) EXPECT_NE(a.id, other);
        ids.push_back(a.id);
        a.wait();
    }
    // An answer to an older question is none to the last.
    Asking b;
    b.ask();
    Octets const late = b.answer(1).pointer(at_name).record(1, 60, {1, 2, 3, 4}).octets;
    b.wait();
    b.ask();
    EXPECT_EQ(b.lookup.on_answer(late, b.now), Drop::DnsNotOurs);
    EXPECT_FALSE(b.lookup.is_over());
}

TEST(Lookup, what_strangers_say_changes_nothing) {  // N7
    Asking a;
    a.ask();
    Instant const deadline = a.lookup.deadline();
    for (unsigned guess = 0; guess < 0x10000; ++guess) {
        if (guess == a.id) continue;
        DnsQuestion q = asked();
        q.id = static_cast<std::uint16_t>(guess);
        ASSERT_TRUE(
            a.lookup.on_answer(answer_to(q, 1).pointer(at_name).record(1, 60, {6, 6, 6, 6}).octets, a.now));
    }
    EXPECT_FALSE(a.lookup.is_over());
    EXPECT_EQ(a.lookup.deadline(), deadline);
}

TEST(Lookup, an_answer_that_was_cut_off_is_asked_for_by_a_stream) {  // N10
    Asking a;
    a.ask();
    EXPECT_FALSE(a.lookup.on_answer(a.answer(0, 0x8380).octets, a.now));
    EXPECT_LE(a.lookup.deadline(), a.now);
    a.ask();
    EXPECT_TRUE(a.lookup.by_stream());
    EXPECT_EQ(a.lookup.server(), Asking::addresses[0]);
    // A stream that cuts off as well: the other server, by a datagram.
    EXPECT_EQ(a.lookup.on_answer(a.answer(0, 0x8380).octets, a.now), Drop::DnsMalformed);
    a.ask();
    EXPECT_FALSE(a.lookup.by_stream());
    EXPECT_EQ(a.lookup.server(), Asking::addresses[1]);
}

TEST(Lookup, a_server_that_fails_is_followed_by_the_next_and_not_flooded) {
    Asking a;
    a.ask();
    a.lookup.on_answer(a.answer(0, 0x8182).octets, a.now);
    EXPECT_LE(a.lookup.deadline(), a.now);
    a.ask();
    EXPECT_EQ(a.lookup.server(), Asking::addresses[1]);
    a.lookup.on_failure(a.now);  // ICMP says that nobody is there
    EXPECT_EQ(a.lookup.deadline() - a.now, Duration::seconds(2));
    Asking alone(1);
    alone.ask();
    alone.lookup.on_failure(alone.now);
    EXPECT_EQ(alone.lookup.deadline() - alone.now, Duration::seconds(2));
    Asking nobody(0);
    EXPECT_TRUE(nobody.lookup.is_over());
}

TEST(Lookup, no_such_name_is_an_answer) {
    Asking a;
    a.ask();
    a.lookup.on_answer(a.answer(0, 0x8183).octets, a.now);
    ASSERT_TRUE(a.lookup.is_over());
    EXPECT_EQ(a.lookup.answer().outcome, Outcome::NoSuchName);
}

// ---- what is remembered ----

DnsAnswer found(std::uint8_t last, std::uint32_t seconds) {
    DnsAnswer answer;
    answer.outcome = Outcome::Found;
    answer.addresses[0] = Ipv4Address(10, 0, 0, last);
    answer.count = 1;
    answer.seconds = seconds;
    return answer;
}

TEST(DnsCache, remembers_as_long_as_the_server_said_and_a_day_at_most) {  // N11
    dns::Cache cache;
    Instant const now = Instant::from_boot(Duration::seconds(1));
    DnsName const a = name_of("a"), b = name_of("b"), c = name_of("c");
    cache.add(a, DnsType::A, found(1, 60), now);
    cache.add(b, DnsType::A, found(2, 0x7fff'ffff), now);
    cache.add(c, DnsType::A, found(3, 0), now);
    ASSERT_NE(cache.find(a, DnsType::A, now + Duration::seconds(59)), nullptr);
    EXPECT_EQ(cache.find(a, DnsType::A, now + Duration::seconds(60)), nullptr);
    EXPECT_EQ(cache.find(a, DnsType::Aaaa, now), nullptr);
    EXPECT_NE(cache.find(b, DnsType::A, now + Duration::seconds(86'399)), nullptr);
    EXPECT_EQ(cache.find(b, DnsType::A, now + Duration::seconds(86'400)), nullptr);
    EXPECT_EQ(cache.find(c, DnsType::A, now), nullptr);
    cache.add(a, DnsType::A, found(9, 60), now);  // news of a name replaces what was known
    EXPECT_EQ(cache.find(a, DnsType::A, now)->addresses[0], IpAddress(Ipv4Address(10, 0, 0, 9)));
    DnsAnswer none;
    none.outcome = Outcome::NoSuchName;
    none.seconds = 60;
    cache.add(c, DnsType::A, none, now);
    EXPECT_EQ(cache.find(c, DnsType::A, now), nullptr);
}

TEST(DnsCache, is_bounded_and_the_shortest_lived_makes_room) {
    dns::Cache cache;
    Instant const now = Instant::from_boot(Duration::seconds(1));
    for (unsigned i = 0; i < dns::Cache::capacity + 1; ++i)
        cache.add(name_of("n" + std::to_string(i)), DnsType::A, found(1, 100 + i), now);
    EXPECT_EQ(cache.find(name_of("n0"), DnsType::A, now), nullptr);
    for (unsigned i = 1; i < dns::Cache::capacity + 1; ++i)
        EXPECT_NE(cache.find(name_of("n" + std::to_string(i)), DnsType::A, now), nullptr) << i;
}

}  // namespace
}  // namespace net::testing
