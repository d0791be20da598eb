// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a person types, on its way into a pipe. Whoever reads the pipe may be slow:
// nothing is read before the last piece was taken, so nothing is lost and nothing
// piles up.
#pragma once

#include <string>

namespace sim::cli {

class TypedKeys {
public:
    // Neither is owned. `to` must not block. -1: nobody types.
    TypedKeys(int from, int to) : from_(from), to_(to) {}

    // To be waited for, until it has something; -1: nobody types any more, or the
    // last piece is not taken yet.
    int descriptor() const { return untaken_.empty() ? from_ : -1; }
    // When it has something.
    void read();
    // At any time.
    void pass();

private:
    int from_, to_;
    std::string untaken_;
};

}  // namespace sim::cli
