// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/viewer/web/touch.hpp"

#include <cfloat>

namespace viz::viewer {

namespace {
// Nothing is below it: what is let go there is no click.
constexpr ImVec2 nowhere{-FLT_MAX, -FLT_MAX};
}  // namespace

void Fingers::told(ImGuiIO& io, What what, std::span<Finger const> fingers, float line) {
    auto const move = [&](ImVec2 p) { io.AddMousePosEvent(p.x, p.y); };
    auto const press = [&](bool down) {
        if (down != pressed_) io.AddMouseButtonEvent(ImGuiMouseButton_Left, pressed_ = down);
    };
    // A finger says where it presses only by pressing: a step of its own in each frame.
    io.AddMouseSourceEvent(ImGuiMouseSource_TouchScreen);
    Finger const* first = nullptr;
    unsigned down = 0;
    float sum = 0;
    for (Finger const& finger : fingers)
        if (!finger.lifted) {
            if (!first) first = &finger;
            ++down;
            sum += finger.at.y;
        }
    float const height = down ? sum / static_cast<float>(down) : 0;
    bool const others = down != down_;
    down_ = down;
    if (what == What::cancelled || down > 1) {
        if (pressed_) move(nowhere);  // it was no click
        press(false);
    }
    if (down > 1) {
        move(first->at);
        if (what == What::moved && !others) io.AddMouseWheelEvent(0, (height - height_) / line);
    } else if (down == 1) {
        move(first->at);
        // The one that is left of two that scrolled presses nothing.
        if (what == What::put_down) press(true);
    } else {
        if (pressed_ && !fingers.empty()) move(fingers.front().at);
        press(false);
        move(nowhere);
    }
    height_ = height;
}

}  // namespace viz::viewer
