// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/exports/table_export.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace sim::exports {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::map<std::string, std::string>;

std::string text_of(Json const& value) {
    if (value.is_null()) return "";
    if (value.is_string()) return value.get<std::string>();
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Quoted only where it must be.
std::string cell(std::string const& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (char const c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

void flatten(Json const& object, std::string const& prefix, Row& row, std::vector<std::string>& columns) {
    for (auto const& [name, value] : object.items()) {
        std::string const path = prefix.empty() ? name : prefix + "." + name;
        if (value.is_object()) {
            flatten(value, path, row, columns);
            continue;
        }
        if (std::find(columns.begin(), columns.end(), path) == columns.end()) columns.push_back(path);
        row[path] = text_of(value);
    }
}

// It may have no row now.
bool is_table(Json const& value) { return value.is_array() && (value.empty() || value.front().is_object()); }

}  // namespace

void write_csv(std::string_view view_json, std::ostream& out,
               std::vector<std::string> const& columns_of_none) {
    Json const view = Json::parse(view_json, nullptr, false);
    if (view.is_discarded()) throw std::runtime_error("the view gave no JSON");
    Json const* table = is_table(view) ? &view : nullptr;
    if (view.is_object())
        for (auto const& [name, value] : view.items())
            if (!table && is_table(value)) table = &value;
    std::vector<std::string> columns;
    std::vector<Row> rows;
    if (table) {
        for (Json const& element : *table) {
            rows.emplace_back();
            if (element.is_object()) flatten(element, "", rows.back(), columns);
        }
    } else if (view.is_string()) {
        columns = {"line"};
        std::istringstream text(view.get<std::string>());
        for (std::string line; std::getline(text, line);) {
            if (line.ends_with('\r')) line.pop_back();
            rows.push_back({{"line", line}});
        }
    } else if (view.is_object()) {
        Row whole;
        std::vector<std::string> names;
        flatten(view, "", whole, names);
        columns = {"name", "value"};
        for (std::string const& name : names) rows.push_back({{"name", name}, {"value", whole[name]}});
    }
    if (columns.empty()) columns = columns_of_none;
    for (std::size_t i = 0; i < columns.size(); ++i) out << (i ? "," : "") << cell(columns[i]);
    if (!columns.empty()) out << "\r\n";
    for (Row& row : rows) {
        for (std::size_t i = 0; i < columns.size(); ++i) out << (i ? "," : "") << cell(row[columns[i]]);
        out << "\r\n";
    }
}

}  // namespace sim::exports
