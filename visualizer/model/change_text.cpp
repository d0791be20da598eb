// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/change_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/words.hpp"
#include "visualizer/model/place.hpp"

namespace viz::model {

using sim::debug::BranchInfo;
using sim::debug::BranchNumber;
using sim::debug::CompareBranches;
using sim::debug::parse_number;
using sim::debug::Snapshot;
using sim::debug::take_word;
using sim::machine::Moment;

namespace {

std::string no_branch(std::string_view text, Snapshot const& now) {
    std::string names;
    for (BranchInfo const& b : now.branches)
        names += fmt::format("{}{} {}", names.empty() ? "" : ", ", b.number, b.name);
    return fmt::format("there is no branch \"{}\": there are {}", text, names.empty() ? "none" : names);
}

}  // namespace

std::variant<Bytes, std::string> parse_bytes(std::string_view text, Snapshot const& now) {
    Bytes bytes;
    std::string_view where = take_word(text);
    if (where.starts_with("phys:")) {
        auto const address = parse_number(where.substr(5));
        if (!address) return fmt::format("\"{}\" is no physical address", where);
        bytes.space = sim::debug::AddressSpace::physical;
        bytes.address = *address;
    } else {
        Place const place = find_place(where, now);
        auto const* address = std::get_if<AddressPlace>(&place);
        if (!address)
            return fmt::format("\"{}\" is no address: want 0x1000, phys:0x1000 or the name of a variable",
                               where);
        bytes.address = address->address;
    }
    for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
        auto const value = parse_number(word);
        if (!value || *value > 255)
            return fmt::format("\"{}\" is no byte: want 0 to 255, or 0x00 to 0xff", word);
        if (bytes.values.size() == most_bytes) return fmt::format("at most {} bytes at once", most_bytes);
        bytes.values.push_back(static_cast<std::uint8_t>(*value));
    }
    if (bytes.values.empty()) return "which bytes? Want PLACE BYTE ..., such as 0x1000 0x5a 7";
    return bytes;
}

BranchInfo const* find_branch(std::string_view text, Snapshot const& now) {
    auto found = std::ranges::find(now.branches, text, &BranchInfo::name);
    if (found == now.branches.end())
        if (auto const number = parse_number(text))
            found = std::ranges::find(now.branches, *number, &BranchInfo::number);
    return found == now.branches.end() ? nullptr : &*found;
}

std::variant<std::pair<BranchNumber, std::string>, std::string> parse_branch_and_rest(std::string_view text,
                                                                                      Snapshot const& now) {
    std::string_view const which = take_word(text);
    BranchInfo const* const branch = find_branch(which, now);
    if (!branch) return no_branch(which, now);
    return std::pair{branch->number, std::string(text)};
}

std::variant<CompareBranches, std::string> parse_comparison(std::string_view text, Snapshot const& now) {
    Moment at = now.moment;
    if (std::size_t const sign = text.rfind('@'); sign != std::string_view::npos) {
        Place const place = find_place(text.substr(sign + 1), now);
        auto const moment = moment_of(place);
        if (!moment) return fmt::format("\"{}\" is no moment", text.substr(sign + 1));
        at = *moment;
        text = text.substr(0, sign);
    }
    while (text.ends_with(' ')) text.remove_suffix(1);
    // A name may have blanks: all of it, else two words.
    BranchInfo const* one = find_branch(text, now);
    BranchInfo const* other = nullptr;
    if (one) {
        other = find_branch(fmt::format("{}", now.branch), now);
        if (one == other && one->parent) one = find_branch(fmt::format("{}", *one->parent), now);
    } else {
        std::string_view rest = text;
        std::string_view const first = take_word(rest);
        one = find_branch(first, now);
        other = find_branch(rest, now);
        if (!one) return no_branch(first, now);
        if (!other) return no_branch(rest, now);
    }
    if (!one || !other || one == other) return "there is no other branch to compare with: fork first";
    return CompareBranches{one->number, other->number, std::min(at, one->end), std::min(at, other->end)};
}

}  // namespace viz::model
