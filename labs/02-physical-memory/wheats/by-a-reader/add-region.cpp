// SPDX-License-Identifier: MIT
std::uint64_t at = first.raw();
std::uint64_t const stop = end.raw();
while (at < stop) {
    unsigned order = 0;
    while (order < max_order && (at & ((2ULL << order) - 1)) == 0 && at + (2ULL << order) <= stop) ++order;
    release(at, order);
    total_ += 1ULL << order;
    at += 1ULL << order;
}
