// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/attach/guest.hpp"

#include <algorithm>

namespace sim::attach {

namespace {
constexpr std::uint64_t page_size = 4096;
constexpr std::size_t most_pages = 16384;
}  // namespace

Guest::Guest(Remote& remote) : remote_(remote) {
    description_ = read_description([&](std::string_view file) { return remote_.description(file); });
    if (description_.empty()) throw Lost("its target description is none of an x86-64 processor");
    map_ = read_memory_map(remote_.monitor("info mtree -f"));
    if (map_.empty()) throw Lost("its monitor does not tell where RAM is");
    card_ = read_card_address(remote_.monitor("info network"));
}

void Guest::forget() {
    states_.clear();
    pages_.clear();
}

engine::CpuState const& Guest::state(unsigned processor) {
    if (states_.empty()) {
        std::string const more = remote_.monitor("info registers -a");
        for (unsigned i = 0; i < processors(); ++i) {
            states_.push_back(state_from(description_, remote_.registers(remote_.processors()[i])));
            add_from_monitor(more, i, states_.back());
        }
    }
    return states_[std::min<std::size_t>(processor, states_.size() - 1)];
}

MemoryPiece const* Guest::piece_at(std::uint64_t physical) const {
    for (MemoryPiece const& p : map_)
        if (physical >= p.start && physical - p.start < p.length) return &p;
    return nullptr;
}

Guest::Page const* Guest::page(std::uint64_t number) {
    if (auto const known = pages_.find(number); known != pages_.end())
        return known->second.empty() ? nullptr : &known->second;
    if (pages_.size() >= most_pages) pages_.clear();
    Page& bytes = pages_[number];
    std::uint64_t const start = number * page_size;
    MemoryPiece const* const piece = piece_at(start);
    if (!piece || piece->length - (start - piece->start) < page_size) return nullptr;
    bytes.resize(page_size);
    if (!remote_.read(start, bytes)) bytes.clear();
    return bytes.empty() ? nullptr : &bytes;
}

bool Guest::peek(std::uint64_t physical, std::span<std::uint8_t> into) {
    if (physical + into.size() < physical) return false;
    for (std::size_t done = 0; done < into.size();) {
        std::uint64_t const at = physical + done, offset = at % page_size;
        Page const* const from = page(at / page_size);
        if (!from) return false;
        std::size_t const some = std::min<std::size_t>(into.size() - done, page_size - offset);
        std::copy_n(from->begin() + static_cast<long>(offset), some, into.begin() + static_cast<long>(done));
        done += some;
    }
    return true;
}

bool Guest::is_ram(std::uint64_t physical, std::size_t length) const {
    MemoryPiece const* const piece = piece_at(physical);
    return piece && piece->ram && piece->length - (physical - piece->start) >= length;
}

bool Guest::poke(std::uint64_t physical, std::span<std::uint8_t const> bytes) {
    if (!is_ram(physical, bytes.size())) return false;
    bool const done = remote_.write(physical, bytes);
    pages_.clear();
    return done;
}

debug::GuestMemory Guest::memory(unsigned processor) {
    return {debug::paging_of(state(processor)),
            [this](std::uint64_t address, std::span<std::uint8_t> into) { return peek(address, into); }};
}

}  // namespace sim::attach
