// SPDX-License-Identifier: MIT
//
// The network's fuzz targets with no fuzzer: their corpus, and inputs that a seed makes.
// Part of CI.
#include "tests/fuzz/corpus.hpp"

namespace {

TEST(NetFuzz, every_input_of_the_corpus_is_survived) { fuzz::survive_corpus(FUZZ_CORPUS, 1); }

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
        fuzz::survive(bytes);
    }
}

}  // namespace
