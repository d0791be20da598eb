// SPDX-License-Identifier: MIT
//
// A shell over TCP, port 23: one guest at a time types a line and gets an answer.
//
//     nc 127.0.0.1 PORT        (./viv run shell --forward PORT:23)
//
// Whoever reaches the port sees everything, and can end the machine: it is a
// window into a machine for teaching, and asks for no password.
#include <array>
#include <cstring>

#include "kernel/apps/app.hpp"
#include "kernel/apps/shell/commands.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/socket.hpp"
#include "kernel/threads/thread.hpp"

namespace {

constexpr net::Port shell_port(23);
constexpr std::size_t longest_line = 256;
constexpr auto patience = base::Duration::seconds(600);

// Text to the peer, in portions. Once something is lost all of it is.
class SocketSink final : public apps::Listener {
public:
    explicit SocketSink(platform::TcpSocket& socket) : socket_(socket) {}
    void write(std::string_view text) override {
        while (!text.empty() && !lost_) {
            std::size_t const size = text.copy(buffer_.data() + used_, buffer_.size() - used_);
            used_ += size;
            text.remove_prefix(size);
            if (used_ == buffer_.size()) flush();
        }
    }
    void flush() {
        auto const* const bytes = reinterpret_cast<std::uint8_t const*>(buffer_.data());
        if (used_ > 0) lost_ = lost_ || !socket_.write({bytes, used_}, platform::now() + patience);
        used_ = 0;
    }
    bool lost() const override { return lost_; }

private:
    platform::TcpSocket& socket_;
    std::array<char, 1024> buffer_;
    std::size_t used_ = 0;
    bool lost_ = false;
};

// The next line; nothing at the end of the connection. What is too long is cut.
class LineReader {
public:
    explicit LineReader(platform::TcpSocket& socket) : socket_(socket) {}
    bool next(std::string_view& line) {
        std::size_t length = 0;
        for (;;) {
            if (at_ == end_ && !fill()) return false;
            char const c = static_cast<char>(bytes_[at_++]);
            if (c == '\n') break;
            if (length < line_.size()) line_[length++] = c;
        }
        line = {line_.data(), length};
        return true;
    }

private:
    bool fill() {
        auto const got = socket_.read(bytes_, platform::now() + patience);
        if (!got || got.value() == 0) return false;
        at_ = 0;
        end_ = got.value();
        return true;
    }
    platform::TcpSocket& socket_;
    std::array<std::uint8_t, 256> bytes_;
    std::size_t at_ = 0, end_ = 0;
    std::array<char, longest_line> line_;
};

apps::Next talk(platform::TcpSocket& socket, platform::Network& network) {
    SocketSink out(socket);
    LineReader lines(socket);
    base::print(out, "Vivarium. help lists the commands.\n");
    for (;;) {
        base::print(out, "> ");
        out.flush();
        std::string_view line;
        if (out.lost() || !lines.next(line)) return apps::Next::leave;
        apps::Next const next = apps::obey(line, network, out);
        if (next != apps::Next::go_on) return next;
    }
}

}  // namespace

int apps::main(Boot const& boot) {
    boot.words.warn_about_the_rest();
    platform::Network* const network = platform::network();
    if (network == nullptr) return 1;
    auto listener = platform::TcpListener::listen(*network, shell_port, 4);
    if (!listener) {
        base::log_error("shell: cannot listen: {}", net::name(listener.error()));
        return 1;
    }
    (void)network->wait_for_address(platform::now() + base::Duration::seconds(30));
    base::log_info("shell: listening on port 23");
    PROBE_0(app_ready);
    for (Next next = Next::go_on; next != Next::halt;) {
        auto connection = listener.value().accept();
        if (connection) next = talk(connection.value(), *network);
    }
    (void)network->wait_until_sent(platform::now() + base::Duration::seconds(5));  // the last answer
    return 0;
}
