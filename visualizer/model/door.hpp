// SPDX-License-Identifier: GPL-2.0-or-later
//
// The only way from a person to the machine.
#pragma once

#include "simulator/debug/command.hpp"
#include "simulator/debug/view_request.hpp"

namespace viz::model {

class Door {
public:
    virtual ~Door() = default;
    virtual void post(sim::debug::Command) = 0;
    virtual void request(sim::debug::ViewRequest) = 0;
    // The number of the last command that was posted; 0: not known, all is taken as done.
    virtual sim::debug::CommandNumber last_posted() const { return 0; }
};

}  // namespace viz::model
