// SPDX-License-Identifier: MIT
//
// A link that hands large segments over in one piece: between our own stack on the other
// end of the cable, whose card cuts nothing, and a guest that echoes. [virtio-1.2 §5.1.6.4]
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "kernel/net/testing/link.hpp"
#include "simulator/board/pc.hpp"
#include "simulator/devices/tcp_segments.hpp"
#include "simulator/recording/images.hpp"
#include "tests/scenario/pinging_host.hpp"

namespace scenario {
namespace {

using namespace sim::machine;

constexpr std::size_t largest_frame = 1514;
constexpr std::uint64_t stream = 300'000;

// Sends a stream to the guest's port 7 and reads what comes back.
class EchoClient final : public Outside {
public:
    EchoClient() {
        net::Config config;
        config.mac = net::MacAddress({0x52, 0x55, 0x0a, 0x00, 0x02, 0x02});
        config.dhcp = false;
        config.ipv4 = {net::Ipv4Address(10, 0, 2, 2), 24, {}, {}};
        config.offloads = {.tx_checksum = true, .tx_tcp4_segments = true};
        config.limits.send_buffer = 128 * 1024;
        stack_ = net::Interface::create(config, memory_, random_).value();
    }
    ~EchoClient() override { net::Interface::destroy(stack_); }

    void resume(std::uint64_t) override {}
    void poll(std::uint64_t now, std::vector<Arrival>& arrived) override {
        work(now);
        for (auto& frame : queue_) arrived.push_back({"net0", InputKind::frame, std::move(frame)});
        queue_.clear();
    }
    // Time does not pass by itself: it goes to where one of the two has something to do.
    std::optional<std::uint64_t> wait(std::uint64_t now, std::optional<std::uint64_t> deadline) override {
        if (!queue_.empty()) return now;
        std::uint64_t const ours = std::max(
            now, std::min(next_try_,
                          static_cast<std::uint64_t>(stack_->deadline().since_boot().as_nanoseconds())));
        return std::min(ours, deadline.value_or(ours));
    }
    void output(std::uint64_t now, std::string_view, OutputKind kind,
                std::span<std::uint8_t const> bytes) override {
        if (kind != OutputKind::frame) return;
        EXPECT_LE(bytes.size(), largest_frame) << "the card cuts what the guest sends";
        bool const is_broadcast_ip = bytes[0] == 0xFF && bytes[12] == 0x08 && bytes[13] == 0;
        if (is_broadcast_ip)  // the guest asks for an address
            for (auto& frame : dhcp_.on_frame(bytes)) queue_.push_back(std::move(frame));
        else
            stack_->on_frame(net::RxFrame{bytes}, instant(now));
    }

    bool done() const { return peer_.done(); }
    std::uint64_t echoed() const { return peer_.read; }
    unsigned large() const { return large_; }
    std::uint64_t retransmissions() const { return stack_->statistics().retransmissions; }

private:
    // Never back: what waited may have been ahead of the machine.
    base::Instant instant(std::uint64_t now) {
        clock_ = std::max(clock_, now);
        return base::Instant::from_boot(base::Duration::nanoseconds(static_cast<std::int64_t>(clock_)));
    }
    void work(std::uint64_t now) {
        if (now >= next_try_) connect();
        if (peer_.sockets != nullptr) peer_.work();
        if (peer_.error != net::Error::WouldBlock && next_try_ == never) next_try_ = now + between_tries;
        for (net::TxFrame out; stack_->next_frame(out, instant(now));) {
            Bytes frame(out.size());
            out.copy_to(frame.data());
            if (out.needs_checksum)
                sim::devices::complete_checksum(frame, out.checksum_start, out.checksum_offset);
            large_ += frame.size() > largest_frame;
            queue_.push_back(std::move(frame));
        }
    }
    // The guest may not listen yet: then it refuses, and is asked again.
    void connect() {
        next_try_ = never;
        auto const socket = stack_->tcp().connect({net::Ipv4Address(10, 0, 2, 15), net::Port(7)});
        ASSERT_TRUE(socket.ok());
        peer_ = {};
        peer_.sockets = &stack_->tcp();
        peer_.socket = socket.value();
        peer_.total = stream;
    }

    static constexpr std::uint64_t never = INT64_MAX, between_tries = 100'000'000;
    net::testing::CountingAllocator memory_;
    net::testing::SeededRandom random_{1};
    net::Interface* stack_;
    PingingHost dhcp_{{}, 0};
    net::testing::Peer peer_;
    std::uint64_t clock_ = 0;
    std::uint64_t next_try_ = between_tries;
    unsigned large_ = 0;
    std::vector<Bytes> queue_;
};

TEST(Merged, a_guest_takes_large_segments_whole_and_sends_back_every_byte) {
    MachineConfig config;
    config.image = sim::recording::read_blob(std::string(std::getenv("VIV_BUILD")) + "/images/echo.elf");
    auto const machine = sim::board::make_pc(config);
    EchoClient client;
    machine->set_outside(&client);
    constexpr std::uint64_t limit = 20'000'000'000;
    for (int runs = 0; runs < 100'000 && machine->virtual_ns() < limit; ++runs) {
        if (client.done() || machine->ended()) break;
        machine->run({.virtual_ns = limit});
    }
    EXPECT_TRUE(client.done()) << client.echoed() << " of " << stream << " bytes came back";
    EXPECT_GT(client.large(), 10u);
    EXPECT_EQ(client.retransmissions(), 0u) << "a frame was not taken";
}

}  // namespace
}  // namespace scenario
