// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/board/pci_resources.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace sim::board {

using namespace devices;

namespace {

struct Wanted {
    PciFunction* function;
    unsigned offset;
    std::uint64_t size;
    bool io;
};

// Found as firmware finds them: by what stays of a write of all ones.
std::vector<Wanted> wanted_by(PciFunction& function) {
    std::vector<Wanted> wanted;
    for (unsigned offset = pci_config::bar0; offset < pci_config::bar0 + 24; offset += 4) {
        auto const kind = function.config_read(offset, 4);
        bool const io = kind & 1, is_64_bit = !io && (kind & 6) == 4;
        auto const mask_of = [&](unsigned at) {
            function.config_write(at, 4, 0xFFFF'FFFF);
            auto const mask = function.config_read(at, 4);
            function.config_write(at, 4, 0);
            return mask;
        };
        std::uint64_t mask = mask_of(offset) & (io ? ~3u : ~0xFu);
        if (is_64_bit) mask |= std::uint64_t{mask_of(offset + 4)} << 32;
        if (mask != 0) wanted.push_back({&function, offset, mask & -mask, io});
        if (is_64_bit) offset += 4;
    }
    return wanted;
}

}  // namespace

void assign_resources(std::span<PciFunction* const> functions) {
    std::vector<Wanted> wanted;
    for (PciFunction* const function : functions) {
        auto const more = wanted_by(*function);
        wanted.insert(wanted.end(), more.begin(), more.end());
    }
    std::ranges::stable_sort(wanted, std::ranges::greater{}, &Wanted::size);
    constexpr std::uint64_t page = 4096;
    std::uint64_t memory = machine::hole_start, port = first_pci_port;
    for (Wanted const& bar : wanted) {
        std::uint64_t& next = bar.io ? port : memory;
        std::uint64_t const step = bar.io ? bar.size : std::max(bar.size, page);
        std::uint64_t const place = (next + step - 1) & ~(step - 1);
        next = place + step;
        if (next > (bar.io ? 0x1'0000 : PciBus::ecam_base))
            throw std::logic_error(bar.function->name() + "'s base address registers do not fit");
        bar.function->config_write(bar.offset, 4, static_cast<std::uint32_t>(place));
        bar.function->config_write(pci_config::command, 2,
                                   bar.function->config_read(pci_config::command, 2) |
                                       (bar.io ? pci_config::command_io : pci_config::command_memory));
    }
}

}  // namespace sim::board
