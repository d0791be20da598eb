// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/snapshot.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/selection.hpp"

namespace sim::debug {

char const* name_of(RunState state) {
    switch (state) {
        case RunState::paused:
            return "paused";
        case RunState::running:
            return "running";
        case RunState::seeking:
            return "seeking";
        case RunState::exited:
            return "exited";
        case RunState::crashed:
            return "crashed";
        case RunState::ended:
            return "ended";
    }
    return "";
}

char const* name_of(EntityKind kind) {
    switch (kind) {
        case EntityKind::none:
            return "nothing";
        case EntityKind::thread:
            return "thread";
        case EntityKind::function:
            return "function";
        case EntityKind::line:
            return "line";
        case EntityKind::virtual_range:
            return "memory";
        case EntityKind::physical_range:
            return "physical memory";
        case EntityKind::frame:
            return "frame";
        case EntityKind::packet:
            return "packet";
        case EntityKind::descriptor:
            return "descriptor";
        case EntityKind::interrupt_vector:
            return "interrupt";
        case EntityKind::lock:
            return "lock";
        case EntityKind::connection:
            return "connection";
        case EntityKind::table_entry:
            return "page-table entry";
        case EntityKind::event:
            return "event";
        case EntityKind::disk_block:
            return "block";
    }
    return "";
}

char const* name_of(StepUnit unit) {
    switch (unit) {
        case StepUnit::instruction:
            return "instruction";
        case StepUnit::line:
            return "line";
        case StepUnit::line_over:
            return "line over calls";
        case StepUnit::function:
            return "end of the function";
        case StepUnit::interrupt:
            return "interrupt";
        case StepUnit::packet:
            return "packet";
        case StepUnit::context_switch:
            return "context switch";
    }
    return "";
}

char const* name_of(StopKind kind) {
    switch (kind) {
        case StopKind::breakpoint:
            return "breakpoint";
        case StopKind::watchpoint:
            return "watchpoint";
        case StopKind::condition:
            return "condition";
    }
    return "?";
}

char const* name_of(WatchFor what) {
    switch (what) {
        case WatchFor::change:
            return "change";
        case WatchFor::write:
            return "write";
        case WatchFor::read:
            return "read";
        case WatchFor::access:
            return "access";
    }
    return "?";
}

std::string describe(Command const& command) {
    struct Teller {
        std::string operator()(Run) const { return "run"; }
        std::string operator()(Pause) const { return "pause"; }
        std::string operator()(Step const& s) const {
            return fmt::format("step {} {}{}", s.count, name_of(s.unit),
                               s.direction == Direction::backward ? " backward" : "");
        }
        std::string operator()(SeekTo const& s) const { return "go to " + to_string(s.moment); }
        std::string operator()(RunUntil const& r) const { return "run until " + to_string(r.moment); }
        std::string operator()(ContinueBackward) const { return "run backward"; }
        std::string operator()(Poke const& p) const {
            return fmt::format("write {} byte{} to {} {:#x}", p.bytes.size(), p.bytes.size() == 1 ? "" : "s",
                               p.space == AddressSpace::physical ? "physical" : "virtual", p.address);
        }
        std::string operator()(SetBreakpoint const& b) const {
            return fmt::format("{} breakpoint at {:#x}", b.enabled ? "set" : "remove", b.address);
        }
        std::string operator()(AddStop const& a) const {
            return fmt::format("set {} {}", name_of(a.stop.kind), a.stop.place);
        }
        std::string operator()(RemoveStop const& r) const { return fmt::format("remove stop {}", r.number); }
        std::string operator()(EnableStop const& e) const {
            return fmt::format("{} stop {}", e.enabled ? "enable" : "disable", e.number);
        }
        std::string operator()(SelectProcessor const& s) const {
            return s.number ? fmt::format("look at processor {}", *s.number)
                            : "look at the processor that runs";
        }
        std::string operator()(Ask const& a) const { return "ask " + a.question; }
        std::string operator()(TypeText const& t) const {
            return fmt::format("type {} characters", t.text.size());
        }
        std::string operator()(Fork const& f) const {
            return f.name.empty() ? "fork from here" : "fork from here: " + f.name;
        }
        std::string operator()(SwitchBranch const& b) const {
            return fmt::format("go to branch {}", b.branch);
        }
        std::string operator()(DropBranch const& b) const { return fmt::format("drop branch {}", b.branch); }
        std::string operator()(RenameBranch const& b) const {
            return fmt::format("name branch {} {}", b.branch, b.name);
        }
        std::string operator()(CompareBranches const& c) const {
            return fmt::format("compare branches {} and {}", c.one, c.other);
        }
        std::string operator()(SaveBranch const& b) const {
            return fmt::format("save branch {} as {}", b.branch, b.file);
        }
        std::string operator()(SetBookmark const& b) const { return "set bookmark " + b.bookmark.name; }
        std::string operator()(RemoveBookmark const& b) const { return "remove bookmark " + b.name; }
    };
    return std::visit(Teller{}, command);
}

ViewRequest ViewRequest::everything() {
    ViewRequest r;
    r.disassembly = DisassemblyRequest{};
    r.lists = KernelList::all;
    r.devices = r.backtrace = r.thread_stacks = r.page_tree = r.tlb = r.descriptors = r.heat = r.disks = true;
    r.visible_to_ns = UINT64_MAX;
    return r;
}

// All that is counted by "heap_total", without what lies in the classes' slabs.
std::optional<LargeObjects> large_objects(KernelView const& kernel) {
    for (OtherList const& list : kernel.others) {
        if (list.name != "heap_total" || list.rows.size() != 1) continue;
        std::optional<std::uint64_t> count, bytes;
        for (NamedValue const& v : list.rows[0]) {
            if (v.name == "objects") count = v.number;
            if (v.name == "bytes") bytes = v.number;
        }
        std::uint64_t small = 0, small_bytes = 0;
        for (HeapClass const& c : kernel.heap) small += c.used, small_bytes += c.used * c.object_size;
        if (!count || !bytes || kernel.heap.empty() || *count < small || *bytes < small_bytes) return std::nullopt;
        return LargeObjects{*count - small, *bytes - small_bytes};
    }
    return std::nullopt;
}

ThreadStack const* Snapshot::stack_of(std::uint64_t thread) const {
    for (ThreadStack const& s : thread_stacks)
        if (s.thread == thread) return &s;
    return nullptr;
}

bool MemoryBlock::holds(AddressSpace space, std::uint64_t address) const {
    return request.space == space && address >= request.address && address - request.address < bytes.size();
}

bool MemoryBlock::mapped(std::uint32_t offset) const {
    std::uint64_t const page = ((request.address & 4095) + offset) / 4096;
    return page < pages.size() && pages[page].mapped;
}

Lock const* KernelView::awaited_by(Thread const& thread) const {
    // What a thread waits for is the queue within the lock, not the lock.
    for (Lock const& lock : locks)
        if ((thread.waits_for && lock.address == thread.waits_for) ||
            std::ranges::find(lock.waiters, thread.address) != lock.waiters.end())
            return &lock;
    return nullptr;
}

BlockCache const* KernelView::block_cache(std::string_view device) const {
    for (BlockCache const& c : block_caches)
        if (c.device == device) return &c;
    return nullptr;
}

BlockCache::Block const* BlockCache::find(std::uint64_t number) const {
    for (Block const& b : blocks)
        if (b.number == number) return &b;
    return nullptr;
}

std::string const& FrameMap::owner_of(std::uint64_t frame) const {
    static std::string const nobody;
    // Before the first it wraps, and is beyond the last.
    std::uint64_t const index = frame - first;
    return index < owner.size() && owner[index] < owners.size() ? owners[owner[index]] : nobody;
}

Thread const* KernelView::thread(std::uint64_t address) const {
    for (Thread const& t : threads)
        if (t.address == address) return &t;
    return nullptr;
}

MemoryBlock const* Snapshot::zoomed_at(std::uint64_t address) const {
    return zoomed && zoomed->holds(AddressSpace::physical, address) ? &*zoomed : nullptr;
}

MemoryBlock const* Snapshot::block(AddressSpace space, std::uint64_t address) const {
    for (MemoryBlock const& b : memory)
        if (b.holds(space, address))
            return &b;
    return nullptr;
}

engine::TlbEntry const* Snapshot::cached(engine::VirtAddr address) const {
    for (engine::TlbEntry const& e : tlb)
        if (address - e.page < e.size) return &e;
    return nullptr;
}

bool Snapshot::walk_is_stale() const {
    if (!walk || walk->entries.empty()) return false;  // nothing was walked
    engine::TlbEntry const* const held = cached(walk->virtual_address);
    if (!held) return false;
    bool const same_page =
        walk->present && held->frame + (walk->virtual_address - held->page) == walk->physical;
    bool const more_rights = (held->writable && !walk->writable) || (held->user && !walk->user_accessible) ||
                             (held->executable && !walk->executable);
    return !same_page || more_rights;
}

CodeMode code_mode(engine::CpuState const& cpu) {
    bool const is_long = (cpu.efer >> 10 & 1) && (cpu.cs.attributes >> 13 & 1);  // EFER.LMA, CS.L
    if (is_long) return CodeMode::bits64;
    return cpu.cs.attributes >> 14 & 1 ? CodeMode::bits32 : CodeMode::bits16;  // CS.D
}

CodeMode Snapshot::code_mode() const { return debug::code_mode(cpu); }

}  // namespace sim::debug
