// SPDX-License-Identifier: MIT
#include "kernel/net/ip/reassembly.hpp"

#include <cstring>

namespace net::ip {
namespace {

constexpr auto timeout = base::Duration::seconds(60);  // fixed, not refreshed [rfc1122 §3.3.2]
constexpr std::uint32_t unit = 8;                      // fragments are cut at multiples of 8 octets

}  // namespace

bool belong_together(wire::Ipv4Header const& a, wire::Ipv4Header const& b) {
    return a.identification == b.identification && a.protocol == b.protocol && a.source == b.source &&
           a.destination == b.destination;
}

// The next header is that of the first piece: what others say of it counts for nothing.
bool belong_together(Ipv6Piece const& a, Ipv6Piece const& b) {
    return a.fragment.identification == b.fragment.identification && a.ip.source == b.ip.source &&
           a.ip.destination == b.ip.destination;
}

template <class Header>
Reassembly<Header>::~Reassembly() {
    for (Slot& slot : slots_) release(slot);
}

template <class Header>
std::optional<Bytes> Reassembly<Header>::add(Header const& header, Bytes payload, base::Instant now) {
    if (delivered_ != nullptr) release(*delivered_);
    delivered_ = nullptr;

    // All pieces but the last are multiples of 8 octets, and none is empty.
    bool const impossible = payload.empty() || (!is_last(header) && payload.size() % unit != 0);
    if (impossible) {
        statistics_.count(Drop::FragmentBadLength);
        return std::nullopt;
    }
    // Ends beyond what fits: beyond 65,535 it would be the "ping of death".
    if (offset_of(header) + payload.size() > largest_) {
        statistics_.count(Drop::FragmentTooLarge);
        return std::nullopt;
    }
    Slot* slot = find(header);
    if (slot == nullptr) slot = start(header, now);
    if (slot == nullptr) return std::nullopt;

    if (slot->condemned) {
        statistics_.count(Drop::FragmentOverlap);
        return std::nullopt;
    }
    auto const stored = store(*slot, header, payload);
    if (!stored) {
        statistics_.count(stored.error());
        slot->condemned = true;
        release_bytes(*slot);
        return std::nullopt;
    }
    if (!slot->has_end || slot->units != (slot->end + unit - 1) / unit) return std::nullopt;
    delivered_ = slot;
    return Bytes(slot->bytes, slot->end);
}

template <class Header>
base::Result<void, Drop> Reassembly<Header>::store(Slot& slot, Header const& header, Bytes payload) {
    std::uint32_t const begin = offset_of(header);
    std::uint32_t const end = begin + static_cast<std::uint32_t>(payload.size());
    bool const ends = is_last(header);
    if (ends && ((slot.has_end && slot.end != end) || slot.highest > end))
        return base::fail(Drop::FragmentOverlap);  // two ends, or pieces behind the end
    if (slot.has_end && end > slot.end) return base::fail(Drop::FragmentOverlap);

    std::uint8_t* const seen = slot.bytes + largest_;
    std::uint32_t const first_unit = begin / unit;
    std::uint32_t const units = (end - begin + unit - 1) / unit;
    std::uint32_t already = 0;
    for (std::uint32_t u = first_unit; u < first_unit + units; ++u) already += seen[u / 8] >> (u % 8) & 1;
    if (already != 0) {
        // An exact duplicate is the network's doing; anything else is malice.
        bool const duplicate =
            already == units && std::memcmp(slot.bytes + begin, payload.data(), payload.size()) == 0;
        if (!duplicate) return base::fail(Drop::FragmentOverlap);
        return {};
    }
    std::memcpy(slot.bytes + begin, payload.data(), payload.size());
    for (std::uint32_t u = first_unit; u < first_unit + units; ++u)
        seen[u / 8] = static_cast<std::uint8_t>(seen[u / 8] | 1u << (u % 8));
    slot.units += units;
    if (end > slot.highest) slot.highest = end;
    if (ends) {
        slot.has_end = true;
        slot.end = end;
    }
    if (begin == 0) {
        slot.has_first = payload.size() >= unit;
        slot.header = header;
    }
    return {};
}

template <class Header>
typename Reassembly<Header>::Slot* Reassembly<Header>::find(Header const& header) {
    for (Slot& slot : slots_)
        if (slot.used && belong_together(slot.header, header)) return &slot;
    return nullptr;
}

template <class Header>
typename Reassembly<Header>::Slot* Reassembly<Header>::start(Header const& header, base::Instant now) {
    if (slots_.size() == 0) {
        statistics_.count(Drop::FragmentTableFull);
        return nullptr;
    }
    Slot* slot = &slots_[0];
    for (Slot& other : slots_) {
        if (!slot->used) break;
        if (!other.used || other.expires < slot->expires) slot = &other;
    }
    if (slot->used) {
        statistics_.count(Drop::FragmentTableFull);  // the oldest, which gives way
        release(*slot);
    }
    void* bytes = memory_.allocate(allocation(), alignof(std::uint64_t));
    if (bytes == nullptr) {
        statistics_.count(Drop::FragmentNoMemory);
        return nullptr;
    }
    slot->used = true;
    slot->header = header;
    slot->bytes = static_cast<std::uint8_t*>(bytes);
    std::memset(slot->bytes + largest_, 0, allocation() - largest_);
    slot->expires = now + timeout;
    if (slot->expires < deadline_) deadline_ = slot->expires;
    return slot;
}

template <class Header>
std::optional<typename Reassembly<Header>::Expired> Reassembly<Header>::expire(base::Instant now) {
    if (now < deadline_) return std::nullopt;
    deadline_ = base::Instant::never();
    std::optional<Expired> result;
    for (Slot& slot : slots_) {
        if (!slot.used || &slot == delivered_) continue;
        if (now >= slot.expires && !result) {
            if (!slot.condemned) statistics_.count(Drop::FragmentTimeout);
            if (slot.has_first && !slot.condemned) {
                result.emplace();
                result->header = slot.header;
                std::memcpy(result->start, slot.bytes, sizeof result->start);
            }
            release(slot);
        } else if (slot.expires < deadline_) {
            deadline_ = slot.expires;
        }
    }
    return result;
}

template <class Header>
void Reassembly<Header>::release_bytes(Slot& slot) {
    if (slot.bytes != nullptr) memory_.release(slot.bytes, allocation());
    slot.bytes = nullptr;
}

template <class Header>
void Reassembly<Header>::release(Slot& slot) {
    release_bytes(slot);
    slot = Slot{};
}

template class Reassembly<wire::Ipv4Header>;
template class Reassembly<Ipv6Piece>;

}  // namespace net::ip
