// SPDX-License-Identifier: MIT
//
// The shell's look at threads, locks, memory, interrupts and probes.
#include <algorithm>
#include <array>

#include "kernel/apps/shell/commands.hpp"
#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/per_cpu.hpp"
#include "kernel/backtrace.hpp"
#include "kernel/base/checks.hpp"
#include "kernel/base/command_line.hpp"
#include "kernel/base/probe_notes.hpp"
#include "kernel/leaks.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/threads/rw_lock.hpp"

// The notes of the image's probes: cmake/link_image.sh puts them in, because this
// image asks for them.
extern "C" [[gnu::weak]] std::byte const image_probe_notes[], image_probe_notes_end[];

namespace apps {
namespace {

using base::print;

// A name that outlives its thread or mutex.
class NameCopy {
public:
    NameCopy() = default;
    explicit NameCopy(std::string_view name) : size_(name.copy(text_.data(), text_.size())) {}
    std::string_view text() const { return {text_.data(), size_}; }

private:
    std::array<char, 32> text_{};
    std::size_t size_ = 0;
};

}  // namespace

void show_threads(Call const& call) {
    auto& reports = call.scratch.threads;
    std::size_t const count = threads::list(reports);
    print(call.out, "state     switches  microseconds  name\n");
    for (std::size_t i = 0; i < count; ++i)
        print(call.out, "{:<8}  {:8}  {:12}  {}\n", threads::state_name(reports[i].state),
              reports[i].switches, reports[i].processor_time.as_microseconds(),
              std::string_view(reports[i].name));
}

void show_locks(Call const& call) {
    struct Held {
        NameCopy lock, owner;
        base::Place since;
        bool shared = false;
    };
    std::array<Held, 16> held;
    std::size_t count = 0;  // those beyond the room too
    auto const note = [&](Held const& each) {
        if (count < held.size()) held[count] = each;
        ++count;
    };
    {
        arch::InterruptsOff guard;
        for (auto* m = threads::held_mutexes.front(); m != nullptr; m = threads::held_mutexes.after(*m))
            note({NameCopy(m->name()), NameCopy(m->owner()->name), m->taken_at()});
        for (auto* lock = threads::read_locks.front(); lock != nullptr;
             lock = threads::read_locks.after(*lock))
            for (unsigned n = 0; auto const* reader = lock->reader(n); ++n)
                note({NameCopy(lock->name()), NameCopy(reader->thread->name), reader->since, true});
    }
    for (std::size_t i = 0; i < std::min(count, held.size()); ++i)
        print(call.out, "'{}' is {} by '{}' since {}:{}\n", held[i].lock.text(),
              held[i].shared ? "read" : "held", held[i].owner.text(), held[i].since.file, held[i].since.line);
    print(call.out, "{} held", count);
    if (count > held.size()) print(call.out, ", {} of them not shown", count - held.size());
    print(call.out, "\n");
}

void show_memory(Call const& call) {
    auto const now = memory::statistics();
    print(call.out, "frames: {} KiB, {} KiB free\n", now.total_frames * 4, now.free_frames * 4);
    print(call.out, "heap: {} objects, {} bytes, {} slabs, {} allocations so far\n", now.heap.objects,
          now.heap.bytes, now.heap.slabs, now.heap.allocations);
}

void show_leaks(Call const& call) {
    if (!base::checks) return print(call.out, "leaks: only a development image watches for them\n");
    auto& found = call.scratch.leaks;
    std::size_t const count = kernel::find_leaks(found);
    for (std::size_t i = 0; i < std::min(count, found.size()); ++i) {
        kernel::print_leak(call.out, found[i]);
        print(call.out, "\n");
    }
    print(call.out, "{} lost", count);
    if (count > found.size()) print(call.out, ", {} of them not shown", count - found.size());
    print(call.out, "\n");
}

void show_pages(Call const& call) {
    std::string_view words = call.words;
    std::string_view const word = take_word(words);
    if (word.empty()) {
        for (std::size_t i = 1; i < memory::frame_owner_count; ++i) {  // 0: what nobody may use
            auto const owner = static_cast<memory::FrameOwner>(i);
            if (std::uint64_t const frames = memory::frames_of(owner); frames > 0)
                print(call.out, "{:8}  {}\n", frames, memory::owner_name(owner));
        }
        return;
    }
    auto const address = base::parse_number(word);
    if (!address) return print(call.out, "pages: {}: want an address, such as 0xffffffff80106000\n", word);
    auto const physical = memory::virt_to_phys(base::VirtAddr(*address));
    if (!physical) return print(call.out, "{:#x} is not mapped\n", *address);
    auto const owner = memory::owner_of(base::FrameNumber::containing(physical.value()));
    print(call.out, "{:#x} is at {:#x} of physical memory, in a frame of: {}\n", *address,
          physical.value().raw(), memory::owner_name(owner));
}

void show_interrupts(Call const& call) {
    print(call.out, "vector  count\n");
    for (unsigned vector = 0; vector < 256; ++vector)
        if (std::uint64_t const count = arch::this_cpu().interrupt_counts[vector]; count > 0)
            print(call.out, "{:6}  {}\n", vector, count);
}

void show_probes(Call const& call) {
    std::string_view words = call.words;
    std::string_view const wanted = take_word(words);
    base::ProbeNotes notes(
        {image_probe_notes, static_cast<std::size_t>(image_probe_notes_end - image_probe_notes)});
    std::size_t count = 0;
    while (auto const probe = notes.next()) {
        if (!wanted.empty() && probe->name != wanted) continue;
        ++count;
        print(call.out, "{:<15}  {:#x}  ", probe->name, probe->address.raw());
        kernel::print_symbol(call.out, probe->address);
        print(call.out, "{}{}\n", probe->arguments.empty() ? "" : "  ", probe->arguments);
    }
    print(call.out, "{} probes\n", count);
}

void show_time(Call const& call) {
    print(call.out, "up for {} ms\n", platform::now().since_boot().as_milliseconds());
}

}  // namespace apps
