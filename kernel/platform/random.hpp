// SPDX-License-Identifier: MIT
//
// Numbers nobody can guess, as far as the machine has anything unguessable: the
// processor's own generator where there is one, otherwise the time-stamp counter
// at moments that depend on the world outside. In the simulator both are the
// same in every run, as everything there is.
#pragma once

#include <cstdint>

#include "kernel/net/config.hpp"

namespace platform {

class Random final : public net::RandomSource {
public:
    // Under the caller's lock.
    std::uint64_t next() override;
};

}  // namespace platform
