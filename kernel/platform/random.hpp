// SPDX-License-Identifier: MIT
//
// Numbers nobody can guess, as far as the machine has anything unguessable: the
// processor's own generator where there is one, otherwise the host's by a virtio
// device; with neither, which the log says, the time-stamp counter. In the
// simulator all are the same in every run, as everything there is.
#pragma once

#include <cstdint>

#include "kernel/net/config.hpp"

namespace platform {

class Random final : public net::RandomSource {
public:
    // Under the caller's lock. The first call may wait for the host, a second at most: for a
    // thread.
    std::uint64_t next() override;
};

}  // namespace platform
