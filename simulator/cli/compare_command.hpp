// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv compare A[@MOMENT] B[@MOMENT]`: two moments of two recordings (or of one)
// side by side.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace sim::cli {

struct CompareWords {
    std::string one, other;                // FILE or FILE@MOMENT
    std::string kernel_one, kernel_other;  // images, where they cannot be found
    std::size_t most = 12;                 // lines of each section
    bool salvage = false;
    bool json = false;
};

void add_compare(CLI::App&, CompareWords&);
int compare(CompareWords const&);

}  // namespace sim::cli
