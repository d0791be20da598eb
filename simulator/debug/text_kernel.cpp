// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the kernel keeps: threads, frames, locks, queues, connections.
#include <algorithm>

#include "simulator/debug/text_printers.hpp"
#include "simulator/debug/wait_circles.hpp"

namespace sim::debug {

namespace printers {

namespace {

constexpr std::size_t max_descriptors = 16;  // of a queue

// "no list", "problem", or nothing to say.
bool unhealthy(Out out, Snapshot const& s, ListHealth const& health) {
    if (!s.kernel.problem.empty()) {
        fmt::format_to(out, "({})\n", s.kernel.problem);
        return true;
    }
    if (!health.declared) {
        fmt::format_to(out, "(this image declares no such objects, or they were not asked for)\n");
        return true;
    }
    if (!health.problem.empty()) fmt::format_to(out, "({})\n", health.problem);
    return false;
}

// Whatever an entity has, as name=value.
void values(Out out, std::vector<NamedValue> const& fields) {
    for (NamedValue const& f : fields) fmt::format_to(out, " {}={}", f.name, f.text);
    fmt::format_to(out, "\n");
}

}  // namespace

std::string thread_name(Snapshot const& s, std::uint64_t address) {
    if (address == 0) return "-";
    if (Thread const* t = s.kernel.thread(address)) return t->name;
    std::string const& name = s.events.thread_name(address, s.moment);
    return name.empty() ? fmt::format("{:#x}", address) : name;
}

void threads(Out out, Snapshot const& s, TextOptions const&) {
    if (unhealthy(out, s, s.kernel.threads_health)) return;
    fmt::format_to(out, "{:<4}{:<22}{:<10}{:>10} {:>10}  {:<18}{}\n", "id", "name", "state", "stack", "used",
                   "address", "waits for");
    for (Thread const& t : s.kernel.threads) {
        fmt::format_to(out, "{:<4}{:<22}{:<10}{:>10} {:>10}  {:#018x}", t.id, t.name, t.state,
                       format_bytes(t.stack_high - t.stack_low), t.stack_used, t.address);
        if (t.waits_for) fmt::format_to(out, "  {:#x}", t.waits_for);
        if (Lock const* lock = s.kernel.awaited_by(t))
            fmt::format_to(out, "  {}{}", lock->name, lock->owner ? ", which " + thread_name(s, lock->owner) + " holds" : "");
        if (t.running) fmt::format_to(out, "  <- runs");
        fmt::format_to(out, "\n");
    }
    fmt::format_to(out, "run queue:");
    for (std::uint64_t t : s.kernel.run_queue) fmt::format_to(out, " {}", thread_name(s, t));
    fmt::format_to(out, "{}\n", s.kernel.run_queue.empty() ? " empty" : "");
}

void frames(Out out, Snapshot const& s, TextOptions const& o) {
    if (unhealthy(out, s, s.kernel.frames_health) || !s.kernel.frames) return;
    FrameMap const& map = *s.kernel.frames;
    for (std::size_t i = 0; i < map.owners.size(); ++i)
        if (map.frames_by_owner[i])
            fmt::format_to(out, "{:<16}{:>8} frames  {:>10}\n", map.owners[i], map.frames_by_owner[i],
                           format_bytes(map.frames_by_owner[i] * 4096));
    fmt::format_to(out, "runs:\n");
    std::size_t rows = 0;
    for (std::size_t n = 0; n < map.owner.size();) {
        std::size_t end = n;
        while (end < map.owner.size() && map.owner[end] == map.owner[n]) ++end;
        if (++rows > o.max_rows) {
            fmt::format_to(out, "  ...\n");
            break;
        }
        fmt::format_to(out, "  {:#012x}..{:#012x}  {:>8}  {}\n", (map.first + n) * 4096,
                       (map.first + end) * 4096, end - n, map.owners[map.owner[n]]);
        n = end;
    }
}

void heap(Out out, Snapshot const& s, TextOptions const&) {
    if (unhealthy(out, s, s.kernel.heap_health)) return;
    for (HeapClass const& h : s.kernel.heap)
        fmt::format_to(out, "{:>8}: {} of {} used\n", h.name.empty() ? format_bytes(h.object_size) : h.name,
                       h.used, h.capacity);
    if (auto const large = large_objects(s.kernel))
        fmt::format_to(out, "{:>8}: {} with {} of frames of their own\n", "large", large->count, format_bytes(large->bytes));
}

void locks(Out out, Snapshot const& s, TextOptions const&) {
    if (unhealthy(out, s, s.kernel.locks_health)) return;
    if (s.kernel.locks.empty()) fmt::format_to(out, "(no lock is held)\n");
    for (Lock const& l : s.kernel.locks) {
        fmt::format_to(out, "{:#018x} {:<20} held by {}", l.address, l.name, thread_name(s, l.owner));
        for (std::uint64_t w : l.waiters) fmt::format_to(out, ", {} waits", thread_name(s, w));
        fmt::format_to(out, "\n");
    }
    auto const name = [&](std::uint64_t lock) {
        auto const found = std::ranges::find(s.kernel.locks, lock, &Lock::address);
        return found == s.kernel.locks.end() || found->name.empty() ? fmt::format("{:#x}", lock) : found->name;
    };
    for (auto const& circle : wait_circles(s.kernel)) {
        fmt::format_to(out, "deadlock:");
        for (std::size_t i = 0; i < circle.size(); ++i)
            fmt::format_to(out, "{} {} waits for {}, held by {}", i ? ";" : "", thread_name(s, circle[i].thread),
                           name(circle[i].lock), thread_name(s, circle[(i + 1) % circle.size()].thread));
        fmt::format_to(out, "\n");
    }
}

void interrupts(Out out, Snapshot const& s, TextOptions const&) {
    if (unhealthy(out, s, s.kernel.interrupts_health)) return;
    for (InterruptVector const& v : s.kernel.interrupts)
        fmt::format_to(out, "{:>3} {:>10} times  {}\n", v.vector, v.count, v.name);
}

void virtqueues(Out out, Snapshot const& s, TextOptions const&) {
    if (unhealthy(out, s, s.kernel.virtqueues_health)) return;
    for (Virtqueue const& q : s.kernel.virtqueues) {
        fmt::format_to(out, "{} at {:#x}:", q.name.empty() ? "queue" : q.name, q.address);
        values(out, q.fields);
        std::size_t shown = 0, in_flight = 0;
        for (Descriptor const& d : q.descriptors) {
            if (!d.in_flight || ++in_flight > max_descriptors) continue;
            ++shown;
            fmt::format_to(out, "  {:>4} {:#014x} {:>6} bytes{}{}\n", d.index, d.address, d.length,
                           d.flags & 2 ? ", device writes" : "",
                           d.flags & 1 ? fmt::format(", next {}", d.next) : "");
        }
        if (in_flight > shown) fmt::format_to(out, "  ... {} more in flight\n", in_flight - shown);
    }
}

void connections(Out out, Snapshot const& s, TextOptions const&) {
    if (unhealthy(out, s, s.kernel.connections_health)) return;
    if (s.kernel.connections.empty()) fmt::format_to(out, "(no connection)\n");
    for (TcpConnection const& c : s.kernel.connections) {
        fmt::format_to(out, "{} {} -> {}:", c.state, c.local, c.remote);
        values(out, c.fields);
    }
}

}  // namespace printers

}  // namespace sim::debug
