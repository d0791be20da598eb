// SPDX-License-Identifier: MIT
//
// Files of recordings with no fuzzer: its corpus, and an old file. Part of CI.
#include "tests/fuzz/corpus.hpp"

namespace {

TEST(FuzzCorpus, run_files_are_read_or_refused) { fuzz::survive_corpus("run_file", 74); }

// An old file as a seed: the whole format, not only what the fuzzer makes of it.
TEST(FuzzCorpus, an_old_file_with_every_byte_changed_is_read_or_refused) {
    std::vector<std::uint8_t> bytes =
        fuzz::bytes_of(fuzz::in_root("simulator/recording/testdata/format-1.run"));
    ASSERT_GT(bytes.size(), 500u);
    bytes.insert(bytes.begin(), 0);  // as a file
    for (std::size_t at = 1; at < bytes.size(); ++at) {
        std::vector<std::uint8_t> changed = bytes;
        changed[at] ^= static_cast<std::uint8_t>(1 + at % 255);
        fuzz::survive(changed);
    }
}

}  // namespace
