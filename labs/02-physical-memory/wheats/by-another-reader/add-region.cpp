// SPDX-License-Identifier: MIT
// The two limits as bits: the lowest one set in the place, the highest in the length.
for (std::uint64_t place = first.raw(); place != end.raw();) {
    std::uint64_t const length = end.raw() - place;
    unsigned const fits = static_cast<unsigned>(std::bit_width(length)) - 1;
    unsigned const aligned = place == 0 ? max_order : static_cast<unsigned>(std::countr_zero(place));
    unsigned const order = std::min({fits, aligned, max_order + 0});
    release(place, order);
    place += std::uint64_t{1} << order;
}
total_ += end - first;
