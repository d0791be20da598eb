// SPDX-License-Identifier: MIT
//
// Marks for `viv bench kernel`, which counts the instructions between them. A
// mark is one NOP; what is measured has its name from the probe's, so nothing
// else runs for the measurement's sake.
//
//     COST_BEGIN(mutex_lock);
//     mutex.lock();
//     COST_END(mutex_lock);
//
// The two ends may be passed by different threads.
#pragma once

#include <atomic>

#include "kernel/base/probe.hpp"

// The compiler moves no access to memory across a mark.
#define COST_MARK(name)                                      \
    do {                                                     \
        std::atomic_signal_fence(std::memory_order_seq_cst); \
        PROBE_0(name);                                       \
        std::atomic_signal_fence(std::memory_order_seq_cst); \
    } while (false)

#define COST_BEGIN(id) COST_MARK(cost_begin_##id)
#define COST_END(id) COST_MARK(cost_end_##id)
// From here to COST_STOP, each interrupt that returns to where it came from is
// measured, from its delivery to its IRETQ.
#define COST_EXITS(id) COST_MARK(cost_exits_##id)
// From here to COST_STOP, each interrupt begins what COST_END(id) ends.
#define COST_ENTRIES(id) COST_MARK(cost_entries_##id)
#define COST_STOP() COST_MARK(cost_stop)
// A datagram to port 7 shall arrive, as soon as nobody has anything to do.
#define COST_DATAGRAM() COST_MARK(cost_datagram)

namespace costs {

// How often each thing is done.
constexpr unsigned rounds = 100;

void switch_threads();
void take_mutexes();
void take_interrupts();
void use_memory();
void exchange_datagrams();

}  // namespace costs
