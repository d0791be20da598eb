// SPDX-License-Identifier: MIT
//
// Recordings of worlds with no fuzzer: its corpus. Part of CI.
#include "tests/fuzz/corpus.hpp"

namespace {

TEST(FuzzCorpus, world_files_are_read_or_refused) { fuzz::survive_corpus("world_file", 60); }

}  // namespace
