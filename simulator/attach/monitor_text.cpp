// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/attach/monitor_text.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <string>

namespace sim::attach {

namespace {

constexpr std::size_t most_pieces = 4096;

std::string_view line_of(std::string_view& text) {
    std::size_t const end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

struct Row {
    std::uint64_t first = 0, last = 0;
    std::string_view kind, name;
};

// "  0000000000000000-00000000000c2fff (prio 0, ram): pc.ram @00000000000c3000"
std::optional<Row> row_of(std::string_view line) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    Row row;
    char const* const end = line.data() + line.size();
    auto const first = std::from_chars(line.data(), end, row.first, 16);
    if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-') return std::nullopt;
    auto const last = std::from_chars(first.ptr + 1, end, row.last, 16);
    if (last.ec != std::errc{} || row.last < row.first) return std::nullopt;
    std::string_view const rest(last.ptr, static_cast<std::size_t>(end - last.ptr));
    std::size_t const comma = rest.find(", "), close = rest.find("): ");
    if (comma == std::string_view::npos || close == std::string_view::npos || close < comma)
        return std::nullopt;
    row.kind = rest.substr(comma + 2, close - comma - 2);
    row.name = rest.substr(close + 3);
    row.name = row.name.substr(0, row.name.find(" @"));
    return row;
}

}  // namespace

std::vector<MemoryPiece> read_memory_map(std::string_view text) {
    // The view in which the processors' memory is.
    std::vector<Row> rows;
    bool wanted = false;
    while (!text.empty() && rows.size() < most_pieces) {
        std::string_view const line = line_of(text);
        if (line.starts_with("FlatView")) {
            if (wanted) break;
        } else if (line.find("AS \"memory\"") != std::string_view::npos) {
            wanted = true;
        } else if (wanted) {
            if (auto const row = row_of(line); row && (row->kind == "ram" || row->kind == "rom"))
                rows.push_back(*row);
        }
    }
    // Part of the RAM can be write-protected, by the chipset.
    std::set<std::string_view> rams;
    for (Row const& row : rows)
        if (row.kind == "ram") rams.insert(row.name);
    std::vector<MemoryPiece> pieces;
    std::ranges::sort(rows, {}, &Row::first);
    for (Row const& row : rows) {
        bool const ram = rams.contains(row.name);
        std::uint64_t const length = row.last - row.first + 1;
        if (length == 0 || (!pieces.empty() && row.first < pieces.back().start + pieces.back().length))
            continue;
        if (!pieces.empty() && pieces.back().ram == ram &&
            pieces.back().start + pieces.back().length == row.first)
            pieces.back().length += length;
        else
            pieces.push_back({row.first, length, ram});
    }
    return pieces;
}

std::optional<HardwareAddress> read_card_address(std::string_view text) {
    constexpr std::string_view card = "type=nic", before = "macaddr=";
    while (!text.empty()) {
        std::string_view line = line_of(text);
        std::size_t const at = line.find(before);
        if (line.find(card) == std::string_view::npos || at == std::string_view::npos) continue;
        line.remove_prefix(at + before.size());
        HardwareAddress address{};
        bool right = line.size() >= 17;
        for (std::size_t i = 0; right && i < 6; ++i) {
            auto const two = line.substr(i * 3, 2);
            auto const [end, error] = std::from_chars(two.data(), two.data() + 2, address[i], 16);
            right = error == std::errc{} && end == two.data() + 2 && (i == 5 || line[i * 3 + 2] == ':');
        }
        if (right) return address;
    }
    return std::nullopt;
}

}  // namespace sim::attach
