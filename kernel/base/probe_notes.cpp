// SPDX-License-Identifier: MIT
#include "kernel/base/probe_notes.hpp"

#include <cstdint>
#include <cstring>

namespace base {
namespace {

// A note: the sizes of its name and of its body, its type, then both, each filled
// up to a multiple of 4. The body: the NOP's address, two more addresses, and
// three strings: provider, name, arguments. [stap-sdt]
constexpr std::size_t note_header = 12, name_room = 8, body_addresses = 24;

template <class T>
T load(std::span<std::byte const> bytes, std::size_t at) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

// Takes a string and its zero off the front; none when there is no zero.
std::optional<std::string_view> take_string(std::span<std::byte const>& bytes) {
    std::string_view const all(reinterpret_cast<char const*>(bytes.data()), bytes.size());
    std::size_t const end = all.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    bytes = bytes.subspan(end + 1);
    return all.substr(0, end);
}

}  // namespace

std::optional<ProbeNotes::Probe> ProbeNotes::next() {
    if (notes_.size() < note_header + name_room + body_addresses) return std::nullopt;
    std::uint64_t const size = load<std::uint32_t>(notes_, 4);
    bool const ours = load<std::uint32_t>(notes_, 0) == sizeof "stapsdt";
    std::size_t const body = note_header + name_room;
    if (!ours || size < body_addresses || size > notes_.size() - body) return std::nullopt;
    std::span<std::byte const> text = notes_.subspan(body + body_addresses, size - body_addresses);
    Probe probe;
    probe.address = VirtAddr(load<std::uint64_t>(notes_, body));
    auto const provider = take_string(text), name = take_string(text), arguments = take_string(text);
    if (!provider || !name || !arguments) return std::nullopt;
    probe.name = *name;
    probe.arguments = *arguments;
    std::size_t const whole = body + ((size + 3) & ~std::uint64_t{3});
    notes_ = notes_.subspan(whole < notes_.size() ? whole : notes_.size());
    return probe;
}

}  // namespace base
