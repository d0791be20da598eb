// SPDX-License-Identifier: MIT
//
// The gdb client with no fuzzer: its corpus, and a whole conversation with bytes changed.
// Part of CI.
#include "tests/fuzz/corpus.hpp"

namespace {

TEST(GdbClientCorpus, conversations_are_gone_through_or_given_up) { fuzz::survive_corpus("gdb_client", 6); }

TEST(GdbClientCorpus, a_whole_one_with_bytes_changed_is_gone_through_or_given_up) {
    std::vector<std::uint8_t> const bytes = fuzz::bytes_of(fuzz::in_root("tests/fuzz/corpus/gdb_client/whole"));
    ASSERT_GT(bytes.size(), 500u);
    for (std::size_t at = 1; at < bytes.size(); at += 7) {
        std::vector<std::uint8_t> changed = bytes;
        changed[at] ^= static_cast<std::uint8_t>(1 + at % 255);
        fuzz::survive(changed);
    }
}

}  // namespace
