// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace documents {

inline std::filesystem::path root() { return std::getenv("VIV_ROOT"); }

inline std::string read(std::filesystem::path const& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Every source file below the folder, by its path from the root.
inline std::map<std::string, std::string> sources_below(std::string const& folder) {
    std::map<std::string, std::string> files;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(root() / folder)) {
        std::string const kind = entry.path().extension().string();
        if (kind == ".cpp" || kind == ".hpp" || kind == ".S")
            files[std::filesystem::relative(entry.path(), root()).string()] = read(entry.path());
    }
    return files;
}

}  // namespace documents
