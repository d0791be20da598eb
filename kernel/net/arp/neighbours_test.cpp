// SPDX-License-Identifier: MIT
//
// The ARP cache against an honest link and a hostile one.
#include "kernel/net/arp/neighbours.hpp"

#include <gtest/gtest.h>

#include "kernel/net/testing/world.hpp"

namespace net::arp {
namespace {

using base::Duration;
using base::Instant;
using testing::CountingAllocator;
using wire::ArpPacket;
using Operation = ArpPacket::Operation;

constexpr MacAddress our_mac({2, 0, 0, 0, 0, 1});
constexpr MacAddress gateway_mac({2, 0, 0, 0, 0, 2});
constexpr MacAddress evil_mac({2, 0, 0, 0, 0, 66});
constexpr Ipv4Configuration own{Ipv4Address(10, 0, 2, 15), 24, Ipv4Address(10, 0, 2, 2), {}};
constexpr Ipv4Address gateway = own.gateway;

struct Fixture {
    CountingAllocator memory;
    Statistics statistics;
    Neighbours neighbours{our_mac, statistics};
    Instant now = Instant::from_boot(Duration::seconds(1));

    Fixture() {
        EXPECT_TRUE(neighbours.create(memory, 64));
        neighbours.set_address(own, now);
        drain();  // the two announcements
        now = now + Duration::seconds(2);
        drain();
    }
    int drain() {
        ArpPacket packet;
        MacAddress to;
        int count = 0;
        while (neighbours.next_packet(packet, to, now)) ++count;
        return count;
    }
    void expect_packet(ArpPacket const& wanted, MacAddress wanted_to) {
        ArpPacket packet;
        MacAddress to;
        ASSERT_TRUE(neighbours.next_packet(packet, to, now));
        EXPECT_EQ(packet, wanted);
        EXPECT_EQ(to, wanted_to);
    }
    void expect_request(Ipv4Address address, MacAddress to = MacAddress::broadcast()) {
        expect_packet({Operation::Request, our_mac, own.address, MacAddress(), address}, to);
    }
    void in(Operation operation, MacAddress mac, Ipv4Address ip, Ipv4Address target = own.address) {
        neighbours.on_packet({operation, mac, ip, our_mac, target}, now);
    }
    Lookup resolve(Ipv4Address address, MacAddress* mac = nullptr) {
        MacAddress found;
        Lookup const result = neighbours.resolve(address, found, now);
        if (mac != nullptr) *mac = found;
        return result;
    }
    void resolve_gateway() {
        resolve(gateway);
        expect_request(gateway);
        in(Operation::Reply, gateway_mac, gateway);
        EXPECT_EQ(resolve(gateway), Lookup::Resolved);
    }
    MacAddress mac_of(Ipv4Address address) {
        MacAddress mac;
        EXPECT_EQ(resolve(address, &mac), Lookup::Resolved);
        return mac;
    }
};

TEST(Arp, asks_once_a_second_and_believes_the_answer) {
    Fixture f;
    EXPECT_EQ(f.resolve(gateway), Lookup::Waiting);
    f.expect_request(gateway);
    EXPECT_EQ(f.resolve(gateway), Lookup::Waiting);
    EXPECT_EQ(f.drain(), 0);
    f.now = f.now + Duration::milliseconds(999);
    EXPECT_EQ(f.drain(), 0);
    f.now = f.now + Duration::milliseconds(1);
    f.expect_request(gateway);
    f.in(Operation::Reply, gateway_mac, gateway);
    EXPECT_TRUE(f.neighbours.take_progress());
    EXPECT_EQ(f.mac_of(gateway), gateway_mac);
}

TEST(Arp, gives_up_after_three_requests_and_tries_again_later) {
    Fixture f;
    f.resolve(gateway);
    for (int i = 0; i < 3; ++i) {
        f.expect_request(gateway);
        f.now = f.now + Duration::seconds(1);
    }
    f.drain();
    EXPECT_TRUE(f.neighbours.take_progress());
    EXPECT_EQ(f.resolve(gateway), Lookup::Failed);
    f.now = f.now + Duration::seconds(3);
    EXPECT_EQ(f.resolve(gateway), Lookup::Waiting);
    f.expect_request(gateway);
}

TEST(Arp, an_old_entry_is_asked_for_directly_while_it_is_still_used) {
    Fixture f;
    f.resolve_gateway();
    f.now = f.now + Duration::seconds(61);
    f.drain();
    EXPECT_EQ(f.mac_of(gateway), gateway_mac);
    f.expect_request(gateway, gateway_mac);
    f.in(Operation::Reply, gateway_mac, gateway);
    f.now = f.now + Duration::seconds(10);
    EXPECT_EQ(f.drain(), 0);
}

TEST(Arp, answers_requests_for_our_address_only) {
    Fixture f;
    f.in(Operation::Request, gateway_mac, gateway);
    f.expect_packet({Operation::Reply, our_mac, own.address, gateway_mac, gateway}, gateway_mac);
    f.in(Operation::Request, gateway_mac, gateway, Ipv4Address(10, 0, 2, 99));
    EXPECT_EQ(f.drain(), 0);
    EXPECT_EQ(f.statistics.dropped(Drop::ArpNotForUs), 1u);
}

TEST(Arp, a_request_for_us_makes_its_sender_known) {
    Fixture f;
    f.in(Operation::Request, gateway_mac, gateway);
    EXPECT_EQ(f.drain(), 1);
    EXPECT_EQ(f.mac_of(gateway), gateway_mac);
    EXPECT_EQ(f.drain(), 0);
}

TEST(Arp, a_reply_that_nobody_asked_for_changes_nothing) {  // A3
    Fixture f;
    f.in(Operation::Reply, evil_mac, gateway);
    EXPECT_EQ(f.statistics.dropped(Drop::ArpUnsolicited), 1u);
    f.resolve_gateway();
    f.in(Operation::Reply, evil_mac, gateway);
    EXPECT_EQ(f.statistics.dropped(Drop::ArpUnsolicited), 2u);
    EXPECT_EQ(f.mac_of(gateway), gateway_mac);
}

TEST(Arp, a_request_that_claims_the_gateways_address_makes_us_ask_the_gateway) {
    Fixture f;
    f.resolve_gateway();
    f.in(Operation::Request, evil_mac, gateway);
    f.expect_packet({Operation::Reply, our_mac, own.address, evil_mac, gateway}, evil_mac);
    EXPECT_EQ(f.mac_of(gateway), gateway_mac);
    f.expect_request(gateway, gateway_mac);
    f.in(Operation::Reply, gateway_mac, gateway);
    EXPECT_EQ(f.mac_of(gateway), gateway_mac);
}

TEST(Arp, defends_our_address_at_most_every_ten_seconds) {  // A4, RFC 5227
    Fixture f;
    for (int i = 0; i < 100; ++i) f.in(Operation::Request, evil_mac, own.address, gateway);
    f.expect_request(own.address);  // an announcement
    EXPECT_EQ(f.drain(), 0);
    EXPECT_EQ(f.statistics.dropped(Drop::ArpConflict), 100u);
    f.now = f.now + Duration::seconds(10);
    f.in(Operation::Reply, evil_mac, own.address);
    EXPECT_EQ(f.drain(), 1);
}

TEST(Arp, answers_a_probe_and_does_not_remember_it) {
    Fixture f;
    f.in(Operation::Request, evil_mac, Ipv4Address());
    EXPECT_EQ(f.drain(), 1);
    EXPECT_EQ(f.statistics.dropped(), 0u);
}

TEST(Arp, announces_a_new_address_twice) {
    Fixture f;
    Ipv4Configuration moved = own;
    moved.address = Ipv4Address(10, 0, 2, 16);
    f.neighbours.set_address(moved, f.now);
    ArpPacket const announcement{Operation::Request, our_mac, moved.address, MacAddress(), moved.address};
    f.expect_packet(announcement, MacAddress::broadcast());
    EXPECT_EQ(f.drain(), 0);
    EXPECT_EQ(f.neighbours.deadline(), f.now + Duration::seconds(2));
    f.now = f.now + Duration::seconds(2);
    f.expect_packet(announcement, MacAddress::broadcast());
    EXPECT_EQ(f.neighbours.deadline(), Instant::never());
}

TEST(Arp, a_flood_of_strangers_is_bounded_and_the_gateway_survives) {  // A7
    Fixture f;
    f.resolve_gateway();
    std::size_t const memory = f.memory.used();
    for (unsigned i = 0; i < 10'000; ++i) {
        MacAddress const mac({2, 9, 9, 9, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)});
        f.in(Operation::Request, mac, Ipv4Address(10, 0, 2, static_cast<std::uint8_t>(16 + i % 200)));
        f.drain();
    }
    EXPECT_EQ(f.memory.used(), memory);
    EXPECT_EQ(f.mac_of(gateway), gateway_mac);
}

TEST(Arp, replies_that_wait_are_bounded) {
    Fixture f;
    for (int i = 0; i < 100; ++i) f.in(Operation::Request, gateway_mac, gateway);
    EXPECT_EQ(f.drain(), 8);
    EXPECT_EQ(f.statistics.dropped(Drop::OutputQueueFull), 92u);
}

}  // namespace
}  // namespace net::arp
