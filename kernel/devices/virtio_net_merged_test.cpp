// SPDX-License-Identifier: MIT
//
// TCP segments that arrive merged into one: when the driver takes them, and what it believes
// of their headers. [virtio-1.2 §5.1.6.4]
#include "kernel/devices/net_test.hpp"

namespace devices {
namespace {

constexpr std::uint64_t all_it_takes = feature_guest_tcp4_segments | feature_guest_checksum | feature_merged;

VirtioNetHeader merged_header(std::uint16_t segment_size = 1460) {
    VirtioNetHeader header;
    header.flags = VirtioNetHeader::flag_needs_checksum;
    header.gso_type = VirtioNetHeader::gso_tcp4;
    header.gso_size.set(segment_size);
    header.header_length.set(54);
    header.checksum_start.set(34);
    header.checksum_offset.set(16);
    return header;
}

struct MergedTest : NetTest {
    MergedTest() { device.offered |= all_it_takes; }
};

TEST_F(MergedTest, takes_merged_segments_only_with_checksums_and_merged_buffers) {
    for (unsigned with = 0; with < 8; ++with) {
        device = FakeVirtio();
        if (with & 1) device.offered |= feature_guest_tcp4_segments;
        if (with & 2) device.offered |= feature_guest_checksum;
        if (with & 4) device.offered |= feature_merged;
        begin(64);
        EXPECT_EQ((device.chosen & feature_guest_tcp4_segments) != 0, with == 7) << with;
        EXPECT_EQ(card->takes_merged_segments(), with == 7) << with;
        EXPECT_EQ(device.chosen & ~device.offered, 0u) << with;
    }
}

TEST_F(MergedTest, takes_none_when_its_buffers_together_would_not_hold_the_largest) {
    begin(32);
    EXPECT_FALSE(card->takes_merged_segments());
    EXPECT_EQ(device.chosen & all_it_takes, feature_guest_checksum | feature_merged);
    // It began again, in order, to take back what it had said.
    EXPECT_EQ(device.statuses, (std::vector<std::uint8_t>{0, 1, 3, 11, 0, 1, 3, 11, 15}));

    for (auto [limit, takes] : {std::pair{32, false}, {63, false}, {64, true}, {256, true}}) {
        device = FakeVirtio();
        device.offered |= all_it_takes;
        device.limit = static_cast<std::uint16_t>(limit);
        begin(256);
        EXPECT_EQ(card->takes_merged_segments(), takes) << limit;
        std::size_t room = 0;
        while (auto const chain = device.queues[0].take()) room += chain->parts.at(0).length;
        EXPECT_EQ(room >= sizeof(VirtioNetHeader) + VirtioNet::largest_merged, takes) << limit;
    }
}

// No place to put the largest together.
struct NoneForMerged final : DmaMemory {
    std::optional<DmaBlock> allocate(std::size_t size, DmaUse use) override {
        return size == VirtioNet::largest_merged ? std::nullopt : memory.allocate(size, use);
    }
    void release(DmaBlock const& block) override { memory.release(block); }
    FakeDma memory;
};

TEST_F(MergedTest, without_memory_for_them_the_card_works_with_all_the_rest) {
    NoneForMerged memory;
    auto const created = VirtioNet::create(
        place, device, memory, {64, own}, [](void*) {}, nullptr);
    ASSERT_TRUE(created);
    card = created.value();
    card->start();
    EXPECT_FALSE(card->takes_merged_segments());
    deliver_in_parts(long_text(1514), 1000);
    EXPECT_EQ(received(), Frames{long_text(1514)});
}

TEST_F(MergedTest, what_needs_another_feature_goes_with_it_when_the_device_offers_less_than_before) {
    device.offered |= feature_checksum | feature_tcp4_segments;
    device.offered_next = device.offered & ~feature_checksum;
    NoneForMerged memory;
    auto const created = VirtioNet::create(
        place, device, memory, {64, own}, [](void*) {}, nullptr);
    ASSERT_TRUE(created);
    EXPECT_EQ(device.chosen & (feature_checksum | feature_tcp4_segments), 0u);
    EXPECT_FALSE(created.value()->fills_in_checksums());
    EXPECT_FALSE(created.value()->cuts_segments());
}

TEST_F(MergedTest, puts_segments_together_up_to_the_largest_there_can_be) {
    begin(64);
    ASSERT_TRUE(card->takes_merged_segments());
    for (unsigned turn = 0; turn < 10; ++turn)
        for (std::size_t const size : {std::size_t{100}, std::size_t{1515}, std::size_t{2036},
                                       std::size_t{20'000}, VirtioNet::largest_merged}) {
            std::string const frame = long_text(size);
            deliver_in_parts(frame, 2048, {}, merged_header());
            ASSERT_EQ(received(), Frames{frame}) << size;
            EXPECT_EQ(last.segment_size, 1460);
            EXPECT_TRUE(last.checksum_partial);
            EXPECT_FALSE(last.checksum_verified);
            deliver_in_parts("short", 2048);
            ASSERT_EQ(received(), Frames{"short"}) << size;
            EXPECT_EQ(last.segment_size, 0) << "nothing is left over";
            EXPECT_FALSE(last.checksum_partial);
        }
    EXPECT_FALSE(card->failed());
    EXPECT_EQ(card->statistics().bad_frames, 0u);
    // Every buffer is with the device again.
    unsigned buffers = 0;
    while (device.queues[0].take()) ++buffers;
    EXPECT_EQ(buffers, 64u);
}

TEST_F(MergedTest, takes_those_of_ipv6_only_if_that_was_agreed) {
    for (bool const agreed : {false, true}) {
        device = FakeVirtio();
        device.offered |= all_it_takes | (agreed ? feature_guest_tcp6_segments : 0);
        begin(64);
        EXPECT_EQ((device.chosen & feature_guest_tcp6_segments) != 0, agreed);
        VirtioNetHeader header = merged_header(1440);
        header.gso_type = VirtioNetHeader::gso_tcp6;
        deliver_in_parts(long_text(9000), 2048, {}, header);
        EXPECT_EQ(received(), agreed ? Frames{long_text(9000)} : Frames{});
        if (agreed) {
            EXPECT_EQ(last.segment_size, 1440);
        }
    }
    device = FakeVirtio();
    device.offered |= (all_it_takes & ~feature_guest_tcp4_segments) | feature_guest_tcp6_segments;
    begin(64);
    EXPECT_EQ(device.chosen & feature_guest_tcp6_segments, 0u) << "only beside the same for IPv4";
    EXPECT_FALSE(card->takes_merged_segments());
}

TEST_F(MergedTest, a_longer_one_is_passed_over_with_all_its_buffers) {
    begin(64);
    for (unsigned turn = 0; turn < 10; ++turn) {
        deliver_in_parts(long_text(VirtioNet::largest_merged + 1), 2048, {}, merged_header());
        deliver_in_parts("good", 2048);
        ASSERT_EQ(received(), Frames{"good"});
    }
    EXPECT_EQ(card->statistics().bad_frames, 10u);
    EXPECT_FALSE(card->failed());
}

TEST_F(MergedTest, passes_over_what_was_not_agreed_or_cannot_be) {
    begin(64);
    std::vector<VirtioNetHeader> bad;
    auto const with = [&](auto change) { change(bad.emplace_back(merged_header())); };
    for (unsigned type : {2u, 3u, 4u, 5u, 0x80u, 0x81u, 0xFFu})  // UDP, IPv6, ECN: nobody asked for them
        with([&](auto& h) { h.gso_type = static_cast<std::uint8_t>(type); });
    with([](auto& h) { h.gso_type = VirtioNetHeader::gso_none; });  // then it is too long
    with([](auto& h) { h.gso_size.set(0); });
    with([](auto& h) { h.flags = 0; });
    with([](auto& h) { h.flags = VirtioNetHeader::flag_data_valid; });
    for (auto [start, offset] : {std::pair{4999, 0}, {0, 4999}, {2500, 2499}, {65535, 65535}, {65535, 0}})
        with([&](auto& h) {
            h.checksum_start.set(static_cast<std::uint16_t>(start));
            h.checksum_offset.set(static_cast<std::uint16_t>(offset));
        });
    for (std::size_t i = 0; i < bad.size(); ++i) {
        deliver_in_parts(long_text(5000), 2048, {}, bad[i]);
        deliver_in_parts("good", 2048);
        ASSERT_EQ(received(), Frames{"good"}) << i;
        EXPECT_EQ(card->statistics().bad_frames, i + 1);
    }
    EXPECT_FALSE(card->failed());
}

TEST_F(MergedTest, takes_the_length_of_the_headers_for_no_more_than_a_hint) {
    begin(64);
    for (unsigned said : {0u, 1u, 4999u, 5000u, 65535u}) {
        VirtioNetHeader header = merged_header();
        header.header_length.set(static_cast<std::uint16_t>(said));
        deliver_in_parts(long_text(5000), 2048, {}, header);
        ASSERT_EQ(received(), Frames{long_text(5000)}) << said;
    }
    // Nor must the segments be shorter than the whole.
    deliver_in_parts(long_text(5000), 2048, {}, merged_header(65'535));
    EXPECT_EQ(received(), Frames{long_text(5000)});
}

TEST_F(MergedTest, ignores_flags_that_it_does_not_know) {
    begin(64);
    VirtioNetHeader header;
    header.buffers.set(1);
    header.flags = 0xF8 | VirtioNetHeader::flag_data_valid;
    deliver("frame", header);
    EXPECT_EQ(received(), Frames{"frame"});
    EXPECT_TRUE(last.checksum_verified);
    header.flags = 0xF8;
    header.checksum_start.set(65535);  // means nothing without NEEDS_CSUM
    deliver("frame", header);
    EXPECT_EQ(received(), Frames{"frame"});
    EXPECT_FALSE(last.checksum_verified);
    EXPECT_FALSE(last.checksum_partial);
}

TEST_F(MergedTest, stops_using_a_device_that_returns_fewer_buffers_than_it_says) {
    for (unsigned const said : {0u, 34u, 65u, 65535u}) {
        device = FakeVirtio();
        device.offered |= all_it_takes;
        begin(64);
        deliver_in_parts(long_text(VirtioNet::largest_merged), 2048, said,
                         merged_header());  // which takes 33
        EXPECT_EQ(received(), Frames{}) << said;
        EXPECT_TRUE(card->failed()) << said;
        EXPECT_TRUE(device.statuses.back() & virtio_status::failed) << said;
    }
}

}  // namespace
}  // namespace devices
