// SPDX-License-Identifier: MIT
#include "kernel/net/nd/host.hpp"

namespace net::nd {
namespace {

using base::Duration;
using base::Instant;
using Type = wire::Icmp6Header::Type;

constexpr std::uint8_t from_this_link = 255;  // the hop limit of what no router forwarded [rfc4861 §7.1]
constexpr unsigned router_solicitations = 3;  // MAX_RTR_SOLICITATIONS
constexpr auto solicitation_interval = Duration::seconds(4);  // RTR_SOLICITATION_INTERVAL
constexpr std::uint32_t longest_reachable_ms = 3'600'000;     // [rfc4861 §6.2.1]
constexpr std::uint32_t longest_retransmit_ms = 60'000;       // a forged hour would silence us

}  // namespace

MacAddress mac_of_group(Ipv6Address group) {
    auto const low = static_cast<std::uint32_t>(group.low());
    return MacAddress({0x33, 0x33, static_cast<std::uint8_t>(low >> 24), static_cast<std::uint8_t>(low >> 16),
                       static_cast<std::uint8_t>(low >> 8), static_cast<std::uint8_t>(low)});
}

Host::Host(Config const& config, RandomSource& random, Statistics& statistics)
    : mac_(config.mac),
      asks_routers_(config.ipv6.autoconfigure),
      random_(random),
      statistics_(statistics),
      neighbours_(statistics),
      addresses_(config.mac, config.ipv6, random, statistics),
      routers_(config.mtu, config.ipv6, statistics),
      groups_(random) {}

bool Host::hears(Ipv6Address destination) const {
    if (!destination.is_multicast()) {
        OwnAddress const* const own = addresses_.find(destination);
        return own != nullptr && own->is_listening();
    }
    return destination == Ipv6Address::all_nodes() || groups_.has(destination);
}

base::Result<Ipv6Address, Error> Host::source_for(Ipv6Address destination) const {
    auto const source = addresses_.source_for(destination);
    bool const has_way = destination.is_multicast() || routers_.next_hop(destination, neighbours_, now_);
    if (!source || !has_way) return base::fail(Error::NetworkUnreachable);
    return *source;
}

Lookup Host::route(Ipv6Address destination, MacAddress& mac, Instant now) {
    now_ = now;
    if (destination.is_multicast()) {
        mac = mac_of_group(destination);
        return Lookup::Resolved;
    }
    auto const hop = routers_.next_hop(destination, neighbours_, now);
    if (!hop) {
        statistics_.count(Drop::OutputNoRoute);
        return Lookup::Failed;
    }
    return neighbours_.resolve(*hop, mac, now);
}

void Host::doubt(Ipv6Address destination, Instant now) {
    if (auto const hop = routers_.next_hop(destination, neighbours_, now)) neighbours_.doubt(*hop, now);
}

// ---- what others say ----

void Host::on_message(Incoming const& in, Instant now) {
    now_ = now;
    if (in.header.is_about_listeners()) return on_listeners(in, now);
    // What a router forwarded, and what may have been put together, is not from this link's
    // stations alone. [rfc4861 §6.1, §7.1, §8.1] [rfc6980 §5]
    if (in.ip.hop_limit != from_this_link || in.header.code != 0) return statistics_.count(Drop::NdForeign);
    if (in.was_in_fragments) return statistics_.count(Drop::NdInFragments);
    switch (in.header.type) {
        case Type::NeighbourSolicitation:
            return on_solicitation(in, now);
        case Type::NeighbourAdvertisement:
            return on_advertisement(in, now);
        case Type::RouterAdvertisement:
            return on_router_advertisement(in, now);
        case Type::Redirect:
            return on_redirect(in, now);
        default:
            return statistics_.count(Drop::NdNotForUs);  // solicitations are for routers
    }
}

// [rfc4861 §7.1.1, §7.2.3] [rfc4862 §5.4.3]
void Host::on_solicitation(Incoming const& in, Instant now) {
    auto parsed = wire::NeighbourSolicitation::parse(in.message);
    if (!parsed) return statistics_.count(parsed.error());
    wire::NeighbourSolicitation const& said = parsed.value();
    bool const is_trial = in.ip.source.is_unspecified();  // somebody tries out an address
    if (is_trial && (in.ip.destination != said.target.solicited_node() || said.options.source_mac))
        return statistics_.count(Drop::NdBadSource);
    OwnAddress* const own = addresses_.find(said.target);
    if (own == nullptr || !own->is_listening()) return statistics_.count(Drop::NdNotForUs);
    if (own->state == OwnAddress::State::Tentative) {
        // Our own question, come back from a switch, is no objection. [rfc7527 §4.2]
        bool const is_ours = said.options.nonce == own->nonce;
        if (!is_trial || is_ours) return statistics_.count(Drop::NdNotForUs);
        return addresses_.on_duplicate(*own, now);
    }
    if (!is_trial && said.options.source_mac)
        neighbours_.learn(in.ip.source, *said.options.source_mac, false, now);
    if (reply_count_ == most_replies) return statistics_.count(Drop::OutputQueueFull);
    replies_[(first_reply_ + reply_count_++) % most_replies] = {in.ip.source, said.target};
}

// [rfc4861 §7.1.2, §7.2.5] [rfc4862 §5.4.4]
void Host::on_advertisement(Incoming const& in, Instant now) {
    auto parsed = wire::NeighbourAdvertisement::parse(in.message);
    if (!parsed) return statistics_.count(parsed.error());
    wire::NeighbourAdvertisement const& said = parsed.value();
    if (in.ip.destination.is_multicast() && said.solicited) return statistics_.count(Drop::NdBadTarget);
    if (OwnAddress* const own = addresses_.find(said.target)) return addresses_.on_duplicate(*own, now);
    if (neighbours_.on_advertisement(said, now)) routers_.forget(said.target);
}

// [rfc4861 §6.1.2, §6.3.4]
void Host::on_router_advertisement(Incoming const& in, Instant now) {
    if (!in.ip.source.is_link_local()) return statistics_.count(Drop::NdBadSource);
    auto parsed = wire::RouterAdvertisement::parse(in.message);
    if (!parsed) return statistics_.count(parsed.error());
    wire::RouterAdvertisement const& said = parsed.value();
    routers_.on_advertisement(in.ip.source, said, now);
    if (said.options.source_mac)
        neighbours_.learn(in.ip.source, *said.options.source_mac, said.router_lifetime != 0, now);
    for (std::size_t i = 0; i < said.options.prefix_count; ++i)
        addresses_.on_prefix(said.options.prefixes[i], now);
    if (said.router_lifetime != 0) solicitations_left_ = 0;

    // Somewhere between half and three halves of what it says, so that not all ask at once.
    std::uint32_t const reachable = said.reachable_time_ms;
    std::uint32_t const retransmit = said.retransmit_timer_ms;
    if (reachable == 0 || reachable > longest_reachable_ms || retransmit > longest_retransmit_ms) return;
    auto const ms =
        static_cast<std::int64_t>(reachable / 2 + random_.next() % (std::uint64_t{reachable} + 1));
    neighbours_.set_times(Duration::milliseconds(ms),
                          retransmit == 0 ? Duration::seconds(1) : Duration::milliseconds(retransmit));
}

// [rfc4861 §8.1, §8.3]
void Host::on_redirect(Incoming const& in, Instant now) {
    auto parsed = wire::RedirectMessage::parse(in.message);
    if (!parsed) return statistics_.count(parsed.error());
    wire::RedirectMessage const& said = parsed.value();
    bool const is_possible =
        in.ip.source.is_link_local() && !in.ip.destination.is_multicast() && !addresses_.find(said.target);
    if (!is_possible || !routers_.on_redirect(in.ip.source, said, neighbours_, now))
        return statistics_.count(Drop::NdBadSource);
    if (said.options.target_mac)
        neighbours_.learn(said.target, *said.options.target_mac, said.target != said.destination, now);
}

// [rfc3810 §6.2] [rfc2710 §3]
void Host::on_listeners(Incoming const& in, Instant now) {
    if (!in.ip.source.is_link_local() || in.ip.hop_limit != 1 || !in.router_alert)
        return statistics_.count(Drop::MldForeign);
    if (in.header.type == Type::ListenerReport1) {
        if (in.message.size() < wire::MldQuery::size_of_version_1)
            return statistics_.count(Drop::MldMalformed);
        return groups_.on_report(wire::load_ipv6(&in.message[wire::Icmp6Header::size]), now);
    }
    auto const parsed = wire::MldQuery::parse(in.message);
    if (!parsed) return statistics_.count(parsed.error());
    groups_.on_query(parsed.value(), now);
}

// ---- what we say ----

Instant Host::deadline() const {
    if (!started_ || reply_count_ > 0) return Instant();
    Instant result = next_solicitation_;
    for (Instant const other :
         {neighbours_.deadline(), addresses_.deadline(), groups_.deadline(), routers_.deadline()})
        if (other < result) result = other;
    return result;
}

bool Host::next_message(Outgoing& out, Instant now) {
    now_ = now;
    if (!started_) {
        started_ = true;
        addresses_.start(now);
    }
    if (routers_.deadline() <= now) routers_.forget_ended(now);
    note_changes(now);
    out.hop_limit = from_this_link;
    out.router_alert = false;
    // Switches hear of a group before anybody is asked to speak to it.
    return next_reply(out) || next_report(out, now) || next_question_about_us(out, now) ||
           next_router_solicitation(out, now) || next_question(out, now);
}

// Of our addresses: the groups follow them, and routers are asked once there is one.
void Host::note_changes(Instant now) {
    if (!addresses_.take_change()) return;
    usable_ = 0;
    for (OwnAddress const& own : addresses_.all()) {
        if (own.is_listening()) groups_.join(own.address.solicited_node(), now);
        if (own.is_usable()) ++usable_;
    }
    for (Groups::Group const& group : groups_.all()) {
        bool is_wanted = false;
        for (OwnAddress const& own : addresses_.all())
            if (own.is_listening() && own.address.solicited_node() == group.address) is_wanted = true;
        if (group.state == Groups::Group::State::Joined && !is_wanted) groups_.leave(group.address, now);
    }
    bool const is_first = next_solicitation_ == Instant::never() && !routers_.has_router(now);
    if (asks_routers_ && is_first && addresses_.link_local()) {
        solicitations_left_ = router_solicitations;
        next_solicitation_ = now;
    }
}

bool Host::next_reply(Outgoing& out) {
    while (reply_count_ > 0) {
        Reply const reply = replies_[first_reply_];
        first_reply_ = (first_reply_ + 1) % most_replies;
        --reply_count_;
        bool const to_all = reply.destination.is_unspecified();
        out.source = reply.target;
        out.destination = to_all ? Ipv6Address::all_nodes() : reply.destination;
        // He who asked told his MAC, or we have it from an earlier time; a stranger does not make us ask.
        auto const mac = to_all ? mac_of_group(out.destination) : neighbours_.known(reply.destination);
        if (!mac) continue;
        out.to = *mac;
        out.message = Bytes(message_, wire::NdEmit::advertisement(message_, out.source, out.destination,
                                                                  reply.target, mac_, !to_all, true));
        return true;
    }
    return false;
}

bool Host::next_report(Outgoing& out, Instant now) {
    std::array<wire::MldRecord, Groups::most> records;
    std::size_t const count = groups_.next_report(records, now);
    if (count == 0) return false;
    out.source = addresses_.link_local().value_or(Ipv6Address());  // [rfc3810 §5.2.13]
    out.destination = Ipv6Address::all_report_listeners();
    out.hop_limit = 1;
    out.router_alert = true;
    std::size_t length = 0;
    if (groups_.speaks_version_1()) {
        // A report goes to whoever hears the group, a farewell to routers. [rfc2710 §8]
        bool const is_left = records[0].type == wire::MldRecord::Type::ChangeToInclude;
        out.destination = is_left ? Ipv6Address::all_routers() : records[0].group;
        length = wire::MldReport::emit_version_1(message_, out.source, out.destination,
                                                 is_left ? Type::ListenerDone : Type::ListenerReport1,
                                                 records[0].group);
    } else {
        length = wire::MldReport::emit(message_, out.source, records.data(), count);
    }
    out.to = mac_of_group(out.destination);
    out.message = Bytes(message_, length);
    return true;
}

bool Host::next_question_about_us(Outgoing& out, Instant now) {
    OwnAddress const* const own = addresses_.next_question(now);
    note_changes(now);
    if (own == nullptr) return false;
    out.source = Ipv6Address();
    out.destination = own->address.solicited_node();
    out.to = mac_of_group(out.destination);
    out.message = Bytes(message_, wire::NdEmit::solicitation(message_, out.source, out.destination,
                                                             own->address, mac_, own->nonce));
    return true;
}

bool Host::next_router_solicitation(Outgoing& out, Instant now) {
    if (now < next_solicitation_) return false;
    auto const source = addresses_.link_local();
    if (solicitations_left_ == 0 || !source) {
        next_solicitation_ = Instant::never();
        return false;
    }
    --solicitations_left_;
    next_solicitation_ = solicitations_left_ > 0 ? now + solicitation_interval : Instant::never();
    out.source = *source;
    out.destination = Ipv6Address::all_routers();
    out.to = mac_of_group(out.destination);
    out.message = Bytes(message_, wire::NdEmit::router_solicitation(message_, out.source, mac_));
    return true;
}

bool Host::next_question(Outgoing& out, Instant now) {
    while (auto const question = neighbours_.next_question(now)) {
        auto const source = addresses_.source_for(question->target);
        if (!source) continue;
        out.source = *source;
        out.destination = question->mac ? question->target : question->target.solicited_node();
        out.to = question->mac ? *question->mac : mac_of_group(out.destination);
        out.message = Bytes(message_, wire::NdEmit::solicitation(message_, out.source, out.destination,
                                                                 question->target, mac_, {}));
        return true;
    }
    return false;
}

}  // namespace net::nd
