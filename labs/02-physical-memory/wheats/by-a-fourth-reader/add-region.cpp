// SPDX-License-Identifier: MIT
while (first < end) {
    unsigned order = 0;
    while (order < max_order && (first.raw() >> order) % 2 == 0 && end - first >= 2ULL << order) ++order;
    release(first.raw(), order);
    first = first + (1ULL << order);
    total_ += 1ULL << order;
}
