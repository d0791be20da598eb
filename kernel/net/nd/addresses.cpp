// SPDX-License-Identifier: MIT
#include "kernel/net/nd/addresses.hpp"

#include "kernel/net/siphash.hpp"

namespace net::nd {
namespace {

using base::Duration;
using base::Instant;

constexpr auto wait_for_objections = Duration::seconds(1);  // RetransTimer [rfc4862 §5.4]
constexpr unsigned most_ids = 3;                            // IDGEN_RETRIES [rfc7217 §6]
constexpr std::uint32_t for_ever = 0xffff'ffff;
constexpr std::uint32_t two_hours = 2 * 3600;
constexpr Ipv6Address link_local_prefix{0xfe80ull << 48, 0};

Instant after(Instant now, std::uint32_t seconds) {
    return seconds == for_ever ? Instant::never() : now + Duration::seconds(seconds);
}

// Bits that two addresses have in common at their front, at most 64: what routers know.
unsigned common_prefix(Ipv6Address a, Ipv6Address b) {
    std::uint64_t const different = a.high() ^ b.high();
    return different == 0 ? 64 : static_cast<unsigned>(__builtin_clzll(different));
}

}  // namespace

void Addresses::start(Instant now) {
    (void)add(make_address(link_local_prefix, 0), 64, now);
    all_[0].is_autoconfigured = true;
    if (settings_.address.is_unicast()) (void)add(settings_.address, settings_.prefix_length, now);
}

// F(prefix, interface, attempt, secret). [rfc7217 §5]
Ipv6Address Addresses::make_address(Ipv6Address prefix, unsigned attempt) const {
    std::uint64_t mac = 0;
    for (std::uint8_t const octet : mac_.octets()) mac = mac << 8 | octet;
    for (;; attempt += most_ids) {
        std::uint64_t const id = SipHash(SipKey{settings_.secret[0], settings_.secret[1]})
                                     .add(prefix.high())
                                     .add(mac)
                                     .add(attempt)
                                     .finish();
        // Ids that all routers, or all of some service, answer to. [rfc5453]
        bool const is_reserved = id == 0 || id >> 7 == 0xfdff'ffff'ffff'ff80 >> 7 || id >> 32 == 0x0200'5eff;
        if (!is_reserved) return Ipv6Address(prefix.high(), id);
    }
}

OwnAddress* Addresses::add(Ipv6Address address, std::uint8_t prefix_length, Instant now) {
    for (OwnAddress& own : all_) {
        if (own.state != OwnAddress::State::Free) continue;
        own = OwnAddress{};
        own.address = address;
        own.prefix_length = prefix_length;
        try_out(own, now);
        return &own;
    }
    statistics_.count(Drop::NdTableFull);
    return nullptr;
}

void Addresses::try_out(OwnAddress& own, Instant now) {
    own.state = settings_.duplicate_probes > 0 ? OwnAddress::State::Tentative : OwnAddress::State::Preferred;
    own.asked = 0;
    own.next = now;
    own.nonce = random_.next() >> 16;
    changed_ = true;
    plan();
}

void Addresses::on_prefix(wire::PrefixInformation const& prefix, Instant now) {
    // Interface ids have 64 bits: other prefixes make no addresses here. [rfc4862 §5.5.3(d)]
    if (!settings_.autoconfigure || !prefix.autonomous || prefix.length != 64) return;
    OwnAddress* own = nullptr;
    for (OwnAddress& each : all_)
        if (each.state != OwnAddress::State::Free && each.is_autoconfigured &&
            each.address.high() == prefix.prefix.high())
            own = &each;
    if (own == nullptr) {
        if (prefix.valid_lifetime == 0) return;
        own = add(make_address(prefix.prefix, 0), prefix.length, now);
        if (own == nullptr) return;
        own->is_autoconfigured = true;
        own->valid_until = after(now, prefix.valid_lifetime);
    } else {
        // A forged advertisement takes an address away after two hours at the soonest. [rfc4862 §5.5.3(e)]
        Instant const wanted = after(now, prefix.valid_lifetime);
        if (prefix.valid_lifetime > two_hours || wanted > own->valid_until)
            own->valid_until = wanted;
        else if (own->valid_until > after(now, two_hours))
            own->valid_until = after(now, two_hours);
    }
    own->preferred_until = after(now, prefix.preferred_lifetime);
    if (own->state == OwnAddress::State::Deprecated && own->preferred_until > now)
        own->state = OwnAddress::State::Preferred;
    plan();
}

OwnAddress* Addresses::find(Ipv6Address address) {
    for (OwnAddress& own : all_)
        if (own.state != OwnAddress::State::Free && own.address == address) return &own;
    return nullptr;
}

std::optional<Ipv6Address> Addresses::link_local() const {
    if (all_[0].is_usable()) return all_[0].address;
    return std::nullopt;
}

// Of the same reach; not one that is on its way out; what has most in common with the
// destination. [rfc6724 §5, rules 2, 3 and 8]
std::optional<Ipv6Address> Addresses::source_for(Ipv6Address destination) const {
    bool const stays_on_link =
        destination.is_link_local() || (destination.is_multicast() && (destination.high() >> 48 & 0xf) <= 2);
    OwnAddress const* best = nullptr;
    for (OwnAddress const& own : all_) {
        if (!own.is_usable() || own.address.is_link_local() != stays_on_link) continue;
        if (best != nullptr) {
            bool const is_fresher =
                own.state == OwnAddress::State::Preferred && best->state == OwnAddress::State::Deprecated;
            bool const is_older =
                own.state == OwnAddress::State::Deprecated && best->state == OwnAddress::State::Preferred;
            bool const is_nearer =
                common_prefix(own.address, destination) > common_prefix(best->address, destination);
            if (is_older || (!is_fresher && !is_nearer)) continue;
        }
        best = &own;
    }
    if (best == nullptr) return std::nullopt;
    return best->address;
}

void Addresses::on_duplicate(OwnAddress& own, Instant now) {
    statistics_.count(Drop::NdDuplicate);
    // One that we use already is kept: a server that gave way to any packet could be silenced
    // by any packet. [rfc4862 §5.4.4]
    if (own.state != OwnAddress::State::Tentative) return;
    ++own.attempts;
    changed_ = true;
    if (!own.is_autoconfigured || own.attempts == most_ids) {
        own.state = OwnAddress::State::Duplicate;
        return plan();
    }
    own.address = make_address(Ipv6Address(own.address.high(), 0), own.attempts);
    try_out(own, now);
}

OwnAddress const* Addresses::next_question(Instant now) {
    if (now < next_) return nullptr;
    OwnAddress const* question = nullptr;
    for (OwnAddress& own : all_) {
        if (own.state == OwnAddress::State::Free) continue;
        if (own.valid_until <= now) {
            own = OwnAddress{};
            changed_ = true;
            continue;
        }
        if (own.state == OwnAddress::State::Tentative && own.next <= now) {
            if (own.asked == settings_.duplicate_probes) {
                own.state = OwnAddress::State::Preferred;
                changed_ = true;
            } else if (question == nullptr) {
                ++own.asked;
                own.next = now + wait_for_objections;
                question = &own;
            }
        }
        if (own.state == OwnAddress::State::Preferred && own.preferred_until <= now)
            own.state = OwnAddress::State::Deprecated;
    }
    plan();
    return question;
}

void Addresses::plan() {
    next_ = Instant::never();
    for (OwnAddress const& own : all_) {
        if (own.state == OwnAddress::State::Free) continue;
        if (own.state == OwnAddress::State::Tentative && own.next < next_) next_ = own.next;
        if (own.state == OwnAddress::State::Preferred && own.preferred_until < next_)
            next_ = own.preferred_until;
        if (own.valid_until < next_) next_ = own.valid_until;
    }
}

char const* name(OwnAddress::State state) {
    static constexpr char const* names[] = {"free", "tentative", "preferred", "deprecated", "duplicate"};
    return names[static_cast<std::size_t>(state)];
}

}  // namespace net::nd
