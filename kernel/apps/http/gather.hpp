// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/apps/http/facts.hpp"
#include "kernel/platform/network.hpp"

namespace apps {

// All facts but those about HTTP.
Facts gather_facts(platform::Network& network);

}  // namespace apps
