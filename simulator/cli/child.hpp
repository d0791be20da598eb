// SPDX-License-Identifier: GPL-2.0-or-later
//
// A program that we start and watch: QEMU, or an application as a process.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "simulator/cli/typed_keys.hpp"

namespace sim::cli {

// A running child. Whatever happens, it is ended and waited for.
class Child {
public:
    // It inherits the descriptor. With `typed` it reads what comes on our stdin.
    // Throws std::runtime_error.
    Child(std::vector<std::string> const& arguments, int inherited, bool typed);
    ~Child();
    Child(Child const&) = delete;
    Child& operator=(Child const&) = delete;

    void ask_to_end();

    // Reads what it says on stderr and passes on what is typed, for at most 50 ms. Has
    // it ended?
    bool serve();
    // As waitpid() tells it.
    int wait_status() const { return wait_status_; }
    // The first line on stderr that is no warning; the others are passed on as they come.
    std::string const& complaint() const { return complaint_; }

private:
    bool look();
    void read_errors();

    pid_t id_ = -1;
    int errors_ = -1, keys_ = -1;
    std::optional<TypedKeys> typed_;
    bool ended_ = false;
    int wait_status_ = 0;
    std::string line_, complaint_;
};

}  // namespace sim::cli
