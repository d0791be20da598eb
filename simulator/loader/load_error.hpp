// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <stdexcept>

namespace sim::loader {

// The image cannot be loaded: one line, and where it does not say enough one with the
// cause and one with the next step. The user's mistake, not ours: programs exit with
// status 2.
class LoadError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace sim::loader
