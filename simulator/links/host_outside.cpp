// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/host_outside.hpp"

#include <algorithm>

namespace sim::links {
namespace {

using namespace std::chrono_literals;

// The caller must stay responsive: no call takes longer.
constexpr std::chrono::nanoseconds longest_wait = 5ms;
// All frames of one poll() arrive at one moment. A card has only so many
// buffers, and the guest fills them again between two polls.
constexpr unsigned most_frames_at_once = 32;
// Sleeping less than this costs more than it saves.
constexpr std::chrono::nanoseconds too_short_to_sleep = 50us;

}  // namespace

HostOutside::HostOutside(std::unique_ptr<Link> link, std::string card)
    : link_(std::move(link)), card_(std::move(card)), anchor_(std::chrono::steady_clock::now()) {}

std::uint64_t HostOutside::host_ns() const {
    auto const passed = std::chrono::steady_clock::now() - anchor_;
    return anchor_ns_ + static_cast<std::uint64_t>(std::chrono::nanoseconds(passed).count());
}

void HostOutside::resume(std::uint64_t now_ns) {
    anchor_ = std::chrono::steady_clock::now();
    anchor_ns_ = now_ns;
}

void HostOutside::poll(std::uint64_t now_ns, std::vector<machine::Arrival>& arrived) {
    std::uint64_t const host = host_ns();
    std::chrono::nanoseconds ahead{now_ns > host ? static_cast<std::int64_t>(now_ns - host) : 0};
    if (ahead < too_short_to_sleep) ahead = 0ns;
    link_->wait(std::min(ahead, longest_wait));  // no sleep when a frame is there already
    for (unsigned i = 0; i < most_frames_at_once; ++i) {
        auto frame = link_->receive();
        if (!frame) break;
        arrived.push_back({card_, machine::InputKind::frame, std::move(*frame)});
    }
}

std::optional<std::uint64_t> HostOutside::wait(std::uint64_t now_ns,
                                               std::optional<std::uint64_t> deadline_ns) {
    std::uint64_t const until = deadline_ns.value_or(UINT64_MAX);
    std::uint64_t const host = host_ns();
    if (until > host) {
        auto const sleep =
            std::min<std::uint64_t>(until - host, static_cast<std::uint64_t>(longest_wait.count()));
        link_->wait(std::chrono::nanoseconds(sleep));
    }
    return std::min(until, std::max(now_ns, host_ns()));
}

void HostOutside::output(std::uint64_t, std::string_view, machine::OutputKind kind,
                         std::span<std::uint8_t const> bytes) {
    if (kind == machine::OutputKind::frame) link_->send(bytes);
}

void HostOutside::drain(std::chrono::milliseconds at_most) {
    auto const end = std::chrono::steady_clock::now() + at_most;
    while (std::chrono::steady_clock::now() < end) {
        link_->wait(10ms);
        while (link_->receive()) {  // nobody is there to take it
        }
    }
}

}  // namespace sim::links
