// SPDX-License-Identifier: GPL-2.0-or-later
//
// A capture that somebody is still writing, as QEMU's filter-dump does: the frames
// that have come since one looked last. Classic pcap of Ethernet, either byte order,
// micro- or nanoseconds. [pcap §4, §5] The file is not trusted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace sim::attach {

struct CapturedFrame {
    std::uint64_t ns = 0;  // since the second in which the capture begins
    std::vector<std::uint8_t> bytes;
};

class CaptureTail {
public:
    // The file may come later.
    explicit CaptureTail(std::filesystem::path path) : path_(std::move(path)) {}

    // Whole frames only, at most so many; times never go back.
    std::vector<CapturedFrame> read(std::size_t most = 4096);
    // Why nothing more can be read; empty: all is well.
    std::string const& problem() const { return problem_; }

private:
    bool begin();
    std::uint32_t number(std::uint8_t const* at) const;

    std::filesystem::path path_;
    std::ifstream file_;
    std::uint64_t offset_ = 0;
    bool begun_ = false, swapped_ = false, nanoseconds_ = false;
    std::optional<std::uint64_t> first_second_;
    std::uint64_t last_ns_ = 0;
    std::string problem_;
};

}  // namespace sim::attach
