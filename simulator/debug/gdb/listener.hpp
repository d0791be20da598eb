// SPDX-License-Identifier: GPL-2.0-or-later
//
// A TCP port of the loopback interface, and one connection to it. Nobody from
// another machine can reach it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace sim::debug::gdb {

class Connection {
public:
    explicit Connection(int descriptor) : descriptor_(descriptor) {}
    Connection(Connection&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Connection& operator=(Connection&&) = delete;
    ~Connection();

    // How many bytes came, at once; waits up to `wait_ms` for the first. 0: none.
    std::size_t receive(std::span<std::uint8_t> into, int wait_ms);
    // All of it, or closed() from then on: a client that takes nothing for ten seconds is gone.
    void send(std::string_view bytes);
    bool closed() const { return descriptor_ < 0; }

private:
    void close();
    int descriptor_ = -1;
};

class Listener {
public:
    // 0: any free port. Throws std::runtime_error with one line when it is taken.
    explicit Listener(std::uint16_t port);
    ~Listener();
    Listener(Listener const&) = delete;
    Listener& operator=(Listener const&) = delete;

    std::uint16_t port() const { return port_; }
    std::optional<Connection> accept(int wait_ms);

private:
    int descriptor_ = -1;
    std::uint16_t port_ = 0;
};

}  // namespace sim::debug::gdb
