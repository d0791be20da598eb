// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/queries/history.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/types.hpp"

namespace sim::debug::queries {

using machine::Moment;

namespace {

constexpr std::size_t most_steps = 64;

template <class Step>
void keep_newest(std::vector<Step>& steps) {
    if (steps.size() > most_steps)
        steps.erase(steps.begin(), steps.end() - static_cast<std::ptrdiff_t>(most_steps));
}

// As the kernel calls the owner of a frame; without its types a number.
std::string owner_name(Scene const& scene, std::uint64_t value) {
    TypeTable const& types = scene.symbols->types();
    std::uint32_t const type = types.named("memory::FrameOwner");
    return type ? types.enumerator(type, static_cast<std::int64_t>(value)) : std::to_string(value);
}

std::string thread_text(std::string const& name, std::uint64_t address) {
    return name.empty() ? fmt::format("{:#x}", address) : name;
}

Actor there(Scene& scene, Moment at) {
    Search search(scene.machine, scene.control);  // brings the machine back
    return actor_at(scene, at);
}

}  // namespace

FrameHistory frame_history(Scene& scene, std::uint64_t frame) {
    FrameHistory h;
    h.frame = frame;
    KernelView const kernel =
        scene.kernel.read(KernelList::frames, scene.memory(), scene.cpu().state()[engine::Gpr::rsp]);
    if (kernel.frames && frame >= kernel.frames->first &&
        frame - kernel.frames->first < kernel.frames->owner.size())
        h.owner = kernel.frames->owners[kernel.frames->owner[frame - kernel.frames->first]];
    EventView const events = scene.events();
    Moment const now = scene.machine.moment();
    bool any = false;
    for (std::uint64_t n = events.all.begin(); n < events.all.end(); ++n) {
        Event const& e = events.all[n];
        if (e.at >= now) break;
        if (e.kind != EventKind::frame_alloc && e.kind != EventKind::frame_free) continue;
        any = true;
        if (e.b > 40 || frame < e.a || frame - e.a >= std::uint64_t{1} << e.b) continue;
        bool const allocated = e.kind == EventKind::frame_alloc;
        h.steps.push_back({allocated, e.a, e.b, allocated ? owner_name(scene, e.c) : "", e.at, e.virtual_ns});
    }
    keep_newest(h.steps);
    if (!any)
        h.problem = "no probe of this image told of frames";
    else if (h.steps.empty())
        h.problem =
            "never allocated by the frame allocator: part of the image, of early boot, or free since boot";
    if (!h.steps.empty()) h.actor = there(scene, h.steps.back().at);
    return h;
}

std::optional<std::uint64_t> lock_named(Scene& scene, std::string_view name) {
    KernelView const kernel =
        scene.kernel.read(KernelList::locks, scene.memory(), scene.cpu().state()[engine::Gpr::rsp]);
    for (Lock const& l : kernel.locks)
        if (l.name == name) return l.address;
    return std::nullopt;
}

LockHistory lock_history(Scene& scene, std::uint64_t lock) {
    LockHistory h;
    h.lock = lock;
    KernelView const kernel = scene.kernel.read(KernelList::locks | KernelList::threads, scene.memory(),
                                                scene.cpu().state()[engine::Gpr::rsp]);
    auto name = [&](std::uint64_t thread) {
        Thread const* t = kernel.thread(thread);
        return thread_text(t ? t->name : "", thread);
    };
    for (Lock const& l : kernel.locks) {
        if (l.address != lock) continue;
        h.name = l.name;
        h.owner = l.owner;
        h.owner_name = name(l.owner);
        for (std::uint64_t w : l.waiters) h.waiters.push_back(name(w));
    }
    EventView const events = scene.events();
    Moment const now = scene.machine.moment();
    std::optional<Moment> taken;
    std::uint64_t holder = 0;
    for (std::uint64_t n = events.all.begin(); n < events.all.end(); ++n) {
        Event const& e = events.all[n];
        if (e.at >= now) break;
        using Kind = LockHistory::Step::Kind;
        std::optional<Kind> kind;
        if (e.kind == EventKind::lock_wait) kind = Kind::waits;
        if (e.kind == EventKind::lock_acquire) kind = Kind::acquires;
        if (e.kind == EventKind::lock_release) kind = Kind::releases;
        if (!kind || e.a != lock) continue;
        h.steps.push_back({*kind, thread_text(events.thread_name(e.b, n), e.b), e.at, e.virtual_ns});
        if (*kind == Kind::acquires) taken = e.at, holder = e.b;
        if (*kind == Kind::releases) holder = 0;
    }
    keep_newest(h.steps);
    if (h.owner == 0 && holder != 0) {  // not in the kernel's list, but the probes know
        h.owner = holder;
        h.owner_name = name(holder);
    }
    if (h.steps.empty()) h.problem = "no probe told of a lock at this address before this moment";
    if (taken) h.actor = there(scene, *taken);
    return h;
}

}  // namespace sim::debug::queries
