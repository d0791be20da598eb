// SPDX-License-Identifier: MIT
#include "kernel/base/list.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace base {
namespace {

struct Item {
    int number = 0;
    ListLink first_link{};
    ListLink second_link{};
};
using First = List<Item, &Item::first_link>;
using Second = List<Item, &Item::second_link>;

std::vector<int> numbers(First const& list) {
    std::vector<int> result;
    for (Item* at = list.front(); at != nullptr; at = list.after(*at)) result.push_back(at->number);
    return result;
}

TEST(List, keeps_the_order_of_arrival) {
    Item a{1}, b{2}, c{3};
    First list;
    EXPECT_TRUE(list.empty());
    EXPECT_EQ(list.front(), nullptr);
    list.push_back(b);
    list.push_back(c);
    list.push_front(a);
    EXPECT_EQ(numbers(list), (std::vector{1, 2, 3}));
    EXPECT_EQ(list.back(), &c);
    EXPECT_EQ(list.size(), 3u);
    while (list.pop_front() != nullptr) {
    }
}

TEST(List, inserts_before_and_removes_from_the_middle) {
    Item a{1}, b{2}, c{3};
    First list;
    list.push_back(a);
    list.push_back(c);
    list.insert_before(c, b);
    EXPECT_EQ(numbers(list), (std::vector{1, 2, 3}));
    list.remove(b);
    EXPECT_FALSE(b.first_link.linked());
    EXPECT_EQ(numbers(list), (std::vector{1, 3}));
    EXPECT_EQ(list.pop_front(), &a);
    EXPECT_EQ(list.pop_front(), &c);
    EXPECT_EQ(list.pop_front(), nullptr);
}

TEST(List, keeps_an_order_and_equals_in_the_order_of_coming) {
    Item a{3}, b{1}, c{3}, d{2}, e{4};
    First list;
    for (Item* item : {&a, &b, &c, &d, &e})
        list.insert_before_first(*item, [item](Item const& other) { return other.number > item->number; });
    EXPECT_EQ(numbers(list), (std::vector{1, 2, 3, 3, 4}));
    EXPECT_EQ(list.after(d), &a);
    EXPECT_EQ(list.after(a), &c);
}

TEST(List, an_element_may_be_in_two_lists_by_two_links) {
    Item a{1};
    First first;
    Second second;
    first.push_back(a);
    second.push_back(a);
    EXPECT_EQ(first.front(), &a);
    EXPECT_EQ(second.front(), &a);
    first.remove(a);
    EXPECT_EQ(second.front(), &a);
    second.remove(a);
}

TEST(ListDeathTest, an_element_joins_one_list_a_link) {
    Item a{1};
    First list, other;
    list.push_back(a);
    EXPECT_DEATH(other.push_back(a), "assertion failed");
    list.remove(a);
    EXPECT_DEATH(list.remove(a), "assertion failed");
}

TEST(ListDeathTest, nothing_stands_before_an_element_that_is_in_no_list) {
    Item a{1}, b{2};
    First list;
    EXPECT_DEATH(list.insert_before(a, b), "assertion failed");
}

}  // namespace
}  // namespace base
