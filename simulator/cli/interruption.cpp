// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/interruption.hpp"

#include <signal.h>

#include <array>

#include "simulator/machine/machine.hpp"

namespace sim::cli {
namespace {

std::atomic<bool> asked{false};
// A world has at most so many machines (links::most_nodes).
constexpr std::size_t most_running = 64;
std::array<std::atomic<machine::Machine*>, most_running> running{};

void on_signal(int) {
    asked = true;
    for (auto& one : running)
        if (machine::Machine* const machine = one) machine->interrupt();  // an atomic store: safe here
}

}  // namespace

Interruption::Interruption() {
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = static_cast<int>(SA_RESETHAND);  // no SA_RESTART: sleeps end
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGHUP, &action, nullptr);  // the terminal went away
}

Interruption::~Interruption() {
    for (auto& one : running) one = nullptr;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
}

bool Interruption::requested() { return asked; }

void Interruption::also_interrupt(machine::Machine& machine) {
    for (auto& one : running) {
        machine::Machine* nobody = nullptr;
        if (one == &machine || one.compare_exchange_strong(nobody, &machine)) return;
    }
}

}  // namespace sim::cli
