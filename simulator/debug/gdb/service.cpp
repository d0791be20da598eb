// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/gdb/service.hpp"

#include <array>

#include "simulator/debug/gdb/server.hpp"

namespace sim::debug::gdb {

namespace {

constexpr int idle_ms = 20;

class Talk {
public:
    Talk(MachineTarget& target, Listener& listener, Connection connection, ServiceOptions const& options)
        : listener_(listener),
          connection_(std::move(connection)),
          options_(options),
          server_(
              target, [this](std::string_view bytes) { connection_.send(bytes); },
              [this] {
                  take(0);
                  return !connection_.closed() && !interrupted();
              }) {}

    Server::End hold() {
        while (!server_.over() && !connection_.closed()) {
            if (interrupted()) break;
            // One gdb at a time: a second one is told so by a closed door.
            if (auto const other = listener_.accept(0); other && options_.say)
                options_.say("a second gdb was turned away: one is connected");
            take(server_.moving() ? 0 : idle_ms);
            if (server_.moving()) server_.advance();
        }
        return server_.end();
    }

private:
    bool interrupted() const { return options_.interrupted && options_.interrupted(); }
    void take(int wait_ms) {
        std::array<std::uint8_t, 4096> bytes;
        if (std::size_t const n = connection_.receive(bytes, wait_ms))
            server_.receive(std::span(bytes).first(n));
    }

    Listener& listener_;
    Connection connection_;
    ServiceOptions const& options_;
    Server server_;
};

}  // namespace

ServiceEnd serve(MachineTarget& target, Listener& listener, ServiceOptions const& options) {
    auto const say = [&](std::string_view text) {
        if (options.say) options.say(text);
    };
    bool running = options.run_before;
    for (;;) {
        if (options.interrupted && options.interrupted()) return ServiceEnd::interrupted;
        auto connection = listener.accept(running ? 0 : idle_ms);
        if (!connection) {
            if (running && !target.run_freely()) return ServiceEnd::guest_ended;
            continue;
        }
        say("gdb is connected");
        target.interrupt();  // gdb finds the guest at rest
        Server::End const end = Talk(target, listener, std::move(*connection), options).hold();
        target.remove_all();
        target.interrupt();
        if (end == Server::End::killed) return ServiceEnd::killed;
        if (end == Server::End::broken) say("what came is not gdb's protocol: closed");
        // gdb says goodbye, or its connection broke: then nobody wanted the guest to go on.
        running = end == Server::End::detached && options.run_after_detach;
        say(running ? "gdb has left: the guest runs on" : "gdb has left: the guest waits for the next");
    }
}

}  // namespace sim::debug::gdb
