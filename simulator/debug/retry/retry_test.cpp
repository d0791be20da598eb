// SPDX-License-Identifier: GPL-2.0-or-later
//
// Frames changed without harm to their checksums, and a script played to a guest
// that draws other numbers and says other things than the recorded one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "simulator/debug/packet_decode.hpp"
#include "simulator/debug/retry/reenactment.hpp"
#include "tests/fakes/fake_cpu.hpp"

namespace sim::debug::retry {
namespace {

using machine::InputKind;
using machine::OutputKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t guest_address = 0x0a00020f, peer = 0x0a000202;

void put(Bytes& f, std::size_t at, std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) f[at + i] = static_cast<std::uint8_t>(value >> (8 * (size - 1 - i)));
}
std::uint32_t sum_of(Bytes const& f, std::size_t from) {
    std::uint32_t sum = 0;
    for (std::size_t i = from; i < f.size(); ++i) sum += std::uint32_t{f[i]} << ((i - from) % 2 ? 0 : 8);
    return sum;
}
Bytes ip_frame(bool from_guest, std::uint8_t protocol, Bytes const& transport, std::size_t checksum) {
    Bytes f(34, 0);
    f[12] = 8;
    f[14] = 0x45;
    put(f, 16, 20 + transport.size(), 2);
    f[22] = 64;
    f[23] = protocol;
    put(f, 26, from_guest ? guest_address : peer, 4);
    put(f, 30, from_guest ? peer : guest_address, 4);
    std::uint32_t ip_sum = 0;
    for (std::size_t i = 14; i < 34; ++i) ip_sum += std::uint32_t{f[i]} << (i % 2 ? 0 : 8);
    while (ip_sum > 0xFFFF) ip_sum = (ip_sum & 0xFFFF) + (ip_sum >> 16);
    put(f, 24, ~ip_sum & 0xFFFF, 2);
    f.insert(f.end(), transport.begin(), transport.end());
    std::uint32_t sum = sum_of(f, 34) + protocol + static_cast<std::uint32_t>(transport.size());
    for (std::size_t i = 26; i < 34; ++i) sum += std::uint32_t{f[i]} << (i % 2 ? 0 : 8);
    while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
    put(f, 34 + checksum, ~sum & 0xFFFF, 2);
    return f;
}
Bytes segment(bool from_guest, std::uint32_t sequence, std::uint32_t acknowledgement, std::uint8_t flags,
              std::string const& payload = "", std::uint16_t guest_port = 80,
              std::uint16_t peer_port = 43210) {
    Bytes t(20, 0);
    put(t, 0, from_guest ? guest_port : peer_port, 2);
    put(t, 2, from_guest ? peer_port : guest_port, 2);
    put(t, 4, sequence, 4);
    put(t, 8, acknowledgement, 4);
    t[12] = 0x50;
    t[13] = flags;
    put(t, 14, 1000, 2);
    t.insert(t.end(), payload.begin(), payload.end());
    return ip_frame(from_guest, 6, t, 16);
}
Bytes datagram(bool from_guest, std::uint16_t guest_port, std::uint16_t peer_port,
               std::string const& payload) {
    Bytes t(8, 0);
    put(t, 0, from_guest ? guest_port : peer_port, 2);
    put(t, 2, from_guest ? peer_port : guest_port, 2);
    put(t, 4, 8 + payload.size(), 2);
    t.insert(t.end(), payload.begin(), payload.end());
    return ip_frame(from_guest, 17, t, 6);
}

std::uint32_t number(std::mt19937& random) { return static_cast<std::uint32_t>(random()); }

TEST(Frames, are_changed_with_their_checksums) {
    std::mt19937 random(13);
    for (int round = 0; round < 200; ++round) {
        Bytes f = segment(false, number(random), number(random), 24, std::string(random() % 9, 'x'));
        FrameFields const fields = read_frame(f, false);
        ASSERT_EQ(fields.protocol, Protocol::tcp);
        ASSERT_FALSE(decode_packet(f).bad);
        std::uint32_t const value = number(random);
        replace(f, fields, 8, 4, value);
        replace(f, fields, 2, 2, 8080);
        EXPECT_FALSE(decode_packet(f).bad) << round;
        EXPECT_EQ(read_frame(f, false).acknowledgement, value);
        EXPECT_EQ(read_frame(f, false).guest_port, 8080);
        // At an odd place bytes change their halves of the word.
        replace(f, fields, 13, 2, number(random));
        EXPECT_FALSE(decode_packet(f).bad) << round;
    }
    Bytes f = segment(false, 1, 2, 16);
    put(f, 50, read_frame(f, false).transport, 2);  // a wrong checksum stays wrong
    ASSERT_TRUE(decode_packet(f).bad);
    replace(f, read_frame(f, false), 8, 4, 77);
    EXPECT_TRUE(decode_packet(f).bad);
}

TEST(Frames, of_any_length_are_read) {
    Bytes const whole = segment(false, 1, 2, 24, "payload");
    for (std::size_t n = 0; n <= whole.size(); ++n) {
        FrameFields const f = read_frame(std::span(whole).first(n), false);
        EXPECT_EQ(f.protocol == Protocol::tcp, n == whole.size());
        EXPECT_LE(f.payload + f.payload_length, n);
    }
    Bytes strange = whole;
    std::mt19937 random(3);
    for (int i = 0; i < 20'000; ++i) {
        strange[random() % strange.size()] = static_cast<std::uint8_t>(random());
        FrameFields const f = read_frame(strange, random() % 2);
        ASSERT_LE(f.payload + f.payload_length, strange.size());
        replace(strange, f, random() % 40, 4, number(random));
    }
}

// A recorded life without a machine: what was said, and when.
class Recorded {
public:
    Recorded()
        : machine_(machine::MachineConfig{.memory_bytes = 1 << 20}, fakes::fake_cpu({{fakes::Op::nop}}, 0)) {}

