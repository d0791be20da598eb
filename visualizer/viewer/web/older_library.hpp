// SPDX-License-Identifier: GPL-2.0-or-later
//
// Debian 12's Emscripten brings libc++ 13, which has concepts and ranges but none of
// the algorithms over them. Those that the views use stand here, each by way of its
// elder sister. Included before every file of the browser's build, and of no other.
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#if defined(_LIBCPP_VERSION) && _LIBCPP_VERSION < 15000

namespace std::ranges {

namespace older {
template <class R>
constexpr auto first(R&& r) {
    return std::begin(r);
}
// The value that a projection gives, under a comparison of two of them.
template <class C, class P>
constexpr auto by(C& c, P& p) {
    return [&](auto&& a, auto&& b) { return std::invoke(c, std::invoke(p, a), std::invoke(p, b)); };
}
}  // namespace older

template <class R, class F, class P = identity>
constexpr bool any_of(R&& r, F f, P p = {}) {
    return std::any_of(std::begin(r), std::end(r), [&](auto&& x) { return std::invoke(f, std::invoke(p, x)); });
}
template <class R, class F, class P = identity>
constexpr bool all_of(R&& r, F f, P p = {}) {
    return std::all_of(std::begin(r), std::end(r), [&](auto&& x) { return std::invoke(f, std::invoke(p, x)); });
}
template <class R, class F, class P = identity>
constexpr bool none_of(R&& r, F f, P p = {}) {
    return std::none_of(std::begin(r), std::end(r), [&](auto&& x) { return std::invoke(f, std::invoke(p, x)); });
}
template <class R, class F, class P = identity>
constexpr auto find_if(R&& r, F f, P p = {}) {
    return std::find_if(std::begin(r), std::end(r), [&](auto&& x) { return std::invoke(f, std::invoke(p, x)); });
}
template <class R, class T, class P = identity>
constexpr auto find(R&& r, T const& value, P p = {}) {
    return std::find_if(std::begin(r), std::end(r), [&](auto&& x) { return std::invoke(p, x) == value; });
}
template <class R, class F, class P = identity>
constexpr auto count_if(R&& r, F f, P p = {}) {
    return std::count_if(std::begin(r), std::end(r), [&](auto&& x) { return std::invoke(f, std::invoke(p, x)); });
}
template <class R, class T, class P = identity>
constexpr auto count(R&& r, T const& value, P p = {}) {
    return std::count_if(std::begin(r), std::end(r), [&](auto&& x) { return std::invoke(p, x) == value; });
}
template <class R, class F>
constexpr auto for_each(R&& r, F f) {
    return std::for_each(std::begin(r), std::end(r), std::move(f));
}
template <class A, class B>
constexpr bool equal(A&& a, B&& b) {
    return std::equal(std::begin(a), std::end(a), std::begin(b), std::end(b));
}
template <class R, class C = less, class P = identity>
constexpr void sort(R&& r, C c = {}, P p = {}) {
    std::sort(std::begin(r), std::end(r), older::by(c, p));
}
template <class R, class C = less, class P = identity>
constexpr void stable_sort(R&& r, C c = {}, P p = {}) {
    std::stable_sort(std::begin(r), std::end(r), older::by(c, p));
}
template <class R, class C = less, class P = identity>
constexpr bool is_sorted(R&& r, C c = {}, P p = {}) {
    return std::is_sorted(std::begin(r), std::end(r), older::by(c, p));
}
template <class R, class C = less, class P = identity>
constexpr auto max_element(R&& r, C c = {}, P p = {}) {
    return std::max_element(std::begin(r), std::end(r), older::by(c, p));
}
template <class R, class C = less, class P = identity>
constexpr auto min_element(R&& r, C c = {}, P p = {}) {
    return std::min_element(std::begin(r), std::end(r), older::by(c, p));
}
template <class T>
struct two_ends {
    T min, max;
};
template <class R, class C = less, class P = identity>
constexpr auto minmax(R&& r, C c = {}, P p = {}) {
    auto const found = std::minmax_element(std::begin(r), std::end(r), older::by(c, p));
    return two_ends<std::decay_t<decltype(*std::begin(r))>>{*found.first, *found.second};
}
template <class R>
constexpr void reverse(R&& r) {
    std::reverse(std::begin(r), std::end(r));
}
template <class R, class F, class P = identity>
constexpr auto partition_point(R&& r, F f, P p = {}) {
    return std::partition_point(std::begin(r), std::end(r),
                                [&](auto&& x) { return std::invoke(f, std::invoke(p, x)); });
}
template <class R, class T, class C = less, class P = identity>
constexpr auto upper_bound(R&& r, T const& value, C c = {}, P p = {}) {
    return std::upper_bound(std::begin(r), std::end(r), value,
                            [&](auto const& v, auto&& x) { return std::invoke(c, v, std::invoke(p, x)); });
}
template <class R, class T, class C = less, class P = identity>
constexpr auto lower_bound(R&& r, T const& value, C c = {}, P p = {}) {
    return std::lower_bound(std::begin(r), std::end(r), value,
                            [&](auto&& x, auto const& v) { return std::invoke(c, std::invoke(p, x), v); });
}
// What they return of a range: its two ends.
template <class I>
struct stretch {
    I from, to;
    constexpr I begin() const { return from; }
    constexpr I end() const { return to; }
    constexpr bool empty() const { return from == to; }
};
template <class R, class F, class P = identity>
constexpr auto stable_partition(R&& r, F f, P p = {}) {
    auto const middle = std::stable_partition(std::begin(r), std::end(r),
                                              [&](auto&& x) { return std::invoke(f, std::invoke(p, x)); });
    return stretch<decltype(middle)>{middle, std::end(r)};
}
template <class A, class B, class F = equal_to>
constexpr auto search(A&& a, B&& b, F f = {}) {
    auto const found = std::search(std::begin(a), std::end(a), std::begin(b), std::end(b), f);
    return stretch<std::remove_const_t<decltype(found)>>{
        found, found == std::end(a) ? found : std::next(found, std::distance(std::begin(b), std::end(b)))};
}
template <class R, class O>
constexpr auto copy(R&& r, O out) {
    return std::copy(std::begin(r), std::end(r), std::move(out));
}
template <class R, class T>
constexpr void fill(R&& r, T const& value) {
    std::fill(std::begin(r), std::end(r), value);
}

}  // namespace std::ranges

#endif
