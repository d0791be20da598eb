// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/virtqueue.hpp"

#include <fmt/format.h>

#include <bit>

#include "simulator/devices/describe.hpp"

namespace sim::devices {
namespace {

using machine::Surroundings;

constexpr unsigned descriptor_bytes = 16;
constexpr std::uint16_t flag_next = 1, flag_write = 2, flag_indirect = 4;  // [virtio-1.2 §2.7.5]
constexpr std::uint16_t no_interrupt = 1;  // available ring [virtio-1.2 §2.7.6]
constexpr std::uint16_t no_notify = 1;     // used ring [virtio-1.2 §2.7.8]
constexpr unsigned ring_header = 4;        // flags, index

template <class T>
std::optional<T> load(Surroundings& board, std::uint64_t address) {
    std::uint8_t bytes[sizeof(T)];
    if (!board.read_memory(address, bytes)) return std::nullopt;
    T value = 0;
    for (unsigned i = 0; i < sizeof(T); ++i) value = static_cast<T>(value | T{bytes[i]} << (8 * i));
    return value;
}

template <class T>
bool store(Surroundings& board, machine::Device& device, std::uint64_t address, T value) {
    std::uint8_t bytes[sizeof(T)];
    for (unsigned i = 0; i < sizeof(T); ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
    return board.write_memory(device, address, bytes);
}

struct Descriptor {
    std::uint64_t address = 0;
    std::uint32_t length = 0;
    std::uint16_t flags = 0, next = 0;
};

std::optional<Descriptor> load_descriptor(Surroundings& board, std::uint64_t table, std::uint32_t index) {
    std::uint64_t const at = table + std::uint64_t{index} * descriptor_bytes;
    auto const address = load<std::uint64_t>(board, at);
    auto const rest = load<std::uint64_t>(board, at + 8);
    if (!address || !rest) return std::nullopt;
    return Descriptor{*address, static_cast<std::uint32_t>(*rest), static_cast<std::uint16_t>(*rest >> 32),
                      static_cast<std::uint16_t>(*rest >> 48)};
}

// Has the index passed `event` on the way from `before` to `now`? [virtio-1.2 §2.7.10]
bool passed(std::uint16_t event, std::uint16_t before, std::uint16_t now) {
    return static_cast<std::uint16_t>(now - event - 1) < static_cast<std::uint16_t>(now - before);
}

}  // namespace

std::uint64_t Virtqueue::Chain::readable_bytes() const {
    std::uint64_t sum = 0;
    for (Buffer const& buffer : readable) sum += buffer.length;
    return sum;
}

std::uint64_t Virtqueue::Chain::writable_bytes() const {
    std::uint64_t sum = 0;
    for (Buffer const& buffer : writable) sum += buffer.length;
    return sum;
}

void Virtqueue::reset() { *this = Virtqueue(); }

std::optional<std::string> Virtqueue::objection() const {
    if (size == 0 || size > max_size || !std::has_single_bit(size))
        return fmt::format("its size {} is no power of two up to {}", size, max_size);
    if (descriptors % 16 != 0)
        return fmt::format("its descriptor table {:#x} is not 16-byte aligned", descriptors);
    if (available % 2 != 0) return fmt::format("its available ring {:#x} is not 2-byte aligned", available);
    if (used % 4 != 0) return fmt::format("its used ring {:#x} is not 4-byte aligned", used);
    return std::nullopt;
}

Virtqueue::Taken Virtqueue::take(Surroundings& board, Features features, Chain& chain, std::string& why) {
    auto const broken = [&](std::string reason) {
        why = std::move(reason);
        return Taken::broken;
    };
    auto const index = load<std::uint16_t>(board, available + 2);
    if (!index) return broken(fmt::format("the available ring {:#x} is not in RAM", available));
    std::uint16_t const waiting = static_cast<std::uint16_t>(*index - next_available_);
    if (waiting == 0) return Taken::nothing;
    if (waiting > size)
        return broken(fmt::format("the available index jumps from {} to {}, more than the queue's size {}",
                                  next_available_, *index, size));
    auto const head = load<std::uint16_t>(board, available + ring_header + 2u * (next_available_ % size));
    if (!head) return broken(fmt::format("the available ring {:#x} is not in RAM", available));
    if (*head >= size) return broken(fmt::format("head {} is beyond the queue's size {}", *head, size));

    chain.head = *head;
    chain.readable.clear();
    chain.writable.clear();
    std::uint64_t table = descriptors;
    std::uint32_t table_size = size;
    bool inside_indirect = false;
    std::uint32_t at = *head;
    for (std::uint32_t taken = 0;;) {
        auto const d = load_descriptor(board, table, at);
        if (!d) return broken(fmt::format("the descriptor table {:#x} is not in RAM", table));
        if (d->flags & flag_indirect) {
            if (!features.indirect) return broken("an indirect descriptor, which was not negotiated");
            if (inside_indirect || (d->flags & flag_next))
                return broken("an indirect descriptor inside an indirect table, or with a next one");
            if (d->length == 0 || d->length % descriptor_bytes != 0 || d->length / descriptor_bytes > size)
                return broken(fmt::format("an indirect table of {} bytes", d->length));
            table = d->address;
            table_size = d->length / descriptor_bytes;
            inside_indirect = true;
            at = 0;
            taken = 0;
            continue;
        }
        if (++taken > table_size) return broken(fmt::format("the chain from {} has no end", *head));
        if (d->flags & flag_write) {
            chain.writable.push_back({d->address, d->length});
        } else {
            if (!chain.writable.empty()) return broken("a readable buffer after a writable one");
            chain.readable.push_back({d->address, d->length});
        }
        if (!(d->flags & flag_next)) break;
        at = d->next;
        if (at >= table_size)
            return broken(fmt::format("descriptor {} is beyond the table's {}", at, table_size));
    }
    ++next_available_;
    return Taken::chain;
}

bool Virtqueue::give_back(Surroundings& board, machine::Device& device, std::uint16_t head,
                          std::uint32_t written) {
    std::uint64_t const element = used + ring_header + 8u * (used_index_ % size);
    if (!store<std::uint64_t>(board, device, element, std::uint64_t{written} << 32 | head)) return false;
    ++used_index_;
    return true;
}

bool Virtqueue::publish(Surroundings& board, machine::Device& device, Features features) {
    if (published_ == used_index_) return false;
    std::uint16_t const before = published_;
    store<std::uint16_t>(board, device, used + 2, used_index_);
    published_ = used_index_;
    if (features.event_index) {
        auto const event = load<std::uint16_t>(board, available + ring_header + 2u * size);
        return !event || passed(*event, before, used_index_);
    }
    auto const flags = load<std::uint16_t>(board, available);
    return !flags || !(*flags & no_interrupt);
}

void Virtqueue::want_notification(Surroundings& board, machine::Device& device, Features features,
                                  bool wanted) {
    if (features.event_index) {
        // "Tell me when you pass this index": left behind, it is not passed for
        // 65,536 chains.
        if (wanted) store<std::uint16_t>(board, device, used + ring_header + 8u * size, next_available_);
        return;
    }
    store<std::uint16_t>(board, device, used, wanted ? 0 : no_notify);
}

machine::StateNode Virtqueue::describe(std::string name, Surroundings& board) const {
    machine::StateNode node{
        std::move(name), enabled ? "enabled" : "off", fmt::format("{} descriptors", size), {}};
    auto& c = node.children;
    c.push_back(hex("descriptor table", descriptors));
    c.push_back(hex("available ring", available, "driver to device"));
    c.push_back(hex("used ring", used, "device to driver"));
    std::uint16_t index = next_available_;
    if (enabled) index = load<std::uint16_t>(board, available + 2).value_or(index);
    c.push_back(number("available index", index, "the driver's: chains offered so far, modulo 65536"));
    c.push_back(number("taken", next_available_, "chains that the device has taken"));
    c.push_back(number("used index", used_index_, "chains given back"));
    c.push_back(
        number("waiting", static_cast<std::uint16_t>(index - next_available_), "offered, not yet taken"));
    c.push_back({"MSI-X vector", vector == 0xFFFF ? "none" : std::to_string(vector), "", {}});
    return node;
}

}  // namespace sim::devices