    Recorded& guest(std::uint64_t ns, Bytes const& frame) {
        at(ns);
        maker_.on_output(machine_, card_, OutputKind::frame, frame);
        return *this;
    }
    Recorded& outside(std::uint64_t ns, Bytes frame, InputKind kind = InputKind::frame) {
        at(ns);
        maker_.on_input(machine_, {{}, ns, "net0", kind, std::move(frame)});
        return *this;
    }
    Script script() { return maker_.take(now_); }

private:
    struct Card final : machine::Device {
        Card() : Device("net0") {}
        void reset() override {}
        void save(machine::StateWriter&) const override {}
        void load(machine::StateReader&) override {}
    };
    // An input that does nothing, and that nobody hears of: virtual time passes until then.
    void at(std::uint64_t ns) {
        machine_.remove_observer(maker_);
        if (ns > machine_.virtual_ns()) machine_.give({"memory", InputKind::poke, {}}, ns);
        machine_.add_observer(maker_);
        now_ = ns;
        ASSERT_GE(machine_.virtual_ns(), ns);
    }
    machine::Machine machine_;
    Card card_;
    ScriptMaker maker_{machine_};
    std::uint64_t now_ = 0;
};

// One request and its answer on one connection; the guest's stream begins at `first`.
Script conversation(std::uint32_t first, std::string const& answer) {
    auto const length = static_cast<std::uint32_t>(answer.size());
    Recorded r;
    r.guest(1000, Bytes(60, 0))  // something on the card before: the peer waits for a guest that is up
        .outside(5000, segment(false, 700, 0, 2))
        .guest(6000, segment(true, first, 701, 18))
        .outside(6500, segment(false, 701, first + 1, 16))
        .outside(7000, segment(false, 701, first + 1, 24, "GET"))
        .guest(9000, segment(true, first + 1, 704, 24, answer))
        .outside(9100, segment(false, 704, first + 1 + length, 16))
        .outside(12'000, segment(false, 704, first + 1 + length, 17));
    return r.script();
}

std::vector<Bytes> frames(std::vector<machine::Arrival> const& arrived) {
    std::vector<Bytes> all;
    for (auto const& a : arrived) all.push_back(a.bytes);
    return all;
}

TEST(Reenactment, gives_each_input_at_its_cue_and_fits_it_to_the_guests_numbers) {
    std::uint32_t const mine = 4'000'000'000;
    Reenactment outside(conversation(100'000, "hello"), true);
    std::vector<machine::Arrival> arrived;
    outside.poll(5'000'000, arrived);
    EXPECT_THAT(arrived, IsEmpty()) << "the guest has sent nothing yet";
    outside.output(6'000'000, "net0", OutputKind::frame, Bytes(60, 0));
    EXPECT_EQ(outside.wait(6'000'000, std::nullopt), 6'004'000u);
    outside.poll(6'003'999, arrived);
    EXPECT_THAT(arrived, IsEmpty());
    outside.poll(6'004'000, arrived);
    EXPECT_THAT(frames(arrived), ElementsAre(segment(false, 700, 0, 2)));
    arrived.clear();
    outside.output(7'000'000, "net0", OutputKind::frame, segment(true, mine, 701, 18));
    EXPECT_EQ(outside.wait(7'000'000, 7'000'100), 7'000'100u);
    outside.poll(7'001'000, arrived);
    EXPECT_THAT(frames(arrived),
                ElementsAre(segment(false, 701, mine + 1, 16), segment(false, 701, mine + 1, 24, "GET")));
    arrived.clear();
    // A longer answer than the recorded one: all of it is acknowledged.
    outside.output(8'000'000, "net0", OutputKind::frame, segment(true, mine + 1, 704, 24, "hello, world"));
    outside.poll(9'000'000, arrived);
    EXPECT_THAT(frames(arrived),
                ElementsAre(segment(false, 704, mine + 13, 16), segment(false, 704, mine + 13, 17)));
    EXPECT_TRUE(outside.finished());
    ASSERT_EQ(outside.notes().size(), 1u);
    EXPECT_THAT(outside.notes()[0], HasSubstr("4th segment on connection 1 (10.0.2.2:43210)"));
    EXPECT_THAT(outside.notes()[0], HasSubstr("acknowledged 6 bytes; here the guest had sent 13"));
}

TEST(Reenactment, does_not_wait_for_ever_for_a_cue_and_says_so) {
    Reenactment outside(conversation(100'000, "hello"), true);
    std::vector<machine::Arrival> arrived;
    outside.output(1000, "net0", OutputKind::frame, Bytes(60, 0));
    outside.poll(5000, arrived);
    EXPECT_EQ(outside.delivered(), 1u);
    // The guest never answers the SYN.
    auto const next = outside.wait(6000, std::nullopt);
    ASSERT_TRUE(next);
    EXPECT_GE(*next, Reenactment::patience_ns);
    for (int i = 0; i < 20 && !outside.finished(); ++i)
        outside.poll(outside.wait(outside.last_delivery_ns(), std::nullopt).value_or(0), arrived);
    EXPECT_TRUE(outside.finished());
    EXPECT_EQ(outside.wait(UINT64_MAX / 2, std::nullopt), std::nullopt);
    EXPECT_EQ(outside.wait(5, 10), 10u);
    std::string all;
    for (std::string const& note : outside.notes()) all += note + "\n";
    EXPECT_THAT(all, HasSubstr("acknowledges a SYN that the guest has not sent"));
    EXPECT_THAT(all, HasSubstr("it was not waited for longer"));
}

TEST(Reenactment, names_a_segment_that_acknowledges_what_was_never_sent) {
    // The recorded peer acknowledges the middle of an answer that is no longer so long.
    Recorded r;
    r.outside(1000, segment(false, 700, 0, 2))
        .guest(2000, segment(true, 50, 701, 18))
        .guest(3000, segment(true, 51, 701, 24, std::string(1000, 'x')))
        .outside(4000, segment(false, 701, 51 + 600, 16));
    Reenactment outside(r.script(), true);
    std::vector<machine::Arrival> arrived;
    outside.poll(1000, arrived);
    outside.output(2000, "net0", OutputKind::frame, segment(true, 900, 701, 18));
    outside.output(3000, "net0", OutputKind::frame, segment(true, 901, 701, 24, "short"));
    outside.poll(4000, arrived);
    EXPECT_TRUE(outside.finished());
    ASSERT_EQ(outside.notes().size(), 1u);
    EXPECT_THAT(outside.notes()[0], HasSubstr("2nd segment on connection 1"));
    EXPECT_THAT(outside.notes()[0], HasSubstr("acknowledges bytes never sent: 601 of 6"));
}

TEST(Reenactment, answers_go_to_the_port_and_the_identifier_of_this_guests_questions) {
    auto const dhcp = [](char id) {
        return std::string("\1\1\6\0", 4) + std::string(4, id) + std::string(232, '\0');
    };
    Recorded r;
    r.guest(1000, datagram(true, 68, 67, dhcp('a')))
        .outside(1500, datagram(false, 68, 67, dhcp('a')))
        .guest(2000, datagram(true, 50'000, 53, "12 where is it?"))
        .outside(2700, datagram(false, 50'000, 53, "12 there"))
        .guest(3000, segment(true, 10, 0, 2, "", 40'000, 8080))
        .outside(3500, segment(false, 99, 11, 18, "", 40'000, 8080));
    Reenactment outside(r.script(), true);
    std::vector<machine::Arrival> arrived;
    outside.output(1100, "net0", OutputKind::frame, datagram(true, 68, 67, dhcp('Z')));
    outside.output(2100, "net0", OutputKind::frame, datagram(true, 51'111, 53, "xy where is it?"));
    outside.output(3100, "net0", OutputKind::frame, segment(true, 777, 0, 2, "", 41'234, 8080));
    outside.poll(4000, arrived);
    EXPECT_THAT(frames(arrived),
                ElementsAre(datagram(false, 68, 67, dhcp('Z')), datagram(false, 51'111, 53, "xy there"),
                            segment(false, 99, 778, 18, "", 41'234, 8080)));
    EXPECT_THAT(outside.notes(), IsEmpty());
}

}  // namespace
}  // namespace sim::debug::retry
