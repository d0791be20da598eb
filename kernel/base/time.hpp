// SPDX-License-Identifier: MIT
//
// Points in time and spans of it, as types that do not mix. Nanoseconds in 64
// bits: 292 years, so neither wraps while anybody watches.
#pragma once

#include <cstdint>

namespace base {

// A span of time, possibly negative.
class Duration {
public:
    constexpr Duration() = default;
    static constexpr Duration nanoseconds(std::int64_t n) { return Duration(n); }
    static constexpr Duration microseconds(std::int64_t n) { return Duration(n * 1'000); }
    static constexpr Duration milliseconds(std::int64_t n) { return Duration(n * 1'000'000); }
    static constexpr Duration seconds(std::int64_t n) { return Duration(n * 1'000'000'000); }
    static constexpr Duration max() { return Duration(INT64_MAX); }

    constexpr std::int64_t as_nanoseconds() const { return ns_; }
    constexpr std::int64_t as_microseconds() const { return ns_ / 1'000; }
    constexpr std::int64_t as_milliseconds() const { return ns_ / 1'000'000; }
    constexpr std::int64_t as_seconds() const { return ns_ / 1'000'000'000; }

    // Written out: of <=> the compiler makes two comparisons where one would do.
    friend constexpr bool operator==(Duration a, Duration b) { return a.ns_ == b.ns_; }
    friend constexpr bool operator<(Duration a, Duration b) { return a.ns_ < b.ns_; }
    friend constexpr bool operator>(Duration a, Duration b) { return a.ns_ > b.ns_; }
    friend constexpr bool operator<=(Duration a, Duration b) { return a.ns_ <= b.ns_; }
    friend constexpr bool operator>=(Duration a, Duration b) { return a.ns_ >= b.ns_; }
    friend constexpr Duration operator+(Duration a, Duration b) { return Duration(a.ns_ + b.ns_); }
    friend constexpr Duration operator-(Duration a, Duration b) { return Duration(a.ns_ - b.ns_); }
    friend constexpr Duration operator*(Duration a, std::int64_t n) { return Duration(a.ns_ * n); }
    friend constexpr Duration operator/(Duration a, std::int64_t n) { return Duration(a.ns_ / n); }

private:
    explicit constexpr Duration(std::int64_t ns) : ns_(ns) {}
    std::int64_t ns_ = 0;
};

// A point on the monotonic clock, counted from boot.
class Instant {
public:
    constexpr Instant() = default;
    static constexpr Instant from_boot(Duration since) { return Instant(since); }
    static constexpr Instant never() { return Instant(Duration::max()); }

    constexpr Duration since_boot() const { return since_; }

    friend constexpr bool operator==(Instant a, Instant b) { return a.since_ == b.since_; }
    friend constexpr bool operator<(Instant a, Instant b) { return a.since_ < b.since_; }
    friend constexpr bool operator>(Instant a, Instant b) { return a.since_ > b.since_; }
    friend constexpr bool operator<=(Instant a, Instant b) { return a.since_ <= b.since_; }
    friend constexpr bool operator>=(Instant a, Instant b) { return a.since_ >= b.since_; }
    // Beyond the end of time is never: now() + Duration::max() waits for ever. And never stays it.
    friend constexpr Instant operator+(Instant a, Duration d) {
        if (a == never()) [[unlikely]]
            return never();
        std::int64_t sum = 0;
        if (__builtin_add_overflow(a.since_.as_nanoseconds(), d.as_nanoseconds(), &sum)) [[unlikely]]
            return d < Duration() ? Instant(Duration::nanoseconds(INT64_MIN)) : never();
        return Instant(Duration::nanoseconds(sum));
    }
    friend constexpr Instant operator-(Instant a, Duration d) { return Instant(a.since_ - d); }
    friend constexpr Duration operator-(Instant a, Instant b) { return a.since_ - b.since_; }

private:
    explicit constexpr Instant(Duration since) : since_(since) {}
    Duration since_;
};

}  // namespace base
