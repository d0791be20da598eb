// SPDX-License-Identifier: GPL-2.0-or-later
//
// Laboratories side by side, one thread each, that take numbered jobs. What they
// find does not depend on their number: a job's result depends on the job alone,
// and whoever asks takes the lowest number that succeeded.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace sim::explore {

// A Bench has interrupt(), which any thread may call, again and again: what it
// does then ends soon.
template <class Bench>
class Workers {
public:
    // At least one.
    explicit Workers(std::vector<std::unique_ptr<Bench>> benches) : benches_(std::move(benches)) {}

    Bench& first() { return *benches_.front(); }
    std::vector<std::unique_ptr<Bench>> const& benches() const { return benches_; }

    // Calls job(bench, number) for the numbers below `count`, in about that
    // order. A job that returns true has found something: higher numbers are no
    // longer begun. `tick` is called on this thread now and then; when it returns
    // false, all jobs are interrupted. Returns the lowest number that found
    // something, or `count`. Rethrows what a job threw.
    using Job = std::function<bool(Bench&, std::size_t)>;
    std::size_t run(std::size_t count, Job const& job, std::function<bool()> const& tick) {
        return run(benches_.size(), count, job, tick);
    }
    // One job, on the first, and this thread is free to tick.
    void alone(std::function<void(Bench&)> const& job, std::function<bool()> const& tick) {
        run(
            1, 1, [&](Bench& bench, std::size_t) { return job(bench), false; }, tick);
    }

private:
    std::size_t run(std::size_t threads_wanted, std::size_t count, Job const& job,
                    std::function<bool()> const& tick) {
        using namespace std::chrono_literals;
        std::atomic<std::size_t> next{0}, best{count};
        std::atomic<bool> stop{false};
        std::mutex guard;  // of the next three
        std::condition_variable done;
        std::size_t busy = threads_wanted;
        std::exception_ptr problem;

        auto const work = [&](Bench& bench) {
            try {
                for (;;) {
                    std::size_t const number = next.fetch_add(1);
                    if (number >= count || stop || number > best.load()) break;
                    if (!job(bench, number)) continue;
                    std::size_t lowest = best.load();
                    while (number < lowest && !best.compare_exchange_weak(lowest, number)) {
                    }
                }
            } catch (...) {
                std::lock_guard const lock(guard);
                if (!problem) problem = std::current_exception();
                stop = true;
            }
            std::lock_guard const lock(guard);
            if (--busy == 0) done.notify_one();
        };
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < threads_wanted; ++i)
            threads.emplace_back([&work, &bench = *benches_[i]] { work(bench); });
        std::unique_lock lock(guard);
        while (!done.wait_for(lock, 2ms, [&] { return busy == 0; })) {  // somebody may give up meanwhile
            lock.unlock();
            if (!stop && tick && !tick()) stop = true;
            if (stop)
                for (auto const& bench : benches_) bench->interrupt();
            lock.lock();
        }
        lock.unlock();
        for (std::thread& thread : threads) thread.join();
        if (problem) std::rethrow_exception(problem);
        return best.load();
    }

    std::vector<std::unique_ptr<Bench>> benches_;
};

}  // namespace sim::explore
