// SPDX-License-Identifier: MIT
//
// Tables of requirements in docs/reference: rows whose last cell names tests.
#pragma once

#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/documents/source_tree.hpp"

namespace documents {

// "Suite.name" of each test of the kernel, unit and scenario.
inline std::set<std::string> existing_tests() {
    static std::regex const pattern(R"(TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\))");
    std::set<std::string> names;
    for (char const* folder : {"kernel", "tests"})
        for (auto const& [path, text] : sources_below(folder))
            for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at)
                names.insert((*at)[1].str() + "." + (*at)[2].str());
    return names;
}

// The cells of a line such as "| a | b |", without the blanks around them.
inline std::vector<std::string> cells_of(std::string const& line) {
    std::vector<std::string> cells;
    if (line.empty() || line[0] != '|') return cells;
    std::istringstream rest(line.substr(1));
    for (std::string cell; std::getline(rest, cell, '|');) {
        std::size_t const begin = cell.find_first_not_of(' ');
        std::size_t const end = cell.find_last_not_of(' ');
        cells.push_back(begin == std::string::npos ? "" : cell.substr(begin, end - begin + 1));
    }
    return cells;
}

// What stands between backquotes.
inline std::vector<std::string> code_in(std::string const& cell) {
    static std::regex const pattern("`([^`]+)`");
    std::vector<std::string> words;
    for (std::sregex_iterator at(cell.begin(), cell.end(), pattern), end; at != end; ++at)
        words.push_back((*at)[1]);
    return words;
}

}  // namespace documents
