// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/queries/history.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/probes.hpp"
#include "simulator/debug/queries/lock_steps.hpp"
#include "simulator/debug/types.hpp"

namespace sim::debug::queries {

using machine::Moment;

namespace {

constexpr std::size_t most_steps = 64;

// As the kernel calls the owner of a frame; without its types a number.
std::string owner_name(Scene const& scene, std::uint64_t value) {
    TypeTable const& types = scene.symbols->types();
    std::uint32_t const type = types.named("memory::FrameOwner");
    return type ? types.enumerator(type, static_cast<std::int64_t>(value)) : std::to_string(value);
}

// Of the lock object at an address, held or free; "" if the views say nothing of locks.
std::string lock_name(Scene const& scene, std::uint64_t lock, GuestMemory const& memory) {
    Views const& views = scene.kernel.views();
    ResolvedQuery const* q = views.query("locks");
    if (!q) return "";
    ViewRow const row = views.read_element(*q, lock, memory);
    for (std::size_t i = 0; i < q->fields.size() && i < row.values.size(); ++i)
        if (q->fields[i].name == "name" && row.values[i].readable) return row.values[i].text;
    return "";
}

}  // namespace

FrameHistory frame_history(Scene& scene, std::uint64_t frame) {
    FrameHistory h;
    h.frame = frame;
    KernelView const kernel =
        scene.kernel.read(KernelList::frames, scene.memory(), scene.cpu().state()[engine::Gpr::rsp]);
    if (kernel.frames) h.owner = kernel.frames->owner_of(frame);
    bool any = false;
    h.cancelled = !each_event_back(scene, [&](Event const& e, ThreadName const&) {
        if (e.kind != EventKind::frame_alloc && e.kind != EventKind::frame_free) return true;
        any = true;
        if (e.b > 40 || frame < e.a || frame - e.a >= std::uint64_t{1} << e.b) return true;
        bool const allocated = e.kind == EventKind::frame_alloc;
        h.steps.push_back({allocated, e.a, e.b, allocated ? owner_name(scene, e.c) : "", e.at, e.virtual_ns});
        return h.steps.size() < most_steps;
    });
    std::reverse(h.steps.begin(), h.steps.end());
    if (h.cancelled)
        h.problem = "cancelled: what was before the first of these is not known";
    else if (!any)
        h.problem = "no probe of this image told of frames";
    else if (h.steps.empty())
        h.problem =
            "never allocated by the frame allocator: part of the image, of early boot, or free since boot";
    if (!h.steps.empty() && !h.cancelled) {
        Search const back(scene.machine, scene.control);  // brings the machine back
        h.actor = actor_at(scene, h.steps.back().at);
    }
    return h;
}

namespace {

// Looks at each lock that is taken, as it is taken: later its memory may be anything.
class Taken final : public SearchListener {
public:
    Taken(Scene& scene, std::string_view name) : scene_(scene), name_(name) {
        if (!scene.kernel.views().query("locks")) return;  // no lock has a name
        for (Probe& probe : read_probes(*scene.machine.config().image.bytes)) {
            if (probe.provider != "viv" || probe.name != "lock_acquire" || probe.arguments.empty()) continue;
            addresses_.push_back(probe.address);
            probes_.push_back(std::move(probe));
        }
    }
    bool on_address(Moment at, unsigned cpu, engine::VirtAddr address) override {
        GuestMemory const memory = scene_.observation.memory(cpu);
        for (Probe const& probe : probes_) {
            if (probe.address != address) continue;
            auto const lock = evaluate(
                probe.arguments[0], scene_.machine.cpu(cpu).state(),
                [&](std::uint64_t from, std::span<std::uint8_t> into) { return memory.read(from, into); });
            if (lock && lock_name(scene_, *lock, memory) == name_) found = {*lock, std::string(name_), at};
        }
        return false;  // a later one counts
    }
    std::span<engine::VirtAddr const> only_at() const override { return addresses_; }
    std::vector<engine::VirtAddr> const& addresses() const { return addresses_; }
    std::optional<NamedLock> found;

private:
    Scene& scene_;
    std::string_view name_;
    std::vector<Probe> probes_;
    std::vector<engine::VirtAddr> addresses_;
};

LockHistory history_of(Scene& scene, std::uint64_t lock, NamedLock const* named);

}  // namespace

bool is_lock(Scene const& scene, std::uint32_t type) {
    TypeTable const& types = scene.symbols->types();
    ResolvedQuery const* q = scene.kernel.views().query("locks");
    return q && type != 0 && types.strip(type) == types.strip(q->element);
}

std::optional<NamedLock> lock_held(Scene& scene, std::string_view name) {
    KernelView const kernel =
        scene.kernel.read(KernelList::locks, scene.memory(), scene.cpu().state()[engine::Gpr::rsp]);
    for (Lock const& l : kernel.locks)
        if (l.name == name) return NamedLock{l.address, l.name, {}};
    return std::nullopt;
}

std::optional<NamedLock> lock_taken(Scene& scene, std::string_view name) {
    if (!scene.machine.config().image.bytes) return std::nullopt;
    Taken taken(scene, name);
    if (taken.addresses().empty()) return std::nullopt;
    Search search(scene.machine, scene.control);
    search.watch({.addresses = taken.addresses(), .memory = {}});
    search.back({Moment{}, scene.machine.moment()}, taken, [&](Interval) { return taken.found.has_value(); });
    return taken.found;
}

LockHistory lock_history(Scene& scene, std::uint64_t lock) { return history_of(scene, lock, nullptr); }
LockHistory lock_history(Scene& scene, NamedLock const& named) {
    return history_of(scene, named.address, &named);
}

namespace {

LockHistory history_of(Scene& scene, std::uint64_t lock, NamedLock const* named) {
    LockHistory h;
    h.lock = lock;
    KernelView const kernel = scene.kernel.read(KernelList::locks | KernelList::threads, scene.memory(),
                                                scene.cpu().state()[engine::Gpr::rsp]);
    auto name = [&](std::uint64_t thread) {
        Thread const* t = kernel.thread(thread);
        return t && !t->name.empty() ? t->name : fmt::format("{:#x}", thread);
    };
    for (Lock const& l : kernel.locks) {
        if (l.address != lock) continue;
        h.name = l.name;
        h.owner = l.owner;
        h.owner_name = name(l.owner);
        for (std::uint64_t w : l.waiters) h.waiters.push_back(name(w));
    }
    LockSteps steps(lock, named ? named->taken : std::nullopt);
    h.cancelled =
        !each_event_back(scene, [&](Event const& e, ThreadName const& then) { return steps.tell(e, then); });
    h.steps = steps.steps();
    if (named) h.name = named->name;
    if (h.owner == 0 && steps.holder().value_or(0) != 0) {  // not in the kernel's list, but the probes know
        h.owner = *steps.holder();
        h.owner_name = name(*steps.holder());
    }
    if (h.cancelled)
        h.problem = "cancelled: what was before the first of these is not known";
    else if (h.steps.empty())
        h.problem = "no probe told of a lock at this address before this moment";
    if (steps.taken() && !h.cancelled) {
        Search const back(scene.machine, scene.control);  // brings the machine back
        if (h.name.empty()) {
            // As it was called then: now its memory may be something else.
            go_to(scene, *steps.taken());
            h.name = lock_name(scene, lock, scene.memory());
        }
        h.actor = actor_at(scene, *steps.taken());
    }
    return h;
}

}  // namespace

}  // namespace sim::debug::queries
