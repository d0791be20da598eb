// SPDX-License-Identifier: MIT
//
// Albums with no fuzzer: its corpus, and a small album with bytes changed. Part of CI.
#include "tests/fuzz/corpus.hpp"

namespace {

TEST(AlbumCorpus, albums_are_shown_or_refused) { fuzz::survive_corpus("album", 4); }

TEST(AlbumCorpus, a_small_one_with_bytes_changed_is_shown_or_refused) {
    std::vector<std::uint8_t> const bytes = fuzz::bytes_of(fuzz::in_root("tests/fuzz/corpus/album/script"));
    ASSERT_GT(bytes.size(), 500u);
    for (std::size_t at = 1; at < bytes.size(); at += 41) {
        std::vector<std::uint8_t> changed = bytes;
        changed[at] ^= static_cast<std::uint8_t>(1 + at % 255);
        fuzz::survive(changed);
    }
}

}  // namespace
