// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv retry FILE@EVENT`: edit and rerun to here. Builds the application that was
// recorded, gives the new image what the recording holds, stops at the same event
// and shows both side by side.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace sim::cli {

struct RetryWords {
    std::string file;       // FILE@EVENT
    std::string image;      // an image of one's own; nothing is built
    bool no_build = false;  // the built image as it is
    std::string kernel;     // the recorded image, when it cannot be found
    std::string record;     // the new life goes here
    bool embed = false;
    std::size_t most = 12;  // lines of each section
    bool salvage = false;
    bool json = false;
};

void add_retry(CLI::App&, RetryWords&);
int retry(RetryWords const&);

}  // namespace sim::cli
