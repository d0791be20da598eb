// SPDX-License-Identifier: MIT
//
// A fuzz target with no fuzzer: every input that one found worth keeping, once. What was
// mended stays mended.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace fuzz {

// Where a path of the repository is.
inline std::filesystem::path in_root(std::string const& path) {
    char const* const root = std::getenv("VIV_ROOT");
    return std::filesystem::path(root ? root : ".") / path;
}

inline std::vector<std::uint8_t> bytes_of(std::filesystem::path const& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void survive(std::vector<std::uint8_t> const& input) {
    EXPECT_EQ(LLVMFuzzerTestOneInput(input.data(), input.size()), 0);
}

// All inputs of tests/fuzz/corpus/NAME; there are `least` of them, or more.
inline void survive_corpus(std::string const& name, unsigned least) {
    unsigned inputs = 0;
    for (auto const& entry : std::filesystem::directory_iterator(in_root("tests/fuzz/corpus/" + name))) {
        SCOPED_TRACE(entry.path().filename());
        survive(bytes_of(entry.path()));
        ++inputs;
    }
    EXPECT_GE(inputs, least);
}

}  // namespace fuzz
