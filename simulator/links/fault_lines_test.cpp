// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/fault_lines.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/frames.hpp"

namespace sim::links {
namespace {

using fakes::Bytes;
Bytes tcp(std::uint8_t flags, std::size_t data = 0) { return fakes::tcp_frame(flags, data); }
constexpr std::uint8_t syn = fakes::tcp_syn, ack = fakes::tcp_ack;

TEST(FaultLine, is_read_and_written_back) {
    for (char const* text :
         {"drop tcp syn 1", "drop frame 7", "delay ip 3 5000000ns", "duplicate udp 2", "corrupt icmp 1",
          "drop tcp data 4 from client", "drop arp 1", "partition a b from 10000000ns to 20000000ns",
          "drop tcp 3", "drop tcp synack 2", "corrupt tcp 2 byte 5", "corrupt frame 1 byte 65535 from a to b",
          "drop frame 1 to b"})
        EXPECT_EQ(to_string(parse_fault_line(text)), text);
    EXPECT_EQ(parse_fault_line("  delay   ip 3\t5ms "), parse_fault_line("delay ip 3 5000000ns"));
    EXPECT_EQ(parse_fault_line("drop packet 17"), parse_fault_line("drop frame 17")) << "as in packet:17";
    EXPECT_EQ(parse_fault_line("partition a b from 10ms to 20ms").end_ns, 20'000'000u);
}

TEST(FaultLine, anything_else_is_refused_with_itself_in_the_message) {
    for (char const* text : {"",
                             "drop",
                             "drop frame",
                             "drop frame 0",
                             "drop frame x",
                             "drop frame 1 2",
                             "lose frame 1",
                             "drop beer 1",
                             "delay frame 1",
                             "delay frame 1 soon",
                             "drop udp syn 1",
                             "partition a b",
                             "partition a b from 2ms to 1ms",
                             "partition a b from 1ms to 2ms now",
                             "drop frame 1 from",
                             "drop frame 1 from a b",
                             "drop frame 1 to a from b",
                             "drop frame 1 byte 3",
                             "corrupt frame 1 byte x",
                             "corrupt frame 1 byte 65536",
                             "drop frame 99999999999999999999"}) {
        try {
            parse_fault_line(text);
            ADD_FAILURE() << text;
        } catch (std::runtime_error const& error) {
            EXPECT_NE(std::string(error.what()).find(text), std::string::npos);
        }
    }
}

TEST(FaultLines, count_at_either_end_of_a_link_and_change_any_byte) {
    FaultLines lines;
    for (char const* text : {"corrupt frame 1 byte 3 to b", "corrupt frame 2", "drop frame 1 from a to c"})
        lines.add(parse_fault_line(text));
    EXPECT_TRUE(lines.on_frame(0, "b", "a", tcp(ack)).corrupt.empty());
    auto const second = lines.on_frame(0, "a", "b", tcp(ack));
    EXPECT_EQ(second.corrupt, (std::vector<std::uint64_t>{3, 0}));
    EXPECT_FALSE(second.drop);
    EXPECT_TRUE(lines.on_frame(0, "a", "c", tcp(ack)).drop);
}

TEST(FaultLines, count_what_matches_each_by_itself) {
    FaultLines lines;
    for (char const* text : {"drop tcp synack 1", "duplicate frame 3", "delay tcp 1 5ms from b",
                             "drop frame 5", "partition a b from 1s to 2s"})
        lines.add(parse_fault_line(text));
    auto first = lines.on_frame(0, "a", "b", tcp(syn));
    EXPECT_FALSE(first.drop || first.duplicate);
    EXPECT_EQ(first.delay_ns, 0u);
    auto const second = lines.on_frame(0, "b", "a", tcp(syn | ack));
    EXPECT_TRUE(second.drop);
    EXPECT_EQ(second.delay_ns, 5'000'000u);
    EXPECT_TRUE(lines.on_frame(0, "a", "b", tcp(ack)).duplicate);
    EXPECT_FALSE(lines.on_frame(0, "a", "b", tcp(syn)).drop);
    EXPECT_TRUE(lines.on_frame(0, "a", "b", tcp(ack)).drop);
    EXPECT_FALSE(lines.on_frame(999'999'999, "b", "a", tcp(ack)).drop);
    EXPECT_TRUE(lines.on_frame(1'000'000'000, "b", "a", tcp(ack)).drop);
    EXPECT_FALSE(lines.on_frame(1'500'000'000, "b", "c", tcp(ack)).drop);
    EXPECT_FALSE(lines.on_frame(2'000'000'000, "a", "b", tcp(ack)).drop);
}

}  // namespace
}  // namespace sim::links
