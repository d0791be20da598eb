// SPDX-License-Identifier: MIT
#include "kernel/net/dhcp/client.hpp"

namespace net::dhcp {
namespace {

using base::Duration;
using base::Instant;
using Type = wire::DhcpMessage::Type;

constexpr std::uint32_t infinite_lease = 0xffff'ffff;
constexpr auto smallest_wait = Duration::seconds(60);  // between renewals [rfc2131 §4.4.5]
// The announcements of a new address are the question whether somebody has it: nobody waits for
// an answer, as RFC 5227 §2.1 would have it, before using it.
constexpr auto time_to_object = Duration::seconds(3);
constexpr auto wait_after_decline = Duration::seconds(10);  // [rfc2131 §3.1, step 5]
constexpr unsigned request_attempts = 4;                    // then start over: the server may be gone

// What a server offers is input like any other. An address that cannot be ours
// is refused; a gateway that we could not reach is left out.
std::optional<Ipv4Configuration> usable_configuration(wire::DhcpMessage const& message) {
    Ipv4Configuration result;
    result.address = message.your_address;
    if (!result.address.is_unicast()) return std::nullopt;

    std::uint32_t const mask = message.subnet_mask ? message.subnet_mask->value() : 0xffff'ff00;
    std::uint32_t const host_bits = ~mask;
    bool const contiguous = (host_bits & (host_bits + 1)) == 0;
    if (!contiguous || mask == 0) return std::nullopt;
    result.prefix_length = static_cast<std::uint8_t>(host_bits == 0 ? 32 : __builtin_clz(host_bits));
    bool const host_part_used = (result.address.value() & host_bits) != 0;
    if (result.prefix_length < 31 && (!host_part_used || result.is_subnet_broadcast(result.address)))
        return std::nullopt;

    if (message.router && message.router->is_unicast() && result.on_link(*message.router) &&
        *message.router != result.address && !result.is_subnet_broadcast(*message.router))
        result.gateway = *message.router;
    std::size_t known = 0;
    for (Ipv4Address const server : message.name_servers)
        if (server.is_unicast()) result.name_servers[known++] = server;
    return result;
}

}  // namespace

void Client::begin(Instant now) {
    transaction_ = static_cast<std::uint32_t>(random_.next());
    began_ = now;
    offered_ = Ipv4Address();
    server_ = Ipv4Address();
    // The RFC asks for a random delay of up to ten seconds here, for the day
    // when power returns to a whole building. We boot alone, and start at once.
    enter(State::Selecting, now);
}

void Client::on_message(Bytes bytes, Instant now) {
    // [lab:11-on-message]
    auto parsed = wire::DhcpMessage::parse(bytes);
    if (!parsed) return statistics_.count(parsed.error());
    wire::DhcpMessage const& message = parsed.value();
    if (!message.is_reply || message.transaction != transaction_ || message.client_mac != mac_)
        return statistics_.count(Drop::DhcpNotOurs);

    bool const asked = state_ == State::Requesting || state_ == State::Renewing || state_ == State::Rebinding;
    // While rebinding any server may answer; else only the one we chose.
    bool const from_chosen = state_ == State::Rebinding || (message.server && *message.server == server_);
    if (message.type == Type::Offer && state_ == State::Selecting) return on_offer(message, now);
    if (message.type == Type::Ack && asked && from_chosen) return on_ack(message, now);
    if (message.type == Type::Nak && asked && from_chosen) {
        lose_lease();
        return enter(State::Init, now + Duration::seconds(1));  // a server that always refuses is not flooded
    }
    statistics_.count(Drop::DhcpUnexpected);
    // [/lab:11-on-message]
}

void Client::on_offer(wire::DhcpMessage const& offer, Instant now) {
    if (!offer.server || !offer.server->is_unicast() || !usable_configuration(offer))
        return statistics_.count(Drop::DhcpBadLease);
    offered_ = offer.your_address;  // the first good offer; others are refused by our request
    server_ = *offer.server;
    enter(State::Requesting, now);
}

void Client::on_ack(wire::DhcpMessage const& ack, Instant now) {
    // [lab:11-on-ack]
    auto const configuration = usable_configuration(ack);
    if (!configuration || !ack.lease_seconds || *ack.lease_seconds == 0 ||
        (state_ == State::Requesting && ack.your_address != offered_))
        return statistics_.count(Drop::DhcpBadLease);

    if (state_ == State::Requesting) new_until_ = now + time_to_object;
    lease_ = *configuration;
    if (ack.server && ack.server->is_unicast()) server_ = *ack.server;
    enter(State::Bound, Instant::never());
    if (*ack.lease_seconds == infinite_lease) {
        renew_at_ = rebind_at_ = expires_ = Instant::never();
        return;
    }
    // Half and seven eighths of the lease, unless the server says otherwise, and
    // says something possible. [rfc2131 §4.4.5]
    auto const lease = Duration::seconds(*ack.lease_seconds);
    Duration t1 = lease / 2;
    Duration t2 = lease - lease / 8;
    if (ack.rebinding_seconds && *ack.rebinding_seconds <= *ack.lease_seconds)
        t2 = Duration::seconds(*ack.rebinding_seconds);
    if (ack.renewal_seconds && *ack.renewal_seconds > 0) t1 = Duration::seconds(*ack.renewal_seconds);
    if (t1 > t2) {
        t1 = lease / 2;
        t2 = lease - lease / 8;
    }
    renew_at_ = now + t1;
    rebind_at_ = now + t2;
    expires_ = now + lease;
    // [/lab:11-on-ack]
}

bool Client::next_message(wire::DhcpMessage& out, Ipv4Address& destination, Instant now) {
    // [lab:11-next-message]
    bool const has_lease = lease_.is_configured();
    if (has_lease && now >= expires_) {
        lose_lease();
        enter(State::Init, now);
    } else if (has_lease && state_ != State::Rebinding && now >= rebind_at_) {
        enter(State::Rebinding, now);
    } else if (state_ == State::Bound && now >= renew_at_) {
        transaction_ = static_cast<std::uint32_t>(random_.next());
        began_ = now;
        enter(State::Renewing, now);
    }
    if (state_ == State::Off || now < next_send_) return false;
    if (state_ == State::Init || (state_ == State::Requesting && attempts_ == request_attempts)) begin(now);

    out = wire::DhcpMessage();
    out.transaction = transaction_;
    out.client_mac = mac_;
    std::int64_t const seconds = (now - began_).as_seconds();
    out.seconds = static_cast<std::uint16_t>(seconds < 0xffff ? seconds : 0xffff);
    destination = Ipv4Address::broadcast();
    switch (state_) {
        case State::Selecting:
            out.type = Type::Discover;
            break;
        case State::Requesting:
            out.type = Type::Request;
            out.requested_address = offered_;
            out.server = server_;
            break;
        case State::Renewing:
            destination = server_;
            [[fallthrough]];
        case State::Rebinding:
            out.type = Type::Request;
            out.client_address = lease_.address;
            break;
        case State::Declining:
            out.type = Type::Decline;
            out.requested_address = offered_;
            out.server = server_;
            enter(State::Init, now + wait_after_decline);
            return true;
        default:
            return false;
    }
    back_off(now);
    return true;
    // [/lab:11-next-message]
}

void Client::on_conflict(Instant now) {
    if (state_ != State::Bound || now >= new_until_) return;
    offered_ = lease_.address;
    lose_lease();
    enter(State::Declining, now);
}

// 4, 8, 16, 32, 64, 64... seconds, each give or take one, so that clients that
// started together do not stay together. [rfc2131 §4.1]
void Client::back_off(Instant now) {
    // [lab:11-back-off]
    if (state_ == State::Renewing) {
        next_send_ = now + wait_before_asking_again(rebind_at_, now);
    } else if (state_ == State::Rebinding) {
        next_send_ = now + wait_before_asking_again(expires_, now);
    } else {
        unsigned const doublings = attempts_ < 4 ? attempts_ : 4;
        auto const jitter = Duration::milliseconds(static_cast<std::int64_t>(random_.next() % 2000) - 1000);
        next_send_ = now + Duration::seconds(std::int64_t{4} << doublings) + jitter;
    }
    ++attempts_;
    // [/lab:11-back-off]
}

// Half of the time that is left, but at least a minute. [rfc2131 §4.4.5]
Duration Client::wait_before_asking_again(Instant until, Instant now) const {
    Duration const half = (until - now) / 2;
    return half < smallest_wait ? smallest_wait : half;
}

Instant Client::next_step() const {
    Instant result = next_send_;
    auto const sooner = [&result](Instant other) {
        if (other < result) result = other;
    };
    if (!lease_.is_configured()) return result;
    sooner(expires_);
    if (state_ != State::Rebinding) sooner(rebind_at_);
    if (state_ == State::Bound) sooner(renew_at_);
    return result;
}

void Client::lose_lease() {
    lease_ = Ipv4Configuration();
    renew_at_ = rebind_at_ = expires_ = Instant::never();
}

void Client::enter(State state, Instant next) {
    state_ = state;
    attempts_ = 0;
    next_send_ = next;
}

}  // namespace net::dhcp
