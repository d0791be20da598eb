// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/bookmarks.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "simulator/recording/run_reader.hpp"
#include "simulator/recording/run_writer.hpp"

namespace sim::recording {
namespace {

namespace fs = std::filesystem;

class Bookmarks : public ::testing::Test {
protected:
    Bookmarks() { fs::create_directories(folder_); }
    ~Bookmarks() override { fs::remove_all(folder_); }

    void write(std::vector<Bookmark> const& bookmarks) {
        machine::MachineConfig config;
        config.image = {"images/http.elf", std::string(64, 'e'), nullptr};
        config.memory_bytes = 1 << 20;
        RunWriter writer(file_, config, false);
        writer.input({{500, 0}, 700, "uart0", machine::InputKind::console, {'h', 'i'}});
        for (Bookmark const& one : bookmarks) writer.bookmark(one);
        End end;
        end.at = {1000, 0};
        end.virtual_ns = 1200;
        writer.finish(end);
    }
    std::string bytes() const {
        std::ifstream in(file_, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void keep(std::string const& bytes) const { std::ofstream(file_, std::ios::binary) << bytes; }

    fs::path folder_ = fs::temp_directory_path() / ("viv-bookmarks-" + std::to_string(getpid()));
    fs::path file_ = folder_ / "a.run";
    Bookmark one_{"one", {10, 0}, "look here", "threads", 0x1000}, two_{"two", {700, 2}, "", "", {}};
};

TEST_F(Bookmarks, are_replaced_and_all_else_stays) {
    write({one_});
    replace_bookmarks(file_, {two_, one_});
    Recording const got = read_run_file(file_);
    EXPECT_EQ(got.bookmarks, (std::vector{two_, one_}));
    EXPECT_EQ(got.inputs.size(), 1u);
    EXPECT_TRUE(got.complete);
    EXPECT_EQ(got.end.at, (machine::Moment{1000, 0}));
    replace_bookmarks(file_, {});
    EXPECT_TRUE(read_run_file(file_).bookmarks.empty());
    replace_bookmarks(file_, {one_});
    std::string const once = bytes();
    replace_bookmarks(file_, {two_});
    replace_bookmarks(file_, {one_});
    EXPECT_EQ(once, bytes()) << "nothing of the others is left";
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "nothing is left behind";
}

TEST_F(Bookmarks, go_into_a_file_whose_writer_died) {
    write({});
    std::string const whole = bytes();
    keep(whole.substr(0, whole.size() - 7));  // inside the end section
    replace_bookmarks(file_, {two_});
    Recording const got = read_run_file(file_, Tolerance::salvage);
    EXPECT_FALSE(got.complete);
    EXPECT_EQ(got.inputs.size(), 1u);
    EXPECT_EQ(got.bookmarks, std::vector{two_});
}

TEST_F(Bookmarks, leave_alone_what_is_no_recording_or_is_corrupt) {
    keep("a thesis, and not a recording at all");
    EXPECT_THROW(replace_bookmarks(file_, {one_}), RunFileError);
    EXPECT_EQ(bytes(), "a thesis, and not a recording at all");
    fs::remove(file_);
    write({});
    std::string damaged = bytes();
    damaged[40] = static_cast<char>(damaged[40] ^ 1);
    keep(damaged);
    EXPECT_THROW(replace_bookmarks(file_, {one_}), RunFileError);
    EXPECT_EQ(bytes(), damaged);
    EXPECT_THROW(replace_bookmarks(folder_ / "none.run", {one_}), RunFileError);
}

}  // namespace
}  // namespace sim::recording
