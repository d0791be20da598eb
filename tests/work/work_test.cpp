// SPDX-License-Identifier: MIT
//
// What a segment costs at worst, counted in basic blocks of TCP: a bound on the work, where
// other tests hold memory to one. Absolute numbers are the compiler's; so what is bounded is
// the work beyond that of a usual segment, for each entry that may have to be looked at. The
// letters are those of the list of hostile input.
#include <gtest/gtest.h>

#include <algorithm>

#include "kernel/net/tcp/range_set.hpp"
#include "kernel/net/tcp/segment_log.hpp"
#include "kernel/net/testing/script.hpp"

namespace {

std::uint64_t blocks = 0;

}  // namespace

extern "C" void __sanitizer_cov_trace_pc();
extern "C" void __sanitizer_cov_trace_pc() { ++blocks; }

namespace net::testing {
namespace {

// A segment, and all that leaves because of it.
std::uint64_t work_of(Script& s, std::string const& segment) {
    std::uint64_t const before = blocks;
    s.in(segment.c_str());
    s.discard_output();
    return blocks - before;
}

std::string octet_at(unsigned at) { return std::to_string(at) + ':' + std::to_string(at + 1); }

// Ten segments of 1000 octets are out.
struct Sending {
    static constexpr std::uint32_t buffer = 64 * 1024;
    Sending() : s(config()) {
        SocketId const listener = s.listen(80);
        s.in("S 0:0(0) win 65535 <mss 1000,sackOK>");
        s.out("S. 0:0(0) ack 1");
        s.advance(Duration::milliseconds(100));
        s.in(". 1:1(0) ack 1");
        s.send(s.accept(listener), 10'000);
        s.discard_output();
        s.advance(Duration::milliseconds(100));
    }
    static Config config() {
        Config config = Script::default_config();
        config.limits.send_buffer = buffer;
        return config;
    }
    Script s;
};

// As a peer would that wants to be costly: each ACK holds four octets more, none beside another.
TEST(Work, for_blocks_of_one_octet_is_bounded) {  // T10, CVE-2019-11477
    Sending usual;
    std::uint64_t const one_ack = work_of(usual.s, ". 1:1(0) ack 1001");
    ASSERT_GT(one_ack, 20u) << "nothing was counted";

    Sending f;
    std::uint64_t worst = 0;
    for (unsigned at = 3; at < 9990; at += 8) {
        std::string const sack = "<sack " + octet_at(at + 6) + ",sack " + octet_at(at + 4) + ",sack " +
                                 octet_at(at + 2) + ",sack " + octet_at(at) + ">";
        worst = std::max(worst, work_of(f.s, ". 1:1(0) ack 1 " + sack));
    }
    std::size_t const entries = tcp::SegmentLog::entries_for(Sending::buffer);
    ASSERT_LE(entries, 64u);
    RecordProperty("usual", static_cast<int>(one_ack));
    RecordProperty("worst", static_cast<int>(worst));
    EXPECT_LE(worst, one_ack + 100 * entries);
}

TEST(Work, for_holes_is_bounded) {  // T9, CVE-2018-5390
    Script usual;
    usual.established();
    std::uint64_t const one_segment = work_of(usual, "P. 1:11(10) ack 1");
    ASSERT_GT(one_segment, 20u) << "nothing was counted";
    static_assert(tcp::RangeSet::capacity <= 16);

    Script s;
    s.established();
    std::uint64_t worst = 0;
    for (unsigned i = 0; i < 8000; ++i)
        worst = std::max(worst, work_of(s, "P. " + octet_at(3 + 2 * i) + "(1) ack 1"));
    RecordProperty("usual", static_cast<int>(one_segment));
    RecordProperty("worst", static_cast<int>(worst));
    EXPECT_LE(worst, one_segment + 40 * tcp::RangeSet::capacity);
}

// Who has many neighbours is found as fast.
TEST(Work, to_find_a_connection_does_not_grow_with_their_number) {
    Config config = Script::default_config();
    config.limits.connections = 4096;
    config.limits.buffers = 8;
    Script s(config);
    s.listen(80, 4096);
    auto const open = [&](unsigned number) {
        s.ports(static_cast<std::uint16_t>(10'000 + number), 80);
        s.in("S 0:0(0) win 65535 <mss 1460>");
        s.out("S. 0:0(0) ack 1");
        s.in(". 1:1(0) ack 1");
    };
    auto const average = [&](unsigned of) {
        std::uint64_t sum = 0;
        for (unsigned i = 0; i < of; ++i) {
            s.ports(static_cast<std::uint16_t>(10'000 + i), 80);
            sum += work_of(s, ". 1:1(0) ack 1");
        }
        return sum / of;
    };
    for (unsigned i = 0; i < 10; ++i) open(i);
    std::uint64_t const of_ten = average(10);
    ASSERT_GT(of_ten, 5u) << "nothing was counted";
    for (unsigned i = 10; i < 2000; ++i) open(i);
    EXPECT_LE(average(2000), of_ten + 10);
}

}  // namespace
}  // namespace net::testing
