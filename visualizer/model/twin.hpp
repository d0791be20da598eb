// SPDX-License-Identifier: GPL-2.0-or-later
//
// The text twin of a view as a person has set it: sim::debug::print_view() with
// what was selected and filtered, and with what only the Model knows.
#pragma once

#include <string>
#include <string_view>

#include "visualizer/model/model.hpp"
#include "visualizer/model/view_state.hpp"

namespace viz::model {

// The snapshot must answer request_for_text(). Empty: there is no such text view.
std::string print_twin(std::string_view text_view, bool json, Model const&, ViewState const&);

}  // namespace viz::model
