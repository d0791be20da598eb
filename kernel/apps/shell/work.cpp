// SPDX-License-Identifier: MIT
//
// Work that the shell gives to a thread of its own, so that there is something
// to look at.
#include <atomic>

#include "kernel/apps/shell/commands.hpp"
#include "kernel/base/command_line.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/threads/mutex.hpp"

namespace apps {
namespace {

using base::Duration;
using base::print;

constexpr unsigned most_at_work = 8;
constexpr std::uint64_t most_amount = 3'600'000;  // an hour of milliseconds
constinit std::atomic<unsigned> at_work{0};
constinit threads::Mutex tool{"tool"}, wood{"wood"};

void spin(std::uint64_t ms) {
    base::Instant const end = platform::now() + Duration::milliseconds(static_cast<std::int64_t>(ms));
    while (platform::now() < end) {
    }
}

void sleep(std::uint64_t ms) { threads::sleep_for(Duration::milliseconds(static_cast<std::int64_t>(ms))); }

void hold(std::uint64_t ms) {
    threads::MutexGuard guard(tool);
    sleep(ms);
}

// Two who take the same in the other order, and meet: neither ever has both.
void saw(std::uint64_t ms) {
    threads::MutexGuard first(tool);
    sleep(ms);
    threads::MutexGuard second(wood);
}
void carve(std::uint64_t ms) {
    threads::MutexGuard first(wood);
    sleep(ms);
    threads::MutexGuard second(tool);
}

// A frame at a time, given back after two seconds.
void take(std::uint64_t frames) {
    struct Taken {
        Taken* next;
        base::FrameNumber frame;
    };
    Taken* first = nullptr;
    for (; frames > 0; --frames) {
        auto const frame = memory::allocate_frames(0, memory::FrameOwner::application);
        if (!frame) break;
        first = ::new (memory::phys_to_virt(frame.value().start()).as<void>()) Taken{first, frame.value()};
    }
    sleep(2000);
    while (first != nullptr) {
        base::FrameNumber const frame = first->frame;
        first = first->next;
        memory::free_frames(frame, 0);
    }
}

void forget(std::uint64_t bytes) { (void)memory::allocate(bytes); }

struct Work {
    std::string_view name, help;
    void (*run)(std::uint64_t amount);
};
constexpr Work works[] = {
    {"spin", "MS: keeps the processor busy (ps)", spin},
    {"sleep", "MS: does nothing (ps)", sleep},
    {"hold", "MS: holds a mutex (locks)", hold},
    {"saw", "MS: takes a tool, then wood (locks)", saw},
    {"carve", "MS: takes wood, then a tool: a deadlock, if at the same time as saw", carve},
    {"take", "N: takes N frames for two seconds (pages)", take},
    {"forget", "N: allocates N bytes and forgets them (leaks)", forget},
};

struct Job {
    Work const& work;
    std::uint64_t amount;
};

void do_job(void* argument) {
    auto* const job = static_cast<Job*>(argument);
    job->work.run(job->amount);
    memory::destroy(job);
    --at_work;
}

// False: no memory.
bool start(Work const& work, std::uint64_t amount) {
    auto const job = memory::make<Job>(work, amount);
    if (!job) return false;
    ++at_work;
    auto const thread = threads::create(work.name, do_job, job.value());
    if (thread) {
        threads::detach(thread.value());
    } else {
        --at_work;
        memory::destroy(job.value());
    }
    return thread.ok();
}

}  // namespace

void run_work(Call const& call) {
    std::string_view words = call.words;
    std::string_view const name = take_word(words), amount_text = take_word(words);
    auto const amount =
        amount_text.empty() ? std::optional<std::uint64_t>(1000) : base::parse_number(amount_text);
    for (Work const& work : works) {
        if (work.name != name) continue;
        if (!amount || *amount > most_amount)
            return print(call.out, "run: {}: want a number up to {}\n", amount_text, most_amount);
        if (at_work == most_at_work)
            return print(call.out, "run: {} threads are at work; wait for one\n", most_at_work);
        if (!start(work, *amount)) return print(call.out, "run: no memory for a thread\n");
        threads::sleep_for(Duration::milliseconds(1));  // it has begun when we say so
        return print(call.out, "'{}' is at work\n", name);
    }
    if (!name.empty()) print(call.out, "run: {}: there is no such work\n", name);
    for (Work const& work : works) print(call.out, "  {:<6}  {}\n", work.name, work.help);
}

}  // namespace apps
