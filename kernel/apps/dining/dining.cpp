// SPDX-License-Identifier: MIT
//
// The dining philosophers: five of them around a table, a fork between any two,
// and everybody needs both neighbours' forks to eat. [ewd310]
//
// Taking the lower-numbered fork first, all get their meals. With the word
// `deadlock` each takes the left fork first; then all hold one fork and wait for
// the next, in a circle, and the kernel says so: nothing happens any more.
#include "kernel/apps/app.hpp"
#include "kernel/apps/need.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/threads/mutex.hpp"
#include "kernel/threads/thread.hpp"

constinit char const apps::help[] =
    "  deadlock  every philosopher takes the left fork first\n"
    "  meals=N  how often each of them eats (20)\n";

namespace {

constexpr unsigned seats = 5;
constexpr auto a_while = base::Duration::microseconds(100);

struct Table {
    threads::Mutex forks[seats] = {threads::Mutex("fork 0"), threads::Mutex("fork 1"),
                                   threads::Mutex("fork 2"), threads::Mutex("fork 3"),
                                   threads::Mutex("fork 4")};
    bool left_first = false;
    std::uint64_t meals = 20;
};

struct Philosopher {
    char const* name;
    unsigned seat = 0;
    Table* table = nullptr;
    std::uint64_t eaten = 0;
};

void dine(void* argument) {
    auto& me = *static_cast<Philosopher*>(argument);
    unsigned first = me.seat, second = (me.seat + 1) % seats;
    if (!me.table->left_first && second < first) std::swap(first, second);
    while (me.eaten < me.table->meals) {
        threads::MutexGuard one(me.table->forks[first]);
        threads::sleep_for(a_while);  // time enough for the neighbour
        threads::MutexGuard two(me.table->forks[second]);
        ++me.eaten;
    }
}

}  // namespace

int apps::main(Boot const& boot) {
    PROBE_0(app_ready);
    Table table;
    table.left_first = boot.words.has("deadlock");
    table.meals = boot.words.number("meals").value_or(table.meals);
    boot.words.warn_about_the_rest();

    Philosopher guests[seats] = {{"Plato"}, {"Hypatia"}, {"Kant"}, {"Arendt"}, {"Laozi"}};
    threads::Thread* diners[seats];
    for (unsigned i = 0; i < seats; ++i) {
        guests[i].seat = i;
        guests[i].table = &table;
        diners[i] = apps::need(threads::create(guests[i].name, dine, &guests[i]));
    }
    for (threads::Thread* diner : diners) threads::join(diner);
    for (Philosopher const& guest : guests) base::log_info("{} has eaten {} times", guest.name, guest.eaten);
    return 0;
}
