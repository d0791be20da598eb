// SPDX-License-Identifier: MIT
//
// A network card that is a descriptor of the host: one read is one frame, one
// write is one frame, as with a TAP device or a socket of datagrams. Its members
// are those of devices::VirtioNet that the network thread uses.
//
// A thread of the host polls the descriptor and calls `wake` with the baton in
// hand: that is the interrupt. It polls only while somebody waits for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/base/result.hpp"
#include "kernel/devices/net_card.hpp"

namespace platform::hosted {

class FrameCard {
public:
    static constexpr std::size_t largest_frame = devices::largest_frame;

    using Statistics = devices::CardStatistics;
    using Received = devices::ReceivedFrame;
    using Offload = devices::FrameOffload;
    using Pieces = devices::FramePieces;

    FrameCard(int descriptor, std::array<std::uint8_t, 6> mac, void (*wake)(void*), void* context);
    FrameCard(FrameCard const&) = delete;
    FrameCard& operator=(FrameCard const&) = delete;
    void start();

    std::array<std::uint8_t, 6> mac() const { return mac_; }
    std::uint16_t mtu() const { return 1500; }
    bool fills_in_checksums() const { return false; }
    bool cuts_segments() const { return false; }
    bool cuts_ipv6_segments() const { return false; }
    std::size_t largest_to_send() const { return largest_frame; }

    template <class Take>
    unsigned receive(unsigned budget, Take&& take) {
        unsigned count = 0;
        for (Received frame; count < budget && read_frame(frame); ++count)
            if (!frame.bytes.empty()) take(frame);
        return count;
    }

    bool has_room();
    bool wait_for_room();
    void transmit(Pieces, Offload const&);
    void flush() {}
    void remind() {}

    [[nodiscard]] bool allow_interrupts();
    void refuse_interrupts() { wants_frames_ = false; }

    bool failed() const { return failed_; }
    Statistics const& statistics() const { return statistics_; }

private:
    bool read_frame(Received& frame);
    bool send_waiting();
    void give_up(char const* what, char const* why);
    void watch();
    void call_watcher();

    int const descriptor_;
    std::array<std::uint8_t, 6> const mac_;
    void (*const wake_)(void*);
    void* const context_;
    Statistics statistics_;
    std::array<std::uint8_t, 2048> in_{};
    std::array<std::uint8_t, largest_frame> out_{};
    std::size_t waiting_ = 0;  // octets of out_ that the host had no room for
    int call_ = -1;            // an eventfd: the watcher shall look again
    // With the baton in hand.
    bool wants_frames_ = false;
    bool wants_room_ = false;
    bool failed_ = false;
};

}  // namespace platform::hosted
