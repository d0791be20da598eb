// SPDX-License-Identifier: MIT
//
// What the shell can do, apart from where its words come from.
#pragma once

#include <string_view>

#include "kernel/base/format.hpp"
#include "kernel/platform/network.hpp"

namespace apps {

enum class Next : std::uint8_t { go_on, leave, halt };

// Where answers go.
class Listener : public base::TextSink {
public:
    // Nobody hears what is written any more.
    virtual bool lost() const = 0;
};

// One line: a command and its words. The answer goes to `out`.
Next obey(std::string_view line, platform::Network& network, Listener& out);

}  // namespace apps
