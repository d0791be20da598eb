// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/attach/capture_tail.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sim::attach {

namespace {

constexpr std::uint32_t micro_magic = 0xa1b2c3d4, nano_magic = 0xa1b23c4d, ethernet = 1;
constexpr std::size_t file_header = 24, frame_header = 16, longest_frame = 256 * 1024;
constexpr std::uint64_t second = 1'000'000'000;

}  // namespace

std::uint32_t CaptureTail::number(std::uint8_t const* at) const {
    std::uint32_t const value = static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8 |
                                static_cast<std::uint32_t>(at[2]) << 16 |
                                static_cast<std::uint32_t>(at[3]) << 24;
    return swapped_ ? __builtin_bswap32(value) : value;
}

bool CaptureTail::begin() {
    if (!file_.is_open()) file_.open(path_, std::ios::binary);
    if (!file_.is_open()) return false;
    std::array<std::uint8_t, file_header> header{};
    file_.clear();
    file_.seekg(0);
    if (!file_.read(reinterpret_cast<char*>(header.data()), header.size())) return false;
    std::uint32_t magic = number(header.data());
    if (magic == __builtin_bswap32(micro_magic) || magic == __builtin_bswap32(nano_magic)) swapped_ = true;
    magic = number(header.data());
    nanoseconds_ = magic == nano_magic;
    if (magic != micro_magic && magic != nano_magic)
        problem_ = fmt::format("{}: this is no pcap file", path_.string());
    else if (number(header.data() + 20) != ethernet)
        problem_ = fmt::format("{}: these are no Ethernet frames", path_.string());
    begun_ = problem_.empty();
    offset_ = file_header;
    return begun_;
}

std::vector<CapturedFrame> CaptureTail::read(std::size_t most) {
    std::vector<CapturedFrame> frames;
    if (!problem_.empty() || (!begun_ && !begin())) return frames;
    while (frames.size() < most) {
        std::array<std::uint8_t, frame_header> header;
        file_.clear();  // the end of the file was met before
        file_.seekg(static_cast<std::streamoff>(offset_));
        if (!file_.read(reinterpret_cast<char*>(header.data()), header.size())) break;
        std::uint64_t const seconds = number(header.data()), part = number(header.data() + 4);
        std::uint32_t const length = number(header.data() + 8);
        if (length > longest_frame) {
            problem_ = fmt::format("{}: damaged at byte {}", path_.string(), offset_);
            break;
        }
        CapturedFrame frame;
        frame.bytes.resize(length);
        if (!file_.read(reinterpret_cast<char*>(frame.bytes.data()), length)) break;
        offset_ += frame_header + length;
        if (!first_second_) first_second_ = seconds;
        std::uint64_t const since = seconds >= *first_second_ ? seconds - *first_second_ : 0;
        frame.ns = std::max(last_ns_, since * second + part * (nanoseconds_ ? 1 : 1000));
        last_ns_ = frame.ns;
        frames.push_back(std::move(frame));
    }
    return frames;
}

}  // namespace sim::attach
