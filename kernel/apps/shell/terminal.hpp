// SPDX-License-Identifier: MIT
//
// Whoever types and reads: over TCP, or on the serial line.
#pragma once

#include <array>
#include <string_view>

#include "kernel/base/format.hpp"
#include "kernel/platform/serial.hpp"
#include "kernel/platform/socket.hpp"

namespace apps {

class Terminal : public base::TextSink {
public:
    static constexpr std::size_t longest_line = 256;

    // What was written is on its way.
    virtual void flush() = 0;
    // The next line, without its end; what is too long is cut. False: there will be none.
    virtual bool next_line(std::string_view& line) = 0;
    // Nobody hears what is written any more.
    virtual bool lost() const = 0;

protected:
    ~Terminal() = default;
};

// The other end shows what is typed, and sends whole lines: nc, telnet.
class TcpTerminal final : public Terminal {
public:
    explicit TcpTerminal(platform::TcpSocket& socket) : socket_(socket) {}
    void write(std::string_view text) override;
    void flush() override;
    bool next_line(std::string_view& line) override;
    bool lost() const override { return lost_; }

private:
    bool fill();

    platform::TcpSocket& socket_;
    std::array<char, 1024> out_;
    std::size_t used_ = 0;
    bool lost_ = false;  // once something is lost all of it is
    std::array<std::uint8_t, 512> in_;
    std::size_t at_ = 0, end_ = 0;
    std::array<char, longest_line> line_;
};

// We show what is typed; backspace takes the last character back, control-U all.
class SerialTerminal final : public Terminal {
public:
    explicit SerialTerminal(platform::SerialLine& serial) : serial_(serial) {}
    void write(std::string_view text) override;
    void flush() override {}
    bool next_line(std::string_view& line) override;
    bool lost() const override { return false; }

private:
    void take_back(std::size_t& length, std::size_t count);

    platform::SerialLine& serial_;
    std::array<char, 64> in_;
    std::size_t at_ = 0, end_ = 0;
    std::array<char, longest_line> line_;
    bool after_return_ = false;  // a line feed now belongs to it
};

}  // namespace apps
