// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/text_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "labs/grader/definition.hpp"
#include "labs/grader/scratch.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

class TextFile : public testing::Test {
protected:
    void SetUp() override {
        fs::create_directories(folder_ / "victims");
        write_text(victim_ = folder_ / "victims/precious", "gold");
    }

    ScratchFolder const scratch_;
    fs::path const folder_ = scratch_.path();
    fs::path victim_;
};

TEST_F(TextFile, is_read_as_it_was_written) {
    std::string const text("a\0b\n", 4);
    write_text(folder_ / "x", text);
    write_text(folder_ / "x", text + text);
    EXPECT_EQ(read_text(folder_ / "x"), text + text);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 2) << "nothing else is left there";
}

TEST_F(TextFile, is_never_written_through_a_link) {
    fs::create_symlink(victim_, folder_ / "soft");
    fs::create_hard_link(victim_, folder_ / "hard");
    fs::create_symlink(folder_ / "victims", folder_ / "folder");
    for (char const* name : {"soft", "hard", "folder"}) {
        write_text(folder_ / name, "lead");
        EXPECT_EQ(read_text(folder_ / name), "lead");
    }
    EXPECT_EQ(read_text(victim_), "gold");
}

TEST_F(TextFile, that_is_a_pipe_a_device_or_a_folder_is_not_read) {
    ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
    fs::create_symlink("/dev/zero", folder_ / "device");
    for (char const* name : {"pipe", "device", "victims", "nothing"})
        EXPECT_THROW(read_text(folder_ / name), UsageError) << name;
}

TEST_F(TextFile, without_end_is_not_read) {
    std::ofstream(folder_ / "large").close();
    fs::resize_file(folder_ / "large", std::uint64_t{1} << 40);
    EXPECT_THROW(read_text(folder_ / "large"), UsageError);
}

TEST_F(TextFile, what_goes_is_the_link_and_not_what_it_leads_to) {
    fs::create_symlink(folder_ / "victims", folder_ / "link");
    remove_entry(folder_ / "link");
    EXPECT_FALSE(fs::exists(folder_ / "link"));
    fs::create_symlink(folder_ / "victims", folder_ / "link");
    require_empty_folder(folder_ / "link");
    EXPECT_TRUE(fs::is_empty(folder_ / "link"));
    fs::create_directories(folder_ / "full/deep");
    fs::create_symlink(victim_, folder_ / "full/link");
    require_empty_folder(folder_ / "full");
    EXPECT_TRUE(fs::is_empty(folder_ / "full"));
    EXPECT_EQ(read_text(victim_), "gold");
    remove_entry(folder_ / "nothing");
}

}  // namespace
}  // namespace lab
