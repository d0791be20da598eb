// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a guest is asked, and how fast it answers. Each throws std::runtime_error when
// the guest does not do what it should.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace sim::bench {

// By wrk, for so many seconds: answers a second on so many connections. Not `keep_alive`:
// each answer has a connection of its own.
double requests_per_second(std::string const& path, unsigned connections, unsigned seconds, bool keep_alive);
// What wrk said; errors of any kind are exceptions.
double read_wrk(std::string const& said);

// One answer on a connection of its own; when it was there.
std::chrono::steady_clock::time_point first_answer(std::string const& path);

// The median time of one request on a connection that stays, in microseconds.
double latency_us(std::string const& path, unsigned requests);

// Mbit/s, to port 9 of the guest or from its port 19.
enum class Way : std::uint8_t { in, out };
double bulk_mbits(Way, unsigned seconds);

}  // namespace sim::bench
