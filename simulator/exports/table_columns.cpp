// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/exports/table_columns.hpp"

#include <algorithm>
#include <array>

#include "simulator/debug/text.hpp"
#include "simulator/debug/views_query.hpp"

namespace sim::exports {
namespace {

// Of what a person looks at or asks for, or (heat) of how the machine is kept: nothing that a life has.
constexpr std::array<std::string_view, 7> of_a_person = {"comparison", "memory", "heat",   "accesses",
                                                         "walk",       "stops",  "answers"};

struct Fixed {
    std::string_view table;
    std::vector<std::string> columns;
};
std::vector<Fixed> const& fixed() {
    static std::vector<Fixed> const all = {
        {"overview", {"name", "value"}},
        {"registers", {"name", "value"}},
        {"console", {"line"}},
        {"branches", {"number", "name", "end", "inputs", "active"}},
        {"processors", {"rip", "location", "retired", "running", "halted", "waits_for_start_up", "selected"}},
        {"disassembly", {"address", "text", "target", "label", "source", "current"}},
        {"backtrace", {"address", "function", "source"}},
        {"threads",
         {"address", "id", "name", "state", "stack_low", "stack_high", "stack_used", "waits_for", "running"}},
        {"stacks", {"thread", "name", "state", "problem", "frames"}},
        {"gantt", {"thread", "name", "running_ns", "spans"}},
        {"frames", {"first", "frames", "owner"}},
        {"pages", {"virtual", "length", "physical", "page_size", "writable", "executable", "user"}},
        {"descriptors",
         {"vector", "name", "type", "selector", "handler", "function", "stack", "privilege", "count"}},
        {"tlb", {"page", "frame", "size", "writable", "executable", "user", "global", "stale", "why"}},
        {"packets",
         {"number", "moment", "virtual_ns", "direction", "length", "protocol", "source", "destination",
          "info"}},
        {"packet", {"name", "value", "offset", "length"}},
        {"events", {"number", "moment", "virtual_ns", "kind", "text", "a", "b", "c"}},
        {"devices", {"name", "value", "note", "children"}},
    };
    return all;
}

}  // namespace

std::vector<std::string> table_names() {
    std::vector<std::string> names;
    for (auto const& view : debug::text_views())
        if (std::find(of_a_person.begin(), of_a_person.end(), view.name) == of_a_person.end())
            names.emplace_back(view.name);
    return names;
}

std::vector<std::string> columns_of(std::string_view table,
                                    std::shared_ptr<debug::Symbols const> const& symbols) {
    for (Fixed const& one : fixed())
        if (one.table == table) return one.columns;
    std::vector<std::string> columns;
    auto const views = debug::Views::make(symbols->views(), symbols);
    for (debug::ResolvedQuery const& query : views->queries()) {
        bool const queue = table == "virtqueues" && query.name.starts_with("virtqueue_");
        if ((query.name != table && !queue) || !columns.empty()) continue;
        for (debug::ResolvedField const& field : query.fields) columns.push_back(field.name);
    }
    if (columns.empty()) columns.emplace_back(table);
    return columns;
}

}  // namespace sim::exports
