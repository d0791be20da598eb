// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/wait_circles.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace sim::debug {

std::vector<std::vector<WaitStep>> wait_circles(KernelView const& kernel) {
    std::map<std::uint64_t, Lock const*> waited;  // by thread
    for (Lock const& lock : kernel.locks)
        for (std::uint64_t thread : lock.waiters) waited.try_emplace(thread, &lock);
    std::vector<std::vector<WaitStep>> circles;
    std::set<std::uint64_t> done;
    for (auto const& [first, lock] : waited) {
        std::vector<WaitStep> path;
        std::uint64_t thread = first;
        for (auto at = waited.find(thread); at != waited.end() && done.insert(thread).second; at = waited.find(thread)) {
            path.push_back({thread, at->second->address});
            thread = at->second->owner;
        }
        // It came to where it had been: on this path, or on one that was told before.
        auto const begin = std::ranges::find(path, thread, &WaitStep::thread);
        if (begin == path.end()) continue;
        path.erase(path.begin(), begin);
        std::rotate(path.begin(), std::ranges::min_element(path, {}, &WaitStep::thread), path.end());
        circles.push_back(std::move(path));
    }
    std::ranges::sort(circles, {}, [](auto const& c) { return c.front().thread; });
    return circles;
}

}  // namespace sim::debug
