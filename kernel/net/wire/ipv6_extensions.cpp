// SPDX-License-Identifier: MIT
#include "kernel/net/wire/ipv6_extensions.hpp"

namespace net::wire {
namespace {

// Codes of Parameter Problem. [rfc4443 §3.4] [rfc7112 §5]
constexpr std::uint8_t erroneous_field = 0;
constexpr std::uint8_t unknown_header = 1;
constexpr std::uint8_t unknown_option = 2;
constexpr std::uint8_t incomplete_chain = 3;

constexpr std::uint8_t option_pad1 = 0;
constexpr std::uint8_t option_pad_n = 1;
constexpr std::uint8_t option_router_alert = 5;

using Problem = Ipv6Problem;

Problem untold(Drop reason) { return {reason, false, false, 0, 0}; }
Problem told(Drop reason, std::uint8_t code, std::size_t pointer) {
    return {reason, true, false, code, static_cast<std::uint32_t>(pointer)};
}

class Walk {
public:
    Walk(Bytes packet, std::size_t at, std::uint8_t next, std::size_t named_at)
        : packet_(packet), at_(at), next_(next), named_at_(named_at) {}

    base::Result<Ipv6Chain, Problem> run(bool may_be_fragment);

private:
    base::Result<void, Problem> take_options();
    base::Result<void, Problem> take_routing();
    base::Result<bool, Problem> take_fragment();
    base::Result<void, Problem> check_first_fragment() const;
    base::Result<void, Problem> enter(std::size_t least);
    void go_on() {
        named_at_ = at_;
        next_ = packet_[at_];
        at_ += length_;
    }

