// SPDX-License-Identifier: GPL-2.0-or-later
//
// How far the work is: a line that is written over, on a terminal only.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

namespace sim::cli {

class TerminalProgress {
public:
    void show(std::string_view what, double part) {
        if (!terminal_) return;
        fmt::print(stderr, "\r\x1b[Kviv: {} ({:.0f} %)", what, part * 100);
        std::fflush(stderr);
        shown_ = true;
    }
    // Takes the line away: before anything else is said.
    void clear() {
        if (shown_) fmt::print(stderr, "\r\x1b[K");
        shown_ = false;
    }
    ~TerminalProgress() { clear(); }

private:
    bool terminal_ = isatty(STDERR_FILENO) != 0;
    bool shown_ = false;
};

}  // namespace sim::cli
