// SPDX-License-Identifier: GPL-2.0-or-later
//
// The sections of a comparison, one function each. `one_image`: addresses mean
// the same on both sides.
#pragma once

#include "simulator/debug/compare/comparison.hpp"

namespace sim::debug::compare {

// What the sections have in common.
struct Sides {
    Portrait const& one;
    Portrait const& other;
    bool one_image = false;
    std::size_t most = 100;
};

// Collects changes up to a bound.
class Collector {
public:
    Collector(std::string name, std::size_t most, bool weighs) : most_(most) {
        section_.name = std::move(name);
        section_.weighs = weighs;
    }
    void tell(std::string what, std::string one, std::string other) {
        if (section_.changes.size() < most_)
            section_.changes.push_back({std::move(what), std::move(one), std::move(other)});
        else
            ++section_.left_out;
    }
    void differ(std::string what, std::string one, std::string other) {
        if (one != other) tell(std::move(what), std::move(one), std::move(other));
    }
    void coarse() { section_.coarse = true; }
    Section take() { return std::move(section_); }

private:
    std::size_t most_;
    Section section_;
};

// machine_sections.cpp: where it stands, its registers, its devices by field
Section place_section(Sides const&);
Section register_section(Sides const&);
Section device_section(Sides const&);
// kernel_sections.cpp
std::vector<Section> kernel_sections(Sides const&);
// memory_sections.cpp
Section page_section(Sides const&);
Section page_table_section(Sides const&);
// event_sections.cpp
struct EventDifferences {
    std::vector<Section> sections;
    // The first event that one has and the other has not; none: as far as both go
    // they are the same.
    std::optional<First> first;
};
EventDifferences event_differences(Sides const&);

// In the upper half, where the kernel lives: such a number is no count.
bool looks_like_address(std::uint64_t value);
// A number that may be an address: "symbol+0x12", else hexadecimal. Of two images
// what no symbol covers is "an address" where it looks like one.
std::string value_text(std::uint64_t value, Symbols const&, bool one_image);

}  // namespace sim::debug::compare
