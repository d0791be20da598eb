// SPDX-License-Identifier: GPL-2.0-or-later
//
// A guest in QEMU TCG on a TAP device of a network namespace of our own: the same
// machine for everybody. We are 10.0.2.2, it is 10.0.2.15.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace sim::bench {

inline constexpr char const* guest_address = "10.0.2.15";

// From now on this process is in a network namespace of its own, with a TAP device.
// Throws std::runtime_error: no root, no /dev/net/tun, no `ip`.
void enter_network();

struct GuestImage {
    std::filesystem::path kernel, initrd;  // no initrd: empty
    std::string words;                     // of its command line
    std::string ready;                     // what it says on the serial line when it can be asked
};

// The line that starts it.
std::vector<std::string> guest_command(GuestImage const&);

class TapGuest {
public:
    // Starts it and waits until it is ready, for a minute at most. Throws std::runtime_error
    // with what it said.
    explicit TapGuest(GuestImage const&);
    ~TapGuest() { end(); }
    TapGuest(TapGuest const&) = delete;
    TapGuest& operator=(TapGuest const&) = delete;

    using Clock = std::chrono::steady_clock;
    Clock::time_point started() const { return started_; }
    // Of QEMU with all its threads, until now.
    double processor_seconds() const;
    Clock::time_point first_said() const { return first_said_; }
    // Whether it lives, and the end of what it said since it was ready.
    std::string condition() const;

private:
    void end();

    Clock::time_point started_, first_said_;
    pid_t id_ = -1;
    int output_ = -1;
};

}  // namespace sim::bench
