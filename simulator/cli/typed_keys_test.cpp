// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/typed_keys.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace sim::cli {
namespace {

struct Pipe {
    Pipe() { EXPECT_EQ(pipe2(ends, O_NONBLOCK), 0); }
    ~Pipe() {
        close(ends[0]);
        close_in();
    }
    void close_in() {
        if (ends[1] >= 0) close(ends[1]);
        ends[1] = -1;
    }
    std::string take() const {
        char buffer[1 << 16];
        ssize_t const got = read(ends[0], buffer, sizeof buffer);
        return got > 0 ? std::string(buffer, static_cast<std::size_t>(got)) : "";
    }
    int ends[2];
};

TEST(TypedKeys, are_passed_on_and_wait_while_nobody_takes_them) {
    Pipe person, guest;
    TypedKeys keys(person.ends[0], guest.ends[1]);
    EXPECT_EQ(keys.descriptor(), person.ends[0]);
    ASSERT_EQ(write(person.ends[1], "help\n", 5), 5);
    keys.read();
    EXPECT_EQ(guest.take(), "help\n");
    std::string const much(1 << 16, 'x');  // as much as a pipe holds
    ASSERT_GT(write(guest.ends[1], much.data(), much.size()), 0);
    ASSERT_EQ(write(person.ends[1], "y", 1), 1);
    keys.read();
    EXPECT_EQ(keys.descriptor(), -1) << "the last one is not taken yet";
    keys.pass();
    EXPECT_EQ(keys.descriptor(), -1);
    EXPECT_EQ(guest.take().back(), 'x');
    keys.pass();
    EXPECT_EQ(guest.take(), "y");
    EXPECT_EQ(keys.descriptor(), person.ends[0]);
    keys.read();  // nothing there: not the end
    EXPECT_EQ(keys.descriptor(), person.ends[0]);
    person.close_in();
    keys.read();
    EXPECT_EQ(keys.descriptor(), -1) << "its end";
}

// A poll would return at once, again and again.
TEST(TypedKeys, what_cannot_be_read_is_not_waited_for) {
    Pipe guest;
    int const folder = open("/", O_RDONLY | O_CLOEXEC);
    ASSERT_GE(folder, 0);
    TypedKeys keys(folder, guest.ends[1]);
    keys.read();
    EXPECT_EQ(keys.descriptor(), -1);
    close(folder);
}

}  // namespace
}  // namespace sim::cli
