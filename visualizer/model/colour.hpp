// SPDX-License-Identifier: GPL-2.0-or-later
//
// Colour by meaning. A view never writes a colour down: it asks the theme what
// "a write" or "thread 3" looks like, so that the same thing has the same colour
// everywhere. Categories are Okabe and Ito's, which colour-blind people can tell
// apart; every text reaches a contrast of 4.5:1 on the ground it stands on.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace viz::model {

struct Colour {
    std::uint8_t r = 0, g = 0, b = 0, a = 255;
    constexpr Colour() = default;
    constexpr Colour(std::uint32_t rgb, std::uint8_t alpha = 255)
        : r(static_cast<std::uint8_t>(rgb >> 16)),
          g(static_cast<std::uint8_t>(rgb >> 8)),
          b(static_cast<std::uint8_t>(rgb)),
          a(alpha) {}
    // As Dear ImGui packs it: alpha, blue, green, red.
    constexpr std::uint32_t packed() const {
        return static_cast<std::uint32_t>(a) << 24 | static_cast<std::uint32_t>(b) << 16 |
               static_cast<std::uint32_t>(g) << 8 | r;
    }
    constexpr Colour with_alpha(std::uint8_t alpha) const {
        Colour c = *this;
        c.a = alpha;
        return c;
    }
    bool operator==(Colour const&) const = default;
};

Colour mix(Colour from, Colour to, float share);  // share 0: from, 1: to
double luminance(Colour);                         // relative luminance [wcag-2.1 §1.4.3]
double contrast(Colour, Colour);                  // 1 to 21
// The colour itself, or a lighter shade of it that reads on `ground`.
Colour readable(Colour, Colour ground, double least = 4.5);

struct Theme {
    std::string_view name;  // "dark"
    // Grounds, from the gaps between the panes to what lies under the pointer.
    Colour gap, pane, raised, hover, selected, border, grid;
    Colour text, quiet, faint;  // three strengths of text, each 4.5:1 on `pane` and `raised`
    Colour accent;              // what can be pressed, and what is selected
    // Meanings.
    Colour now, past, future;
    Colour read, write, execute, dma, irq, fault, packet, lock;
    Colour good, warning, bad;
    Colour idle;                     // nobody runs, nothing is owned
    std::array<Colour, 3> heat;      // old, half, new: further and further from `pane` in luminance
    std::array<Colour, 5> thread;    // none of them is an interrupt's or a lock's
    std::array<Colour, 7> category;  // by anything else
    // By thread number. From the sixth on they come again in another shade.
    Colour of_thread(unsigned number) const;
    Colour of_category(unsigned number) const { return category[number % category.size()]; }
    double least_contrast = 4.5;  // of every text
    // A shade of a meaning that reads on this ground, as text.
    Colour readable(Colour meaning, Colour ground) const;
    // Of the text's colour and the pane's the one that reads on a ground that is itself a meaning.
    Colour ink(Colour ground) const;
};

Theme const& dark_theme();
Theme const& light_theme();     // for paper, and a room with the lights on
Theme const& contrast_theme();  // every text 7:1 on black
std::array<Theme const*, 3> const& all_themes();
Theme const* theme_named(std::string_view);  // null: there is none

}  // namespace viz::model
