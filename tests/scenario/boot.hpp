// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>

#include "tests/scenario/program.hpp"

namespace scenario {

inline std::string image(std::string const& app) {
    return std::string(getenv("VIV_BUILD")) + "/images/" + app + ".elf";
}

// QEMU without our own program in between.
inline std::vector<std::string> qemu_words(std::vector<std::string> const& more) {
    std::vector<std::string> words = {"qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot",
                                      "-display",           "none",        "-serial",         "stdio"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

// To its end: the guest's 0 is QEMU's 1.
inline Result qemu(std::vector<std::string> const& more) {
    std::vector<std::string> words = qemu_words(more);
    words.insert(words.end(), {"-device", "isa-debug-exit,iobase=0xf4,iosize=4"});
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
