// SPDX-License-Identifier: MIT
//
// A network card on no bus, with its driver: what the tests of the driver begin with.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/devices/fake_virtio.hpp"
#include "kernel/devices/virtio_net.hpp"

namespace devices {

using Mac = std::array<std::uint8_t, 6>;
constexpr std::uint64_t feature_checksum = 1, feature_guest_checksum = 2, feature_mtu = 8, feature_mac = 32,
                        feature_guest_tcp4_segments = 1 << 7, feature_tcp4_segments = 1 << 11,
                        feature_merged = 1 << 15, feature_guest_tcp6_segments = 1 << 8,
                        feature_tcp6_segments = 1 << 12;
constexpr Mac own{0x02, 0, 0, 0, 0, 1};

struct NetTest : testing::Test {
    NetTest() {
        device.config = {0x52, 0x54, 0, 0x12, 0x34, 0x56, 1, 0, 1, 0, 0xDC, 0x05};
        device.offered |= feature_mac;
    }

    void begin(std::uint16_t queue_size = 8) {
        auto created = VirtioNet::create(
            place, device, dma, {queue_size, own}, [](void* self) { ++static_cast<NetTest*>(self)->wakes; },
            this);
        ASSERT_TRUE(created) << name(created.error());
        card = created.value();
        card->start();
    }
    VirtioError error() {
        auto created = VirtioNet::create(
            place, device, dma, {8, own}, [](void*) {}, nullptr);
        EXPECT_FALSE(created);
        return created ? VirtioError{} : created.error();
    }

    // The device receives a frame into the next buffer offered to it.
    bool deliver(std::string const& frame, VirtioNetHeader header = {},
                 std::optional<std::uint32_t> length = {}) {
        auto const chain = device.queues[0].take();
        if (!chain) return false;
        std::byte* const memory = FakeVirtq::at(base::PhysAddr(chain->parts.at(0).address));
        std::memcpy(memory, &header, sizeof header);
        std::memcpy(memory + sizeof header, frame.data(), frame.size());
        if (device.queues[0].use(chain->head,
                                 length.value_or(static_cast<std::uint32_t>(sizeof header + frame.size()))))
            device.interrupt();
        return true;
    }
    // The same, spread over buffers of at most `each` bytes; the first one says that there are `said`.
    void deliver_in_parts(std::string const& frame, std::size_t each, std::optional<unsigned> said = {},
                          VirtioNetHeader header = {}) {
        std::size_t const count = (sizeof header + frame.size() + each - 1) / each;
        header.buffers.set(static_cast<std::uint16_t>(said.value_or(static_cast<unsigned>(count))));
        std::string const packet = std::string(reinterpret_cast<char*>(&header), sizeof header) + frame;
        for (std::size_t at = 0; at < packet.size(); at += each) {
            auto const chain = device.queues[0].take();
            ASSERT_TRUE(chain);
            std::string const part = packet.substr(at, each);
            std::memcpy(FakeVirtq::at(base::PhysAddr(chain->parts.at(0).address)), part.data(), part.size());
            device.queues[0].use(chain->head, static_cast<std::uint32_t>(part.size()));
        }
    }
    std::vector<std::string> received(unsigned budget = 100) {
        std::vector<std::string> frames;
        card->receive(budget, [&](VirtioNet::Received const& frame) {
            frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
            last = frame;
        });
        return frames;
    }
    bool send(std::string const& frame, VirtioNet::Offload offload = {}) {
        if (!card->has_room()) return false;
        // In two pieces, as headers and payload are.
        auto const* const bytes = reinterpret_cast<std::uint8_t const*>(frame.data());
        std::size_t const half = frame.size() / 2;
        std::span<std::uint8_t const> const pieces[] = {{bytes, half}, {bytes + half, frame.size() - half}};
        card->transmit(pieces, offload);
        return true;
    }
    // The next frame that the device was given, with its header in front.
    std::optional<std::string> sent(VirtioNetHeader* header = nullptr) {
        auto const chain = device.queues[1].take();
        if (!chain) return std::nullopt;
        std::string text;
        for (auto const& part : chain->parts) {
            EXPECT_FALSE(part.writable);
            EXPECT_TRUE(dma.holds(part.address, part.length));
            text.append(reinterpret_cast<char const*>(FakeVirtq::at(base::PhysAddr(part.address))),
                        part.length);
        }
        buffers_of_last = chain->parts.size();
        if (header) std::memcpy(header, text.data(), sizeof *header);
        if (device.queues[1].use(chain->head, 0)) device.interrupt();
        return text.substr(sizeof(VirtioNetHeader));
    }

    alignas(16) std::byte place[sizeof(VirtioNet)];
    FakeDma dma;
    FakeVirtio device;
    VirtioNet* card = nullptr;
    std::size_t buffers_of_last = 0;  // that sent() returned
    VirtioNet::Received last;
    unsigned wakes = 0;
};
using Frames = std::vector<std::string>;

inline std::string long_text(std::size_t size) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
    return text;
}

}  // namespace devices
