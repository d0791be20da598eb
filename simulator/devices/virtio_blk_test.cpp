// SPDX-License-Identifier: GPL-2.0-or-later
//
// The disk against a driver that follows the specification, against drivers
// that do not, and with faults ordered.
#include "simulator/devices/virtio_blk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/fakes/virtio_driver.hpp"

namespace sim::devices {
namespace {

using fakes::FakeBoard;
using fakes::VirtioDriver;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t read_only_bit = 1 << 5, flush_bit = 1 << 9, discard_bit = 1 << 13,
                        zeroes_bit = 1 << 14;
constexpr std::uint64_t all = VirtioDriver::version_1 | flush_bit | discard_bit | zeroes_bit;
constexpr std::uint64_t header = VirtioDriver::buffers, status = header + 0x100, data = header + 0x1000;
constexpr std::uint32_t in = 0, out = 1, flush = 4, get_id = 8, discard = 11, write_zeroes = 13;
constexpr std::uint64_t sectors = 64;

machine::DiskConfig config(std::size_t bytes = sectors * 512, bool read_only = false) {
    Bytes content(bytes);
    for (std::size_t i = 0; i < bytes; ++i) content[i] = static_cast<std::uint8_t>(i / 512 + 1);
    return {{"disk.img", "", std::make_shared<Bytes const>(content)}, read_only};
}

struct Rig {
    explicit Rig(machine::DiskConfig const& disk = config()) : blk("disk0", board, disk) {}
    FakeBoard board{1 << 20};
    VirtioBlk blk;
    VirtioDriver driver{board, blk};

