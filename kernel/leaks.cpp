// SPDX-License-Identifier: MIT
#include "kernel/leaks.hpp"

#include <algorithm>

#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/image.hpp"
#include "kernel/backtrace.hpp"
#include "kernel/base/checks.hpp"
#include "kernel/base/log.hpp"
#include "kernel/threads/thread.hpp"

namespace kernel {
namespace {

using base::VirtAddr;

constexpr std::size_t most_lines = 10;
constinit memory::Leak last_leaks[most_lines];

// Of the search that is under way.
constinit std::span<memory::Leak> room;
constinit std::size_t count;
constinit VirtAddr own_stack;

void follow_roots(memory::LeakSearch& search) {
    // All globals but the first stack, which is the main thread's.
    search.follow(VirtAddr::of(data_start), VirtAddr::of(first_stack_guard));
    search.follow(VirtAddr::of(first_stack_end), VirtAddr::of(data_end));
    for (auto* thread = threads::all().front(); thread != nullptr; thread = threads::all().after(*thread)) {
        if (thread->state == threads::ThreadState::finished) continue;
        bool const is_this = thread == &threads::current();
        search.follow(is_this ? own_stack : thread->saved_stack_pointer, thread->stack.top);
    }
}

void note(memory::Leak const& leak) {
    if (count < room.size()) room[count] = leak;
    ++count;
}

}  // namespace

std::size_t find_leaks(std::span<memory::Leak> found) {
    if (!base::checks) return 0;
    // What callers hold in registers shall lie on the stack: the compiler saves all five
    // that are theirs right below this function's frame pointer.
    __builtin_unwind_init();
    arch::InterruptsOff guard;
    own_stack = VirtAddr(VirtAddr::of(__builtin_frame_address(0)).raw() - 5 * sizeof(std::uint64_t));
    room = found;
    count = 0;
    memory::for_each_leak(follow_roots, note);
    return count;
}

void print_leak(base::TextSink& sink, memory::Leak const& leak) {
    base::print(sink, "{} bytes allocated in ", leak.size);
    print_symbol(sink, leak.allocated_by);
    base::print(sink, " were not freed, and no pointer to them is left");
}

// Apart: room for text in a frame that the search sees would be full of old words.
[[gnu::noinline]] static void log_leak(memory::Leak const& leak) {
    char text[160];
    base::BufferSink line(text);
    print_leak(line, leak);
    base::log_warning("memory: {}", line.text());
}

// What returned functions left on the stack, where the frames of the search will lie: a word
// there that nobody has written since must not look like a pointer.
[[gnu::noinline]] static void forget_old_words() {
    std::uint64_t words[256] = {};
    arch::expect_reader(words);
}

[[gnu::noinline]] static void search_and_tell() {
    std::size_t const leaks = find_leaks(last_leaks);
    for (std::size_t i = 0; i < std::min(leaks, most_lines); ++i) log_leak(last_leaks[i]);
    if (leaks > most_lines) base::log_warning("memory: and {} more", leaks - most_lines);
    arch::InterruptsOff guard;
    for (auto* thread = threads::all().front(); thread != nullptr; thread = threads::all().after(*thread))
        if (thread->state == threads::ThreadState::finished)
            base::log_warning("threads: '{}' has ended, and nobody has joined it", thread->name);
}

void report_leaks() {
    if (!base::checks) return;
    forget_old_words();
    search_and_tell();
}

}  // namespace kernel
