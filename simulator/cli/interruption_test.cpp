// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/interruption.hpp"

#include <gtest/gtest.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "simulator/cli/raw_terminal.hpp"

namespace sim::cli {
namespace {

// A terminal with a program in front of it that is asked to stop, and does not.
struct Stubborn {
    Stubborn() {
        int ready[2];
        if (openpty(&master, &slave, nullptr, nullptr, nullptr) != 0 || pipe(ready) != 0) {
            ADD_FAILURE() << "no terminal";
            return;
        }
        child = fork();
        if (child == 0) {
            login_tty(slave);
            Interruption const interruption;
            RawTerminal const raw(STDIN_FILENO);
            sigset_t all, none;
            sigfillset(&all);
            sigemptyset(&none);
            sigprocmask(SIG_SETMASK, &all, nullptr);  // heard only while it waits for one
            char answer = 'r';
            for (;;) {
                if (write(ready[1], &answer, 1) != 1) _exit(3);
                sigsuspend(&none);
                answer = Interruption::requested() ? 'a' : '?';
            }
        }
        close(ready[1]);
        told = ready[0];
    }
    ~Stubborn() {
        if (child > 0 && !ended) kill(child, SIGKILL), waitpid(child, &status, 0);
        close(master);
        close(slave);
        close(told);
    }
    Stubborn(Stubborn const&) = delete;
    Stubborn& operator=(Stubborn const&) = delete;

    char hear() const {
        char said = 0;
        return read(told, &said, 1) == 1 ? said : 0;
    }
    void press_ctrl_c() const { EXPECT_EQ(write(master, "\x03", 1), 1); }
    bool echoes() const {
        termios now{};
        EXPECT_EQ(tcgetattr(slave, &now), 0);
        return (now.c_lflag & ECHO) && (now.c_lflag & ICANON);
    }
    void wait_for_end() {
        EXPECT_EQ(waitpid(child, &status, 0), child);
        ended = true;
    }
    int master = -1, slave = -1, told = -1, status = 0;
    pid_t child = -1;
    bool ended = false;
};

TEST(Interruption, the_second_ctrl_c_ends_the_program_and_gives_the_terminal_back) {
    Stubborn program;
    EXPECT_EQ(program.hear(), 'r');
    EXPECT_FALSE(program.echoes());
    program.press_ctrl_c();
    EXPECT_EQ(program.hear(), 'a') << "the first one only asks";
    EXPECT_FALSE(program.echoes());
    program.press_ctrl_c();
    program.wait_for_end();
    EXPECT_TRUE(WIFSIGNALED(program.status));
    EXPECT_EQ(WTERMSIG(program.status), SIGINT);
    EXPECT_TRUE(program.echoes());
}

TEST(Interruption, signals_of_several_kinds_are_one_question) {
    Stubborn program;
    EXPECT_EQ(program.hear(), 'r');
    program.press_ctrl_c();
    EXPECT_EQ(program.hear(), 'a');
    kill(program.child, SIGTERM);
    EXPECT_EQ(program.hear(), 'a') << "each kind may ask once";
    kill(program.child, SIGTERM);
    program.wait_for_end();
    EXPECT_EQ(WTERMSIG(program.status), SIGTERM);
    EXPECT_TRUE(program.echoes());
}

TEST(RawTerminal, what_is_no_terminal_is_left_as_it_is) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    {
        RawTerminal const raw(ends[0]);
        RawTerminal::give_back();
    }
    close(ends[0]);
    close(ends[1]);
}

}  // namespace
}  // namespace sim::cli
