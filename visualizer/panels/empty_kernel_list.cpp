// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {

using namespace widgets;

void empty_kernel_list(Model const& model, sim::debug::ListHealth const& health, char const* what) {
    auto const& kernel = model.now().kernel;
    if (!kernel.problem.empty())
        empty_view(icons::info, fmt::format("No {} to show", what), kernel.problem);
    else if (!health.problem.empty())
        empty_view(icons::info, fmt::format("No {} to show", what), health.problem);
    else if (!health.declared)
        empty_view(icons::info, fmt::format("No {} to show", what),
                   "This image does not declare them in its views.query.");
    else
        empty_view(icons::hourglass, fmt::format("No {} yet", what),
                   "The kernel has not come so far. Run the machine (Space), or step.");
}

}  // namespace viz::panels
