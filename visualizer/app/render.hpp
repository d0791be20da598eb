// SPDX-License-Identifier: GPL-2.0-or-later
//
// A picture of what the window would show, without a window.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "visualizer/app/picture.hpp"
#include "visualizer/app/watch.hpp"

namespace viz::app {

// What to show: a perspective with its panes, or one view over the whole window.
using Scene = std::variant<model::Perspective, model::ViewId>;
// None: there is no view of this name.
std::optional<Scene> scene_named(std::string_view name);
// "overview, boot, ..., console, ..., start" for messages; the last is no scene of a
// machine, see start_picture().
std::string scene_names();

struct RenderOptions {
    Scene scene = model::Perspective::overview;
    int width = 1600, height = 900;
    float scale = 1;
    bool bare = false;  // the views alone, cut to what they show
    model::Theme const* theme = &model::dark_theme();
    std::function<void(Shell&)> prepare;  // before the first frame
};

// The session has no thread of its own, or it is stopped. None: `why` says what
// failed, in one line.
std::optional<Picture> render(sim::debug::WatchedMachine&, RenderOptions const&, std::string& why);

}  // namespace viz::app
