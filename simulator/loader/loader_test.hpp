// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the loaders' tests share: a configuration around bytes, and reading back.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "simulator/loader/load.hpp"

namespace sim::loader {

inline machine::MachineConfig config_of(std::vector<std::uint8_t> image, std::string line = "quiet") {
    machine::MachineConfig config;
    config.image = {"test.img", "", std::make_shared<std::vector<std::uint8_t> const>(std::move(image))};
    config.command_line = std::move(line);
    return config;
}

template <class T>
T at(machine::PhysicalMemory const& memory, std::uint64_t address) {
    T value{};
    EXPECT_TRUE(memory.read(address, {reinterpret_cast<std::uint8_t*>(&value), sizeof value}));
    return value;
}

inline std::string text_at(machine::PhysicalMemory const& memory, std::uint64_t address) {
    std::string text;
    while (text.size() < 4096 && at<char>(memory, address + text.size()))
        text += at<char>(memory, address + text.size());
    return text;
}

// Why not, in one line or with the cause and the next step in lines of their own; or
// "accepted".
inline std::string refusal_of(machine::MachineConfig const& config, std::uint64_t memory_bytes = 64 << 20) {
    machine::PhysicalMemory memory(memory_bytes, 1);
    try {
        load(config, memory, 0xF0000);
    } catch (LoadError const& error) {
        std::string const text = error.what();
        for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', end + 1)) {
            std::string const heading = text.substr(end + 1, 12);
            EXPECT_TRUE(heading == "     Cause  " || heading == "     Next   ") << text;
        }
        return text;
    }
    return "accepted";
}

// Damages a good image in random places, or cuts it: each is loaded or refused,
// never a crash, and both happen.
inline void survives_damage(std::vector<std::uint8_t> const& good, std::size_t interesting_bytes) {
    constexpr unsigned seed = 1;
    std::mt19937 random(seed);
    machine::PhysicalMemory memory(4 << 20, 1);
    unsigned refused = 0, accepted = 0;
    for (int i = 0; i < 4000; ++i) {
        std::vector<std::uint8_t> bytes = good;
        for (unsigned n = 1 + random() % 4; n > 0; --n) {
            std::size_t const at = random() % std::min(interesting_bytes, bytes.size());
            bytes[at] = static_cast<std::uint8_t>(random() % 3 ? random() : random() % 2 ? 0xFF : 0);
        }
        if (random() % 8 == 0) bytes.resize(random() % bytes.size());
        machine::MachineConfig config = config_of(std::move(bytes));
        config.initrd = {"initrd", "", std::make_shared<std::vector<std::uint8_t> const>(5000, 0xAB)};
        try {
            load(config, memory, 0xF0000);
            ++accepted;
        } catch (LoadError const&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, 100u) << "seed " << seed;
    EXPECT_GT(accepted, 100u) << "seed " << seed;
}

}  // namespace sim::loader
