// SPDX-License-Identifier: GPL-2.0-or-later
//
// An answer is text; what in it can be gone to is found here: moments, addresses and
// functions. What a word looks like decides; none is a link by mistake
// for long: it is looked up.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "simulator/debug/symbols.hpp"
#include "simulator/machine/moment.hpp"

namespace viz::model {

struct DataAddress {
    std::uint64_t address = 0;
    bool operator==(DataAddress const&) const = default;
};
struct CodeAddress {
    std::uint64_t address = 0;
    bool operator==(CodeAddress const&) const = default;
};
struct AnswerPart {
    std::string_view text;  // of the line
    std::variant<std::monostate, sim::machine::Moment, DataAddress, CodeAddress> leads_to;
};
// The whole line, in parts. "moment 123.4" and "at 123" are moments, "0x..." an
// address, "name+0x12" code when the symbols know the name.
std::vector<AnswerPart> answer_parts(std::string_view line, sim::debug::Symbols const&);

}  // namespace viz::model
