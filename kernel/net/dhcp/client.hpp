// SPDX-License-Identifier: MIT
//
// The DHCP client: asks for an address, and keeps it. [rfc2131 §4.4, figure 5]
//
//   Init ----DISCOVER---> Selecting ----OFFER, REQUEST---> Requesting
//     ^                                                        | ACK
//     |  NAK, or lease over                                    v
//   Rebinding <---T2--- Renewing <-------------T1----------- Bound
//       |  ACK             |  ACK                              ^
//       +------------------+-----------------------------------+
//
// No I/O and no clock, like the rest: messages and the time go in, messages and
// a deadline come out.
#pragma once

#include "kernel/base/time.hpp"
#include "kernel/net/config.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/dhcp.hpp"

namespace net::dhcp {

enum class State : std::uint8_t { Off, Init, Selecting, Requesting, Bound, Renewing, Rebinding, Declining };

class Client {
public:
    Client(MacAddress mac, RandomSource& random, Statistics& statistics)
        : mac_(mac), random_(random), statistics_(statistics) {}

    void start() { state_ = State::Init; }

    // The payload of a datagram to the client's port.
    void on_message(Bytes, base::Instant now);

    // The next message to send, if one is due. It goes to `destination`, which
    // is the server while renewing and else everybody.
    bool next_message(wire::DhcpMessage& out, Ipv4Address& destination, base::Instant now);
    base::Instant deadline() const { return state_ == State::Off ? base::Instant::never() : next_step(); }

    // Somebody else has the address. If we have only just got it, it goes back, and after ten
    // seconds another one is asked for; else it is ours, and he has to go.
    // [rfc2131 §3.1, step 5] [rfc5227 §2.4]
    void on_conflict(base::Instant now);

    State state() const { return state_; }
    // Unconfigured until there is a lease. Changes with the lease.
    Ipv4Configuration const& lease() const { return lease_; }

private:
    base::Instant next_step() const;
    void begin(base::Instant now);
    void on_offer(wire::DhcpMessage const&, base::Instant now);
    void on_ack(wire::DhcpMessage const&, base::Instant now);
    void lose_lease();
    void enter(State, base::Instant next);
    void back_off(base::Instant now);
    base::Duration wait_before_asking_again(base::Instant until, base::Instant now) const;

    MacAddress mac_;
    RandomSource& random_;
    Statistics& statistics_;
    State state_ = State::Off;
    std::uint32_t transaction_ = 0;
    base::Instant began_;
    base::Instant next_send_;
    unsigned attempts_ = 0;  // in this state

    Ipv4Address offered_;
    Ipv4Address server_;
    Ipv4Configuration lease_;
    base::Instant new_until_;  // the announcements of the address are not all answered yet
    base::Instant renew_at_ = base::Instant::never();   // T1
    base::Instant rebind_at_ = base::Instant::never();  // T2
    base::Instant expires_ = base::Instant::never();
};

}  // namespace net::dhcp
