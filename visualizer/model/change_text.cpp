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
using sim::debug::Poke;
using sim::debug::Snapshot;
using sim::debug::take_word;
using sim::debug::trimmed;
using sim::machine::Moment;

namespace {

std::string no_branch(std::string_view text, Snapshot const& now) {
    std::string names;
    for (BranchInfo const& b : now.branches)
        names += fmt::format("{}{} {}", names.empty() ? "" : ", ", b.number, b.name);
    return fmt::format("there is no branch \"{}\": there are {}", text, names.empty() ? "none" : names);
}

BranchInfo const* branch_numbered(std::uint64_t number, Snapshot const& now) {
    auto const found = std::ranges::find(now.branches, number, &BranchInfo::number);
    return found == now.branches.end() ? nullptr : &*found;
}

// Takes the branch off the text that begins with one, and the blanks around it.
// Null: there is none so called.
BranchInfo const* take_branch(std::string_view& text, Snapshot const& now) {
    text = trimmed(text);
    BranchInfo const* longest = nullptr;
    for (BranchInfo const& b : now.branches)
        if (text.starts_with(b.name) && (text.size() == b.name.size() || text[b.name.size()] == ' ') &&
            (!longest || b.name.size() > longest->name.size()))
            longest = &b;
    std::string_view rest = text;
    if (longest)
        rest.remove_prefix(longest->name.size());
    else
        longest = find_branch(take_word(rest), now);
    if (longest) text = trimmed(rest);
    return longest;
}

}  // namespace

std::variant<Poke, std::string> parse_bytes(std::string_view text, Snapshot const& now) {
    Poke poke{.space = sim::debug::AddressSpace::virtual_, .address = 0, .bytes = {}};
    std::string_view where = take_word(text);
    if (where.starts_with("phys:")) {
        auto const address = parse_number(where.substr(5));
        if (!address) return fmt::format("\"{}\" is no physical address", where);
        poke.space = sim::debug::AddressSpace::physical;
        poke.address = *address;
    } else {
        Place const place = find_place(where, now);
        auto const* address = std::get_if<AddressPlace>(&place);
        if (!address)
            return fmt::format("\"{}\" is no address: want 0x1000, phys:0x1000 or the name of a variable",
                               where);
        poke.address = address->address;
    }
    for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
        auto const value = parse_number(word);
        if (!value || *value > 255)
            return fmt::format("\"{}\" is no byte: want 0 to 255, or 0x00 to 0xff", word);
        if (poke.bytes.size() == most_bytes) return fmt::format("at most {} bytes at once", most_bytes);
        poke.bytes.push_back(static_cast<std::uint8_t>(*value));
    }
    if (poke.bytes.empty()) return "which bytes? Want PLACE BYTE ..., such as 0x1000 0x5a 7";
    return poke;
}

BranchInfo const* find_branch(std::string_view text, Snapshot const& now) {
    if (auto const found = std::ranges::find(now.branches, text, &BranchInfo::name);
        found != now.branches.end())
        return &*found;
    auto const number = parse_number(text);
    return number ? branch_numbered(*number, now) : nullptr;
}

std::variant<std::pair<BranchNumber, std::string>, std::string> parse_branch_and_rest(std::string_view text,
                                                                                      Snapshot const& now) {
    BranchInfo const* const branch = take_branch(text, now);
    if (!branch) return no_branch(text, now);
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
    BranchInfo const* one = take_branch(text, now);
    if (!one) return no_branch(text, now);
    BranchInfo const* other = nullptr;
    if (text.empty()) {
        other = branch_numbered(now.branch, now);
        if (one == other && one->parent) one = branch_numbered(*one->parent, now);
    } else {
        other = find_branch(text, now);
        if (!other) return no_branch(text, now);
    }
    if (!one || !other || one == other) return "there is no other branch to compare with: fork first";
    return CompareBranches{one->number, other->number, std::min(at, one->end), std::min(at, other->end)};
}

}  // namespace viz::model
