// SPDX-License-Identifier: GPL-2.0-or-later
//
// For tests: the file that is built from testdata/sample.cpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace sim::debug {

inline std::string sample_path(std::string const& name = "sample.elf") {
    char const* build = std::getenv("VIV_BUILD");
    return std::string(build ? build : "build/dev") + "/simulator/debug/" + name;
}
inline std::string sample_source() {
    char const* root = std::getenv("VIV_ROOT");
    return std::string(root ? root : ".") + "/simulator/debug/testdata/sample.cpp";
}
inline std::vector<std::uint8_t> const& sample_elf() {
    static std::vector<std::uint8_t> const bytes = [] {
        std::ifstream in(sample_path(), std::ios::binary);
        return std::vector<std::uint8_t>(std::istreambuf_iterator<char>(in), {});
    }();
    return bytes;
}

// The sample's memory as a loader would make it: its first segment, at 0x400000.
inline std::size_t sample_memory(std::uint64_t address, std::span<std::uint8_t> into) {
    auto const& elf = sample_elf();
    std::uint64_t file_offset = 0;  // p_offset of the first program header, which follows the ELF header
    std::memcpy(&file_offset, elf.data() + 64 + 8, 8);
    if (address < 0x400000 || address - 0x400000 + file_offset >= elf.size()) return 0;
    std::size_t const at = address - 0x400000 + file_offset;
    std::size_t const n = std::min(into.size(), elf.size() - at);
    std::copy_n(elf.begin() + static_cast<std::ptrdiff_t>(at), n, into.begin());
    return n;
}

}  // namespace sim::debug
