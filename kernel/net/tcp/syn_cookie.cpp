// SPDX-License-Identifier: MIT
#include "kernel/net/tcp/syn_cookie.hpp"

#include "kernel/net/tcp/ecn.hpp"

namespace net::tcp {
namespace {

using base::Duration;
using base::Instant;

// Three bits say which of these the peer's is, or which it is next above. [rfc4987 §3.6]
constexpr std::uint16_t sizes[8] = {64, 512, 536, 1220, 1360, 1440, 1460, 8960};
constexpr auto minute = Duration::seconds(64);  // so long the count in a cookie stays the same
constexpr unsigned minutes_valid = 2;
constexpr std::uint32_t no_scale = 15;

unsigned size_at_most(std::uint16_t mss) {
    unsigned result = 0;
    for (unsigned i = 1; i < 8; ++i)
        if (sizes[i] <= mss) result = i;
    return result;
}

std::uint64_t minutes_at(Instant now) {
    return static_cast<std::uint64_t>(now.since_boot().as_nanoseconds() / minute.as_nanoseconds());
}

}  // namespace

SeqNum SynCookies::make(Endpoint local, Endpoint remote, wire::TcpHeader const& syn, Instant now) {
    constexpr std::uint16_t default_mss = 536;  // MUST-15
    unsigned const size = size_at_most(syn.mss.value_or(default_mss));
    std::uint64_t const minutes = minutes_at(now);
    valid_until_ = now + minute * minutes_valid;
    return SeqNum(static_cast<std::uint32_t>(minutes & 31) << 27 | size << 24 |
                  signature(local, remote, syn.sequence, minutes, size));
}

std::uint32_t SynCookies::time_stamp(std::uint32_t clock, wire::TcpHeader const& syn, bool ecn) {
    std::uint32_t const note =
        (ecn ? 1u << 5 : 0) | (syn.sack_permitted ? 1u << 4 : 0) | syn.window_scale.value_or(no_scale);
    std::uint32_t const value = (clock & ~63u) | note;
    // Never ahead of the clock, or what we send next were old.
    return static_cast<std::int32_t>(clock - value) < 0 ? value - 64 : value;
}

std::optional<wire::TcpHeader> SynCookies::check(Endpoint local, Endpoint remote, wire::TcpHeader const& ack,
                                                 Instant now) const {
    if (now >= valid_until_) return std::nullopt;
    std::uint32_t const cookie = ack.acknowledgement.raw() - 1;
    std::uint64_t const age = (minutes_at(now) - (cookie >> 27)) & 31;
    if (age >= minutes_valid || age > minutes_at(now)) return std::nullopt;
    unsigned const size = cookie >> 24 & 7;
    wire::TcpHeader syn;
    syn.sequence = ack.sequence - 1;
    if ((cookie & 0xff'ffff) != signature(local, remote, syn.sequence, minutes_at(now) - age, size))
        return std::nullopt;
    syn.source = ack.source;
    syn.destination = ack.destination;
    syn.flags = wire::TcpFlags::Syn;
    syn.window = ack.window;
    syn.mss = sizes[size];
    if (!ack.timestamps) return syn;
    std::uint32_t const note = ack.timestamps->echo;
    syn.timestamps = {ack.timestamps->value, 0};
    if ((note & 15) != no_scale) syn.window_scale = static_cast<std::uint8_t>(note & 15);
    syn.sack_permitted = (note >> 4 & 1) != 0;
    if ((note >> 5 & 1) != 0) syn.flags |= Ecn::both;
    return syn;
}

std::uint32_t SynCookies::signature(Endpoint local, Endpoint remote, SeqNum theirs, std::uint64_t minutes,
                                    unsigned size) const {
    std::uint64_t const hash = SipHash(key_)
                                   .add(local.address.high())
                                   .add(local.address.low())
                                   .add(remote.address.high())
                                   .add(remote.address.low())
                                   .add(std::uint64_t{local.port.value()} << 16 | remote.port.value())
                                   .add(std::uint64_t{theirs.raw()} << 8 | size)
                                   .add(minutes)
                                   .finish();
    return static_cast<std::uint32_t>(hash) & 0xff'ffff;
}

}  // namespace net::tcp
