// SPDX-License-Identifier: MIT
//
// A shell on the serial line and over TCP, port 23: one line in, an answer out.
//
//     ./viv run shell --stdin                 or, in the window, type
//     nc 127.0.0.1 PORT                       (./viv run shell --forward PORT:23)
//
// Whoever reaches the port sees everything, and can end the machine: it is a
// window into a machine for teaching, and asks for no password.
#include "kernel/apps/app.hpp"
#include "kernel/apps/shell/commands.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/files.hpp"
#include "kernel/platform/ipv6_word.hpp"
#include "kernel/threads/semaphore.hpp"

namespace {

constexpr net::Port shell_port(23);

constinit platform::Network* the_network = nullptr;
constinit threads::Event halt;
constinit apps::Scratch serial_scratch, tcp_scratch;

apps::Next talk(apps::Terminal& terminal, apps::Scratch& scratch) {
    base::print(terminal, "Vivarium. help lists the commands.\n");
    for (;;) {
        base::print(terminal, "> ");
        terminal.flush();
        std::string_view line;
        if (terminal.lost() || !terminal.next_line(line)) return apps::Next::leave;
        apps::Next const next = apps::obey(line, the_network, terminal, scratch);
        if (next != apps::Next::go_on) return next;
    }
}

// There is nowhere to go from the serial line: `exit` greets again.
void serve_serial(void* line) {
    static apps::SerialTerminal terminal(*static_cast<platform::SerialLine*>(line));
    while (talk(terminal, serial_scratch) != apps::Next::halt) {
    }
    halt.set();
}

// One visitor at a time.
void serve_tcp(void* listener) {
    (void)the_network->wait_for_address(base::Instant::never());
    base::log_info("shell: listening on port 23");
    for (apps::Next next = apps::Next::go_on; next != apps::Next::halt;) {
        auto connection = static_cast<platform::TcpListener*>(listener)->accept();
        if (!connection && connection.error() == net::Error::InvalidSocket) return;  // the end
        if (!connection) continue;
        apps::TcpTerminal terminal(connection.value());
        next = talk(terminal, tcp_scratch);
    }
    halt.set();
}

// False: this way in does not exist, which the log explains.
bool start(std::string_view name, threads::Entry entry, void* argument) {
    auto const thread = threads::create(name, entry, argument);
    if (thread)
        threads::detach(thread.value());
    else
        base::log_error("shell: no memory for the thread '{}'", name);
    return thread.ok();
}

}  // namespace

int apps::main(Boot const& boot) {
    platform::read_ipv6_word(boot.words);
    boot.words.warn_about_the_rest();
    (void)platform::files(0);  // found once, before two terminals ask at the same time
    platform::SerialLine* const serial = platform::serial_line();
    the_network = platform::network();
    bool ways = serial != nullptr && start("serial", serve_serial, serial);
    if (the_network != nullptr) {
        auto made = platform::TcpListener::listen(*the_network, shell_port, 4);
        if (!made) {
            base::log_error("shell: cannot listen: {}", net::name(made.error()));
        } else if (auto const listener = memory::make<platform::TcpListener>(std::move(made.value()))) {
            memory::keep(listener.value());  // its thread may come to it when this one has ended
            ways = start("shell", serve_tcp, listener.value()) || ways;
        } else {
            base::log_error("shell: no memory for a listener");
        }
    }
    if (!ways) return 1;
    PROBE_0(app_ready);
    halt.wait();
    if (the_network != nullptr)  // the last answer
        (void)the_network->wait_until_sent(platform::now() + base::Duration::seconds(5));
    return 0;
}
