// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <stdexcept>

namespace sim::loader {

// The image cannot be loaded: one line with the cause and the next step. The
// user's mistake, not ours: programs exit with status 2.
class LoadError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace sim::loader
