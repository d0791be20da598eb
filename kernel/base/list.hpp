// SPDX-License-Identifier: MIT
//
// A list whose links lie inside the elements: joining and leaving need no
// memory and cannot fail, which is why schedulers and wait queues use it.
//
//     struct Thread { base::ListLink run_link; };
//     base::List<Thread, &Thread::run_link> ready;
//
// An element is in at most one list per link; both are asserted. The list does
// not own its elements.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel/base/assert.hpp"

namespace base {

struct ListLink {
    ListLink* next = nullptr;  // null while in no list
    ListLink* previous = nullptr;
    constexpr bool linked() const { return next != nullptr; }
};

template <class T, ListLink T::*member>
class List {
public:
    // The list is a ring through its own head, so no end needs special care.
    constexpr List() : head_{&head_, &head_} {}
    List(List const&) = delete;
    List& operator=(List const&) = delete;

    bool empty() const { return head_.next == &head_; }
    T* front() const { return empty() ? nullptr : element(head_.next); }
    T* back() const { return empty() ? nullptr : element(head_.previous); }
    // The element after this one, or null at the end.
    T* after(T const& item) const {
        ListLink* next = (item.*member).next;
        return next == &head_ ? nullptr : element(next);
    }

    void push_back(T& item) { link(item.*member, head_.previous, &head_); }
    void push_front(T& item) { link(item.*member, &head_, head_.next); }
    void insert_before(T& position, T& item) {
        ASSERT((position.*member).linked());
        link(item.*member, (position.*member).previous, &(position.*member));
    }
    // Before the first element of which `is_behind` is true; at the end when there is none.
    template <class Predicate>
    void insert_before_first(T& item, Predicate is_behind) {
        T* behind = front();
        while (behind != nullptr && !is_behind(*behind)) behind = after(*behind);
        if (behind != nullptr)
            insert_before(*behind, item);
        else
            push_back(item);
    }
    T* pop_front() {
        T* item = front();
        if (item != nullptr) remove(*item);
        return item;
    }
    static void remove(T& item) {
        ListLink& link = item.*member;
        ASSERT(link.linked());
        link.previous->next = link.next;
        link.next->previous = link.previous;
        link = {};
    }
    std::size_t size() const {  // counts: O(n), for tests and reports
        std::size_t count = 0;
        for (ListLink* at = head_.next; at != &head_; at = at->next) ++count;
        return count;
    }

private:
    static void link(ListLink& item, ListLink* previous, ListLink* next) {
        ASSERT(!item.linked());
        item.previous = previous;
        item.next = next;
        previous->next = &item;
        next->previous = &item;
    }
    // From the link back to the element that holds it.
    static T* element(ListLink* link) {
        auto const offset =
            reinterpret_cast<std::uintptr_t>(&(reinterpret_cast<T*>(0x1000)->*member)) - 0x1000;
        return reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(link) - offset);
    }

    ListLink head_;
};

}  // namespace base
