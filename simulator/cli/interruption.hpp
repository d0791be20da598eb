// SPDX-License-Identifier: GPL-2.0-or-later
//
// Ctrl-C, and a polite kill. The first one asks the work to stop, clean up and
// keep what it has; the second one of a kind ends the program at once, and only a
// terminal (raw_terminal.hpp) is given back as it was.
#pragma once

#include <atomic>

namespace sim::machine {
class Machine;
}

namespace sim::cli {

class Interruption {
public:
    Interruption();  // one at a time
    ~Interruption();
    Interruption(Interruption const&) = delete;
    Interruption& operator=(Interruption const&) = delete;

    static bool requested();
    // Ctrl-C alone was pressed: forgets it, for who gives up what is under way and goes on.
    static bool take();
    // This machine's run() or seek() returns early, too. It must outlive this.
    void also_interrupt(machine::Machine&);
};

}  // namespace sim::cli
