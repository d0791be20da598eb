// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/interruption.hpp"

#include <signal.h>

#include <array>

#include "simulator/cli/raw_terminal.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::cli {
namespace {

std::atomic<bool> asked{false};
// A world has at most so many machines (links::most_nodes).
constexpr std::size_t most_running = 64;
std::array<std::atomic<machine::Machine*>, most_running> running{};

// Those that ask, each by its bit; which of them have come.
constexpr std::array signals = {SIGINT, SIGTERM, SIGHUP};  // the last: the terminal went away
std::atomic<unsigned> heard{0};

void on_signal(int number) {
    unsigned bit = 1;
    for (int const known : signals) {
        if (known == number) break;
        bit <<= 1;
    }
    if (heard.fetch_or(bit) & bit) {  // the second one: as if nobody had caught it
        RawTerminal::give_back();
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    asked = true;
    for (auto& one : running)
        if (machine::Machine* const machine = one) machine->interrupt();  // an atomic store: safe here
}

}  // namespace

Interruption::Interruption() {
    struct sigaction action {};
    action.sa_handler = on_signal;  // no SA_RESTART: sleeps end
    heard = 0;
    for (int const number : signals) sigaction(number, &action, nullptr);
}

Interruption::~Interruption() {
    for (auto& one : running) one = nullptr;
    for (int const number : signals) signal(number, SIG_DFL);
}

bool Interruption::requested() { return asked; }

bool Interruption::take() {
    unsigned ctrl_c = 1;  // the first of `signals`
    if (!heard.compare_exchange_strong(ctrl_c, 0)) return false;
    asked = false;
    return true;
}

void Interruption::also_interrupt(machine::Machine& machine) {
    for (auto& one : running) {
        machine::Machine* nobody = nullptr;
        if (one == &machine || one.compare_exchange_strong(nobody, &machine)) return;
    }
}

}  // namespace sim::cli
