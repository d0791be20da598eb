// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/ability.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"

namespace viz::panels {

bool command_button(Model const& model, ViewState const& state, CommandId command, char const* label,
                    char const* tooltip) {
    auto const why = model::why_not(command, state.unit, model.now());
    if (why.empty()) return widgets::text_button(label, label, tooltip);
    widgets::text_button(label, label, model::as_sentence(why).c_str(), false, false);
    return false;
}

}  // namespace viz::panels
