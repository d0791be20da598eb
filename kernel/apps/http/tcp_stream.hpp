// SPDX-License-Identifier: MIT
//
// A TCP socket as the stream that the HTTP server works on.
#pragma once

#include <utility>

#include "kernel/base/checks.hpp"
#include "kernel/http/stream.hpp"
#include "kernel/platform/socket.hpp"

namespace apps {

class TcpStream final : public http::Stream {
public:
    void take(platform::TcpSocket socket) { socket_ = std::move(socket); }
    platform::TcpSocket const& socket() const { return socket_; }

    PART_OF_ALL_CALLERS base::Result<std::size_t, http::StreamError> read(std::span<char> into) override {
        auto const got = socket_.try_read({reinterpret_cast<std::uint8_t*>(into.data()), into.size()});
        if (got && got.value() == 0) return base::fail(http::StreamError::Ended);
        return unless_blocked(got);
    }
    PART_OF_ALL_CALLERS base::Result<std::size_t, http::StreamError> write(
        std::span<char const> from) override {
        return unless_blocked(
            socket_.try_write({reinterpret_cast<std::uint8_t const*>(from.data()), from.size()}));
    }
    void finish_writing() override { socket_.shutdown(); }
    void close() override { socket_.close(); }
    void abort() override { socket_.abort(); }

private:
    static base::Result<std::size_t, http::StreamError> unless_blocked(
        base::Result<std::size_t, net::Error> const& result) {
        if (result) return result.value();
        if (result.error() == net::Error::WouldBlock) return std::size_t{0};
        return base::fail(http::StreamError::Broken);
    }

    platform::TcpSocket socket_;
};

}  // namespace apps
