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
    std::atomic<unsigned> busy{static_cast<unsigned>(laboratories_.size())};
    std::mutex guard;
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
        --busy;
    };
    std::vector<std::thread> threads;
    for (auto const& laboratory : laboratories_)
        threads.emplace_back([&work, &laboratory] { work(*laboratory); });
    while (busy != 0) {
        std::this_thread::sleep_for(busy == 0 ? 0ms : 2ms);
        if (!stop && tick && !tick()) stop = true;
        if (stop)
            for (auto const& laboratory : laboratories_) laboratory->interrupt();
    }
    for (std::thread& thread : threads) thread.join();
    if (problem) std::rethrow_exception(problem);
    return best_.load();
}

}  // namespace sim::explore
