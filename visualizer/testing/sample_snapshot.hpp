// SPDX-License-Identifier: GPL-2.0-or-later
//
// A snapshot built by hand, for tests only: a small HTTP server in the middle of
// its second request. Everything that a view can show is there, so that a
// picture of it leaves nothing empty.
#pragma once

#include <memory>

#include "simulator/debug/snapshot.hpp"

namespace viz::testing {

// `requests`: how many HTTP requests have been answered; the events follow from it.
std::shared_ptr<sim::debug::Snapshot> sample_snapshot(unsigned requests = 2);

// Of that snapshot.
inline constexpr std::uint64_t interrupted_thread = 0xffffffff80210800;

// The same with a deadlock of two threads, and a third one that waits for one of them.
std::shared_ptr<sim::debug::Snapshot> deadlocked_snapshot();

// The same with a disk in the midst of a transaction: two blocks written, one on its way.
std::shared_ptr<sim::debug::Snapshot> disk_snapshot();

// The same, asked for the bytes of a stretch of RAM. The stack of worker 1 lies in
// [0x2c6000, 0x2ca000).
std::shared_ptr<sim::debug::Snapshot> zoomed_snapshot(std::uint64_t address, std::uint64_t length);

// Frames as they would be on the wire, with right checksums.
std::vector<std::uint8_t> tcp_frame(bool to_guest, std::uint8_t flags, std::uint32_t sequence,
                                    std::uint32_t acknowledgement, std::string_view payload);
std::vector<std::uint8_t> arp_frame(bool request);

}  // namespace viz::testing