    Bytes packet_;
    std::size_t at_;        // of the header that is looked at
    std::uint8_t next_;     // what it is
    std::size_t named_at_;  // the octet that says so
    std::size_t length_ = 0;
    Ipv6Chain chain_;
};

base::Result<Ipv6Chain, Problem> Walk::run(bool may_be_fragment) {
    bool const starts_packet = at_ == Ipv6Header::size && named_at_ == 6;
    for (unsigned headers = 0;; ++headers) {
        bool const is_extension = next_ == NextHeader::HopByHop || next_ == NextHeader::Destination ||
                                  next_ == NextHeader::Routing || next_ == NextHeader::Fragment;
        if (!is_extension) break;
        if (headers == Ipv6Chain::most_headers) return base::fail(untold(Drop::Ipv6TooManyHeaders));
        switch (next_) {
            case NextHeader::HopByHop:
                // Right behind IPv6's own header, or nowhere. [rfc8200 §4.1, §4.3]
                if (!starts_packet || headers > 0)
                    return base::fail(told(Drop::Ipv6BadHeaderOrder, unknown_header, named_at_));
                TRY(take_options());
                break;
            case NextHeader::Destination:
                TRY(take_options());
                break;
            case NextHeader::Routing:
                TRY(take_routing());
                break;
            default:
                if (!may_be_fragment)
                    return base::fail(told(Drop::Ipv6BadHeaderOrder, unknown_header, named_at_));
                may_be_fragment = false;
                // Behind a later fragment's header stand data: the chain was in the first.
                if (TRY(take_fragment())) return chain_;
                break;
        }
        go_on();
    }
    chain_.upper = next_;
    chain_.upper_at = at_;
    if (next_ == NextHeader::None) return base::fail(untold(Drop::Ipv6NoPayload));
    if (chain_.fragment) {
        // All of the chain stands in the first fragment: who filters by ports sees them.
        // The pieces are put together from behind the fragment header on. [rfc7112 §5]
        TRY(check_first_fragment());
    }
    return chain_;
}

// Two octets, next header and length, and what the length says. [rfc8200 §4.2]
base::Result<void, Problem> Walk::enter(std::size_t least) {
    if (packet_.size() < at_ + 2) return base::fail(untold(Drop::Ipv6BadExtension));
    length_ = (std::size_t{packet_[at_ + 1]} + 1) * 8;
    if (length_ < least || packet_.size() - at_ < length_) return base::fail(untold(Drop::Ipv6BadExtension));
    return {};
}

base::Result<void, Problem> Walk::take_options() {
    TRY(enter(8));
    bool const hop_by_hop = next_ == NextHeader::HopByHop;
    std::size_t const end = at_ + length_;
    unsigned options = 0;
    unsigned padding = 0;  // octets of it in a row
    for (std::size_t at = at_ + 2; at < end;) {
        std::uint8_t const type = packet_[at];
        std::size_t size = 1;
        if (type != option_pad1) {
            if (end - at < 2 || end - at - 2 < packet_[at + 1])
                return base::fail(untold(Drop::Ipv6BadOptions));
            size = 2 + std::size_t{packet_[at + 1]};
        }
        if (type == option_pad1 || type == option_pad_n) {
            // Padding aligns to eight octets and says nothing. [rfc8504 §5.3]
            padding += static_cast<unsigned>(size);
            if (padding > 7) return base::fail(untold(Drop::Ipv6BadOptions));
            for (std::size_t i = 2; i < size; ++i)
                if (packet_[at + i] != 0) return base::fail(untold(Drop::Ipv6BadOptions));
            at += size;
            continue;
        }
        padding = 0;
        if (++options > Ipv6Chain::most_options) return base::fail(untold(Drop::Ipv6BadOptions));
        if (hop_by_hop && type == option_router_alert) {
            if (size != 4) return base::fail(untold(Drop::Ipv6BadOptions));
            chain_.router_alert = true;
        } else if (type >> 6 != 0) {
            // An option that we do not know says itself what to do then. [rfc8200 §4.2]
            Problem problem = untold(Drop::Ipv6UnknownOption);
            if (type >> 6 >= 2) problem = told(Drop::Ipv6UnknownOption, unknown_option, at);
            problem.even_of_groups = type >> 6 == 2;
            return base::fail(problem);
        }
        at += size;
    }
    return {};
}

// We are nobody's router: a route that is not at its end is refused, type 0 like any other.
// One that is at its end is passed over. [rfc8200 §4.4] [rfc5095 §3]
base::Result<void, Problem> Walk::take_routing() {
    TRY(enter(8));
    if (packet_[at_ + 3] != 0) return base::fail(told(Drop::Ipv6SourceRoute, erroneous_field, at_ + 2));
    return {};
}

// True: a later fragment, the walk is over.
base::Result<bool, Problem> Walk::take_fragment() {
    if (packet_.size() - at_ < Ipv6Fragment::size) return base::fail(untold(Drop::Ipv6BadExtension));
    length_ = Ipv6Fragment::size;
    Ipv6Fragment const fragment = Ipv6Fragment::parse(&packet_[at_]);
    chain_.had_fragment_header = true;
    if (fragment.is_atomic()) return false;
    std::size_t const data = packet_.size() - at_ - Ipv6Fragment::size;
    if (fragment.more && data % 8 != 0)
        return base::fail(told(Drop::FragmentBadLength, erroneous_field, 4));  // the payload length
    if (fragment.offset + data > 0xffff)
        return base::fail(told(Drop::FragmentTooLarge, erroneous_field, at_ + 2));
    chain_.fragment = fragment;
    chain_.fragment_data_at = at_ + Ipv6Fragment::size;
    return fragment.offset != 0;
}

base::Result<void, Problem> Walk::check_first_fragment() const {
    std::size_t least = 8;
    std::size_t const left = packet_.size() - at_;
    if (next_ == NextHeader::Tcp) least = left > 12 ? std::size_t{packet_[at_ + 12]} / 16 * 4 : 20;
    if (next_ == NextHeader::Tcp && least < 20) least = 20;
    if (left < least) return base::fail(told(Drop::Ipv6IncompleteChain, incomplete_chain, 0));
    return {};
}

}  // namespace

Ipv6Fragment Ipv6Fragment::parse(std::uint8_t const* at) {
    std::uint16_t const word = load_be16(at + 2);
    Ipv6Fragment fragment;
    fragment.next_header = at[0];
    fragment.offset = word & 0xfff8;
    fragment.more = (word & 1) != 0;
    fragment.identification = load_be32(at + 4);
    return fragment;
}

void Ipv6Fragment::emit(std::uint8_t* to) const {
    to[0] = next_header;
    to[1] = 0;
    store_be16(to + 2, static_cast<std::uint16_t>((offset & 0xfff8) | (more ? 1 : 0)));
    store_be32(to + 4, identification);
}

base::Result<Ipv6Chain, Ipv6Problem> Ipv6Chain::parse(Bytes packet, Ipv6Header const& header) {
    constexpr std::size_t next_header_at = 6;
    return Walk(packet, Ipv6Header::size, header.next_header, next_header_at).run(true);
}

Ipv6Chain Ipv6Chain::glance(Bytes packet, Ipv6Header const& header) {
    Ipv6Chain chain;
    chain.upper = header.next_header;
    chain.upper_at = Ipv6Header::size;
    for (unsigned headers = 0; headers <= most_headers && packet.size() >= chain.upper_at + 2; ++headers) {
        bool const has_length = chain.upper == NextHeader::HopByHop ||
                                chain.upper == NextHeader::Destination || chain.upper == NextHeader::Routing;
        if (!has_length && chain.upper != NextHeader::Fragment) break;
        chain.upper = packet[chain.upper_at];
        chain.upper_at += has_length ? (std::size_t{packet[chain.upper_at + 1]} + 1) * 8 : Ipv6Fragment::size;
    }
    return chain;
}

base::Result<Ipv6Chain, Ipv6Problem> Ipv6Chain::parse_rest(Bytes payload, std::uint8_t next_header) {
    return Walk(payload, 0, next_header, 0).run(false);
}

}  // namespace net::wire
