// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the guest printed, from a file to which QEMU writes its serial line; the last 1 MiB.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace sim::attach {

class ConsoleTail {
public:
    explicit ConsoleTail(std::filesystem::path path) : path_(std::move(path)) {}
    // Never null.
    std::shared_ptr<std::string const> read();

private:
    std::filesystem::path path_;
    std::ifstream file_;
    std::uint64_t offset_ = 0;
    std::shared_ptr<std::string const> text_ = std::make_shared<std::string>();
};

}  // namespace sim::attach
