// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/03-paging/checks/address_space.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace lab::paging {
namespace {

constexpr std::uint64_t small = 4096;

std::uint64_t size_of_level(unsigned level) { return small << (9 * (level - 1)); }
unsigned level_of_size(std::uint64_t size) { return size == small ? 1 : size == size_of_level(2) ? 2 : 3; }

bool canonical(std::uint64_t address) {
    std::uint64_t const top = address >> 47;
    return top == 0 || top == 0x1'ffff;
}

}  // namespace

AddressSpace::Pages::const_iterator AddressSpace::around(std::uint64_t address) const {
    auto after = pages_.upper_bound(address);
    if (after == pages_.begin()) return pages_.end();
    auto const before = std::prev(after);
    return address - before->first < before->second.size ? before : pages_.end();
}

std::string AddressSpace::map(std::uint64_t page, std::uint64_t physical, char rights, unsigned level,
                              bool cached, bool global) {
    std::uint64_t const size = size_of_level(level);
    if (((page | physical) & (size - 1)) != 0) return "misaligned";
    if (!canonical(page)) return "not_canonical";
    auto const next = pages_.lower_bound(page);
    if (around(page) != pages_.end() || (next != pages_.end() && next->first - page < size))
        return "already_mapped";
    Pages more = pages_;
    more[page] = {physical, size, rights, cached, global};
    if (tables_of(more) > table_frames_) return "out_of_memory";
    pages_ = std::move(more);
    return "ok";
}

std::string AddressSpace::refusal(std::uint64_t page) const {
    if (page % small != 0) return "misaligned";
    if (!canonical(page)) return "not_canonical";
    return around(page) == pages_.end() ? "not_mapped" : "";
}

// False: there are no frames for the tables. Nothing has changed then.
bool AddressSpace::split_around(std::uint64_t page) {
    Pages parts = pages_;
    while (true) {
        auto after = parts.upper_bound(page);
        auto const found = std::prev(after);
        Page const whole = found->second;
        if (whole.size == small) break;
        std::uint64_t const start = found->first, part = whole.size / 512;
        parts.erase(found);
        for (std::uint64_t i = 0; i < 512; ++i)
            parts[start + i * part] = {whole.physical + i * part, part, whole.rights, whole.cached,
                                       whole.global};
    }
    if (tables_of(parts) > table_frames_) return false;
    pages_ = std::move(parts);
    return true;
}

std::string AddressSpace::unmap(std::uint64_t page) {
    if (auto const no = refusal(page); !no.empty()) return no;
    if (!split_around(page)) return "out_of_memory";
    pages_.erase(page);
    return "ok";
}

std::string AddressSpace::protect(std::uint64_t page, char rights) {
    if (auto const no = refusal(page); !no.empty()) return no;
    if (!split_around(page)) return "out_of_memory";
    pages_[page].rights = rights;
    return "ok";
}

std::optional<std::uint64_t> AddressSpace::physical(std::uint64_t address) const {
    auto const found = around(address);
    if (found == pages_.end()) return {};
    return found->second.physical + (address - found->first);
}

std::string AddressSpace::translation(std::uint64_t address) const {
    auto const found = around(address);
    if (found == pages_.end()) return "none";
    Page const& page = found->second;
    return fmt::format("{:x} r{}{}{}{}", *physical(address) & ~(small - 1), page.rights == 'w' ? 'w' : '-',
                       page.rights == 'x' ? 'x' : '-', page.cached ? 'c' : 'u', page.global ? " +100" : "");
}

unsigned AddressSpace::last_level(std::uint64_t address) const {
    if (auto const found = around(address); found != pages_.end()) return level_of_size(found->second.size);
    // The deepest table on the way that some page needs.
    for (unsigned level = 1; level <= 3; ++level)
        for (auto const& [start, page] : pages_)
            if (level_of_size(page.size) <= level &&
                start / size_of_level(level + 1) == address / size_of_level(level + 1))
                return level;
    return 4;
}

std::uint64_t AddressSpace::tables_of(Pages const& pages) {
    std::set<std::pair<unsigned, std::uint64_t>> tables;
    for (auto const& [start, page] : pages)
        for (unsigned level = level_of_size(page.size); level <= 3; ++level)
            tables.emplace(level, start / size_of_level(level + 1));
    return 1 + tables.size();
}

std::uint64_t AddressSpace::tables() const { return tables_of(pages_); }

}  // namespace lab::paging
