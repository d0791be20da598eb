// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/virtio_console.hpp"

#include <algorithm>
#include <array>

#include "simulator/devices/describe.hpp"

namespace sim::devices {
namespace {

// [virtio-1.2 §5.3.3, §5.3.4]
constexpr std::uint64_t feature_size = 1ull << 0, feature_emergency_write = 1ull << 2;
constexpr std::uint64_t console_features = feature_size | feature_emergency_write | virtio_feature::indirect |
                                           virtio_feature::event_index | virtio_feature::ring_reset;
constexpr unsigned config_size = 12, emergency_offset = 8;
constexpr std::uint64_t most_at_once = 64 << 10;  // bytes of one chain

}  // namespace

VirtioConsole::VirtioConsole(std::string name, machine::Surroundings& board)
    : VirtioDevice(std::move(name), board, 3, console_features, 2, config_size) {
    VirtioDevice::reset();
}

// cols, rows, max_nr_ports, emerg_wr
std::uint8_t VirtioConsole::config_byte(unsigned offset) const {
    constexpr std::uint64_t fields = columns | rows << 16 | 1ull << 32;
    return offset < 8 ? static_cast<std::uint8_t>(fields >> (8 * offset)) : std::uint8_t{0};
}

// A character without any queue: works before the driver does.
void VirtioConsole::write_config_byte(unsigned offset, std::uint8_t value) {
    if (offset == emergency_offset) return board_.output(*this, machine::OutputKind::console, {&value, 1});
    if (offset < emergency_offset) VirtioDevice::write_config_byte(offset, value);
}

void VirtioConsole::transmit() {
    Virtqueue::Chain chain;
    std::array<std::uint8_t, 4096> piece;
    for (unsigned n = 0; n < Virtqueue::max_size; ++n) {
        if (take(transmit_queue, chain) != Virtqueue::Taken::chain) break;
        if (!chain.writable.empty()) return fail("transmit queue: a writable buffer");
        std::uint64_t const bytes = chain.readable_bytes();
        if (bytes > most_at_once) board_.report(name(), fmt::format("{} bytes at once: cut short", bytes));
        std::uint64_t const end = std::min(bytes, most_at_once);
        for (std::uint64_t done = 0; done < end;) {
            auto const part = std::span(piece).first(std::min<std::uint64_t>(piece.size(), end - done));
            if (!gather(chain, done, part)) return;
            board_.output(*this, machine::OutputKind::console, part);
            done += part.size();
        }
        if (!give_back(transmit_queue, chain.head, 0)) return;
    }
    publish(transmit_queue);
    want_notification(transmit_queue, true);
}

void VirtioConsole::on_input(machine::InputKind kind, std::span<std::uint8_t const> bytes) {
    if (kind != machine::InputKind::console) return VirtioDevice::on_input(kind, bytes);
    for (std::uint8_t const byte : bytes)
        if (waiting_.size() < most_waiting) waiting_.push_back(byte);
    receive();
}

void VirtioConsole::receive() {
    Virtqueue::Chain chain;
    while (!waiting_.empty() && take(receive_queue, chain) == Virtqueue::Taken::chain) {
        if (!chain.readable.empty() || chain.writable_bytes() == 0)
            return fail("receive queue: a buffer that cannot be written");
        auto const length = std::min<std::uint64_t>(chain.writable_bytes(), waiting_.size());
        std::vector<std::uint8_t> const bytes(waiting_.begin(),
                                              waiting_.begin() + static_cast<std::ptrdiff_t>(length));
        if (!scatter(chain, 0, bytes)) return;
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(length));
        if (!give_back(receive_queue, chain.head, static_cast<std::uint32_t>(length))) return;
    }
    publish(receive_queue);
    // While nothing waits, new buffers need no word.
    want_notification(receive_queue, !waiting_.empty());
}

machine::StateNode VirtioConsole::describe() const {
    machine::StateNode node = VirtioDevice::describe();
    node.children.push_back(number("waiting", waiting_.size(), "bytes typed, with no buffer yet"));
    return node;
}

}  // namespace sim::devices
