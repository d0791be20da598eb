// SPDX-License-Identifier: MIT
#include "kernel/platform/hosted/options.hpp"

namespace platform::hosted {

Options& options() {
    static Options the_options;
    return the_options;
}

}  // namespace platform::hosted
