// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/page_overlay.hpp"

#include <gtest/gtest.h>

namespace sim::machine {
namespace {

PagePtr page_of(std::uint8_t fill) {
    std::array<std::uint8_t, page_bytes> bytes;
    bytes.fill(fill);
    return make_page(bytes);
}

std::vector<std::size_t> new_pages(PageOverlay const& later, PageOverlay const* earlier) {
    std::vector<std::size_t> indices;
    later.for_each_new(earlier, [&](std::size_t index, PagePtr const&) { indices.push_back(index); });
    return indices;
}

TEST(PageOverlay, holds_what_was_put_and_nothing_else) {
    PageOverlay overlay(2000);
    overlay.put(0, page_of(1));
    overlay.put(1999, page_of(2));
    EXPECT_EQ(overlay.page(0)->bytes[5], 1);
    EXPECT_EQ(overlay.page(1999)->bytes[4095], 2);
    EXPECT_EQ(overlay.page(1), nullptr);
    EXPECT_EQ(overlay.page(700), nullptr);
    EXPECT_EQ(overlay.written(), 2u);
}

TEST(PageOverlay, a_copy_does_not_see_later_writes) {
    PageOverlay overlay(1000);
    overlay.put(3, page_of(1));
    PageOverlay const copy = overlay;
    overlay.put(3, page_of(2));
    overlay.put(600, page_of(3));
    EXPECT_EQ(copy.page(3)->bytes[0], 1);
    EXPECT_EQ(copy.page(600), nullptr);
    EXPECT_EQ(new_pages(overlay, &copy), (std::vector<std::size_t>{3, 600}));
    EXPECT_EQ(new_pages(copy, nullptr), (std::vector<std::size_t>{3}));
}

TEST(PageOverlay, its_hash_depends_on_content_and_place_but_not_on_history) {
    PageOverlay one(1000), other(1000);
    one.put(1, page_of(7));
    one.put(2, page_of(8));
    other.put(2, page_of(9));
    other.put(2, page_of(8));
    EXPECT_NE(one.hash(), other.hash());
    other.put(1, page_of(7));
    EXPECT_EQ(one.hash(), other.hash());
    PageOverlay swapped(1000);
    swapped.put(1, page_of(8));
    swapped.put(2, page_of(7));
    EXPECT_NE(one.hash(), swapped.hash());
}

}  // namespace
}  // namespace sim::machine
