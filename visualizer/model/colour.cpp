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

Colour Theme::readable(Colour meaning, Colour ground) const {
    return model::readable(meaning, ground, least_contrast);
}

Colour Theme::ink(Colour ground) const {
    return readable(contrast(text, ground) >= contrast(pane, ground) ? text : pane, ground);
}

Colour Theme::of_thread(unsigned number) const {
    Colour const c = thread[number % thread.size()];
    if (number < thread.size()) return c;
    bool const dark = luminance(pane) < 0.18;
    return mix(c, dark ? Colour(0xFFFFFF) : Colour(0x000000), number < 2 * thread.size() ? 0.45f : 0.7f);
}

namespace {

// Threads take five of the seven in this order; interrupts and locks, which stand beside
// them in one chart, the two others.
void paint(Theme& t, std::array<Colour, 7> const& seven) {
    auto const& [first, second, third, fourth, fifth, sixth, seventh] = seven;
    t.thread = {first, second, third, sixth, seventh};
    t.category = {sixth, second, third, fourth, first, fifth, seventh};
    t.read = t.packet = first;
    t.write = t.warning = second;
    t.execute = t.good = third;
    t.dma = t.lock = fourth;
    t.irq = fifth;
    t.fault = t.bad = seventh;
}

}  // namespace

Theme const& dark_theme() {
    static Theme const theme = [] {
        Theme t;
        t.name = "dark";
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
        // Sky, orange, green, purple, yellow, blue, vermilion.
        paint(t, {0x56B4E9, 0xE69F00, 0x1FB58A, 0xCC79A7, 0xF0E442, 0x4A86E0, 0xE8682C});
        t.idle = 0x2A3340;
        t.heat = {0x2C4E84, 0x8E8A78, 0xFFE945};  // after cividis
        return t;
    }();
    return theme;
}

// The seven of a theme were searched for: as far from each other as can be, for
// every kind of colour vision, at the contrast that the ground asks for.
Theme const& light_theme() {
    static Theme const theme = [] {
        Theme t;
        t.name = "light";
        t.gap = 0xE3E7EC;
        t.pane = 0xFAFBFC;
        t.raised = 0xEEF1F5;
        t.hover = 0xDFE6EE;
        t.selected = 0xC5DDF5;
        t.border = 0xC3CCD6;
        t.grid = 0xE3E8EE;
        t.text = 0x14191F;
        t.quiet = 0x3A444F;
        t.faint = 0x525E6B;
        t.accent = 0x0B5CA6;
        t.now = 0x101418;
        t.past = 0x525E6B;
        t.future = 0xA3AEBA;
        // Sky, orange, green, purple, brown, blue, maroon.
        paint(t, {0x2D8EF6, 0xC7800C, 0x0E6563, 0xA181BA, 0x7B5200, 0x4522C4, 0x6A1019});
        t.warning = 0x8A4B00;
        t.bad = 0xB3261E;
        t.idle = 0xD0D8E1;
        t.heat = {0xDCC35A, 0x7D7A72, 0x00204D};
        return t;
    }();
    return theme;
}

Theme const& contrast_theme() {
    static Theme const theme = [] {
        Theme t;
        t.name = "contrast";
        t.least_contrast = 7;
        t.gap = 0x000000;
        t.pane = 0x000000;
        t.raised = 0x101010;
        t.hover = 0x1F2A36;
        t.selected = 0x00407D;
        t.border = 0x9A9A9A;
        t.grid = 0x3A3A3A;
        t.text = 0xFFFFFF;
        t.quiet = 0xF0F0F0;
        t.faint = 0xD8D8D8;
        t.accent = 0x7FD4FF;
        t.now = 0xFFFFFF;
        t.past = 0xD8D8D8;
        t.future = 0x8A8A8A;
        // Mint, orange, green, lilac, lime, blue, vermilion.
        paint(t, {0x95FFD9, 0xFFBD00, 0x1AAD7D, 0xE3BEFE, 0xD0FE93, 0x948EFF, 0xE27F33});
        t.idle = 0x404040;
        t.heat = {0x4A6FA8, 0xA5A08A, 0xFFEE70};
        return t;
    }();
    return theme;
}

std::array<Theme const*, 3> const& all_themes() {
    static std::array<Theme const*, 3> const themes = {&dark_theme(), &light_theme(), &contrast_theme()};
    return themes;
}

Theme const* theme_named(std::string_view name) {
    for (Theme const* theme : all_themes())
        if (theme->name == name) return theme;
    return nullptr;
}

}  // namespace viz::model
