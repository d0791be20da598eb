// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/translations.hpp"

#include <algorithm>

namespace sim::debug {

char const* explain(Agreement a) {
    switch (a) {
        case Agreement::same:
            return "";
        case Agreement::unmapped:
            return "the tables map nothing there";
        case Agreement::elsewhere:
            return "the tables lead elsewhere";
        case Agreement::rights:
            return "the tables allow less";
        case Agreement::unknown:
            return "the tables were not read to their end";
    }
    return "?";
}

Agreement agreement_of(engine::TlbEntry const& held, PageTree const& tree) {
    // The last range that begins at or before the page.
    auto const after = std::ranges::upper_bound(tree.ranges, held.page, {}, &MappedRange::virtual_start);
    auto const missing = tree.problem.empty() ? Agreement::unmapped : Agreement::unknown;
    if (after == tree.ranges.begin()) return missing;
    MappedRange const& r = *std::prev(after);
    std::uint64_t const offset = held.page - r.virtual_start;
    if (offset >= r.length) return missing;
    // A large page that the tables have cut up since then.
    if (r.length - offset < held.size) return Agreement::elsewhere;
    if (r.physical_start + offset != held.frame) return Agreement::elsewhere;
    bool const more = (held.writable && !r.writable) || (held.user && !r.user) || (held.executable && !r.executable);
    return more ? Agreement::rights : Agreement::same;
}

std::vector<Translation> translations(std::span<engine::TlbEntry const> tlb, PageTree const* tree) {
    std::vector<Translation> out;
    out.reserve(tlb.size());
    for (auto const& entry : tlb) out.push_back({entry, tree ? agreement_of(entry, *tree) : Agreement::unknown});
    std::ranges::sort(out, {}, [](Translation const& t) { return t.entry.page; });
    return out;
}

}  // namespace sim::debug
