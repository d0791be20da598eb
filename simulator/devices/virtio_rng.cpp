// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/virtio_rng.hpp"

#include <algorithm>

#include "simulator/devices/describe.hpp"
#include "simulator/machine/hash.hpp"

namespace sim::devices {
namespace {

constexpr std::uint64_t rng_features =
    virtio_feature::indirect | virtio_feature::event_index | virtio_feature::ring_reset;
// So that the stream is not the pattern in RAM, which comes from the same seed.
constexpr std::uint64_t stream = 0x656E'7472'6F70'7921;

}  // namespace

VirtioRng::VirtioRng(std::string name, machine::Surroundings& board, std::uint64_t seed)
    : VirtioDevice(std::move(name), board, 4, rng_features, 1, 0), seed_(machine::scramble(seed ^ stream)) {
    VirtioRng::reset();
}

void VirtioRng::reset() {
    given_ = 0;
    VirtioDevice::reset();
}

void VirtioRng::on_notify(unsigned) {
    Virtqueue::Chain chain;
    for (unsigned n = 0; n < Virtqueue::max_size; ++n) {
        if (take(0, chain) != Virtqueue::Taken::chain) break;
        if (!chain.readable.empty() || chain.writable_bytes() == 0)
            return fail("a request that is not a buffer to be filled");
        auto const length = std::min<std::uint64_t>(chain.writable_bytes(), most_bytes);
        std::vector<std::uint8_t> bytes(length);
        for (std::size_t i = 0; i < bytes.size(); i += 8) {
            std::uint64_t const word = machine::scramble(seed_ + given_++);
            for (std::size_t b = i; b < std::min(bytes.size(), i + 8); ++b)
                bytes[b] = static_cast<std::uint8_t>(word >> (8 * (b - i)));
        }
        if (!scatter(chain, 0, bytes)) return;
        if (!give_back(0, chain.head, static_cast<std::uint32_t>(length))) return;
    }
    publish(0);
    want_notification(0, true);
}

machine::StateNode VirtioRng::describe() const {
    machine::StateNode node = VirtioDevice::describe();
    node.children.push_back(number("given", 8 * given_, "bytes of the stream used"));
    return node;
}

}  // namespace sim::devices
