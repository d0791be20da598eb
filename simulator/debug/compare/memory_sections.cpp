// SPDX-License-Identifier: GPL-2.0-or-later
//
// Pages with their owners, and what the page tables map.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "simulator/debug/compare/differ.hpp"
#include "simulator/debug/text.hpp"

namespace sim::debug::compare {

namespace {

constexpr std::size_t most_pages = 65'536;  // that are looked at
constexpr std::uint64_t page = 4096;

std::string owner_of(Portrait const& p, std::uint64_t physical) {
    std::string const name = p.kernel.frames ? p.kernel.frames->owner_of(physical / page) : "";
    return name.empty() ? "unknown" : name;
}

// The kernel's object at a physical address, through whatever maps it.
std::string object_at(Portrait const& p, std::uint64_t physical) {
    for (MappedRange const& r : p.tree->ranges) {
        if (physical < r.physical_start || physical - r.physical_start >= r.length) continue;
        std::uint64_t const address = r.virtual_start + (physical - r.physical_start);
        if (auto const near = p.symbols->near(address); near && near->exact_bounds)
            return p.symbols->describe(address);
    }
    return "";
}

std::string rights(MappedRange const& r) {
    return fmt::format("r{}{}{}{}", r.writable ? 'w' : '-', r.executable ? 'x' : '-', r.user ? " user" : "",
                       r.global ? " global" : "");
}

// What is mapped in [start, start + length), told in pieces that are alike on
// both sides. Of two images frames may differ.
class TreeDiffer {
public:
    TreeDiffer(Sides const& s, Collector& c) : s_(s), c_(c) {}
    void run() {
        auto const &one = s_.one.tree->ranges, &other = s_.other.tree->ranges;
        std::size_t i = 0, j = 0;
        std::uint64_t at = 0;
        while (i < one.size() || j < other.size()) {
            MappedRange const* a = i < one.size() ? &one[i] : nullptr;
            MappedRange const* b = j < other.size() ? &other[j] : nullptr;
            std::uint64_t const a_start = a ? std::max(at, a->virtual_start) : UINT64_MAX;
            std::uint64_t const b_start = b ? std::max(at, b->virtual_start) : UINT64_MAX;
            std::uint64_t const start = std::min(a_start, b_start);
            bool const in_a = a_start == start, in_b = b_start == start;
            // The last page may end at 2^64: lengths, not ends.
            std::uint64_t length = UINT64_MAX;
            if (in_a) length = std::min(length, a->length - (start - a->virtual_start));
            if (in_b) length = std::min(length, b->length - (start - b->virtual_start));
            if (!in_a && a) length = std::min(length, a_start - start);
            if (!in_b && b) length = std::min(length, b_start - start);
            piece(start, length, in_a ? a : nullptr, in_b ? b : nullptr);
            at = start + length;
            if (in_a && a->length - (start - a->virtual_start) == length) ++i;
            if (in_b && b->length - (start - b->virtual_start) == length) ++j;
            if (at == 0) break;
        }
    }

private:
    void piece(std::uint64_t start, std::uint64_t length, MappedRange const* a, MappedRange const* b) {
        auto const text = [&](MappedRange const* r) {
            if (!r) return std::string();
            std::string t = rights(*r);
            if (s_.one_image) t += fmt::format(" at {:#x}", r->physical_start + (start - r->virtual_start));
            return t;
        };
        c_.differ(fmt::format("{:#x} {}", start, format_bytes(length)), text(a), text(b));
    }
    Sides const& s_;
    Collector& c_;
};

}  // namespace

Section page_section(Sides const& s) {
    Collector c("pages", s.most, s.one_image);
    if (!s.one_image) {  // frames mean nothing to one another: only how many each owner has
        std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> owners;
        auto const count = [&](FrameMap const* frames, bool first) {
            for (std::size_t i = 0; frames && i < frames->owners.size() && i < frames->frames_by_owner.size();
                 ++i)
                (first ? owners[frames->owners[i]].first : owners[frames->owners[i]].second) +=
                    frames->frames_by_owner[i];
        };
        count(s.one.kernel.frames.get(), true);
        count(s.other.kernel.frames.get(), false);
        for (auto const& [owner, frames] : owners)
            c.differ("frames of " + owner, std::to_string(frames.first), std::to_string(frames.second));
        return c.take();
    }
    machine::Picture one, other;
    one.ram = s.one.picture.ram;
    other.ram = s.other.picture.ram;
    for (machine::Difference const& d : machine::differences(one, other, most_pages)) {
        std::uint64_t address = 0;
        if (!d.field.starts_with("0x") ||
            std::from_chars(d.field.data() + 2, d.field.data() + d.field.size(), address, 16).ec !=
                std::errc{}) {
            c.tell(d.field, d.one, d.other);
            continue;
        }
        std::string what = fmt::format("frame {:#x} ({})", address / page, owner_of(s.one, address));
        std::string const object = object_at(s.one, address);
        what += object.empty() ? fmt::format(" from {:#x}", address) : fmt::format(" from {}", object);
        c.tell(std::move(what), d.one, d.other);
    }
    return c.take();
}

Section page_table_section(Sides const& s) {
    Collector c("page tables", s.most, s.one_image);
    c.differ("problem", s.one.tree->problem, s.other.tree->problem);
    TreeDiffer(s, c).run();
    return c.take();
}

}  // namespace sim::debug::compare
