// SPDX-License-Identifier: MIT
// From the top down: the largest block that ends here.
total_ += end - first;
for (std::uint64_t top = end.raw(); top > first.raw();) {
    unsigned order = 0;
    while (order < max_order && (top & ((2ULL << order) - 1)) == 0 && top - first.raw() >= (2ULL << order)) ++order;
    top -= 1ULL << order;
    release(top, order);
}
