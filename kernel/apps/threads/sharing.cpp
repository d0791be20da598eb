// SPDX-License-Identifier: MIT
//
// Threads that share: a bounded buffer with a mutex and two conditions, readers and
// writers, locks that are waited for in vain, a semaphore that hands over.
#include <atomic>

#include "kernel/apps/need.hpp"
#include "kernel/apps/threads/checks.hpp"
#include "kernel/base/ring_buffer.hpp"
#include "kernel/threads/condition.hpp"
#include "kernel/threads/mutex.hpp"
#include "kernel/threads/rw_lock.hpp"
#include "kernel/threads/semaphore.hpp"

namespace apps {
namespace {

using base::Duration;

// ---- a bounded buffer: two producers, two consumers ----

constexpr std::uint64_t items_each = 500;

struct Buffer {
    threads::Mutex mutex{"buffer"};
    threads::Condition not_empty, not_full;
    base::RingBuffer<std::uint64_t, 8> ring;
    std::uint64_t sum = 0;
    std::uint64_t taken = 0;
};

void produce(void* argument) {
    auto& buffer = *static_cast<Buffer*>(argument);
    for (std::uint64_t i = 1; i <= items_each; ++i) {
        threads::MutexGuard guard(buffer.mutex);
        while (!buffer.ring.push(i)) buffer.not_full.wait(buffer.mutex);
        buffer.not_empty.notify_one();
    }
}

void consume(void* argument) {
    auto& buffer = *static_cast<Buffer*>(argument);
    for (std::uint64_t i = 0; i < items_each; ++i) {
        threads::MutexGuard guard(buffer.mutex);
        while (buffer.ring.empty()) buffer.not_empty.wait(buffer.mutex);
        buffer.sum += *buffer.ring.pop();
        ++buffer.taken;
        buffer.not_full.notify_one();
    }
}

}  // namespace

bool check_bounded_buffer() {
    Buffer buffer;
    threads::Thread* workers[] = {apps::need(threads::create("producer 1", produce, &buffer)),
                                  apps::need(threads::create("producer 2", produce, &buffer)),
                                  apps::need(threads::create("consumer 1", consume, &buffer)),
                                  apps::need(threads::create("consumer 2", consume, &buffer))};
    for (threads::Thread* worker : workers) threads::join(worker);
    return expect(buffer.taken == 2 * items_each, "every item is taken") &&
           expect(buffer.sum == items_each * (items_each + 1), "and each once");
}

namespace {

// ---- readers and writers ----

struct Library {
    threads::RwLock lock{"library"};
    std::atomic<int> readers{0}, writers{0};
    std::atomic<bool> mixed{false};
    int volumes = 0;
};

void read(void* argument) {
    auto& library = *static_cast<Library*>(argument);
    for (int i = 0; i < 20; ++i) {
        library.lock.lock_shared();
        ++library.readers;
        if (library.writers != 0) library.mixed = true;
        threads::sleep_for(Duration::microseconds(20));
        --library.readers;
        library.lock.unlock_shared();
    }
}

void write(void* argument) {
    auto& library = *static_cast<Library*>(argument);
    for (int i = 0; i < 20; ++i) {
        library.lock.lock();
        if (++library.writers != 1 || library.readers != 0) library.mixed = true;
        threads::yield();
        ++library.volumes;
        --library.writers;
        library.lock.unlock();
    }
}

// A reader that leaves when a second one is inside too.
struct Company {
    threads::RwLock lock{"company"};
    std::atomic<int> inside{0};
    std::atomic<bool> met{false};
};

void read_in_company(void* argument) {
    auto& company = *static_cast<Company*>(argument);
    company.lock.lock_shared();
    ++company.inside;
    if (comes_true([&] { return company.inside == 2; })) company.met = true;
    company.lock.unlock_shared();
}

}  // namespace

bool check_readers_meet() {
    Company company;
    threads::Thread* const one = apps::need(threads::create("reader 1", read_in_company, &company));
    threads::Thread* const two = apps::need(threads::create("reader 2", read_in_company, &company));
    threads::join(one);
    threads::join(two);
    return expect(company.met, "readers are not alone");
}

bool check_readers_and_writers() {
    Library library;
    threads::Thread* users[5];
    for (int i = 0; i < 5; ++i)
        users[i] = apps::need(threads::create("user", i < 3 ? read : write, &library));
    for (threads::Thread* user : users) threads::join(user);
    return expect(!library.mixed, "a writer is alone") &&
           expect(library.volumes == 40, "and every write counts");
}

namespace {

// ---- a mutex is handed over, and waiting for it may end early ----

struct Held {
    threads::Mutex mutex{"held"};
    threads::Event taken, enough;
};

void hold(void* argument) {
    auto& held = *static_cast<Held*>(argument);
    threads::MutexGuard guard(held.mutex);
    held.taken.set();
    held.enough.wait();
}

}  // namespace

bool check_lock_until() {
    Held held;
    threads::Thread* const holder = apps::need(threads::create("holder", hold, &held));
    held.taken.wait();
    bool const refused = !held.mutex.lock_until(arch::now() + Duration::milliseconds(2));
    held.enough.set();
    bool const got = held.mutex.lock_until(arch::now() + long_enough);
    if (got) held.mutex.unlock();
    threads::join(holder);
    return expect(refused, "waiting for a mutex ends at its deadline") &&
           expect(got, "and sooner when it is free");
}

namespace {

// The same with readers and writers: who waits for the gate, or for the readers inside.

struct Room {
    threads::RwLock lock{"room"};
    threads::Event inside, enough;
};

void stay_to_read(void* argument) {
    auto& room = *static_cast<Room*>(argument);
    room.lock.lock_shared();
    room.inside.set();
    room.enough.wait();
    room.lock.unlock_shared();
}

void stay_to_write(void* argument) {
    auto& room = *static_cast<Room*>(argument);
    room.lock.lock();
    room.inside.set();
    room.enough.wait();
    room.lock.unlock();
}

}  // namespace

bool check_rw_lock_until() {
    Room room;
    auto const soon = [] { return arch::now() + Duration::milliseconds(2); };
    threads::Thread* const reader = apps::need(threads::create("reader", stay_to_read, &room));
    room.inside.wait();
    bool const no_writer = !room.lock.lock_until(soon());
    bool const second_reader = room.lock.lock_shared_until(soon());  // no gate is left closed
    if (second_reader) room.lock.unlock_shared();
    room.enough.set();
    threads::join(reader);
    threads::Thread* const writer = apps::need(threads::create("writer", stay_to_write, &room));
    room.inside.wait();
    bool const no_reader = !room.lock.lock_shared_until(soon());
    bool const no_second_writer = !room.lock.lock_until(soon());
    room.enough.set();
    bool const free = room.lock.lock_until(arch::now() + long_enough);
    if (free) room.lock.unlock();
    threads::join(writer);
    return expect(no_writer && second_reader, "a writer gives up, and leaves the readers alone") &&
           expect(no_reader && no_second_writer, "nobody waits longer than his deadline for a writer") &&
           expect(free, "and is let in when it is gone");
}

namespace {

struct Relay {
    threads::Semaphore first{0}, second{0};
    std::uint64_t rounds = 0;
};

void answer(void* argument) {
    auto& relay = *static_cast<Relay*>(argument);
    for (int i = 0; i < 100; ++i) {
        relay.first.acquire();
        ++relay.rounds;
        relay.second.release();
    }
}

}  // namespace

bool check_semaphore() {
    Relay relay;
    threads::Thread* const partner = apps::need(threads::create("partner", answer, &relay));
    bool in_turn = true;
    for (std::uint64_t i = 0; i < 100; ++i) {
        relay.first.release();
        relay.second.acquire();
        in_turn = in_turn && relay.rounds == i + 1;
    }
    threads::join(partner);
    return expect(in_turn, "a semaphore hands over in turn");
}

}  // namespace apps
