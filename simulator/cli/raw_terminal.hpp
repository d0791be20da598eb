// SPDX-License-Identifier: GPL-2.0-or-later
//
// A terminal whose keys go to the guest, one by one and unseen: the guest shows
// what it takes. Ctrl-C stays ours. What is no terminal is left as it is.
#pragma once

namespace sim::cli {

class RawTerminal {
public:
    explicit RawTerminal(int descriptor);  // one at a time
    ~RawTerminal();
    RawTerminal(RawTerminal const&) = delete;
    RawTerminal& operator=(RawTerminal const&) = delete;

    // As it was before, for a program that ends without its destructors. May be
    // called by a signal's handler; does nothing when there is none.
    static void give_back();
};

}  // namespace sim::cli
