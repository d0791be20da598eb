// SPDX-License-Identifier: GPL-2.0-or-later
//
// How far a long work is: a line that is written over, on a terminal only, and
// gone when the work is.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

namespace sim::cli {

class Progress {
public:
    Progress() = default;
    Progress(Progress const&) = delete;
    Progress& operator=(Progress const&) = delete;
    ~Progress() { clear(); }

    void show(double part) { show("", part); }
    void show(std::string_view what, double part) {
        if (!terminal_) return;
        shown_ = true;
        if (what.empty())
            fmt::print(stderr, "\r\x1b[Kviv: {:3.0f} %", part * 100);
        else
            fmt::print(stderr, "\r\x1b[Kviv: {} ({:.0f} %)", what, part * 100);
        std::fflush(stderr);
    }
    // Takes the line away: before anything else is said.
    void clear() {
        if (shown_) fmt::print(stderr, "\r\x1b[K");
        shown_ = false;
    }

private:
    bool terminal_ = isatty(STDERR_FILENO) != 0;
    bool shown_ = false;
};

}  // namespace sim::cli
