// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 4: what the page-fault handler does when memory is short. Each life has one
// allocation that fails: that of the page's frame, then that of the first table.
#include <fmt/format.h>

#include <set>

#include "labs/04-interrupts/checks/machine_parts.hpp"
#include "labs/grader/allocator_calls.hpp"
#include "simulator/machine/interrupt_fault.hpp"

namespace lab::interrupts {
namespace {

constexpr std::uint64_t kernel_offset = 0xffff'ffff'8000'0000;  // of the linker script

char const* const rule =
    "When there is no frame, or map fails, the handler leaves everything as it was and returns false.";

// As a debugger would, and recorded: the n-th allocation from now on finds no memory.
void make_fail(StudentRun& run, std::uint64_t n) {
    auto const* counter = run.symbols().object_named("memory::failing_allocation");
    if (counter == nullptr) throw KernelError("the kernel has no memory::failing_allocation");
    run.machine().give({"memory", sim::machine::InputKind::poke,
                        sim::machine::little_endian({{counter->address - kernel_offset, 8}, {n, 8}})});
}

// The frames that were taken for lazy pages and did not come back, to the machine's end.
std::set<std::uint64_t> lost_frames(StudentRun& run) {
    std::set<std::uint64_t> frames;
    CallWatch watch(run, {allocator::allocate, allocator::free});
    watch.on_return = [&](Call const& call) {
        if (call.function == allocator::free) {
            frames.erase(allocator::frame_freed(call));
        } else if (allocator::owner_asked(call) != page_table_owner) {
            if (auto const frame = allocator::given(run, call).frame) frames.insert(*frame);
        }
        return false;
    };
    watch.run();
    return frames;
}

}  // namespace

bool check_shortage(Subject const& subject, Judgement& judgement, Stage const& stage) {
    struct Shortage {
        std::uint64_t allocation;
        char const *what, *cause;
    };
    constexpr Shortage shortages[] = {
        {1, "there was no frame for a lazy page",
         "handle_page_fault in fault.cpp: what it returns when allocate_frames fails."},
        {2, "there was no frame for a page table, so map failed",
         "handle_page_fault in fault.cpp: when map fails, free_frames, and then false."}};
    for (auto const& [allocation, what, cause] : shortages) {
        StudentRun run(subject.elf, stage);
        bool const began = run.run_to_probe("app_ready", "apps::main");
        if (began) make_fail(run, allocation);
        auto const lost = lost_frames(run);
        judgement.note_hash(run.machine().hash().total);
        auto const start = lazy_start(run);
        bool const told = began && run.panicked() && start && run.machine().cpu().state().cr2 == *start;
        if (told && lost.empty()) continue;
        judgement.fail("refuses",
                       {.seen = told ? fmt::format("{}, and the frame {:#x} that was taken for the page "
                                                   "never came back",
                                                   what, *lost.begin())
                                     : fmt::format("{}, and the touch did not end in a panic for its "
                                                   "address: {}",
                                                   what, run.ended()),
                        .moment = run.machine().moment(),
                        .where = run.whereabouts(),
                        .rule = rule,
                        .cause = cause,
                        .view = told ? "frames" : "console",
                        .address = told ? std::optional(*lost.begin() * page_bytes) : start},
                       run);
        return false;
    }
    return true;
}

}  // namespace lab::interrupts
