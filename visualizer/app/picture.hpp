// SPDX-License-Identifier: GPL-2.0-or-later
//
// A picture in memory, and PNG files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "visualizer/model/colour.hpp"

namespace viz::app {

struct Picture {
    unsigned width = 0, height = 0;
    std::vector<std::uint8_t> rgb;  // from the top row down

    model::Colour pixel(unsigned x, unsigned y) const {
        std::uint8_t const* p = &rgb[(static_cast<std::size_t>(y) * width + x) * 3];
        model::Colour c;
        c.r = p[0], c.g = p[1], c.b = p[2];
        return c;
    }
    bool operator==(Picture const&) const = default;
};

// Without the empty rows below and columns to the right of what was drawn on this ground,
// but for a margin. A picture of nothing stays as it is.
Picture cut_to_content(Picture const&, model::Colour ground, unsigned margin);

std::vector<std::uint8_t> to_png(Picture const&);
// Written beside the target and renamed into place: a failure leaves what was
// there. Empty: done; else one line that says why not.
std::string write_png(Picture const&, std::string const& path);

}  // namespace viz::app
