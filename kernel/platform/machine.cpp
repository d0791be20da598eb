// SPDX-License-Identifier: MIT
//
// The network on a machine: from a virtio device to a running stack.
#include <algorithm>
#include <bit>

#include "kernel/base/log.hpp"
#include "kernel/devices/frame_dma.hpp"
#include "kernel/devices/virtio_bus.hpp"
#include "kernel/devices/virtio_net.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/platform/assemble.hpp"
#include "kernel/platform/network.hpp"
#include "kernel/platform/random.hpp"

namespace platform {
namespace {

constinit Random random;
constinit devices::FrameDma dma;
constinit Network the_network;

// A sixteenth of memory for the packets of the card, at most 1 MiB.
std::uint16_t queue_size_for(std::uint64_t free_bytes) {
    constexpr std::size_t per_entry = 2 * devices::VirtioNet::buffer_size;  // both queues
    std::uint64_t const entries = std::bit_floor(std::max<std::uint64_t>(free_bytes / 16 / per_entry, 16));
    return static_cast<std::uint16_t>(std::min<std::uint64_t>(entries, devices::Virtqueue::max_size));
}

devices::VirtioNet* start_card(std::uint64_t free_bytes) {
    devices::VirtioTransport* const transport = devices::open_virtio(devices::VirtioNet::type);
    if (transport == nullptr) {
        base::log_error("network: there is no virtio network card that works");
        return nullptr;
    }
    alignas(16) static std::byte card_place[sizeof(devices::VirtioNet)];
    devices::VirtioNet::Options options;
    options.queue_size = queue_size_for(free_bytes);
    std::uint64_t const number = random.next();
    options.own_mac = {0x02,  // locally administered, one card
                       static_cast<std::uint8_t>(number >> 32),
                       static_cast<std::uint8_t>(number >> 24),
                       static_cast<std::uint8_t>(number >> 16),
                       static_cast<std::uint8_t>(number >> 8),
                       static_cast<std::uint8_t>(number)};
    auto const card =
        devices::VirtioNet::create(card_place, *transport, dma, options, Network::wake, &the_network);
    if (!card) {
        base::log_error("network: the card cannot be used: {}", name(card.error()));
        return nullptr;
    }
    return card.value();
}

Network* start_network(net::Ipv4Configuration const& own) {
    devices::VirtioNet* const card = start_card(memory::statistics().free_frames << base::page_shift);
    return card != nullptr ? assemble(the_network, *card, random, own) : nullptr;
}

}  // namespace

Network* network(net::Ipv4Configuration const& own) {
    static Network* const started = start_network(own);
    return started;
}

}  // namespace platform
