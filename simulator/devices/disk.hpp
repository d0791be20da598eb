// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a disk holds: a file that is never changed, and over it what the guest
// has written. Sectors of 512 bytes; a file that ends inside one is continued
// with zeros.
//
// A disk has a write cache: what was written is read back at once, but only a
// flush makes it durable. The overlay has twice the disk's pages: first what is
// read, then what is durable.
#pragma once

#include <set>

#include "simulator/machine/config.hpp"
#include "simulator/machine/page_overlay.hpp"

namespace sim::devices {

class Disk {
public:
    static constexpr std::uint64_t sector_bytes = 512;

    explicit Disk(machine::Blob base);

    std::uint64_t sectors() const { return sectors_; }
    // Whether all these sectors exist.
    bool holds(std::uint64_t sector, std::uint64_t count) const {
        return sector <= sectors_ && count <= sectors_ - sector;
    }
    // Whole sectors, which must exist.
    void read(std::uint64_t sector, std::span<std::uint8_t> into) const;
    void write(std::uint64_t sector, std::span<std::uint8_t const> from);
    void zero(std::uint64_t sector, std::uint64_t count);
    // All that was written is durable.
    void flush();
    // All that was written since the last flush is gone.
    void forget();

    // In pages: what was ever written, and what of it a power cut might take.
    std::size_t pages_written() const;
    std::size_t pages_not_flushed() const;

    // Whether a power cut would leave the page as it is read now.
    bool durable(std::size_t page) const {
        machine::PagePtr const now = written_.page(page);
        return !now || now == written_.page(pages() + page);
    }

    machine::PageOverlay& written() { return written_; }
    machine::PageOverlay const& written() const { return written_; }

private:
    void base_page(std::size_t index, std::span<std::uint8_t> into) const;
    std::size_t pages() const { return written_.pages() / 2; }
    void put(std::size_t index, machine::PagePtr);
    std::set<std::size_t> const& not_flushed();
    bool is_flushed(std::size_t index) const {
        return written_.page(pages() + index) == written_.page(index);
    }

    machine::Blob base_;
    std::uint64_t sectors_ = 0;
    machine::PageOverlay written_;
    // Follows from `written_`, and is found out anew when that came from elsewhere
    // (its hash is another): the pages that may not be flushed.
    std::set<std::size_t> candidates_;
    std::uint64_t known_hash_ = 0;  // at first nothing is written
};

}  // namespace sim::devices
