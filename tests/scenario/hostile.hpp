// SPDX-License-Identifier: MIT
//
// Images of random code behind a good header: whatever they do, the program that
// runs them comes to an orderly end.
#pragma once

#include <gtest/gtest.h>

#include <random>

#include "tests/scenario/program.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace scenario {

// Random bytes, with pieces in between that get far: ports, jumps, tables.
inline std::string hostile_code(std::mt19937_64& random) {
    static std::string const pieces[] = {{"\xEE", 1},
                                         {"\xEF", 1},
                                         {"\xEC", 1},
                                         {"\x66\xBA\xF8\x0C", 4},
                                         {"\x66\xBA\xFC\x0C", 4},
                                         {"\x0F\x22\xC0", 3},
                                         {"\x0F\x30", 2},
                                         {"\x0F\x01\xD0", 3},
                                         {"\xCD\x80", 2},
                                         {"\xF4", 1},
                                         {"\xFB", 1},
                                         {"\xEB\x80", 2},
                                         {"\xF3\xAA", 2},
                                         {"\x0F\x01\x19", 3},
                                         {"\x0F\x20\xD8", 3},
                                         {"\xB8\xFF\x00", 3},
                                         {"\xC7\x05", 2},
                                         {"\x8E\xD8", 2},
                                         {"\xCF", 1},
                                         {"\xBC\x00\x00", 3}};
    std::string code;
    std::size_t const length = 16 + random() % 400;
    while (code.size() < length) {
        if (random() % 3 == 0)
            code += pieces[random() % std::size(pieces)];
        else
            code += static_cast<char>(random());
    }
    return code;
}

inline void run_hostile_images(std::uint64_t seed, int count) {
    Folder folder;
    std::mt19937_64 random(seed);
    for (int i = 0; i < count; ++i) {
        std::string const image = folder / "hostile.elf";
        write_file(image, TinyImage{hostile_code(random), 1 << 16}.elf());
        Result const result = run(viv({"run", "--kernel", image, "--memory", "2M", "--limit", "2000000"}));
        bool const orderly = result.status >= 0 && result.status <= 125;
        EXPECT_TRUE(orderly) << "status " << result.status << ", seed " << seed << ", image " << i << "\n"
                             << result.err;
        if (result.status == 102 || result.status == 124) {
            EXPECT_NE(result.err.find("viv open"), std::string::npos) << result.err;
        }
        if (!orderly) write_file("/tmp/viv-hostile-" + std::to_string(seed) + ".elf", read_file(image));
    }
}

}  // namespace scenario
