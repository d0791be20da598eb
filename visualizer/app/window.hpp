// SPDX-License-Identifier: GPL-2.0-or-later
//
// The window: from the first frame until the person closes it.
#pragma once

#include <functional>
#include <string>

#include "visualizer/app/last_state.hpp"
#include "visualizer/app/screen.hpp"
#include "visualizer/app/watch.hpp"

namespace viz::app {

// Is there a display to open a window on? SDL would also take over a console.
bool display_exists();

struct WindowOptions {
    std::string footer;                   // right end of the status bar
    std::function<void(Shell&)> prepare;  // before the first frame
    // Once a frame; a text is shown in the status bar.
    std::function<std::string(model::Model const&)> look_in;
    std::function<void(Shell&)> at_end;  // when the window was closed
    bool run_at_once = false;
    Autosave* autosave = nullptr;         // told where one stands; not owned
    model::Theme const* theme = nullptr;  // at first; null: the one of the last time
};

// Starts the session's thread, shows it, stops it. Returns when the window is
// closed, or on Ctrl-C.
void show_window(Screen&, Watch&, WindowOptions const&);

}  // namespace viz::app
