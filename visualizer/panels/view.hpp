// SPDX-License-Identifier: GPL-2.0-or-later
//
// A view of the machine: draws into the current pane what the Model says, and
// answers the person with requests. It holds nothing but how it is scrolled.
#pragma once

#include <memory>

#include "visualizer/model/commands.hpp"
#include "visualizer/model/model.hpp"
#include "visualizer/model/view_state.hpp"

namespace viz::panels {

using model::CommandId;
using model::CommandQueue;
using model::Entity;
using model::EntityKind;
using model::Model;
using model::ViewState;

class View {
public:
    virtual ~View() = default;
    virtual void draw(Model const&, ViewState&, CommandQueue&) = 0;
};

std::unique_ptr<View> make_view(model::ViewId);

}  // namespace viz::panels
