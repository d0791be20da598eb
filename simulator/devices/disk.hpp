// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a disk holds: a file that is never changed, and over it what the guest
// has written. Sectors of 512 bytes; a file that ends inside one is continued
// with zeros.
#pragma once

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

    machine::PageOverlay& written() { return written_; }
    machine::PageOverlay const& written() const { return written_; }

private:
    void base_page(std::size_t index, std::span<std::uint8_t> into) const;

    machine::Blob base_;
    std::uint64_t sectors_ = 0;
    machine::PageOverlay written_;
};

}  // namespace sim::devices
