// SPDX-License-Identifier: MIT
// Each block as large as the place allows, then halved until it fits: doubling and
// halving only, no bits of the number are counted.
std::uint64_t place = first.raw();
unsigned order = 0;
while (place < end.raw()) {
    while (order < max_order && place % (std::uint64_t{2} << order) == 0) ++order;
    while (place % (std::uint64_t{1} << order) != 0 || (std::uint64_t{1} << order) > end.raw() - place) --order;
    release(place, order);
    total_ += std::uint64_t{1} << order;
    place += std::uint64_t{1} << order;
}
