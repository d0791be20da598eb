// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/compare/comparison.hpp"

#include <algorithm>

#include "simulator/debug/compare/differ.hpp"

namespace sim::debug::compare {

namespace {

SideInfo info_of(Portrait const& p) {
    SideInfo info;
    info.title = p.title;
    info.image = p.image;
    info.moment = to_string(p.moment);
    info.location = p.location;
    info.function = p.function;
    info.line = p.line;
    info.ending = p.ending;
    info.virtual_ns = p.virtual_ns;
    for (StackFrame const& frame : p.stack) {
        auto const line = p.symbols->line_at(frame.address);
        info.stack.push_back(line ? frame.function + " (" + p.symbols->describe(*line) + ")"
                                  : frame.function);
    }
    return info;
}

}  // namespace

Comparison compare(Portrait const& one, Portrait const& other, CompareOptions const& options) {
    Comparison result;
    result.same_image =
        !one.image_sha256.empty() ? one.image_sha256 == other.image_sha256 : one.symbols == other.symbols;
    result.one = info_of(one);
    result.other = info_of(other);
    Sides const sides{one, other, result.same_image, options.most};

    std::vector<Section> sections;
    sections.push_back(place_section(sides));
    sections.push_back(register_section(sides));
    for (Section& s : kernel_sections(sides)) sections.push_back(std::move(s));
    EventDifferences events = event_differences(sides);
    for (Section& s : events.sections) sections.push_back(std::move(s));
    sections.push_back(page_section(sides));
    sections.push_back(page_table_section(sides));
    sections.push_back(device_section(sides));

    result.same = true;
    for (Section& s : sections) {
        if (s.empty()) continue;
        if (s.weighs) result.same = false;
        result.sections.push_back(std::move(s));
    }
    result.first = std::move(events.first);
    if (!result.first) result.first_text = "the same events as far as both go";
    return result;
}

}  // namespace sim::debug::compare
