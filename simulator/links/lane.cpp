// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/lane.hpp"

#include <algorithm>

#include "simulator/machine/hash.hpp"
#include "simulator/machine/moment.hpp"

namespace sim::links {

Lane::Lane(LinkProperties properties, std::uint64_t seed, std::string const& name)
    : properties_(properties),
      seed_(seed),
      hash_(machine::hash_bytes({reinterpret_cast<std::uint8_t const*>(name.data()), name.size()})) {}

void Lane::send(std::uint64_t now_ns, std::span<std::uint8_t const> frame, FaultEffect const& effect,
                std::vector<Arrival>& arrivals) {
    Fate const fate = fate_of(properties_, seed_, hash_, ++sent_, frame.size());
    std::uint64_t leaves = now_ns;
    if (properties_.rate_bits != 0) {
        while (!leaving_ns_.empty() && leaving_ns_.front() <= now_ns) leaving_ns_.pop_front();
        if (leaving_ns_.size() >= properties_.queue_frames) {
            ++lost_;
            return;
        }
        // With preamble, check sequence and gap. [ieee-802.3 §4.4.2]
        std::uint64_t const bits = (std::max<std::uint64_t>(frame.size(), 60) + 24) * 8;
        free_at_ns_ = std::max(free_at_ns_, now_ns) + bits * 1'000'000'000 / properties_.rate_bits;
        leaves = free_at_ns_;
        leaving_ns_.push_back(leaves);
    }
    if (fate.lost || effect.drop) {
        ++lost_;
        return;
    }
    // What has arrived is none of ours any more.
    for (; !under_way_.empty() && under_way_.front().at_ns <= now_ns; under_way_.pop_front())
        under_way_bytes_ -= under_way_.front().bytes;
    bool const twice = fate.duplicated || effect.duplicate;
    std::uint64_t const weight = weight_of_frame(frame.size()) * (twice ? 2 : 1);
    if (weight > most_under_way_bytes - under_way_bytes_) {
        ++lost_;
        return;
    }
    std::uint64_t at = leaves + properties_.delay_ns + fate.jitter_ns + effect.delay_ns;
    if (fate.overtaken) {
        at += properties_.delay_ns + properties_.jitter_ns;
    } else if (effect.delay_ns == 0) {
        at = std::max(at, latest_ns_);
        latest_ns_ = at;
    }
    auto const later = std::upper_bound(under_way_.begin(), under_way_.end(), at,
                                        [](std::uint64_t t, UnderWay const& one) { return t < one.at_ns; });
    under_way_.insert(later, {at, weight});
    under_way_bytes_ += weight;
    Frame copy(frame.begin(), frame.end());
    if (fate.turned_bit) copy[*fate.turned_bit / 8] ^= static_cast<std::uint8_t>(1u << *fate.turned_bit % 8);
    for (std::uint64_t const byte : effect.corrupt)
        if (byte < copy.size()) copy[copy.size() - 1 - byte] ^= 1;
    if (twice) arrivals.push_back({at, copy});
    arrivals.push_back({at, std::move(copy)});
}

namespace {

std::string what_befell(std::span<std::uint8_t const> frame, std::span<Lane::Arrival const> arrivals) {
    Frame const& first = arrivals.front().frame;
    std::string text = arrivals.size() > 1 ? ", twice" : "";
    if (!std::equal(frame.begin(), frame.end(), first.begin(), first.end())) text += ", changed";
    return text;
}

}  // namespace

std::string Lane::fate(std::uint64_t sent_ns, std::span<std::uint8_t const> frame,
                       std::span<Arrival const> arrivals) {
    if (arrivals.empty()) return "lost";
    std::string const later = machine::duration_text(arrivals.front().at_ns - sent_ns);
    return "arrives " + later + " later" + what_befell(frame, arrivals);
}

std::string Lane::past(std::uint64_t sent_ns, std::span<std::uint8_t const> frame,
                       std::span<Arrival const> arrivals) {
    if (arrivals.empty()) return "lost";
    return "under way for " + machine::duration_text(arrivals.front().at_ns - sent_ns) +
           what_befell(frame, arrivals);
}

}  // namespace sim::links
