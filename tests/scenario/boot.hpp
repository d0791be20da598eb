// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>

#include "tests/scenario/program.hpp"

namespace scenario {

inline std::string image(std::string const& app) {
    return std::string(getenv("VIV_BUILD")) + "/images/" + app + ".elf";
}

// QEMU without our own program in between. The guest's 0 is QEMU's 1.
inline Result qemu(std::vector<std::string> const& more) {
    std::vector<std::string> words = {"qemu-system-x86_64",
                                      "-nodefaults",
                                      "-no-user-config",
                                      "-no-reboot",
                                      "-display",
                                      "none",
                                      "-serial",
                                      "stdio",
                                      "-device",
                                      "isa-debug-exit,iobase=0xf4,iosize=4"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
}
constexpr int guest_said_0 = 1;

inline Result make_image(std::vector<std::string> const& more) {
    std::vector<std::string> words = {std::string(getenv("VIV_ROOT")) + "/cmake/image.sh",
                                      std::string(getenv("VIV_BUILD")) + "/images"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
}

}  // namespace scenario
