// SPDX-License-Identifier: MIT
//
// Every input that a fuzzer found worth keeping, once, with no fuzzer: what was
// mended stays mended. Part of CI.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace {

TEST(FuzzCorpus, run_files_are_read_or_refused) {
    char const* root = std::getenv("VIV_ROOT");
    std::filesystem::path const folder =
        std::filesystem::path(root ? root : ".") / "tests/fuzz/corpus/run_file";
    unsigned inputs = 0;
    for (auto const& entry : std::filesystem::directory_iterator(folder)) {
        SCOPED_TRACE(entry.path().filename());
        std::ifstream in(entry.path(), std::ios::binary);
        std::vector<std::uint8_t> const bytes(std::istreambuf_iterator<char>(in), {});
        EXPECT_EQ(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()), 0);
        ++inputs;
    }
    EXPECT_GT(inputs, 20u);
}

// An old file as a seed: the whole format, not only what the fuzzer makes of it.
TEST(FuzzCorpus, an_old_file_with_every_byte_changed_is_read_or_refused) {
    char const* root = std::getenv("VIV_ROOT");
    std::ifstream in(std::string(root ? root : ".") + "/simulator/recording/testdata/format-1.run",
                     std::ios::binary);
    std::vector<std::uint8_t> bytes(std::istreambuf_iterator<char>(in), {});
    ASSERT_GT(bytes.size(), 500u);
    bytes.insert(bytes.begin(), 0);  // as a file
    for (std::size_t at = 1; at < bytes.size(); ++at) {
        std::vector<std::uint8_t> changed = bytes;
        changed[at] ^= static_cast<std::uint8_t>(1 + at % 255);
        EXPECT_EQ(LLVMFuzzerTestOneInput(changed.data(), changed.size()), 0);
    }
}

}  // namespace
