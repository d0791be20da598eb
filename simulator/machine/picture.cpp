// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

namespace sim::machine {
namespace {

using Bytes = std::span<std::uint8_t const>;
constexpr char const* nothing = "nothing";

// A number as it is read, most significant byte first. Longer fields by their
// first byte that differs from `other`.
std::string show(Bytes bytes, Bytes other) {
    if (bytes.size() <= 8) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
        return fmt::format("{:#x}", value);
    }
    auto const at = static_cast<std::size_t>(
        std::mismatch(bytes.begin(), bytes.end(), other.begin(), other.end()).first - bytes.begin());
    return at < bytes.size() ? fmt::format("{:#x} at byte {} of {}", bytes[at], at, bytes.size())
                             : fmt::format("{} bytes", bytes.size());
}

std::string show(Bytes bytes) { return show(bytes, {}); }

Bytes bytes_of(Picture::Part const& part, StateField const& field) {
    return Bytes(part.bytes).subspan(field.offset, field.size);
}

class Comparison {
public:
    explicit Comparison(std::size_t most) : most_(most) {}

    void parts(Picture::Part const& one, Picture::Part const& other) {
        if (one.bytes == other.bytes) return;
        std::map<std::string, Bytes> theirs;
        for (StateField const& field : other.fields) theirs[field.name] = bytes_of(other, field);
        std::size_t const before = found.size();
        for (StateField const& field : one.fields) {
            Bytes const ours = bytes_of(one, field);
            auto const match = theirs.find(field.name);
            if (match == theirs.end()) {
                tell({one.name, field.name, show(ours), nothing});
                continue;
            }
            if (!std::equal(ours.begin(), ours.end(), match->second.begin(), match->second.end()))
                tell({one.name, field.name, show(ours, match->second), show(match->second, ours)});
            theirs.erase(match);
        }
        for (auto const& [name, bytes] : theirs) tell({one.name, name, nothing, show(bytes)});
        // Names can be told twice, or not at all; a difference never goes unsaid.
        if (found.size() == before && !full())
            tell({one.name, "its saved bytes", show(one.bytes, other.bytes), show(other.bytes, one.bytes)});
    }
    void tell(Difference difference) {
        if (!full()) found.push_back(std::move(difference));
    }
    bool full() const { return found.size() >= most_; }

    std::vector<Difference> found;

private:
    std::size_t most_;
};

PhysAddr address_of(std::size_t page_index) {
    PhysAddr const address = page_index * page_bytes;
    return address < hole_start ? address : address - hole_start + hole_end;
}

}  // namespace

std::string to_string(Difference const& d) {
    return fmt::format("{} {}: {} against {}", d.part, d.field, d.one, d.other);
}

std::vector<Difference> differences(Picture const& one, Picture const& other, std::size_t most) {
    Comparison comparison(most);
    std::map<std::string, Picture::Part const*> theirs;
    for (Picture::Part const& part : other.parts) theirs[part.name] = &part;
    for (Picture::Part const& part : one.parts) {
        auto const match = theirs.find(part.name);
        if (match == theirs.end()) {
            comparison.tell({part.name, "the whole part", "there", nothing});
            continue;
        }
        comparison.parts(part, *match->second);
        theirs.erase(match);
    }
    for (auto const& [name, part] : theirs) comparison.tell({name, "the whole part", nothing, "there"});

    for (std::size_t i = 0; i < std::min(one.overlays.size(), other.overlays.size()); ++i) {
        PageOverlay const &a = one.overlays[i].pages, &b = other.overlays[i].pages;
        if (a.hash() == b.hash()) continue;
        for (std::size_t index = 0; index < std::min(a.pages(), b.pages()) && !comparison.full(); ++index) {
            PagePtr const x = a.page(index), y = b.page(index);
            if (x == y || (x && y && x->bytes == y->bytes)) continue;
            auto const shown = [](PagePtr const& page) {
                return page ? fmt::format("written, hash {:016x}", page->hash) : "never written";
            };
            comparison.tell({one.overlays[i].device, fmt::format("page {}", index), shown(x), shown(y)});
        }
    }

    std::size_t const pages = std::min(one.ram.pages(), other.ram.pages());
    if (one.ram.pages() != other.ram.pages())
        comparison.tell({"ram", "pages", std::to_string(one.ram.pages()), std::to_string(other.ram.pages())});
    for (std::size_t i = 0; i < pages && !comparison.full(); ++i) {
        if (i % RamImage::group_pages == 0 && one.ram.shares_group(other.ram, i)) {
            i += RamImage::group_pages - 1;
            continue;
        }
        if (one.ram.page(i) == other.ram.page(i)) continue;
        auto const &a = one.ram.page(i)->bytes, &b = other.ram.page(i)->bytes;
        auto const [x, y] = std::mismatch(a.begin(), a.end(), b.begin());
        if (x == a.end()) continue;
        PhysAddr const address = address_of(i) + static_cast<PhysAddr>(x - a.begin());
        comparison.tell(
            {"ram", fmt::format("{:#x}", address), fmt::format("{:02x}", *x), fmt::format("{:02x}", *y)});
    }
    return std::move(comparison.found);
}

}  // namespace sim::machine
