// SPDX-License-Identifier: GPL-2.0-or-later
//
// A surface to draw on: a window, or the same without a display (SDL's offscreen
// driver with Mesa's software OpenGL). Owns SDL, the OpenGL context, the Dear
// ImGui context and the textures. One at a time.
#pragma once

#include <imgui.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "visualizer/app/picture.hpp"
#include "visualizer/widgets/textures.hpp"

struct SDL_Window;

namespace viz::app {

struct ScreenOptions {
    std::string title = "Vivarium";
    int width = 1600, height = 900;
    bool offscreen = false;  // never a window, even where there is a display
};

class Screen {
public:
    // Null, and `why` says what failed ("no display: ...").
    static std::unique_ptr<Screen> open(ScreenOptions const&, std::string& why);
    ~Screen();
    Screen(Screen const&) = delete;
    Screen& operator=(Screen const&) = delete;

    // Hands over what happened since the last frame; waits up to `wait_ms` for
    // something to happen. False: the person wants to close the window.
    bool take_input(int wait_ms, bool& something);
    // Fonts must be rebuilt between frames; this tells the graphics card.
    void fonts_changed();
    // One frame: `draw` is called between NewFrame and Render.
    void frame(std::function<void()> const& draw);
    Picture read();  // what the last frame looks like

    float display_scale() const;  // from the display's DPI: 1 at 96
    bool has_window() const { return !offscreen_; }
    // Wakes take_input() from any thread.
    static void wake();

private:
    Screen() = default;
    class Textures;

    SDL_Window* window_ = nullptr;
    void* context_ = nullptr;
    std::unique_ptr<Textures> textures_;
    // Where SDL told the pointer last; none: it is not over the window.
    struct Pointer {
        float x = 0, y = 0;
    };
    std::optional<Pointer> pointer_;
    int width_ = 0, height_ = 0;
    bool offscreen_ = false, sdl_ = false, imgui_ = false, backend_ = false, gl_backend_ = false;
};

}  // namespace viz::app
