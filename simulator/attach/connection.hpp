// SPDX-License-Identifier: GPL-2.0-or-later
//
// Packets of gdb's remote protocol over a socket, as the side that asks. What comes
// is not trusted, and whoever is silent is not waited for: everything has a bound.
// [gdb-rsp §Overview]
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "simulator/debug/gdb/packet.hpp"

namespace sim::attach {

// The other side is gone, silent, or talks nonsense: one line.
class Lost : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Socket {
public:
    Socket() = default;
    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    ~Socket();
    Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    int descriptor() const { return descriptor_; }

private:
    int descriptor_ = -1;
};

// "127.0.0.1:1234", ":1234", "1234" or "unix:PATH". Throws std::runtime_error: one line with
// the cause and the next step.
Socket connect_to(std::string const& place, std::chrono::milliseconds patience);

class Connection {
public:
    using Duration = std::chrono::milliseconds;

    // `patience`: how long the other side may be silent when it owes an answer.
    explicit Connection(Socket, Duration patience = std::chrono::seconds(5));

    // Throw Lost.
    void send(std::string_view body);
    void send_interrupt();  // the lone byte of Ctrl-C
    // The next packet; none: nothing came in this time.
    std::optional<std::string> receive(Duration most);
    // The same, and silence is Lost.
    std::string answer();
    Duration patience() const { return patience_; }
    void set_patience(Duration patience) { patience_ = patience; }

private:
    void write(std::string_view bytes);
    void read(Duration most);

    Socket socket_;
    Duration patience_;
    debug::gdb::PacketReader reader_;
    std::string last_;  // to be sent again when it was damaged on the way
    unsigned damaged_ = 0;
};

}  // namespace sim::attach
