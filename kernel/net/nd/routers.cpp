// SPDX-License-Identifier: MIT
#include "kernel/net/nd/routers.hpp"

namespace net::nd {
namespace {

using base::Duration;
using base::Instant;

constexpr auto mtu_lifetime = Duration::seconds(600);  // [rfc8201 §5.3]
constexpr std::uint32_t no_end = 0xffff'ffff;

Instant end_of(Instant now, std::uint32_t seconds) {
    return seconds == no_end ? Instant::never() : now + Duration::seconds(seconds);
}

}  // namespace

Routers::Routers(std::uint16_t mtu, Ipv6Settings const& settings, Statistics& statistics)
    : statistics_(statistics), device_mtu_(mtu), link_mtu_(mtu) {
    if (settings.gateway.is_unicast()) routers_[0] = {settings.gateway, Instant::never()};
    if (settings.address.is_unicast())
        prefixes_[0] = {settings.address, settings.prefix_length, Instant::never()};
}

void Routers::on_advertisement(Ipv6Address router, wire::RouterAdvertisement const& said, Instant now) {
    if (said.hop_limit != 0) hop_limit_ = said.hop_limit;
    if (said.options.mtu && *said.options.mtu >= wire::Ipv6Header::smallest_mtu &&
        *said.options.mtu <= device_mtu_)
        link_mtu_ = static_cast<std::uint16_t>(*said.options.mtu);
    if (said.router_lifetime == 0) {
        forget(router);
    } else {
        Router* place = nullptr;
        for (Router& each : routers_) {
            if (each.address == router) {
                place = &each;
                break;
            }
            bool const is_free = each.address.is_unspecified() || each.until <= now;
            if (is_free && place == nullptr) place = &each;
        }
        bool const is_configured =
            place != nullptr && place->address == router && place->until == Instant::never();
        if (place == nullptr)
            statistics_.count(Drop::NdTableFull);
        else if (!is_configured)
            *place = {router, now + Duration::seconds(said.router_lifetime)};
    }
    for (std::size_t i = 0; i < said.options.prefix_count; ++i) on_prefix(said.options.prefixes[i], now);
    for (std::size_t i = 0; i < said.options.server_count; ++i) on_name_server(said.options.servers[i], now);
    forget_ended(now);
}

void Routers::forget_ended(Instant now) {
    next_end_ = Instant::never();
    for (Router& each : routers_) {
        if (each.address.is_unspecified()) continue;
        if (each.until <= now)
            each = Router{};
        else if (each.until < next_end_)
            next_end_ = each.until;
    }
    for (Prefix const& each : prefixes_)
        if (each.until > now && each.until < next_end_) next_end_ = each.until;
}

// [rfc4861 §6.3.4]
void Routers::on_prefix(wire::PrefixInformation const& said, Instant now) {
    if (!said.on_link) return;
    Prefix* place = nullptr;
    for (Prefix& each : prefixes_) {
        bool const is_same = each.length == said.length && each.prefix.has_prefix(said.prefix, said.length);
        if (each.until > now && is_same) {
            if (each.until != Instant::never()) each.until = end_of(now, said.valid_lifetime);
            return;
        }
        if (each.until <= now && place == nullptr) place = &each;
    }
    if (said.valid_lifetime == 0) return;
    if (place == nullptr) return statistics_.count(Drop::NdTableFull);
    *place = {said.prefix, said.length, end_of(now, said.valid_lifetime)};
}

// A new one waits until the time of one that is known has run out. [rfc8106 §5.3.1]
void Routers::on_name_server(wire::NameServer const& said, Instant now) {
    NameServer* place = nullptr;
    for (NameServer& each : name_servers_) {
        bool const is_same = each.address == said.address;
        if (is_same || (place == nullptr && each.until <= now)) place = &each;
        if (is_same) break;
    }
    if (place == nullptr) return statistics_.count(Drop::NdTableFull);
    *place = {said.address, end_of(now, said.lifetime)};
}

void Routers::forget(Ipv6Address router) {
    for (Router& each : routers_)
        if (each.address == router && each.until != Instant::never()) each = Router{};
    for (Way& way : ways_)
        if (way.next_hop == router) way.next_hop = Ipv6Address();
}

bool Routers::on_redirect(Ipv6Address from, wire::RedirectMessage const& said, Neighbours const& neighbours,
                          Instant now) {
    if (next_hop(said.destination, neighbours, now) != from) return false;
    way_to(said.destination, now).next_hop = said.target;
    return true;
}

void Routers::on_too_big(Ipv6Address destination, std::uint16_t mtu, Instant now) {
    if (mtu >= mtu_for(destination, now)) return;
    Way& way = way_to(destination, now);
    way.mtu = mtu;
    way.mtu_until = now + mtu_lifetime;
}

bool Routers::is_on_link(Ipv6Address address, Instant now) const {
    if (address.is_link_local()) return true;
    for (Prefix const& each : prefixes_)
        if (each.until > now && address.has_prefix(each.prefix, each.length)) return true;
    return false;
}

std::optional<Ipv6Address> Routers::next_hop(Ipv6Address destination, Neighbours const& neighbours,
                                             Instant now) const {
    Way const* const way = find(destination);
    if (way != nullptr && !way->next_hop.is_unspecified() && !neighbours.has_failed(way->next_hop))
        return way->next_hop;
    if (is_on_link(destination, now)) return destination;
    std::optional<Ipv6Address> silent;
    for (Router const& each : routers_) {
        if (each.address.is_unspecified() || each.until <= now) continue;
        if (!neighbours.has_failed(each.address)) return each.address;
        if (!silent) silent = each.address;
    }
    return silent;
}

std::uint16_t Routers::mtu_for(Ipv6Address destination, Instant now) const {
    Way const* const way = find(destination);
    bool const is_known = way != nullptr && way->mtu != 0 && now < way->mtu_until;
    return is_known && way->mtu < link_mtu_ ? way->mtu : link_mtu_;
}

bool Routers::has_router(Instant now) const {
    for (Router const& each : routers_)
        if (!each.address.is_unspecified() && each.until > now) return true;
    return false;
}

Routers::Way* Routers::find(Ipv6Address destination) {
    for (Way& way : ways_)
        if (!way.destination.is_unspecified() && way.destination == destination) return &way;
    return nullptr;
}

// The oldest gives way.
Routers::Way& Routers::way_to(Ipv6Address destination, Instant now) {
    Way* way = find(destination);
    if (way == nullptr) {
        way = &ways_[0];
        for (Way& other : ways_)
            if (other.used < way->used) way = &other;
        *way = Way{};
        way->destination = destination;
    }
    way->used = now;
    return *way;
}

}  // namespace net::nd
