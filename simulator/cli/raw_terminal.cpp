// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/raw_terminal.hpp"

#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace sim::cli {
namespace {

// Written before `changed` is set: a handler reads them only then.
int terminal = -1;
termios before;
std::atomic<bool> changed{false};

}  // namespace

RawTerminal::RawTerminal(int descriptor) {
    if (!isatty(descriptor) || tcgetattr(descriptor, &before) != 0) return;
    terminal = descriptor;
    changed = true;
    termios raw = before;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(descriptor, TCSANOW, &raw);
}

RawTerminal::~RawTerminal() { give_back(); }

void RawTerminal::give_back() {
    int const error = errno;  // the interrupted code's
    if (changed.exchange(false)) tcsetattr(terminal, TCSANOW, &before);
    errno = error;
}

}  // namespace sim::cli
