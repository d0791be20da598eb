// SPDX-License-Identifier: MIT
#include "kernel/net/tcp/cubic.hpp"

namespace net::tcp {
namespace {

using base::Duration;
using base::Instant;

// beta is 7/10 and C 4/10; alpha follows from beta: 3 (1 - beta) / (1 + beta). [rfc9438 §4.6, §5.1]
constexpr std::uint32_t alpha_over = 9, alpha_under = 17;
constexpr unsigned fraction_bits = 10;

// The largest whole number whose cube is not above n.
std::int64_t cube_root(std::uint64_t n) {
    std::uint64_t root = 0;
    for (std::uint64_t bit = 1u << 20; bit != 0; bit >>= 1) {
        std::uint64_t const next = root | bit;
        if (next * next * next <= n) root = next;
    }
    return static_cast<std::int64_t>(root);
}

}  // namespace

void Cubic::start(std::uint32_t mss) {
    mss_ = mss;
    initial_ = initial_window(mss);
    window_ = initial_;
}

void Cubic::on_acknowledged(Acknowledged const& ack) {
    if (ack.octets == 0) return;
    if (window_ < threshold_)
        slow_start(ack);
    else
        avoid_congestion(ack);
    if (window_ > largest) window_ = largest;
}

// The first one ends when a queue grows; one after a time-out at the threshold, and then an
// ACK of very much is one of what had arrived long ago. [rfc9406 §4.3] [rfc3465 §2.3]
void Cubic::slow_start(Acknowledged const& ack) {
    if (threshold_ != UINT32_MAX) {
        window_ += ack.octets < mss_ ? ack.octets : mss_;
        return;
    }
    window_ += hystart_.growth(ack, mss_);
    if (hystart_.is_over()) threshold_ = window_;
}

void Cubic::avoid_congestion(Acknowledged const& ack) {
    if (!at_.in_epoch) begin_epoch(ack.now);
    // Time counts while the window is used: a pause is worth a round trip. [rfc9438 §5.8]
    Duration const passed = ack.now - at_.last;
    at_.elapsed = at_.elapsed + (passed < ack.smoothed ? passed : ack.smoothed);
    at_.last = ack.now;

    grow_estimate(ack.octets);
    auto const as_reno = static_cast<std::uint32_t>(at_.estimate >> fraction_bits);
    if (curve(at_.elapsed) < as_reno) {  // [rfc9438 §4.3]
        if (window_ < as_reno) window_ = as_reno;
        return;
    }
    // Where the curve will be a round trip from now, at most half as much again. [rfc9438 §4.4, §4.5]
    std::uint64_t const target = curve(at_.elapsed + ack.smoothed);
    std::uint64_t const most = std::uint64_t{window_} * 3 / 2;
    std::uint64_t const goal = target < most ? target : most;
    if (goal <= window_) return;
    window_ += static_cast<std::uint32_t>((goal - window_) * ack.octets / window_);
}

// Congestion avoidance begins, after a loss below the plateau; else the curve begins at its
// flat part. [rfc9438 §4.2]
void Cubic::begin_epoch(Instant now) {
    at_.in_epoch = true;
    at_.elapsed = Duration();
    at_.last = now;
    at_.estimate = std::uint64_t{window_} << fraction_bits;
    if (at_.plateau < window_) at_.plateau = window_;
    // K = cube root of (W_max - cwnd) / C, here in milliseconds.
    at_.flat_after = cube_root(std::uint64_t{at_.plateau - window_} * 2'500'000'000 / mss_);
}

// Slower than Reno while below the last loss, since the window fell less far; from there on
// as fast. [rfc9438 §4.3]
void Cubic::grow_estimate(std::uint32_t octets) {
    std::uint64_t const step = (std::uint64_t{octets} * mss_ << fraction_bits) / window_;
    bool const below = at_.estimate >> fraction_bits < at_.before;
    at_.estimate += below ? step * alpha_over / alpha_under : step;
}

// W_cubic(t) = C (t - K)^3 + W_max. [rfc9438 §4.2]
std::uint64_t Cubic::curve(Duration since) const {
    constexpr std::int64_t far = 100'000;  // of milliseconds: the cube stays below 2^63
    std::int64_t from_flat = since.as_milliseconds() - at_.flat_after;
    if (from_flat > far) from_flat = far;
    if (from_flat < -far) from_flat = -far;
    std::int64_t const cube = from_flat * from_flat * from_flat / 1'000;  // in 10^-6 s^3
    std::int64_t const result =
        static_cast<std::int64_t>(at_.plateau) + cube * 4 * static_cast<std::int64_t>(mss_) / 10'000'000;
    return result > 0 ? static_cast<std::uint64_t>(result) : 0;
}

std::uint32_t Cubic::reduced(std::uint32_t in_flight) const {
    std::uint32_t const result = static_cast<std::uint32_t>(std::uint64_t{in_flight} * 7 / 10);
    return result > 2 * mss_ ? result : 2 * mss_;
}

// A window that did not get to its old plateau has a new neighbour, and leaves him more
// room: fast convergence. [rfc9438 §4.6, §4.7]
void Cubic::on_loss(std::uint32_t in_flight) {
    save();
    before_loss_ = at_;
    at_.before = window_;
    at_.plateau =
        window_ < at_.plateau ? static_cast<std::uint32_t>(std::uint64_t{window_} * 17 / 20) : window_;
    threshold_ = reduced(in_flight);
    window_ = threshold_;
    at_.in_epoch = false;
}

// As Reno. [rfc6582 §3.2, step 3, option 1]
void Cubic::on_recovered(std::uint32_t in_flight) {
    std::uint32_t const gentle = (in_flight > mss_ ? in_flight : mss_) + mss_;
    window_ = threshold_ < gentle ? threshold_ : gentle;
}

// [rfc9438 §4.8]
void Cubic::on_timeout(std::uint32_t in_flight, bool again) {
    if (!again) {
        save();
        before_loss_ = at_;
        at_.before = window_;
        threshold_ = reduced(in_flight);
    }
    at_.plateau = 0;  // the next curve begins flat
    window_ = mss_;
    at_.in_epoch = false;
}

// [rfc9438 §4.9]
void Cubic::undo() {
    if (restore()) at_ = before_loss_;
}

void Cubic::on_idle() {
    if (window_ > initial_) window_ = initial_;
}

}  // namespace net::tcp
