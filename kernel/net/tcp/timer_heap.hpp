// SPDX-License-Identifier: MIT
//
// Who wants to be called first: a binary heap of timers that live in their
// owners. The earliest is at the top; moving one costs a few comparisons, and
// nothing at all when there is only one.
#pragma once

#include "kernel/base/assert.hpp"
#include "kernel/base/time.hpp"
#include "kernel/net/memory.hpp"

namespace net::tcp {

struct Timer {
    static constexpr std::uint32_t nowhere = UINT32_MAX;
    base::Instant when = base::Instant::never();
    std::uint32_t place = nowhere;  // in the heap
};

class TimerHeap {
public:
    [[nodiscard]] bool create(Allocator& memory, std::size_t timers) { return heap_.create(memory, timers); }

    // Instant::never() takes the timer out.
    void set(Timer& timer, base::Instant when) {
        if (timer.place != Timer::nowhere && timer.when == when) return;
        if (when == base::Instant::never()) return remove(timer);
        timer.when = when;
        if (timer.place == Timer::nowhere) {
            ASSERT(size_ < heap_.size());
            put(timer, size_++);
        }
        sift_up(timer);
        sift_down(timer);
    }
    void remove(Timer& timer) {
        if (timer.place == Timer::nowhere) return;
        std::size_t const hole = timer.place;
        timer.place = Timer::nowhere;
        timer.when = base::Instant::never();
        Timer* last = heap_[--size_];
        if (hole == size_) return;
        put(*last, hole);
        sift_up(*last);
        sift_down(*last);
    }

    Timer* first() const { return size_ == 0 ? nullptr : heap_[0]; }
    base::Instant deadline() const { return size_ == 0 ? base::Instant::never() : heap_[0]->when; }

private:
    void put(Timer& timer, std::size_t place) {
        heap_[place] = &timer;
        timer.place = static_cast<std::uint32_t>(place);
    }
    void exchange(Timer& a, Timer& b) {
        std::size_t const place = a.place;
        put(a, b.place);
        put(b, place);
    }
    void sift_up(Timer& timer) {
        while (timer.place > 0) {
            Timer& parent = *heap_[(timer.place - 1) / 2];
            if (parent.when <= timer.when) return;
            exchange(timer, parent);
        }
    }
    void sift_down(Timer& timer) {
        for (;;) {
            std::size_t child = 2 * std::size_t{timer.place} + 1;
            if (child >= size_) return;
            if (child + 1 < size_ && heap_[child + 1]->when < heap_[child]->when) ++child;
            if (timer.when <= heap_[child]->when) return;
            exchange(*heap_[child], timer);
        }
    }

    Table<Timer*> heap_;
    std::size_t size_ = 0;
};

}  // namespace net::tcp
