// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who sits beside the person at the desk: a tour. It hears of each command before
// it is carried out, and of each new picture of the machine.
#pragma once

#include "visualizer/model/commands.hpp"

namespace viz::model {

class Companion {
public:
    virtual ~Companion() = default;
    // True: the command was meant for it, and is done.
    virtual bool heard(Request const&) = 0;
    virtual void update() = 0;
};

}  // namespace viz::model
