// SPDX-License-Identifier: MIT
#include "kernel/devices/net_test.hpp"

namespace devices {
namespace {

TEST_F(NetTest, follows_the_order_of_initialisation) {
    begin();
    EXPECT_EQ(device.statuses, (std::vector<std::uint8_t>{0, 1, 3, 11, 15}));
    EXPECT_EQ(device.chosen, virtio_feature::version_1 | virtio_feature::event_index | feature_mac);
    EXPECT_EQ(card->mac(), (Mac{0x52, 0x54, 0, 0x12, 0x34, 0x56}));
    EXPECT_EQ(card->mtu(), 1500);
    EXPECT_FALSE(card->fills_in_checksums());
}

TEST_F(NetTest, offers_every_receive_buffer_once_and_large_enough) {
    begin();
    std::vector<std::uint64_t> seen;
    while (auto const chain = device.queues[0].take()) {
        ASSERT_EQ(chain->parts.size(), 1u);
        EXPECT_TRUE(chain->parts[0].writable);
        EXPECT_GE(chain->parts[0].length, 12u + 1514u);
        for (std::uint64_t other : seen)
            EXPECT_GE(std::max(other, chain->parts[0].address) - std::min(other, chain->parts[0].address),
                      2048u);
        seen.push_back(chain->parts[0].address);
    }
    EXPECT_EQ(seen.size(), 8u);
}

TEST_F(NetTest, receives_frames_in_order_and_gives_the_buffers_back) {
    begin();
    for (unsigned i = 0; i < 1000; ++i) {
        ASSERT_TRUE(deliver("frame " + std::to_string(i)));
        ASSERT_TRUE(deliver("second " + std::to_string(i)));
        ASSERT_EQ(received(), (Frames{"frame " + std::to_string(i), "second " + std::to_string(i)}));
    }
    EXPECT_EQ(card->statistics().received, 2000u);
}

TEST_F(NetTest, takes_no_more_than_its_budget) {
    begin();
    for (unsigned i = 0; i < 5; ++i) deliver(std::to_string(i));
    EXPECT_EQ(received(3), (Frames{"0", "1", "2"}));
    EXPECT_EQ(received(3), (Frames{"3", "4"}));
}

TEST_F(NetTest, is_woken_only_when_it_wants_to_be) {
    begin();
    card->refuse_interrupts();
    deliver("quiet");
    EXPECT_EQ(wakes, 0u);
    EXPECT_TRUE(card->allow_interrupts()) << "something came in between";
    EXPECT_EQ(received(), Frames{"quiet"});
    EXPECT_FALSE(card->allow_interrupts());
    deliver("loud");
    EXPECT_EQ(wakes, 1u);
}

TEST_F(NetTest, sends_frames_and_notifies_once_a_burst) {
    begin();
    device.queues[1].want_notifications(true);
    unsigned const before = device.notifications[1];
    for (char const* frame : {"one", "two", "three"}) ASSERT_TRUE(send(frame));
    EXPECT_FALSE(sent()) << "not yet shown";
    card->flush();
    EXPECT_EQ(device.notifications[1], before + 1);
    VirtioNetHeader header;
    EXPECT_EQ(sent(&header), "one");
    EXPECT_EQ(header.flags, 0);
    EXPECT_EQ(header.gso_type, 0);
    EXPECT_EQ(sent(), "two");
    EXPECT_EQ(sent(), "three");
}

TEST_F(NetTest, lets_the_device_cut_segments_only_if_it_can_and_fills_in_checksums) {
    device.offered |= feature_tcp4_segments;
    begin(64);
    EXPECT_EQ(device.chosen & feature_tcp4_segments, 0u) << "[virtio-1.2 §5.1.3.1]";
    EXPECT_FALSE(card->cuts_segments());
    EXPECT_EQ(card->largest_to_send(), VirtioNet::largest_frame);
}

// [virtio-1.2 §5.1.6.2]
TEST_F(NetTest, says_of_a_frame_to_be_cut_which_version_of_ip_it_is) {
    for (bool const can : {false, true}) {
        device = FakeVirtio();
        device.offered |= feature_checksum | feature_tcp4_segments | (can ? feature_tcp6_segments : 0);
        begin(64);
        EXPECT_TRUE(card->cuts_segments());
        EXPECT_EQ(card->cuts_ipv6_segments(), can);
        for (bool const is_ipv6 : {false, true}) {
            if (is_ipv6 && !can) continue;
            ASSERT_TRUE(send(long_text(5000), {true, 54, 16, 1440, 74, is_ipv6}));
            card->flush();
            VirtioNetHeader header;
            ASSERT_EQ(sent(&header), long_text(5000));
            EXPECT_EQ(header.gso_type, is_ipv6 ? 4 : 1);
            EXPECT_EQ(header.gso_size.value(), 1440);
        }
    }
    device = FakeVirtio();
    device.offered |= feature_checksum | feature_tcp6_segments;
    begin(64);
    EXPECT_FALSE(card->cuts_ipv6_segments()) << "only beside the same for IPv4";
    EXPECT_EQ(device.chosen & feature_tcp6_segments, 0u);
}

TEST_F(NetTest, with_few_buffers_it_sends_no_large_frames) {
    device.offered |= feature_tcp4_segments | feature_checksum;
    begin(32);
    EXPECT_FALSE(card->cuts_segments());
}

TEST_F(NetTest, sends_a_frame_to_be_cut_through_several_buffers_and_gets_all_of_them_back) {
    device.offered |= feature_tcp4_segments | feature_checksum;
    begin(64);
    ASSERT_TRUE(card->cuts_segments());
    std::string frame(VirtioNet::largest_to_cut, '?');
    for (std::size_t i = 0; i < frame.size(); ++i) frame[i] = static_cast<char>(i * 7 + i / 251);
    for (int round = 0; round < 50; ++round) {
        ASSERT_TRUE(send(frame, {true, 34, 16, 1460, 54})) << round;
        ASSERT_TRUE(send("short")) << round;
        card->flush();
        VirtioNetHeader header;
        EXPECT_EQ(sent(&header), frame);
        EXPECT_EQ(buffers_of_last, VirtioNet::most_buffers);
        EXPECT_EQ(header.flags, VirtioNetHeader::flag_needs_checksum);
        EXPECT_EQ(header.gso_type, VirtioNetHeader::gso_tcp4);
        EXPECT_EQ(header.gso_size.value(), 1460);
        EXPECT_EQ(header.header_length.value(), 54);
        EXPECT_EQ(header.checksum_start.value(), 34);
        EXPECT_EQ(header.checksum_offset.value(), 16);
        EXPECT_EQ(sent(&header), "short");
        EXPECT_EQ(buffers_of_last, 1u);
        EXPECT_EQ(header.gso_type, VirtioNetHeader::gso_none);
    }
    // As many as there are buffers for, and then it waits.
    unsigned out = 0;
    while (send(frame, {true, 34, 16, 1460, 54})) ++out;
    EXPECT_EQ(out, 64 / VirtioNet::most_buffers);
    card->flush();
    EXPECT_FALSE(card->wait_for_room());
    EXPECT_EQ(sent(), frame);
    EXPECT_TRUE(send(frame, {true, 34, 16, 1460, 54}));
}

// Fewer buffers may come back in between than the largest frame takes.
TEST_F(NetTest, waits_for_as_much_room_as_the_largest_frame_takes) {
    for (unsigned early = 1; early < VirtioNet::most_buffers; ++early) {
        device = FakeVirtio();
        device.offered |= feature_tcp4_segments | feature_checksum;
        wakes = 0;
        begin(64);
        for (unsigned i = 0; i < 10; ++i) ASSERT_TRUE(send("short"));
        while (send(std::string(VirtioNet::largest_to_cut, '.'), {true, 34, 16, 1460, 54})) {
        }
        card->flush();
        for (unsigned i = 0; i < early; ++i) EXPECT_TRUE(sent());
        EXPECT_EQ(wakes, 0u);
        unsigned back = early;
        while (!card->wait_for_room()) {
            ASSERT_EQ(sent(), "short");
            ++back;
            EXPECT_EQ(wakes, back - early) << "of " << back << " buffers";
        }
        EXPECT_EQ(back, VirtioNet::most_buffers);
        EXPECT_FALSE(device.queues[1].take()->parts.empty());
    }
}

TEST_F(NetTest, waits_for_room_and_hears_of_it) {
    begin();
    for (unsigned i = 0; i < 8; ++i) ASSERT_TRUE(send("frame")) << i;
    EXPECT_FALSE(send("one too many"));
    card->flush();
    EXPECT_FALSE(card->wait_for_room());
    EXPECT_EQ(wakes, 0u);
    EXPECT_TRUE(sent());
    EXPECT_EQ(wakes, 1u);
    EXPECT_TRUE(send("there is room again"));
    card->flush();
    for (unsigned i = 0; i < 8; ++i) EXPECT_TRUE(sent());
    EXPECT_EQ(wakes, 1u) << "only the first one was waited for";
    for (unsigned i = 0; i < 100; ++i) {
        ASSERT_TRUE(send("steady"));
        card->flush();
        ASSERT_EQ(sent(), "steady");
    }
}

TEST_F(NetTest, asks_the_device_for_checksums_only_if_it_can) {
    device.offered |= feature_checksum;
    begin();
    EXPECT_TRUE(card->fills_in_checksums());
    send("frame with a hole", {.needs_checksum = true, .checksum_start = 34, .checksum_offset = 16});
    card->flush();
    VirtioNetHeader header;
    sent(&header);
    EXPECT_EQ(header.flags, VirtioNetHeader::flag_needs_checksum);
    EXPECT_EQ(header.checksum_start.value(), 34);
    EXPECT_EQ(header.checksum_offset.value(), 16);
    send("plain");
    card->flush();
    sent(&header);
    EXPECT_EQ(header.flags, 0) << "nothing is left over in the buffer";
}

TEST_F(NetTest, understands_checksum_flags_when_negotiated) {
    device.offered |= feature_guest_checksum;
    begin();
    VirtioNetHeader header;
    header.flags = VirtioNetHeader::flag_data_valid;
    deliver("verified", header);
    ASSERT_EQ(received(), Frames{"verified"});
    EXPECT_TRUE(last.checksum_verified);
    header.flags = VirtioNetHeader::flag_needs_checksum;
    header.checksum_start.set(2);
    header.checksum_offset.set(4);
    deliver("12345678", header);
    ASSERT_EQ(received(), Frames{"12345678"});
    EXPECT_TRUE(last.checksum_partial);
    EXPECT_FALSE(last.checksum_verified);
}

TEST_F(NetTest, believes_no_flag_that_was_not_negotiated) {
    begin();
    VirtioNetHeader header;
    header.flags = VirtioNetHeader::flag_data_valid;
    deliver("frame", header);
    received();
    EXPECT_FALSE(last.checksum_verified);
}

TEST_F(NetTest, takes_a_device_without_event_indexes) {
    device.offered = virtio_feature::version_1;
    begin();
    EXPECT_EQ(card->mac(), own);
    device.queues[1].want_notifications(true);
    send("frame");
    card->flush();
    EXPECT_EQ(device.notifications[1], 1u);
    EXPECT_FALSE(card->allow_interrupts());
    deliver("in");
    EXPECT_EQ(wakes, 1u);
    EXPECT_EQ(received(), Frames{"in"});
}

TEST_F(NetTest, uses_smaller_queues_when_the_device_has_no_larger) {
    device.limit = 2;
    begin(256);
    EXPECT_TRUE(send("a"));
    EXPECT_TRUE(send("b"));
    EXPECT_FALSE(send("c"));
}

// [virtio-1.2 §4.1.4.3.2, §4.2.2.2]: FakeVirtio refuses other sizes.
TEST_F(NetTest, makes_queues_of_a_power_of_two_whatever_the_device_allows) {
    for (auto [limit, size] : {std::pair{1, 1}, {3, 2}, {100, 64}, {255, 128}, {65'535, 256}}) {
        device.limit = static_cast<std::uint16_t>(limit);
        begin(256);
        EXPECT_EQ(device.queues[0].size(), size) << limit;
        EXPECT_EQ(device.queues[1].size(), size) << limit;
    }
}

TEST_F(NetTest, puts_frames_together_that_come_in_several_buffers) {
    device.offered |= feature_merged;
    begin(16);
    EXPECT_TRUE(device.chosen & feature_merged);
    for (unsigned turn = 0; turn < 20; ++turn)
        for (std::size_t const each : {13u, 100u, 1000u, 2048u}) {
            std::string const frame = long_text(each == 13 ? 60 : each == 100 ? 700 : 1514);
            deliver_in_parts(frame, each);
            deliver_in_parts("short", 2048);
            ASSERT_EQ(received(), (Frames{frame, "short"})) << each;
        }
    EXPECT_FALSE(card->failed());
    EXPECT_EQ(card->statistics().bad_frames, 0u);
}

TEST_F(NetTest, a_frame_that_is_too_long_in_all_is_passed_over_with_all_its_buffers) {
    device.offered |= feature_merged;
    begin();
    for (unsigned turn = 0; turn < 20; ++turn) {
        deliver_in_parts(long_text(5000), 1000);
        deliver_in_parts("good", 2048);
        ASSERT_EQ(received(), Frames{"good"});
    }
    EXPECT_EQ(card->statistics().bad_frames, 20u);
    EXPECT_FALSE(card->failed());
}

// --- devices that cannot be used -------------------------------------------

TEST_F(NetTest, says_why_it_cannot_use_a_device) {
    device.offered = feature_mac;
    EXPECT_EQ(error(), VirtioError::NotModern);
    EXPECT_TRUE(device.statuses.back() & virtio_status::failed);
    device.offered |= virtio_feature::version_1;
    device.refuses_features = true;
    EXPECT_EQ(error(), VirtioError::FeaturesRefused);
    EXPECT_TRUE(device.statuses.back() & virtio_status::failed);
    device.refuses_features = false;
    device.hangs_in_reset = true;
    EXPECT_EQ(error(), VirtioError::NoReset);
    device.hangs_in_reset = false;
    device.queue_count = 1;
    EXPECT_EQ(error(), VirtioError::NoQueue);
}

TEST_F(NetTest, gives_memory_back_when_there_is_too_little) {
    for (unsigned blocks = 0; blocks < 4; ++blocks) {
        FakeDma little(blocks);
        auto const created = VirtioNet::create(
            place, device, little, {8, own}, [](void*) {}, nullptr);
        ASSERT_FALSE(created);
        EXPECT_EQ(created.error(), VirtioError::NoMemory);
        EXPECT_EQ(little.blocks(), 0u);
    }
}

TEST_F(NetTest, keeps_memory_from_everybody_that_a_device_may_still_write_to) {
    for (bool const hangs : {false, true}) {
        FakeDma memory;
        FakeVirtio stubborn;
        {
            VirtioSetup setup(stubborn, memory);
            ASSERT_TRUE(setup.negotiate(0));
            ASSERT_TRUE(setup.rings(0, 8));
            stubborn.hangs_in_reset = hangs;
        }
        EXPECT_EQ(stubborn.statuses.back(), 0) << "it is reset";
        EXPECT_EQ(memory.blocks(), hangs ? 1u : 0u);
    }
}

// --- devices that break their contract: list V of the hostile inputs --------

TEST_F(NetTest, passes_over_frames_shorter_than_a_header) {
    begin();
    for (std::uint32_t length = 0; length <= 12; ++length) {
        ASSERT_TRUE(deliver("whatever", {}, length));
        EXPECT_EQ(received(), Frames{});
    }
    EXPECT_EQ(card->statistics().bad_frames, 13u);
    deliver("good");
    EXPECT_EQ(received(), Frames{"good"});
    EXPECT_FALSE(card->failed());
}

TEST_F(NetTest, fails_a_device_that_claims_to_have_overfilled_a_buffer) {
    begin();
    deliver("frame", {}, 2049);
    EXPECT_EQ(received(), Frames{});
    EXPECT_TRUE(card->failed());
    EXPECT_TRUE(device.statuses.back() & virtio_status::failed);
}

TEST_F(NetTest, passes_over_checksum_fields_outside_the_frame) {
    device.offered |= feature_guest_checksum;
    begin();
    for (auto [start, offset] : {std::pair{0, 7}, {7, 0}, {4, 3}, {65535, 65535}, {65535, 0}, {0, 65535}}) {
        VirtioNetHeader header;
        header.flags = VirtioNetHeader::flag_needs_checksum;
        header.checksum_start.set(static_cast<std::uint16_t>(start));
        header.checksum_offset.set(static_cast<std::uint16_t>(offset));
        deliver("12345678", header);
        EXPECT_EQ(received(), Frames{}) << start << "+" << offset;
    }
    EXPECT_EQ(card->statistics().bad_frames, 6u);
}

TEST_F(NetTest, passes_over_offloads_that_nobody_asked_for) {
    begin();
    for (unsigned type : {1u, 3u, 4u, 5u, 0x80u, 0xFFu}) {
        VirtioNetHeader header;
        header.gso_type = static_cast<std::uint8_t>(type);
        deliver("frame", header);
        EXPECT_EQ(received(), Frames{});
    }
}

TEST_F(NetTest, without_merged_buffers_it_does_not_look_at_their_number) {
    begin();
    for (unsigned buffers : {0u, 2u, 65535u}) {
        VirtioNetHeader header;
        header.buffers.set(static_cast<std::uint16_t>(buffers));
        deliver("frame", header);
        EXPECT_EQ(received(), Frames{"frame"});
    }
}

TEST_F(NetTest, stops_using_a_device_that_returns_fewer_buffers_than_it_says) {
    for (unsigned const said : {0u, 2u, 4u, 65535u}) {  // 2: the third is taken for a frame
        device = FakeVirtio();
        device.offered |= feature_merged;
        begin();
        deliver_in_parts(long_text(1400), 500, said);  // which takes three
        received();
        EXPECT_TRUE(card->failed()) << said;
        EXPECT_EQ(received(), Frames{}) << said;
        EXPECT_TRUE(device.statuses.back() & virtio_status::failed) << said;
    }
}

TEST_F(NetTest, stops_using_a_device_that_returns_a_frame_twice) {
    begin();
    send("frame");
    card->flush();
    auto const chain = device.queues[1].take();
    device.queues[1].use(chain->head, 0);
    device.queues[1].use(chain->head, 0);
    for (unsigned i = 0; i < 20; ++i) send("more");
    EXPECT_TRUE(card->failed());
    EXPECT_FALSE(send("nothing leaves"));
    EXPECT_FALSE(card->wait_for_room());
    unsigned reports = 0;
    for (std::uint8_t status : device.statuses) reports += (status & virtio_status::failed) != 0;
    EXPECT_EQ(reports, 1u);
}

// Whoever waits would look again and again at a card that gives nothing.
TEST_F(NetTest, a_card_that_broke_one_queue_has_nothing_on_the_other) {
    begin();
    deliver("waiting");
    send("frame");
    card->flush();
    auto const chain = device.queues[1].take();
    for (int i = 0; i < 2; ++i) device.queues[1].use(chain->head, 0);
    for (unsigned i = 0; i < 20; ++i) send("more");
    ASSERT_TRUE(card->failed());
    EXPECT_FALSE(card->allow_interrupts());
    EXPECT_EQ(received(), Frames{});
}

TEST_F(NetTest, reads_each_field_of_the_configuration_in_its_width) {
    device.offered |= feature_mtu;
    begin();
    EXPECT_EQ(device.config_reads, (std::vector<std::pair<std::size_t, unsigned>>{{10, 2}, {0, 1}}));
}

// [virtio-1.2 §2.5.1]
TEST_F(NetTest, reads_no_field_whose_feature_was_not_offered) {
    device.offered &= ~feature_mac;
    begin();
    EXPECT_TRUE(device.config_reads.empty());
    EXPECT_EQ(card->mac(), own);
    EXPECT_EQ(card->mtu(), 1500);
}

// [virtio-1.2 §2.7.10.1]: the memory holds anything before.
TEST_F(NetTest, shows_rings_that_are_cleared) {
    begin();
    for (std::uint16_t queue : {0, 1}) {
        EXPECT_EQ(device.queues[queue].used_flags(), 0) << queue;
        EXPECT_EQ(device.queues[queue].size(), 8) << queue;
    }
}

// [virtio-1.2 §5.1.6.2.1]
TEST_F(NetTest, a_frame_that_leaves_says_nothing_that_only_the_device_may_say) {
    device.offered |= feature_checksum | feature_tcp4_segments | feature_guest_checksum | feature_merged;
    begin(256);
    VirtioNet::Offload const offloads[] = {
        {},
        {.needs_checksum = true, .checksum_start = 34, .checksum_offset = 16},
        {.needs_checksum = true,
         .checksum_start = 34,
         .checksum_offset = 16,
         .segment_size = 1460,
         .header_length = 54}};
    for (VirtioNet::Offload const& offload : offloads) {
        ASSERT_TRUE(send(long_text(1000), offload));
        card->flush();
        VirtioNetHeader header;
        ASSERT_TRUE(sent(&header));
        EXPECT_EQ(header.buffers.value(), 0);
        EXPECT_EQ(header.flags & ~VirtioNetHeader::flag_needs_checksum, 0);
    }
}

TEST_F(NetTest, reminds_a_device_that_asked_for_nothing_of_both_queues) {
    begin();
    send("frame");
    card->flush();
    device.notifications.clear();
    card->remind();
    EXPECT_EQ(device.notifications[0], 1u);
    EXPECT_EQ(device.notifications[1], 1u);
}

TEST_F(NetTest, reminds_no_device_that_it_has_given_up) {
    begin();
    device.queues[0].use(99, 12);
    EXPECT_EQ(received(), Frames{});
    ASSERT_TRUE(card->failed());
    device.notifications.clear();
    card->remind();
    EXPECT_TRUE(device.notifications.empty());
}

TEST_F(NetTest, announces_nothing_before_it_has_begun) {
    auto created = VirtioNet::create(
        place, device, dma, {8, own}, [](void*) {}, nullptr);
    card = created.value();
    ASSERT_TRUE(send("early"));
    EXPECT_DEATH(card->flush(), "assertion failed");
    EXPECT_TRUE(device.notifications.empty());
    card->start();
    card->flush();
    EXPECT_EQ(device.notifications[1], 1u);
}

TEST_F(NetTest, replaces_an_address_that_is_none) {
    device.config[0] = 0x53;  // multicast
    begin();
    EXPECT_EQ(card->mac(), own);
}

TEST_F(NetTest, ignores_an_impossible_mtu) {
    device.offered |= feature_mtu;
    for (auto [said, used] : {std::pair{0, 1500}, {67, 1500}, {68, 68}, {1400, 1400}, {65535, 1500}}) {
        device.config[10] = static_cast<std::uint8_t>(said);
        device.config[11] = static_cast<std::uint8_t>(said >> 8);
        begin();
        EXPECT_EQ(card->mtu(), used) << said;
    }
}

// [virtio-1.2 §5.1.4.2]: with the feature, buffers must hold frames of that size.
TEST_F(NetTest, does_without_an_mtu_for_which_its_buffers_are_too_small) {
    device.offered |= feature_mtu | feature_merged;
    for (auto [said, negotiated] : {std::pair{68, true}, {1500, true}, {1501, false}, {65535, false}}) {
        device.config[10] = static_cast<std::uint8_t>(said);
        device.config[11] = static_cast<std::uint8_t>(said >> 8);
        begin();
        EXPECT_EQ((device.chosen & feature_mtu) != 0, negotiated) << said;
        EXPECT_EQ(device.chosen | feature_mtu, device.offered) << said << ": the rest as always";
        EXPECT_EQ(card->mtu(), std::min(said, 1500)) << said;
    }
}

TEST_F(NetTest, survives_a_short_configuration) {
    device.offered |= feature_mtu;
    device.config.resize(3);
    begin();
    EXPECT_EQ(card->mac(), own);
    EXPECT_EQ(card->mtu(), 1500);
}

}  // namespace
}  // namespace devices
