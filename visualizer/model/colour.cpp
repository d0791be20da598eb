// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/colour.hpp"

#include <algorithm>
#include <cmath>

namespace viz::model {

Colour mix(Colour from, Colour to, float share) {
    auto blend = [&](std::uint8_t a, std::uint8_t b) {
        return static_cast<std::uint8_t>(
            std::lround(a + (b - a) * static_cast<double>(std::clamp(share, 0.0f, 1.0f))));
    };
    Colour c;
    c.r = blend(from.r, to.r), c.g = blend(from.g, to.g), c.b = blend(from.b, to.b),
    c.a = blend(from.a, to.a);
    return c;
}

double luminance(Colour c) {
    auto linear = [](std::uint8_t channel) {
        double v = channel / 255.0;
        return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b);
}

double contrast(Colour a, Colour b) {
    double x = luminance(a), y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

Colour readable(Colour colour, Colour ground, double least) {
    Colour end = luminance(ground) < 0.18 ? Colour(0xFFFFFF) : Colour(0x000000);
    for (float share = 0; share < 1; share += 0.04f)
        if (Colour c = mix(colour, end, share); contrast(c, ground) >= least) return c;
    return end;
}

Theme const& dark_theme() {
    static Theme const theme = [] {
        Theme t;
        t.gap = 0x0B0E13;
        t.pane = 0x141920;
        t.raised = 0x1B222C;
        t.hover = 0x26303D;
        t.selected = 0x1F4563;
        t.border = 0x2C3745;
        t.grid = 0x212935;
        t.text = 0xE8EDF3;
        t.quiet = 0xB1BCC9;
        t.faint = 0x8E9AA9;
        t.accent = 0x5CB8F2;
        t.now = 0xFFFFFF;
        t.past = 0x8E9AA9;
        t.future = 0x4A5666;
        // Okabe and Ito's seven on a dark ground.
        Colour orange = 0xE69F00, sky = 0x56B4E9, green = 0x1FB58A, yellow = 0xF0E442, blue = 0x4A86E0,
               vermilion = 0xE8682C, purple = 0xCC79A7;
        t.read = sky;
        t.write = orange;
        t.execute = green;
        t.dma = purple;
        t.irq = yellow;
        t.fault = vermilion;
        t.packet = sky;
        t.lock = purple;
        t.good = green;
        t.warning = orange;
        t.bad = vermilion;
        t.idle = 0x2A3340;
        t.thread = {sky, orange, green, purple, yellow, blue, vermilion};
        t.category = {blue, orange, green, purple, sky, yellow, vermilion};
        return t;
    }();
    return theme;
}

}  // namespace viz::model
