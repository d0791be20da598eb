// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/cost_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace sim::bench {
namespace {

constexpr std::string_view development_title = "## Development build";
constexpr std::string_view release_title = "## Release build";

constexpr std::string_view preface =
    R"(# What the kernel costs

Instructions, counted in the simulator by `./viv bench kernel`: exact, and the same
in every run of the same image. `./viv bench kernel --write` makes this page;
`--check` fails when a cost is more than a tenth, and more than 16, away from it.

* Usual: the median of a hundred, or nearly; of boot and sizes there is one. Most:
  the dearest, such as the allocation that has to cut a block first. Between two marks, without the marks.
* Each round of a REP string instruction is one; an interrupt's delivery is none.
* The development build carries the dear checks: guards around the heap's objects,
  the order of locks. The release build does not.
* What is measured stands in [kernel/apps/costs](../../kernel/apps/costs), between
  `COST_BEGIN` and `COST_END`. Boot is that of `hello` in the simulator's machine, and
  writes the log's lines as it goes. A web request is all that the server does, from
  the frame with the request until it sleeps again.
)";

void add_table(std::string& text, std::string_view title, std::string_view how,
               std::vector<Cost> const& costs) {
    if (costs.empty()) return;
    text +=
        fmt::format("\n{}\n\n{}\n\n| name | what | usual | most | |\n|---|---|---:|---:|---|\n", title, how);
    for (Cost const& cost : costs)
        text += fmt::format("| `{}` | {} | {} | {} | {} |\n", cost.id, cost.what, cost.usual, cost.most,
                            cost.unit);
}

// The cells of "| a | b |", without their blanks.
std::vector<std::string_view> cells_of(std::string_view line) {
    std::vector<std::string_view> cells;
    line.remove_prefix(1);
    for (std::size_t end; (end = line.find('|')) != std::string_view::npos; line.remove_prefix(end + 1)) {
        std::string_view cell = line.substr(0, end);
        while (cell.starts_with(' ')) cell.remove_prefix(1);
        while (cell.ends_with(' ')) cell.remove_suffix(1);
        cells.push_back(cell);
    }
    return cells;
}

bool read_number(std::string_view text, std::uint64_t& into) {
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    return error == std::errc{} && end == text.data() + text.size();
}

Cost read_row(std::string_view line) {
    auto const cells = cells_of(line);
    Cost cost;
    bool const right = cells.size() == 5 && cells[0].size() > 2 && cells[0].ends_with('`') &&
                       read_number(cells[2], cost.usual) && read_number(cells[3], cost.most);
    if (!right) throw std::runtime_error(fmt::format("no row of costs: {}", line));
    cost.id = cells[0].substr(1, cells[0].size() - 2);
    cost.what = cells[1];
    cost.unit = cells[4];
    return cost;
}

Cost const* find(std::vector<Cost> const& costs, std::string_view id) {
    auto const found =
        std::find_if(costs.begin(), costs.end(), [&](Cost const& cost) { return cost.id == id; });
    return found == costs.end() ? nullptr : &*found;
}

bool far_apart(std::uint64_t a, std::uint64_t b) {
    std::uint64_t const apart = std::max(a, b) - std::min(a, b);
    return apart > least_change && static_cast<double>(apart) > most_change * static_cast<double>(a);
}

}  // namespace

std::string to_markdown(CostTable const& table) {
    std::string text(preface);
    add_table(text, development_title, "`./viv bench kernel`; `./viv test` compares this table, too.",
              table.development);
    add_table(text, release_title, "`VIV_PRESET=release ./viv bench kernel`.", table.release);
    return text;
}

CostTable from_markdown(std::string_view text) {
    CostTable table;
    std::vector<Cost>* costs = nullptr;
    while (!text.empty()) {
        std::string_view const line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line == development_title) costs = &table.development;
        if (line == release_title) costs = &table.release;
        if (costs && line.starts_with("| `")) costs->push_back(read_row(line));
    }
    return table;
}

CostTable read_costs(std::filesystem::path const& file) {
    std::ifstream in(file);
    if (!in) return {};
    std::ostringstream text;
    text << in.rdbuf();
    try {
        return from_markdown(text.str());
    } catch (std::runtime_error const& error) {
        throw std::runtime_error(fmt::format("{}: {}", file.string(), error.what()));
    }
}

void write_costs(std::filesystem::path const& file, CostTable const& table) {
    std::filesystem::path const part = file.string() + ".part";
    std::ofstream out(part);
    out << to_markdown(table);
    out.close();
    if (!out) throw std::runtime_error(fmt::format("cannot write {}", part.string()));
    std::filesystem::rename(part, file);
}

std::vector<CostChange> changes(std::vector<Cost> const& kept, std::vector<Cost> const& measured) {
    std::vector<CostChange> result;
    for (Cost const& now : measured) {
        Cost const* const before = find(kept, now.id);
        if (!before)
            result.push_back({now.id, now.what, now.unit, std::nullopt, now.usual});
        else if (far_apart(before->usual, now.usual))
            result.push_back({now.id, now.what, now.unit, before->usual, now.usual});
    }
    for (Cost const& before : kept)
        if (!find(measured, before.id))
            result.push_back({before.id, before.what, before.unit, before.usual, std::nullopt});
    return result;
}

std::string describe(CostChange const& change) {
    if (!change.kept)
        return fmt::format("{}: {} {}, not on the page", change.what, *change.measured, change.unit);
    if (!change.measured) return fmt::format("{}: on the page, and no longer measured", change.what);
    return fmt::format("{}: {} {}, the page says {}", change.what, *change.measured, change.unit,
                       *change.kept);
}

}  // namespace sim::bench
