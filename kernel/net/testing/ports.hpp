// SPDX-License-Identifier: MIT
//
// Whether the ports that the stack chooses can be guessed. [rfc6056]
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <set>

namespace net::testing {

// `choose` makes a socket, closes it, and returns the port that it had.
template <class Choose>
void expect_not_to_be_guessed(Choose choose) {
    std::set<std::uint16_t> ports, steps;
    std::uint16_t previous = 0;
    for (int i = 0; i < 200; ++i) {
        std::uint16_t const port = choose();
        EXPECT_GE(port, 49'152);
        ports.insert(port);
        steps.insert(static_cast<std::uint16_t>(port - previous));
        previous = port;
    }
    EXPECT_GE(ports.size(), 190u);  // of 16,384
    EXPECT_GE(steps.size(), 190u);
}

}  // namespace net::testing
