// SPDX-License-Identifier: GPL-2.0-or-later
//
// What an address space should be after a sequence of requests: a list of pages,
// with no tables at all. How many tables it takes follows from the pages.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace lab::paging {

struct Page {
    std::uint64_t physical = 0;
    std::uint64_t size = 4096;
    char rights = 'r';  // r, w, x
    bool cached = true;
    bool global = false;
};

class AddressSpace {
public:
    explicit AddressSpace(std::uint64_t table_frames = 0) : table_frames_(table_frames) {}

    // Each returns "ok", or the name of the error that is right.
    std::string map(std::uint64_t page, std::uint64_t physical, char rights, unsigned level, bool cached,
                    bool global = false);
    std::string unmap(std::uint64_t page);
    std::string protect(std::uint64_t page, char rights);

    // "abc000 rw-c": the 4 KiB page around the address, with "+100" behind it for the bit G; or "none".
    std::string translation(std::uint64_t address) const;
    // The address itself, and the level of the entry that maps it.
    std::optional<std::uint64_t> physical(std::uint64_t address) const;
    // The level at which a walk ends: of the page's entry, or of the first that is not present.
    unsigned last_level(std::uint64_t address) const;
    std::uint64_t tables() const;
    std::uint64_t free_tables() const { return table_frames_ - tables(); }

private:
    using Pages = std::map<std::uint64_t, Page>;
    Pages::const_iterator around(std::uint64_t address) const;
    std::string refusal(std::uint64_t page) const;
    bool split_around(std::uint64_t page);
    static std::uint64_t tables_of(Pages const&);

    std::uint64_t table_frames_;
    Pages pages_;
};

}  // namespace lab::paging
