// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/guest_memory.hpp"

#include <algorithm>
#include <array>

#include "simulator/debug/bytes.hpp"

namespace sim::debug {

namespace {
constexpr std::uint64_t page = 4096;
constexpr std::uint64_t not_mapped = ~std::uint64_t{0};
}  // namespace

GuestMemory::GuestMemory(Paging paging, Physical physical)
    : paging_(paging), physical_(std::move(physical)) {}

PhysicalReader GuestMemory::words() const {
    return [this](std::uint64_t address) -> std::optional<std::uint64_t> {
        std::array<std::uint8_t, 8> bytes;
        if (!physical_(address, bytes)) return std::nullopt;
        return little_endian(bytes);
    };
}

std::optional<std::uint64_t> GuestMemory::translate(std::uint64_t address) const {
    std::uint64_t const at = address & ~(page - 1);
    auto const [entry, is_new] = pages_.try_emplace(at, not_mapped);
    if (is_new) {
        if (!paging_.enabled) {
            entry->second = at;
        } else {
            std::uint64_t const found = translate_only(paging_, at, words()).value_or(not_mapped);
            pages_[at] = found;
            return found == not_mapped ? std::nullopt : std::optional(found | (address & (page - 1)));
        }
    }
    if (entry->second == not_mapped) return std::nullopt;
    return entry->second | (address & (page - 1));
}

std::vector<GuestMemory::Piece> GuestMemory::pieces(std::uint64_t address, std::uint64_t length,
                                                    bool physical) const {
    std::vector<Piece> all;
    while (length > 0) {
        std::uint64_t const here = std::min(length, page - (address & (page - 1)));
        all.push_back({address, here, physical ? std::optional(address) : translate(address)});
        address += here;
        length -= here;
    }
    return all;
}

std::size_t GuestMemory::read_some(std::uint64_t address, std::span<std::uint8_t> into) const {
    std::size_t done = 0;
    while (done < into.size()) {
        std::uint64_t const at = address + done;
        auto const physical = translate(at);
        if (!physical) break;
        std::size_t const n = std::min<std::size_t>(into.size() - done, page - (at & (page - 1)));
        if (!physical_(*physical, into.subspan(done, n))) break;
        done += n;
    }
    return done;
}

bool GuestMemory::read(std::uint64_t address, std::span<std::uint8_t> into) const {
    return read_some(address, into) == into.size();
}

std::optional<std::uint64_t> GuestMemory::number(std::uint64_t address, unsigned size) const {
    std::array<std::uint8_t, 8> bytes{};
    if (size == 0 || size > 8 || !read(address, std::span(bytes).first(size))) return std::nullopt;
    return little_endian(std::span(bytes).first(size));
}

std::optional<std::string> GuestMemory::string(std::uint64_t address, std::size_t most) const {
    std::string text;
    std::array<std::uint8_t, 32> bytes;
    while (text.size() < most) {
        std::size_t const n = read_some(address + text.size(),
                                        std::span(bytes).first(std::min(bytes.size(), most - text.size())));
        if (n == 0) return std::nullopt;
        for (std::size_t i = 0; i < n; ++i) {
            if (bytes[i] == 0) return text;
            text += bytes[i] >= 32 && bytes[i] < 127 ? static_cast<char>(bytes[i]) : '?';
        }
    }
    return text;
}

}  // namespace sim::debug
