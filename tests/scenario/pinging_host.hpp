// SPDX-License-Identifier: MIT
//
// The other end of the guest's cable, by hand: gives out an address by DHCP,
// answers ARP, then sends echo requests one after another and keeps the answers.
// Without clock or socket, so that it stands beside a machine in the simulator
// and beside QEMU alike. [rfc2131 §3.1] [rfc826] [rfc792]
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace scenario {

using Bytes = std::vector<std::uint8_t>;

class PingingHost {
public:
    // One echo request for each payload. `broken` requests with a wrong ICMP
    // checksum come first; nobody may answer them.
    PingingHost(std::vector<Bytes> payloads, unsigned broken);

    // A frame from the guest. Returns what the host says to it.
    std::vector<Bytes> on_frame(std::span<std::uint8_t const> frame);

    bool done() const { return answered_ == payloads_.size(); }
    unsigned answered() const { return answered_; }
    // Empty, or the first thing that was wrong with an answer.
    char const* complaint() const { return complaint_; }

private:
    Bytes dhcp_answer(std::span<std::uint8_t const> frame);
    Bytes echo_request(Bytes const& payload, std::uint16_t number, bool broken) const;
    void check_echo_reply(std::span<std::uint8_t const> frame);
    void begin_to_ping(std::vector<Bytes>& out);

    std::vector<Bytes> payloads_;
    unsigned broken_, answered_ = 0;
    bool pinging_ = false;
    Bytes guest_mac_;
    char const* complaint_ = "";
};

}  // namespace scenario
