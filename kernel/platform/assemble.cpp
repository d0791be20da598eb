// SPDX-License-Identifier: MIT
#include "kernel/platform/assemble.hpp"

#include <algorithm>

#include "kernel/base/assert.hpp"
#include "kernel/base/log.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/platform/ipv6_word.hpp"

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

}  // namespace

net::Limits limits_for(std::uint64_t free_bytes) {
    net::Limits limits;
    limits.connections = free_bytes >= 256 << 20 ? 16'384 : free_bytes >= 16 << 20 ? 1024 : 128;
    std::uint64_t share = free_bytes / 4;
    if (free_bytes >= 48 << 20) {
        // What a path of 100 Mbit/s and 5 ms holds; still one for each connection that is busy.
        limits.receive_buffer = limits.send_buffer = 64 * 1024;
        share = free_bytes / 2;
    }
    if (free_bytes >= 128 << 20) {
        // A peer that is not always there at once, as on a busy host, fills more.
        limits.receive_buffer = 256 * 1024;
        limits.send_buffer = 128 * 1024;
    }
    std::uint64_t const both = limits.receive_buffer + limits.send_buffer + base::page_size;
    std::uint64_t const buffers = share / both;
    limits.buffers = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(buffers, 1, limits.connections));
    return limits;
}

namespace {

std::span<Watch> allocate_watches(std::size_t count) {
    auto const memory = memory::allocate(count * sizeof(Watch));
    if (!memory) return {};
    std::span<Watch> const watches(static_cast<Watch*>(memory.value()), count);
    for (Watch& watch : watches) ::new (&watch) Watch();
    return watches;
}

}  // namespace

Network* assemble(Network& network, Card& card, net::RandomSource& random,
                  net::Ipv4Configuration const& own) {
    net::Config config;
    config.mac = net::MacAddress(card.mac());
    config.mtu = card.mtu();
    config.offloads.tx_checksum = card.fills_in_checksums();
    config.offloads.tx_tcp4_segments = card.cuts_segments();
    config.offloads.tx_tcp6_segments = card.cuts_ipv6_segments();
    config.offloads.largest_frame = static_cast<std::uint32_t>(card.largest_to_send());
    config.limits = limits_for(memory::statistics().free_frames << base::page_shift);
    config.dhcp = own.address.is_unspecified();
    config.ipv4 = own;
    config.ipv6 = ipv6_settings();
    auto const stack = net::Interface::create(config, heap, random);
    Network::Watches const watches{allocate_watches(config.limits.listeners),
                                   allocate_watches(config.limits.connections),
                                   allocate_watches(config.limits.datagram_sockets)};
    bool const has_watches =
        !watches.listeners.empty() && !watches.streams.empty() && !watches.datagrams.empty();
    if (!stack || !has_watches || !network.start(card, *stack.value(), watches)) {
        base::log_error("network: too little memory for the stack");
        return nullptr;
    }
    return &network;
}

}  // namespace platform
