// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/interruption.hpp"

#include <signal.h>

#include "simulator/machine/machine.hpp"

namespace sim::cli {
namespace {

std::atomic<bool> asked{false};
std::atomic<machine::Machine*> running{nullptr};

void on_signal(int) {
    asked = true;
    if (machine::Machine* machine = running) machine->interrupt();  // an atomic store: safe here
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
    running = nullptr;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
}

bool Interruption::requested() { return asked; }

void Interruption::also_interrupt(machine::Machine& machine) { running = &machine; }

}  // namespace sim::cli
