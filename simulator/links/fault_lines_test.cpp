// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/fault_lines.hpp"

#include <gtest/gtest.h>

namespace sim::links {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes ipv4(std::uint8_t protocol, Bytes const& payload) {
    Bytes frame(14, 0);
    frame[12] = 0x08;
    Bytes header(20, 0);
    header[0] = 0x45;
    header[3] = static_cast<std::uint8_t>(20 + payload.size());
    header[9] = protocol;
    frame.insert(frame.end(), header.begin(), header.end());
    frame.insert(frame.end(), payload.begin(), payload.end());
    return frame;
}
Bytes tcp(std::uint8_t flags, std::size_t data = 0) {
    Bytes segment(20 + data, 0);
    segment[12] = 5 << 4;
    segment[13] = flags;
    return ipv4(6, segment);
}
constexpr std::uint8_t syn = 2, ack = 16;

TEST(FaultLine, is_read_and_written_back) {
    for (char const* text :
         {"drop tcp syn 1", "drop frame 7", "delay ip 3 5000000ns", "duplicate udp 2", "corrupt icmp 1",
          "drop tcp data 4 from client", "drop arp 1", "partition a b from 10000000ns to 20000000ns",
          "drop tcp 3", "drop tcp synack 2"})
        EXPECT_EQ(to_string(parse_fault_line(text)), text);
    EXPECT_EQ(parse_fault_line("  delay   ip 3\t5ms "), parse_fault_line("delay ip 3 5000000ns"));
    EXPECT_EQ(parse_fault_line("drop packet 17"), parse_fault_line("drop frame 17")) << "as in packet:17";
    EXPECT_EQ(parse_fault_line("partition a b from 10ms to 20ms").end_ns, 20'000'000u);
}

TEST(FaultLine, anything_else_is_refused_with_itself_in_the_message) {
    for (char const* text :
         {"", "drop", "drop frame", "drop frame 0", "drop frame x", "drop frame 1 2", "lose frame 1",
          "drop beer 1", "delay frame 1", "delay frame 1 soon", "drop udp syn 1", "partition a b",
          "partition a b from 2ms to 1ms", "partition a b from 1ms to 2ms now", "drop frame 1 from",
          "drop frame 1 from a b", "drop frame 99999999999999999999"}) {
        try {
            parse_fault_line(text);
            ADD_FAILURE() << text;
        } catch (std::runtime_error const& error) {
            EXPECT_NE(std::string(error.what()).find(text), std::string::npos);
        }
    }
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
