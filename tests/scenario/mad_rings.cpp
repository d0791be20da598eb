// SPDX-License-Identifier: MIT
#include "tests/scenario/mad_rings.hpp"

#include <algorithm>

namespace scenario {

using namespace sim::machine;

namespace {

// [virtio-1.2 §2.7.5, §2.7.8]
constexpr std::uint16_t flag_write = 2, flag_table = 4;
constexpr std::uint64_t descriptor_bytes = 16, used_entry_bytes = 8, ring_head_bytes = 4;

}  // namespace

MadRings::MadRings(Machine& machine, std::string device, unsigned seed)
    : machine_(machine),
      name_(std::move(device)),
      device_(dynamic_cast<sim::devices::VirtioDevice&>(*machine.find_device(name_))),
      random_(seed) {}

bool MadRings::act() {
    unsigned const number = static_cast<unsigned>(below(device_.queues()));
    Queue const& queue = device_.queue(number);
    if (!queue.enabled || (device_.status() & 4) == 0) return false;  // DRIVER_OK
    switch (below(10)) {
        case 0:
            line("interrupt lose " + std::to_string(1 + below(3)));
            break;
        case 1:
        case 2:
            line("interrupt spurious " + std::to_string(number));
            break;
        case 3:
            damage_available_ring(queue);
            break;
        case 4:
        case 5:
        case 6:
            damage_used_ring(queue);
            line("interrupt spurious " + std::to_string(number));
            break;
        default:
            scribble_into_buffers(queue);
    }
    return true;
}

bool MadRings::overlook(unsigned number) {
    Queue const& queue = device_.queue(number);
    if (!queue.enabled || (device_.status() & 4) == 0) return false;
    std::uint64_t const wish = queue.used + ring_head_bytes + queue.size * used_entry_bytes;
    std::uint64_t const published = peek(queue.available + 2, 2);
    if (peek(wish, 2) != published) return false;
    poke(wish, published - 1, 2);
    return true;
}

// V1, V2, V4: the index and the entries that it makes valid. (The honest half goes on
// writing its own.)
void MadRings::damage_used_ring(Queue const& queue) {
    std::uint64_t const index = peek(queue.used + 2, 2);
    auto const entry = [&](std::uint64_t n) {
        return queue.used + ring_head_bytes + n % queue.size * used_entry_bytes;
    };
    switch (below(5)) {
        case 0:  // it jumps
            return poke(queue.used + 2, random_(), 2);
        case 1:  // one more, of any number and length
            poke(entry(index), below(3) == 0 ? random_() : below(queue.size), 4);
            poke(entry(index) + 4, below(2) == 0 ? random_() : below(3000), 4);
            return poke(queue.used + 2, index + 1, 2);
        case 2:  // the last one again
            poke(entry(index), peek(entry(index - 1), 8), 8);
            return poke(queue.used + 2, index + 1, 2);
        case 3:  // an entry changes after it was shown
            return poke(entry(below(queue.size)) + 4 * below(2), random_(), 4);
        default:  // flags, and available_event behind the ring
            return poke(below(2) == 0 ? queue.used : entry(0) + queue.size * used_entry_bytes, random_(), 2);
    }
}

// What the guest offers, as the device sees it: it takes what it was not given.
void MadRings::damage_available_ring(Queue const& queue) {
    std::uint64_t const slot = queue.available + ring_head_bytes + 2 * below(queue.size);
    poke(slot, below(queue.size), 2);
}

// V3, and everything else that a buffer holds: headers, statuses, data. While the
// device has it, or while the guest looks.
void MadRings::scribble_into_buffers(Queue const& queue) {
    std::uint64_t at = queue.descriptors + below(queue.size) * descriptor_bytes;
    if (peek(at + 12, 2) & flag_table) {
        std::uint64_t const entries = peek(at + 8, 4) / descriptor_bytes;
        at = peek(at, 8) + below(std::max<std::uint64_t>(entries, 1)) * descriptor_bytes;
    }
    std::uint64_t const address = peek(at, 8), length = peek(at + 8, 4);
    if ((peek(at + 12, 2) & flag_write) == 0 || length == 0) return;
    for (unsigned i = 0; i < 4; ++i) {
        std::uint64_t const offset =
            below(2) == 0 ? below(std::min<std::uint64_t>(length, 16)) : below(length);
        poke(address + offset, below(3) == 0 ? random_() : below(8), 1);
    }
}

void MadRings::line(std::string const& fault) {
    machine_.give({name_, InputKind::device_fault, {fault.begin(), fault.end()}});
}

void MadRings::poke(std::uint64_t address, std::uint64_t value, unsigned bytes) {
    std::vector<std::uint8_t> input;
    for (unsigned i = 0; i < 8; ++i) input.push_back(static_cast<std::uint8_t>(address >> 8 * i));
    for (unsigned i = 0; i < bytes; ++i) input.push_back(static_cast<std::uint8_t>(value >> 8 * i));
    machine_.give({"memory", InputKind::poke, input});
}

std::uint64_t MadRings::peek(std::uint64_t address, unsigned bytes) const {
    std::uint8_t raw[8] = {};
    if (!machine_.peek(PhysAddr(address), {raw, bytes})) return 0;
    std::uint64_t value = 0;
    for (unsigned i = 8; i-- > 0;) value = value << 8 | raw[i];
    return value;
}

}  // namespace scenario
