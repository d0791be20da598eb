// SPDX-License-Identifier: MIT
//
// A mistake that no order of threads shows, only an interrupt that comes late. One
// thread sleeps for a millisecond and sets a flag; the other computes for longer
// than its slice, and takes it that the flag is set by then, unless it noticed that
// it lost time itself. But the timer, too, is free to come late. With the word
// `fixed` it waits in any case.
//
// Status 0: all went well. 1: the flag was not set.
#include "kernel/apps/app.hpp"
#include "kernel/apps/need.hpp"
#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/threads/condition.hpp"
#include "kernel/threads/mutex.hpp"
#include "kernel/threads/thread.hpp"

constinit char const apps::help[] = "  fixed  the correct twin\n";

namespace {

using base::Duration;

struct Flag {
    threads::Mutex mutex{"flag"};
    threads::Condition set{};
    bool value = false;
};

void sleeper(void* argument) {
    Flag& flag = *static_cast<Flag*>(argument);
    threads::sleep_for(Duration::milliseconds(1));
    threads::MutexGuard guard(flag.mutex);
    flag.value = true;
    flag.set.notify_one();
}

}  // namespace

int apps::main(Boot const& boot) {
    bool const fixed = boot.words.has("fixed");
    boot.words.warn_about_the_rest();
    PROBE_0(app_ready);
    Flag flag;
    threads::Thread* const other = apps::need(threads::create("sleeper", sleeper, &flag));
    threads::yield();  // it goes to sleep
    base::Instant now = arch::now();
    base::Instant const end = now + Duration::milliseconds(15);
    bool lost_time = false;
    while (now < end) {
        base::Instant const later = arch::now();
        lost_time = lost_time || later - now > Duration::milliseconds(1);
        now = later;
    }
    bool was_set = false;
    {
        threads::MutexGuard guard(flag.mutex);
        while ((fixed || lost_time) && !flag.value) flag.set.wait(flag.mutex);
        was_set = flag.value;
    }
    threads::join(other);
    if (!was_set) base::log_error("tardy: fifteen milliseconds, and the flag is not set");
    return was_set ? 0 : 1;
}
