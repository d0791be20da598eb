// SPDX-License-Identifier: GPL-2.0-or-later
//
// Writes frames as a pcapng capture, which Wireshark and tshark read. Time is
// the guest's virtual time, so two runs of one recording give the same file.
// [pcapng §4]
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sim::links {

enum class Direction : std::uint8_t { to_guest = 1, from_guest = 2 };  // the values of epb_flags bits 0-1

// The blocks as bytes, for files and tests.
std::vector<std::uint8_t> pcapng_header(std::vector<std::string> const& interfaces);
// `since_epoch_ns` counts from 1970-01-01 00:00:00 UTC. A comment (opt_comment)
// is cut at 65,535 bytes; empty: none.
std::vector<std::uint8_t> pcapng_frame(std::span<std::uint8_t const> frame, std::uint64_t since_epoch_ns,
                                       Direction, std::string_view comment = {}, std::uint32_t interface = 0);

class PcapngFile {
public:
    // Creates or replaces the file (see check_replaceable). Throws
    // std::runtime_error with one clear line.
    explicit PcapngFile(std::filesystem::path const& path,
                        std::vector<std::string> const& interfaces = {"vivarium"});

    // Each frame is in the file when the call returns, so that a reader can
    // follow it and a crash loses nothing.
    void write(std::span<std::uint8_t const> frame, std::uint64_t since_epoch_ns, Direction,
               std::string_view comment = {}, std::uint32_t interface = 0);

private:
    void append(std::vector<std::uint8_t> const& bytes);

    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::filesystem::path path_;
    std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace sim::links
