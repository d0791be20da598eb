// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/attach/image_check.hpp"

#include <algorithm>
#include <array>

#include "simulator/loader/elf_image.hpp"

namespace sim::attach {

namespace {

// The file's bytes for a physical address; empty: it has none.
std::span<std::uint8_t const> bytes_at(loader::ElfImage const& image, std::uint64_t physical) {
    for (loader::Segment const& s : image.segments)
        if (physical >= s.address && physical - s.address < s.bytes.size())
            return s.bytes.subspan(physical - s.address);
    return {};
}

}  // namespace

Match compare_code(machine::Blob const& image, debug::Symbols const& symbols,
                   debug::GuestMemory const& memory) {
    if (!image.bytes || !loader::is_elf(*image.bytes)) return Match::unknown;
    constexpr std::size_t samples = 16, most = 32;
    auto const& functions = symbols.functions();
    std::size_t same = 0, different = 0;
    try {
        loader::ElfImage const elf = loader::read_elf(image.name, *image.bytes);
        std::size_t const stride = std::max<std::size_t>(functions.size() / samples, 1);
        for (std::size_t i = 0; i < functions.size(); i += stride) {
            auto const physical = memory.translate(functions[i].low);
            if (!physical) continue;
            auto const expected = bytes_at(elf, *physical);
            std::size_t const length =
                std::min({functions[i].high - functions[i].low, most, expected.size()});
            std::array<std::uint8_t, most> found{};
            if (length == 0 || !memory.read(functions[i].low, std::span(found).first(length))) continue;
            (std::equal(found.begin(), found.begin() + static_cast<long>(length), expected.begin())
                 ? same
                 : different)++;
        }
    } catch (loader::LoadError const&) {
        return Match::unknown;
    }
    if (same + different == 0) return Match::unknown;
    // Code that ran once may have been given away as memory since; builds of one kernel begin alike.
    return same >= 3 * different ? Match::same : Match::different;
}

}  // namespace sim::attach
