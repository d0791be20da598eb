// SPDX-License-Identifier: MIT
//
// The network on a machine: from a virtio device to a running stack.
#include <algorithm>
#include <bit>

#include "kernel/base/assert.hpp"
#include "kernel/base/log.hpp"
#include "kernel/devices/frame_dma.hpp"
#include "kernel/devices/virtio_bus.hpp"
#include "kernel/devices/virtio_net.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/platform/network.hpp"
#include "kernel/platform/random.hpp"

namespace platform {
namespace {

// The stack's memory is the kernel's heap.
class HeapAllocator final : public net::Allocator {
public:
    void* allocate(std::size_t size, std::size_t alignment) override {
        ASSERT(alignment <= memory::Heap::smallest);
        auto const place = memory::allocate(size);
        return place ? place.value() : nullptr;
    }
    void release(void* pointer, std::size_t) override { memory::free(pointer); }
};

constinit HeapAllocator heap;
constinit Random random;
constinit devices::FrameDma dma;
constinit Network the_network;

// A sixteenth of memory for the packets of the card, at most 1 MiB.
std::uint16_t queue_size_for(std::uint64_t free_bytes) {
    constexpr std::size_t per_entry = 2 * devices::VirtioNet::buffer_size;  // both queues
    std::uint64_t const entries = std::bit_floor(std::max<std::uint64_t>(free_bytes / 16 / per_entry, 16));
    return static_cast<std::uint16_t>(std::min<std::uint64_t>(entries, devices::Virtqueue::max_size));
}

// Connections, and a quarter of memory for what is on its way through them.
net::Limits limits_for(std::uint64_t free_bytes) {
    net::Limits limits;
    limits.connections = free_bytes >= 16 << 20 ? 1024 : 128;
    std::uint64_t const buffers = free_bytes / 4 / limits.send_buffer;
    limits.buffers = static_cast<std::uint32_t>(std::min<std::uint64_t>(buffers, 2u * limits.connections));
    return limits;
}

std::span<Watch> allocate_watches(std::size_t count) {
    auto const memory = memory::allocate(count * sizeof(Watch));
    if (!memory) return {};
    std::span<Watch> const watches(static_cast<Watch*>(memory.value()), count);
    for (Watch& watch : watches) ::new (&watch) Watch();
    return watches;
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
    std::uint64_t const free_bytes = memory::statistics().free_frames << base::page_shift;
    devices::VirtioNet* const card = start_card(free_bytes);
    if (card == nullptr) return nullptr;

    net::Config config;
    config.mac = net::MacAddress(card->mac());
    config.mtu = card->mtu();
    config.offloads.tx_checksum = card->fills_in_checksums();
    config.limits = limits_for(free_bytes);
    config.dhcp = own.address.is_unspecified();
    config.ipv4 = own;
    auto const stack = net::Interface::create(config, heap, random);
    Network::Watches const watches{allocate_watches(config.limits.listeners),
                                   allocate_watches(config.limits.connections),
                                   allocate_watches(config.limits.datagram_sockets)};
    bool const has_watches =
        !watches.listeners.empty() && !watches.streams.empty() && !watches.datagrams.empty();
    if (!stack || !has_watches || !the_network.start(*card, *stack.value(), watches)) {
        base::log_error("network: too little memory for the stack");
        return nullptr;
    }
    return &the_network;
}

}  // namespace

Network* network(net::Ipv4Configuration const& own) {
    static Network* const started = start_network(own);
    return started;
}

}  // namespace platform