    void begin(std::uint32_t type, std::uint64_t sector, std::uint32_t length, std::uint16_t first = 0) {
        driver.poke(header + 0x20 * first, type);
        driver.poke<std::uint32_t>(header + 0x20 * first + 4, 0);
        driver.poke(header + 0x20 * first + 8, sector);
        driver.poke<std::uint8_t>(status + first, 0xEE);
        bool const device_writes = type == in || type == get_id;
        std::uint64_t const at = data + 0x4000 * first;
        if (length == 0)
            driver.offer(0, {{header + 0x20u * first, 16, false}, {status + first, 1, true}}, first);
        else
            driver.offer(
                0,
                {{header + 0x20u * first, 16, false}, {at, length, device_writes}, {status + first, 1, true}},
                first);
        driver.notify(0);
    }
    // A whole request: its status byte.
    unsigned request(std::uint32_t type, std::uint64_t sector, std::uint32_t length) {
        begin(type, sector, length);
        board.advance(1'000'000);
        last = driver.used(0);
        EXPECT_TRUE(last) << "no answer";
        return driver.peek<std::uint8_t>(status);
    }
    void fill(std::uint8_t byte, std::size_t length) { std::fill_n(board.ram.begin() + data, length, byte); }
    Bytes memory(std::size_t length) {
        return {board.ram.begin() + data, board.ram.begin() + static_cast<std::ptrdiff_t>(data + length)};
    }
    void order(std::string const& line) {
        blk.on_input(machine::InputKind::device_fault,
                     {reinterpret_cast<std::uint8_t const*>(line.data()), line.size()});
    }
    std::uint8_t on_disk(std::uint64_t sector) {
        Bytes one(512);
        blk.disk().read(sector, one);
        EXPECT_TRUE(std::all_of(one.begin(), one.end(), [&](auto b) { return b == one[0]; }));
        return one[0];
    }
    std::optional<std::pair<std::uint32_t, std::uint32_t>> last;
};

TEST(VirtioBlk, tells_its_capacity_and_what_it_can) {
    Rig rig;
    EXPECT_EQ(rig.driver.pci.config_read(0, 4), 0x1042'1AF4u);
    EXPECT_EQ(rig.driver.config(0, 8), sectors);
    EXPECT_EQ(rig.driver.config(20, 4), 512u);
    EXPECT_EQ(rig.driver.offered() & all, all);
    EXPECT_FALSE(rig.driver.offered() & read_only_bit);
    Rig odd(config(1000));
    EXPECT_EQ(odd.driver.config(0, 8), 2u);  // what is left of the last sector reads as zeros
    EXPECT_TRUE(odd.driver.start(all));
    EXPECT_EQ(odd.request(in, 1, 512), 0u);
    EXPECT_EQ(odd.memory(512)[487], 2);
    EXPECT_EQ(odd.memory(512)[488], 0);
}

TEST(VirtioBlk, reads_and_writes_sectors_and_the_file_stays) {
    machine::DiskConfig const disk = config();
    Bytes const before = *disk.blob.bytes;
    Rig rig(disk);
    ASSERT_TRUE(rig.driver.start(all));
    EXPECT_EQ(rig.request(in, 3, 1024), 0u);
    EXPECT_EQ(rig.last->second, 1025u);  // data and status
    EXPECT_EQ(rig.memory(1024)[0], 4);
    EXPECT_EQ(rig.memory(1024)[512], 5);
    rig.fill(0xAB, 512);
    EXPECT_EQ(rig.request(out, 4, 512), 0u);
    EXPECT_EQ(rig.last->second, 1u);
    EXPECT_EQ(rig.on_disk(4), 0xAB);
    EXPECT_EQ(rig.on_disk(5), 6);  // its neighbour in the same page
    rig.fill(0xCD, 8192);
    EXPECT_EQ(rig.request(out, 7, 8192), 0u);  // over three pages
    EXPECT_EQ(rig.on_disk(6), 7);
    EXPECT_EQ(rig.on_disk(7), 0xCD);
    EXPECT_EQ(rig.on_disk(22), 0xCD);
    EXPECT_EQ(rig.on_disk(23), 24);
    EXPECT_EQ(*disk.blob.bytes, before);
    EXPECT_FALSE(rig.board.messages.empty());
    EXPECT_EQ(rig.board.messages[0].data, 0x50u);
}

TEST(VirtioBlk, a_request_takes_20_us_and_a_nanosecond_a_byte_one_after_the_other) {
    Rig rig;
    rig.driver.start(all);
    rig.begin(in, 0, 512, 0);
    rig.begin(in, 1, 512, 4);
    rig.board.advance(20'511);
    EXPECT_FALSE(rig.driver.used(0));
    rig.board.advance(1);
    EXPECT_TRUE(rig.driver.used(0));
    rig.board.advance(20'511);
    EXPECT_FALSE(rig.driver.used(0));
    rig.board.advance(1);
    EXPECT_EQ(rig.driver.used(0)->first, 4u);
    rig.begin(flush, 0, 0);
    rig.board.advance(49'999);
    EXPECT_FALSE(rig.driver.used(0));
    rig.board.advance(1);
    EXPECT_TRUE(rig.driver.used(0));
}

TEST(VirtioBlk, discards_and_zeroes) {
    Rig rig;
    rig.driver.start(all);
    rig.driver.poke<std::uint64_t>(data, 10);
    rig.driver.poke<std::uint32_t>(data + 8, 20);
    rig.driver.poke<std::uint32_t>(data + 12, 0);
    EXPECT_EQ(rig.request(write_zeroes, 0, 16), 0u);
    EXPECT_EQ(rig.on_disk(9), 10);
    EXPECT_EQ(rig.on_disk(10), 0);
    EXPECT_EQ(rig.on_disk(29), 0);
    EXPECT_EQ(rig.on_disk(30), 31);
    rig.driver.poke<std::uint64_t>(data, 40);
    rig.driver.poke<std::uint32_t>(data + 8, 1);
    EXPECT_EQ(rig.request(discard, 0, 16), 0u);
    EXPECT_EQ(rig.on_disk(40), 0);
    rig.driver.poke<std::uint32_t>(data + 12, 1);
    EXPECT_EQ(rig.request(discard, 0, 16), 2u);  // unmap is not for a discard
    rig.driver.poke<std::uint32_t>(data + 12, 0);
    rig.driver.poke<std::uint64_t>(data, 63);
    rig.driver.poke<std::uint32_t>(data + 8, 2);
    EXPECT_EQ(rig.request(discard, 0, 16), 1u);  // beyond the end
    EXPECT_EQ(rig.request(discard, 0, 15), 1u);
}

TEST(VirtioBlk, errors_are_status_bytes) {
    Rig rig;
    rig.driver.start(all);
    EXPECT_EQ(rig.request(in, sectors, 512), 1u);
    EXPECT_EQ(rig.request(in, sectors - 1, 1024), 1u);
    EXPECT_EQ(rig.request(out, ~0ull, 512), 1u);
    EXPECT_EQ(rig.request(in, 0, 500), 1u);
    EXPECT_EQ(rig.request(99, 0, 512), 2u);
    EXPECT_EQ(rig.request(flush, 0, 0), 0u);
    EXPECT_EQ(rig.request(get_id, 0, 20), 0u);
    EXPECT_EQ(std::string(reinterpret_cast<char const*>(&rig.board.ram[data])), "vivarium-disk0");
    EXPECT_FALSE(rig.driver.needs_reset());
    Rig fixed(config(sectors * 512, true));
    EXPECT_TRUE(fixed.driver.offered() & read_only_bit);
    EXPECT_FALSE(fixed.driver.offered() & (discard_bit | zeroes_bit));
    fixed.driver.start();
    EXPECT_EQ(fixed.request(out, 0, 512), 1u);
    EXPECT_EQ(fixed.request(write_zeroes, 0, 16), 1u);
    EXPECT_EQ(fixed.on_disk(0), 1);
}

TEST(VirtioBlk, what_was_not_negotiated_is_not_supported) {
    Rig rig;
    rig.driver.start();
    rig.driver.poke<std::uint64_t>(data, 1);
    rig.driver.poke<std::uint32_t>(data + 8, 1);
    rig.driver.poke<std::uint32_t>(data + 12, 0);
    EXPECT_EQ(rig.request(write_zeroes, 0, 16), 2u);
    EXPECT_EQ(rig.on_disk(1), 2);
}

TEST(VirtioBlk, a_request_that_cannot_be_answered_breaks_the_contract) {
    for (int crime = 0; crime < 3; ++crime) {
        Rig rig;
        rig.driver.start(all);
        if (crime == 0) rig.driver.offer(0, {{header, 15, false}, {status, 1, true}});
        if (crime == 1) rig.driver.offer(0, {{header, 16, false}});
        if (crime == 2) rig.driver.offer(0, {{header, 16, false}, {1ull << 40, 513, true}});
        rig.driver.notify(0);
        rig.board.advance(1'000'000);
        EXPECT_TRUE(rig.driver.needs_reset()) << crime;
        EXPECT_EQ(rig.board.reports.size(), 1u) << crime;
        EXPECT_TRUE(rig.driver.start(all));
        EXPECT_EQ(rig.request(in, 0, 512), 0u);
    }
}

TEST(VirtioBlk, a_reset_forgets_requests_on_their_way) {
    Rig rig;
    rig.driver.start(all);
    rig.fill(0xAB, 512);
    rig.begin(out, 5, 512);
    rig.driver.start(all);
    rig.board.advance(1'000'000);
    EXPECT_FALSE(rig.driver.used(0));
    EXPECT_EQ(rig.on_disk(5), 6);
}

// Ring reset with requests on their way, whatever the driver makes of the queue then.
TEST(VirtioBlk, a_queue_that_is_reset_is_not_touched_any_more) {
    for (std::uint16_t const new_size : {0, 1, 16}) {
        Rig rig;
        ASSERT_TRUE(rig.driver.start(all | VirtioDriver::ring_reset));
        rig.fill(0xAB, 512);
        rig.begin(out, 5, 512, 0);
        rig.begin(in, 1, 512, 4);
        rig.driver.set(0x16, 2, 0);
        rig.driver.set(0x3A, 2, 1);
        EXPECT_EQ(rig.driver.reg(0x3A, 2), 0u);
        EXPECT_EQ(rig.driver.reg(0x1C, 2), 0u);
        rig.driver.set(0x18, 2, new_size);
        auto const before = rig.board.ram;
        rig.board.advance(1'000'000);
        EXPECT_EQ(rig.board.ram, before);
        EXPECT_EQ(rig.on_disk(5), 6);
        EXPECT_TRUE(rig.board.messages.empty());
        EXPECT_TRUE(rig.driver.start(all));
        EXPECT_EQ(rig.request(in, 1, 512), 0u);
    }
}

TEST(VirtioBlk, what_is_left_of_a_reset_queue_does_not_wake_the_next_one_early) {
    Rig rig;
    rig.driver.start(all);
    rig.begin(flush, 0, 0);
    rig.driver.start(all);
    rig.board.advance(40'000);
    rig.begin(in, 0, 512);
    rig.board.advance(20'511);
    EXPECT_FALSE(rig.driver.used(0));
    rig.board.advance(1);
    EXPECT_TRUE(rig.driver.used(0));
    EXPECT_FALSE(rig.board.events.first());
}

TEST(VirtioBlk, a_driver_that_offers_one_chain_for_ever_gets_no_more_than_the_queue) {
    Rig rig;
    rig.driver.start(all);
    for (int i = 0; i < 1000; ++i) rig.begin(in, 0, 512);
    EXPECT_LT(fakes::saved(rig.blk).size(), 20'000u);
}

TEST(VirtioBlk, fails_the_request_that_was_ordered_to_fail) {
    Rig rig;
    rig.driver.start(all);
    rig.order("fail read 2");
    EXPECT_EQ(rig.request(in, 0, 512), 0u);
    EXPECT_EQ(rig.request(flush, 0, 0), 0u);
    EXPECT_EQ(rig.request(in, 0, 512), 1u);
    EXPECT_EQ(rig.request(in, 0, 512), 0u);
    rig.order("fail any 1");
    EXPECT_EQ(rig.request(flush, 0, 0), 1u);
}

TEST(VirtioBlk, loses_and_tears_writes_and_says_they_are_done) {
    Rig rig;
    rig.driver.start(all);
    rig.order("lose write 1");
    rig.order("tear write 2 3");
    rig.fill(0xAB, 4096);
    EXPECT_EQ(rig.request(out, 0, 4096), 0u);
    EXPECT_EQ(rig.on_disk(0), 1);
    EXPECT_EQ(rig.request(out, 8, 4096), 0u);
    EXPECT_EQ(rig.on_disk(10), 0xAB);
    EXPECT_EQ(rig.on_disk(11), 12);
    EXPECT_EQ(rig.request(out, 8, 4096), 0u);
    EXPECT_EQ(rig.on_disk(11), 0xAB);
}

TEST(VirtioBlk, after_a_power_cut_nothing_is_answered) {
    Rig rig;
    rig.driver.start(all);
    rig.order("cut write 1 1");
    rig.fill(0xAB, 1024);
    rig.begin(out, 0, 1024);
    rig.board.advance(1'000'000);
    EXPECT_FALSE(rig.driver.used(0));
    EXPECT_EQ(rig.on_disk(0), 0xAB);
    EXPECT_EQ(rig.on_disk(1), 2);
    rig.driver.start(all);
    rig.begin(in, 0, 512);
    rig.board.advance(1'000'000);
    EXPECT_FALSE(rig.driver.used(0));
}

TEST(VirtioBlk, what_was_finished_before_a_power_cut_is_answered) {
    Rig rig;
    rig.driver.start(all);
    rig.order("cut write 2");
    rig.fill(0xAB, 512);
    rig.begin(out, 0, 512, 0);
    rig.begin(out, 1, 512, 4);
    rig.begin(out, 2, 512, 8);
    rig.board.now_ns += 1'000'000;  // a stall: all are due at once
    rig.board.advance(1'000'000);
    EXPECT_EQ(rig.driver.used(0)->first, 0u);
    EXPECT_FALSE(rig.driver.used(0));
    EXPECT_EQ(rig.board.messages.size(), 1u);
    EXPECT_EQ(rig.on_disk(0), 0xAB);
    EXPECT_EQ(rig.on_disk(1), 2);
    EXPECT_EQ(rig.on_disk(2), 3);
    EXPECT_FALSE(rig.board.events.first());
}

TEST(VirtioBlk, a_power_cut_goes_before_other_faults_and_a_second_one_changes_nothing) {
    for (char const* other : {"fail write 1", "lose write 1", "tear write 1 1", "cut write 1"}) {
        Rig rig;
        rig.driver.start(all);
        rig.order(other);
        rig.order("cut write 1 2");
        rig.order("cut write 2 3");
        rig.fill(0xAB, 2048);
        for (int i = 0; i < 3; ++i) {
            rig.begin(out, 8u * static_cast<unsigned>(i), 2048);
            rig.board.advance(1'000'000);
            EXPECT_FALSE(rig.driver.used(0)) << other;
            if (i == 1) {
                EXPECT_TRUE(rig.driver.start(all));
            }
        }
        bool const first_is_cut = std::string_view(other).starts_with("cut");
        EXPECT_EQ(rig.on_disk(0), first_is_cut ? 1 : 0xAB) << other;
        EXPECT_EQ(rig.on_disk(1), first_is_cut ? 2 : 0xAB) << other;
        EXPECT_EQ(rig.on_disk(2), 3) << other;
        EXPECT_EQ(rig.on_disk(8), 9) << other;
        EXPECT_EQ(rig.on_disk(16), 17) << other;
        EXPECT_EQ(rig.board.reports.size(), 1u) << other;
    }
}

TEST(VirtioBlk, a_power_cut_can_take_what_was_not_flushed) {
    for (char const* line : {"cut write 1 1 forget", "cut flush 1 forget", "cut write 1 1", "cut flush 1"}) {
        Rig rig;
        rig.driver.start(all);
        auto const write = [&](std::uint64_t sector, std::uint8_t byte) {
            rig.fill(byte, 512);
            EXPECT_EQ(rig.request(out, sector, 512), 0u);
        };
        write(0, 0xA0);
        write(8, 0xA8);
        EXPECT_EQ(rig.request(flush, 0, 0), 0u);
        write(0, 0xB0);
        write(9, 0xB9);   // beside what is durable
        write(16, 0xC0);  // where nothing was written before
        EXPECT_EQ(rig.blk.disk().pages_written(), 3u);
        EXPECT_EQ(rig.blk.disk().pages_not_flushed(), 3u);
        EXPECT_EQ(rig.on_disk(0), 0xB0);
        rig.order(line);
        bool const in_flush = std::string_view(line).starts_with("cut flush");
        bool const forgets = std::string_view(line).ends_with("forget");
        rig.begin(in_flush ? flush : out, 24, in_flush ? 0 : 512);
        rig.board.advance(1'000'000);
        EXPECT_FALSE(rig.driver.used(0)) << line;
        EXPECT_EQ(rig.on_disk(0), forgets ? 0xA0 : 0xB0) << line;
        EXPECT_EQ(rig.on_disk(8), 0xA8) << line;
        EXPECT_EQ(rig.on_disk(9), forgets ? 10 : 0xB9) << line;
        EXPECT_EQ(rig.on_disk(16), forgets ? 17 : 0xC0) << line;
        EXPECT_EQ(rig.on_disk(24), in_flush ? 25 : 0xC0) << line;
    }
}

TEST(VirtioBlk, interrupts_can_be_lost_and_spurious) {
    Rig rig;
    rig.driver.start(all);
    rig.order("interrupt lose 1");
    rig.request(in, 0, 512);
    EXPECT_TRUE(rig.board.messages.empty());
    rig.order("interrupt spurious 0");
    EXPECT_EQ(rig.board.messages.size(), 1u);
    EXPECT_FALSE(rig.driver.used(0));
}

TEST(VirtioBlk, faults_that_make_no_sense_are_reported_and_change_nothing) {
    Rig rig;
    auto const before = rig.blk.hash();
    int told = 0;
    for (char const* line :
         {"", "fail", "fail read", "fail read 0", "fail read x", "lose read 1", "tear write 1",
          "fail write 1 2", "lose write 1 2", "cut read 1", "cut flush 1 2", "lose write 1 forget",
          "cut forget", "fail read 1 2 3", "melt write 1", "interrupt spurious 7",
          "fail read 99999999999999999999", "\xFF\xFE", "a b c d e f g h i j k l m n"}) {
        rig.order(line);
        EXPECT_EQ(rig.board.reports.size(), static_cast<std::size_t>(++told)) << line;
    }
    EXPECT_EQ(rig.blk.hash(), before);
    for (int i = 0; i < 100; ++i) rig.order("fail read 1000");
    EXPECT_LT(fakes::saved(rig.blk).size(), 1000u);
}

TEST(VirtioBlk, saves_and_loads_with_requests_on_their_way_and_pages_written) {
    Rig rig, other;
    rig.driver.start(all);
    rig.order("fail read 2");
    rig.fill(0xAB, 512);
    rig.request(out, 1, 512);
    rig.begin(in, 1, 512, 4);
    expect_round_trip(rig.blk, other.blk, other.board);
    expect_round_trip(rig.driver.pci, other.driver.pci, other.board);
    *other.blk.pages() = *rig.blk.pages();
    other.board.ram = rig.board.ram;
    other.board.now_ns = rig.board.now_ns;
    other.board.arm(other.blk, 0, rig.board.now_ns);  // timers are the machine's to restore
    for (Rig* r : {&rig, &other}) r->board.advance(1'000'000);
    EXPECT_EQ(other.board.ram, rig.board.ram);
    EXPECT_EQ(other.board.ram[data + 0x4000 * 4], 0xAB);
    EXPECT_EQ(other.blk.hash(), rig.blk.hash());
    EXPECT_EQ(other.board.messages, rig.board.messages.size() == 2 ? std::vector{rig.board.messages.back()}
                                                                   : std::vector<FakeBoard::Message>{});
    other.blk.reset();
    EXPECT_EQ(other.blk.hash(), Rig().blk.hash());
    EXPECT_EQ(other.blk.pages()->written(), 0u);
}

}  // namespace
}  // namespace sim::devices
