// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/fault.hpp"

#include <gtest/gtest.h>

#include <random>

#include "simulator/machine/device.hpp"

namespace sim::explore {
namespace {

Fault parsed(std::string const& line) {
    auto const result = parse_fault(line);
    EXPECT_TRUE(result.fault) << line << "\n" << result.error.explain();
    return result.fault.value_or(Fault{});
}

TEST(Faults, every_form_is_understood) {
    Fault const stall = parsed("stall 3ms at 12ms");
    EXPECT_EQ(stall.kind, Fault::Kind::stall);
    EXPECT_EQ(stall.ns, 3'000'000u);
    EXPECT_EQ(stall.when.kind, When::Kind::time);
    EXPECT_EQ(stall.when.ns, 12'000'000u);

    Fault const spurious = parsed("spurious irq 0x21 at 123456.2");
    EXPECT_EQ(spurious.kind, Fault::Kind::spurious);
    EXPECT_EQ(spurious.number, 0x21u);
    EXPECT_EQ(spurious.when.moment, (machine::Moment{123456, 2}));

    Fault const lose = parsed("lose irq 3 of timer");
    EXPECT_EQ(lose.kind, Fault::Kind::lose);
    EXPECT_EQ(lose.number, machine::lost_timer);
    EXPECT_EQ(lose.count, 3u);
    EXPECT_EQ(parsed("lose irq 1 of 0x41 at ready").when.kind, When::Kind::ready);

    Fault const late = parsed("late irq 2 of timer 5ms at ready");
    EXPECT_EQ(late.kind, Fault::Kind::late);
    EXPECT_EQ(late.number, machine::lost_timer);
    EXPECT_EQ(late.count, 2u);
    EXPECT_EQ(late.ns, 5'000'000u);
    EXPECT_EQ(describe(late), "late irq 2 of timer 5ms at ready");
    EXPECT_EQ(describe(parsed("late irq 1 of 0x41 20us")), "late irq 1 of 0x41 20us");

    EXPECT_EQ(parsed("spurious irq 0x21 processor 1 at 5ms").processor, 1u);
    EXPECT_EQ(parsed("lose irq 3 of 0x41 processor 2").processor, 2u);
    EXPECT_EQ(parsed("late irq 3 of timer processor 3 5ms at ready").processor, 3u);
    EXPECT_EQ(parsed("flip rax bit 3 processor 4 at 7").processor, 4u);
    EXPECT_EQ(lose.processor, 0u);

    Fault const flip = parsed("flip 0x12345 bit 3 at 123456");
    EXPECT_EQ(flip.kind, Fault::Kind::flip_memory);
    EXPECT_EQ(flip.number, 0x12345u);
    EXPECT_EQ(flip.bit, 3u);
    EXPECT_EQ(parsed("flip r15 bit 63 at 7").number, 15u);
    EXPECT_EQ(parsed("flip rflags bit 9 at 7").number, 17u);

    EXPECT_EQ(parsed("fail allocation 17").count, 17u);
    EXPECT_EQ(parsed("fail read 2").text, "fail read 2");
    EXPECT_EQ(parsed("lose write 2 of disk1").device, "disk1");
    EXPECT_EQ(parsed("tear write 2 1").text, "tear write 2 1");
    EXPECT_EQ(parsed("cut write 5").text, "cut write 5");
    EXPECT_EQ(parsed("cut write 5 3 of disk0 at 5ms").text, "cut write 5 3");
    EXPECT_EQ(parsed("cut write 5 forget of disk1").text, "cut write 5 forget");
    EXPECT_EQ(parsed("cut write 5 3 forget").text, "cut write 5 3 forget");
    EXPECT_EQ(parsed("cut flush 2 forget at 5ms").text, "cut flush 2 forget");

    Fault const drop = parsed("drop tcp syn 1");
    EXPECT_EQ(drop.kind, Fault::Kind::drop);
    EXPECT_EQ(drop.frames, Fault::Frames::syn);
    EXPECT_EQ(parsed("drop frame 7").count, 7u);
    EXPECT_EQ(parsed("drop packet 7"), parsed("drop frame 7")) << "as in packet:7";
    EXPECT_EQ(parsed("drop tcp synack 1").frames, Fault::Frames::synack);
    EXPECT_EQ(parsed("delay packet 3 5ms in").ns, 5'000'000u);
    EXPECT_EQ(parsed("duplicate tcp 2 out").direction, Fault::Direction::out);
    EXPECT_EQ(parsed("corrupt udp 2 byte 4").number, 4u);
}

TEST(Faults, an_error_points_at_its_place_and_lists_the_forms) {
    auto const column = [](std::string const& line) {
        auto const result = parse_fault(line);
        EXPECT_FALSE(result.fault) << line;
        EXPECT_NE(result.error.explain().find("spurious irq VECTOR"), std::string::npos);
        return result.error.column;
    };
    EXPECT_EQ(column(""), 0u);
    EXPECT_EQ(column("explode"), 0u);
    EXPECT_EQ(column("stall soon at 3"), 6u);
    EXPECT_EQ(column("stall 3ms"), 9u);
    EXPECT_EQ(column("stall 3ms at noon"), 13u);
    EXPECT_EQ(column("stall 0ms at 3"), 6u);
    EXPECT_EQ(column("stall 2000h at 3"), 6u);
    EXPECT_EQ(column("spurious irq 3 at 5"), 13u);
    EXPECT_EQ(column("spurious irq 256 at 5"), 13u);
    EXPECT_EQ(column("flip 0x10 bit 8 at 5"), 14u);
    EXPECT_EQ(column("flip rax bit 64 at 5"), 13u);
    EXPECT_EQ(column("flip rzx bit 6 at 5"), 5u);
    EXPECT_EQ(column("fail allocation 0"), 16u);
    EXPECT_EQ(column("drop quic 1"), 5u);
    EXPECT_EQ(column("drop tcp syn 1 twice"), 15u);
    EXPECT_EQ(column("lose write 2 of disk000000000000000"), 16u);
}

TEST(Faults, what_is_described_reads_back) {
    std::mt19937_64 random(11);
    std::vector<std::string> const lines = {"stall 3ms at 12ms",
                                            "spurious irq 0x21 at 5.1",
                                            "lose irq 3 of timer",
                                            "lose irq 9 of 65 at 1us",
                                            "flip 99 bit 3 at ready",
                                            "flip rsp bit 13 at 44",
                                            "fail allocation 17",
                                            "fail any 3 of disk2 at 7",
                                            "tear write 1 2",
                                            "cut write 3",
                                            "cut write 3 0",
                                            "drop tcp rst 4 out",
                                            "cut write 3 forget",
                                            "delay frame 3 5ms in",
                                            "duplicate arp 1",
                                            "corrupt icmp 5 byte 7",
                                            "lose write 3"};
    for (auto const& line : lines) {
        Fault const fault = parsed(line);
        EXPECT_EQ(parsed(describe(fault)), fault) << line << " -> " << describe(fault);
    }
    for (int i = 0; i < 5000; ++i) {
        Fault fault = parsed(lines[random() % lines.size()]);
        if (fault.kind != Fault::Kind::disk) fault.count = 1 + random() % 1000;
        if (fault.when.kind == When::Kind::moment)
            fault.when.moment = {random() >> random() % 64, random() % 3};
        if (fault.when.kind == When::Kind::time) fault.when.ns = random() % 1'000'000'000'000;
        if (fault.ns) fault.ns = 1 + random() % 1'000'000'000;
        bool const counted = fault.kind == Fault::Kind::lose || fault.kind == Fault::Kind::fail_allocation ||
                             fault.on_the_link();
        if (!counted) fault.count = 1;
        EXPECT_EQ(parsed(describe(fault)), fault) << describe(fault);
    }
}

// Hostile text: pieces of the grammar in any order, cut and with odd bytes.
TEST(Faults, no_text_does_harm) {
    std::vector<std::string> const pieces = {"stall",
                                             "3ms",
                                             "at",
                                             "12ms",
                                             "spurious",
                                             "irq",
                                             "0x21",
                                             "lose",
                                             "of",
                                             "timer",
                                             "flip",
                                             "rax",
                                             "bit",
                                             "fail",
                                             "allocation",
                                             "17",
                                             "write",
                                             "tear",
                                             "cut",
                                             "drop",
                                             "tcp",
                                             "syn",
                                             "99999999999999999999",
                                             "-1",
                                             "0x",
                                             "\x01",
                                             "\xff\xfe",
                                             "ready",
                                             "in",
                                             "out",
                                             "byte",
                                             "corrupt",
                                             "delay",
                                             "1.5.5s",
                                             std::string(300, 'x')};
    std::mt19937_64 random(5);
    for (int i = 0; i < 20'000; ++i) {
        std::string line;
        for (unsigned n = random() % 8; n > 0; --n)
            line += pieces[random() % pieces.size()] + (random() % 9 ? " " : "");
        if (!line.empty() && random() % 4 == 0) line[random() % line.size()] = static_cast<char>(random());
        auto const result = parse_fault(line);
        if (result.fault) {
            EXPECT_EQ(parsed(describe(*result.fault)), *result.fault) << line;
        } else {
            EXPECT_LE(result.error.column, line.size());
            EXPECT_FALSE(result.error.message.empty());
        }
    }
}

}  // namespace
}  // namespace sim::explore
