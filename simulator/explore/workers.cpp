// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/workers.hpp"

namespace sim::explore {

Workers::Workers(Scenario const& scenario, std::shared_ptr<Subject const> subject, unsigned count) {
    for (unsigned i = 0; i < std::max(1u, count); ++i)
        laboratories_.push_back(std::make_unique<Laboratory>(scenario, subject));
}

std::size_t Workers::run(std::size_t count, Job const& job, std::function<bool()> const& tick) {
    using namespace std::chrono_literals;
    best_.store(count);
    std::atomic<std::size_t> next{0};
    std::mutex guard;  // of the next three
    std::condition_variable done;
    auto busy = laboratories_.size();
    std::exception_ptr problem;
    std::atomic<bool> stop{false};

    auto const work = [&](Laboratory& laboratory) {
        try {
            for (;;) {
                std::size_t const number = next.fetch_add(1);
                if (number >= count || stop || number > best_.load()) break;
                if (!job(laboratory, number)) continue;
                std::size_t best = best_.load();
                while (number < best && !best_.compare_exchange_weak(best, number)) {
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
    for (auto const& laboratory : laboratories_)
        threads.emplace_back([&work, &laboratory] { work(*laboratory); });
    std::unique_lock lock(guard);
    while (!done.wait_for(lock, 2ms, [&] { return busy == 0; })) {  // somebody may give up meanwhile
        lock.unlock();
        if (!stop && tick && !tick()) stop = true;
        if (stop)
            for (auto const& laboratory : laboratories_) laboratory->interrupt();
        lock.lock();
    }
    lock.unlock();
    for (std::thread& thread : threads) thread.join();
    if (problem) std::rethrow_exception(problem);
    return best_.load();
}

}  // namespace sim::explore
