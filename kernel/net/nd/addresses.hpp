// SPDX-License-Identifier: MIT
//
// Our own addresses: made from the prefixes that routers advertise, each tried out before it
// is used, and given back when its time is over. [rfc4862 §5]
//
//     tentative --nobody objects for a second--> preferred --> deprecated --> gone
//         |                                      (new use)     (old use only)
//         +--somebody has it--> another is made, three times
//
// The second half of an address is the same at every start, and another in every network: a
// secret function of both. [rfc7217] [rfc8064]
#pragma once

#include <array>
#include <optional>

#include "kernel/base/time.hpp"
#include "kernel/net/config.hpp"
#include "kernel/net/statistics.hpp"
#include "kernel/net/wire/nd.hpp"

namespace net::nd {

struct OwnAddress {
    enum class State : std::uint8_t { Free, Tentative, Preferred, Deprecated, Duplicate };
    State state = State::Free;
    bool is_autoconfigured = false;
    std::uint8_t prefix_length = 64;
    std::uint8_t asked = 0;     // whether somebody has it
    std::uint8_t attempts = 0;  // ids of ours that somebody had
    Ipv6Address address;
    std::uint64_t nonce = 0;  // in our question: so that we know it when a switch gives it back
    base::Instant next;       // Tentative: the next question, or the end of waiting
    base::Instant preferred_until = base::Instant::never();
    base::Instant valid_until = base::Instant::never();

    // May stand as the source of a packet, and takes packets.
    bool is_usable() const { return state == State::Preferred || state == State::Deprecated; }
    bool is_listening() const { return is_usable() || state == State::Tentative; }
};

class Addresses {
public:
    static constexpr std::size_t most = 6;  // the link-local one, one of the configuration, four prefixes

    Addresses(MacAddress mac, Ipv6Settings const& settings, RandomSource& random, Statistics& statistics)
        : mac_(mac), settings_(settings), random_(random), statistics_(statistics) {}

    // The link-local address, and the one that was chosen for us.
    void start(base::Instant now);
    // A router says that this prefix may be used. [rfc4862 §5.5.3]
    void on_prefix(wire::PrefixInformation const&, base::Instant now);

    OwnAddress* find(Ipv6Address);
    OwnAddress const* find(Ipv6Address address) const { return const_cast<Addresses*>(this)->find(address); }
    bool is_ours(Ipv6Address address) const {
        OwnAddress const* const own = find(address);
        return own != nullptr && own->is_usable();
    }
    // With which address we speak to this one; none: there is none fit for it. [rfc6724 §5]
    std::optional<Ipv6Address> source_for(Ipv6Address destination) const;
    std::optional<Ipv6Address> link_local() const;
    // One of ours is good for more than the link.
    bool has_beyond_link() const {
        for (OwnAddress const& own : all_)
            if (own.is_usable() && !own.address.is_link_local()) return true;
        return false;
    }
    std::array<OwnAddress, most> const& all() const { return all_; }

    // Somebody else has it, or wants it at the same time. [rfc4862 §5.4.3 to §5.4.5]
    void on_duplicate(OwnAddress&, base::Instant now);

    // Whose address to ask about next, and changes states whose time has come.
    OwnAddress const* next_question(base::Instant now);
    base::Instant deadline() const { return next_; }
    // True once after the set of addresses that listen, or that may be used, changed.
    bool take_change() {
        bool const result = changed_;
        changed_ = false;
        return result;
    }

private:
    OwnAddress* add(Ipv6Address, std::uint8_t prefix_length, base::Instant now);
    Ipv6Address make_address(Ipv6Address prefix, unsigned attempt) const;
    void try_out(OwnAddress&, base::Instant now);
    void plan();

    MacAddress mac_;
    Ipv6Settings const& settings_;
    RandomSource& random_;
    Statistics& statistics_;
    std::array<OwnAddress, most> all_{};
    base::Instant next_ = base::Instant::never();
    bool changed_ = false;
};

char const* name(OwnAddress::State);

}  // namespace net::nd
