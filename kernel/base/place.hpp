// SPDX-License-Identifier: MIT
//
// A line of the source, taken where a function is called:
//
//     void lock(base::Place where = base::Place::here());
//
// Two registers to pass; the name of the file is a constant of the image.
#pragma once

namespace base {

struct Place {
    char const* file = nullptr;
    int line = 0;

    static constexpr Place here(char const* file = __builtin_FILE(), int line = __builtin_LINE()) {
        return {file, line};
    }
};

}  // namespace base
