// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/ending.hpp"

#include <fmt/format.h>

#include "simulator/cli/status.hpp"

namespace sim::cli {

std::optional<GuestEnding> ending_of(machine::RunResult const& result) {
    using machine::RunStop;
    switch (result.stop) {
        case RunStop::exited:
            return {{status_of_guest(result.status),
                     result.status == status_panic   ? "the guest panicked"
                     : result.status == status_reset ? "the guest reset the machine"
                                                     : fmt::format("the guest exited with {}", result.status),
                     false}};
        case RunStop::shutdown:
            return {{status_triple_fault,
                     result.message.starts_with("triple fault") ? result.message
                                                                : "triple fault: " + result.message,
                     true}};
        case RunStop::halted:
            return {{status_limit, "the guest halted, and nothing is left that could wake it", true}};
        case RunStop::diverged:
        case RunStop::end_of_log:
            return {{status_tool_failed, result.message, false}};
        default:
            return std::nullopt;
    }
}

}  // namespace sim::cli
