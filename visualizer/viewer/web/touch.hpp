// SPDX-License-Identifier: GPL-2.0-or-later
//
// Fingers as a mouse: one is its left button, two scroll. Plain functions: tested
// without a browser.
#pragma once

#include <imgui.h>

#include <span>

namespace viz::viewer {

struct Finger {
    ImVec2 at;
    bool lifted = false;  // by what is told
};

class Fingers {
public:
    enum class What : unsigned char { put_down, moved, lifted, cancelled };
    // All that are told of, with those that were just lifted. `line`: pixels of a step of
    // the wheel.
    void told(ImGuiIO&, What, std::span<Finger const>, float line);

private:
    bool pressed_ = false;  // the button is down
    unsigned down_ = 0;     // fingers on the glass
    float height_ = 0;      // of two and more, on the mean
};

}  // namespace viz::viewer
