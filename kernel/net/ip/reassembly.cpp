// SPDX-License-Identifier: MIT
#include "kernel/net/ip/reassembly.hpp"

#include <cstring>

namespace net::ip {
namespace {

constexpr auto timeout = base::Duration::seconds(60);  // fixed, not refreshed [rfc1122 §3.3.2]
constexpr std::uint32_t unit = 8;                      // fragments are cut at multiples of 8 octets

}  // namespace

Reassembly::~Reassembly() {
    for (Slot& slot : slots_) release(slot);
}

std::optional<Bytes> Reassembly::add(wire::Ipv4Header const& header, Bytes payload, base::Instant now) {
    if (delivered_ != nullptr) release(*delivered_);
    delivered_ = nullptr;

    // All pieces but the last are multiples of 8 octets, and none is empty.
    bool const impossible = payload.empty() || (header.more_fragments && payload.size() % unit != 0);
    if (impossible) {
        statistics_.count(Drop::FragmentBadLength);
        return std::nullopt;
    }
    // Ends beyond what fits: beyond 65,535 it would be the "ping of death".
    if (header.fragment_offset + payload.size() > largest_) {
        statistics_.count(Drop::FragmentTooLarge);
        return std::nullopt;
    }
    Slot* slot = find(header);
    if (slot == nullptr) slot = start(header, now);
    if (slot == nullptr) return std::nullopt;

    auto const stored = store(*slot, header, payload);
    if (!stored) {
        statistics_.count(stored.error());
        release(*slot);
        return std::nullopt;
    }
    if (!slot->has_end || slot->units != (slot->end + unit - 1) / unit) return std::nullopt;
    delivered_ = slot;
    return Bytes(slot->bytes, slot->end);
}

base::Result<void, Drop> Reassembly::store(Slot& slot, wire::Ipv4Header const& header, Bytes payload) {
    std::uint32_t const begin = header.fragment_offset;
    std::uint32_t const end = begin + static_cast<std::uint32_t>(payload.size());
    bool const is_last = !header.more_fragments;
    if (is_last && ((slot.has_end && slot.end != end) || slot.highest > end))
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
    if (is_last) {
        slot.has_end = true;
        slot.end = end;
    }
    if (begin == 0) {
        slot.has_first = payload.size() >= unit;
        slot.header = header;
    }
    return {};
}

Reassembly::Slot* Reassembly::find(wire::Ipv4Header const& header) {
    for (Slot& slot : slots_) {
        if (slot.used && slot.header.identification == header.identification &&
            slot.header.protocol == header.protocol && slot.header.source == header.source &&
            slot.header.destination == header.destination)
            return &slot;
    }
    return nullptr;
}

Reassembly::Slot* Reassembly::start(wire::Ipv4Header const& header, base::Instant now) {
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

std::optional<Reassembly::Expired> Reassembly::expire(base::Instant now) {
    if (now < deadline_) return std::nullopt;
    deadline_ = base::Instant::never();
    std::optional<Expired> result;
    for (Slot& slot : slots_) {
        if (!slot.used || &slot == delivered_) continue;
        if (now >= slot.expires && !result) {
            statistics_.count(Drop::FragmentTimeout);
            if (slot.has_first) {
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

void Reassembly::release(Slot& slot) {
    if (slot.bytes != nullptr) memory_.release(slot.bytes, allocation());
    slot = Slot{};
}

}  // namespace net::ip
