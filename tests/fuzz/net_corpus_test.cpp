// SPDX-License-Identifier: MIT
//
// The network's fuzz targets with no fuzzer: every input of the corpus, and as many that
// a seed makes. Part of CI.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace {

TEST(NetFuzz, every_input_of_the_corpus_is_survived) {
    char const* root = std::getenv("VIV_ROOT");
    auto const folder = std::filesystem::path(root ? root : ".") / "tests/fuzz/corpus" / FUZZ_CORPUS;
    unsigned inputs = 0;
    for (auto const& entry : std::filesystem::directory_iterator(folder)) {
        SCOPED_TRACE(entry.path().filename());
        std::ifstream in(entry.path(), std::ios::binary);
        std::vector<std::uint8_t> const bytes(std::istreambuf_iterator<char>(in), {});
        EXPECT_EQ(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()), 0);
        ++inputs;
    }
    EXPECT_GT(inputs, 0u);
}

TEST(NetFuzz, inputs_of_a_seed_are_survived) {
    constexpr std::uint64_t first_seed = 1;
    for (std::uint64_t seed = first_seed; seed < first_seed + 300; ++seed) {
        SCOPED_TRACE(seed);
        std::uint64_t state = seed;
        auto const next = [&state] {
            state = state * 6364136223846793005u + 1442695040888963407u;
            return static_cast<std::uint8_t>(state >> 33);
        };
        std::vector<std::uint8_t> bytes(next() * 8u);
        for (auto& byte : bytes) byte = next();
        EXPECT_EQ(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()), 0);
    }
}

}  // namespace
