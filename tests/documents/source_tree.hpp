// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
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

// CTest hides what a test prints. What is in this folder `./viv test` shows at its end.
inline void tell(std::string const& name, std::string const& line) {
    std::printf("%s: %s\n", name.c_str(), line.c_str());
    char const* const build = std::getenv("VIV_BUILD");
    if (build == nullptr) return;
    auto const folder = std::filesystem::path(build) / "Testing/told";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / name) << line << "\n";
}

}  // namespace documents
