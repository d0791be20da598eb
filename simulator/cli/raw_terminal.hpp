// SPDX-License-Identifier: GPL-2.0-or-later
//
// A terminal whose keys go to the guest, one by one and unseen: the guest shows
// what it takes. Ctrl-C stays ours. What is no terminal is left as it is.
#pragma once

#include <termios.h>
#include <unistd.h>

namespace sim::cli {

class RawTerminal {
public:
    explicit RawTerminal(int descriptor)
        : descriptor_(descriptor), changed_(isatty(descriptor) && tcgetattr(descriptor, &before_) == 0) {
        if (!changed_) return;
        termios raw = before_;
        raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        tcsetattr(descriptor_, TCSANOW, &raw);
    }
    ~RawTerminal() {
        if (changed_) tcsetattr(descriptor_, TCSANOW, &before_);
    }
    RawTerminal(RawTerminal const&) = delete;
    RawTerminal& operator=(RawTerminal const&) = delete;

private:
    int descriptor_;
    termios before_{};
    bool changed_;
};

}  // namespace sim::cli
