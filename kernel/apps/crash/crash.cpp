// SPDX-License-Identifier: MIT
//
// Crashes on purpose, to show what a panic looks like and to test it. The word
// crash=... on the command line says how.
#include <cstdint>

#include "kernel/apps/app.hpp"
#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/image.hpp"
#include "kernel/arch/x86_64/trap.hpp"
#include "kernel/base/assert.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/devices/frame_dma.hpp"
#include "kernel/memory/kernel_tables.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/threads/mutex.hpp"
#include "kernel/threads/semaphore.hpp"

#define WAYS                                                                  \
    "null|read-null|divide|text|rodata|execute|alias|canonical|opcode|stack|" \
    "thread-stack|assert|overrun|after-free|seal|leak|leak-beside|step|"      \
    "breakpoint|x87|lazy|lazy-last|lazy-code|nmi|machine-check|standstill|"   \
    "semaphore|end-holding"

constinit char const apps::help[] = "  crash=" WAYS "  in which way (null)\n";

namespace {

// [doc:writes]
// Opaque to the compiler, so that it can neither see nor avoid the mistake.
template <class T>
T hide(T value) {
    asm volatile("" : "+r"(value));
    return value;
}

[[gnu::noinline]] void write_to(std::uint64_t address) { *hide(reinterpret_cast<int*>(address)) = 1; }
[[gnu::noinline]] int read_from(std::uint64_t address) { return *hide(reinterpret_cast<int*>(address)); }
[[gnu::noinline]] int divide_by(int divisor) { return 100 / hide(divisor); }
[[gnu::noinline]] void call(std::uint64_t address) { hide(reinterpret_cast<void (*)()>(address))(); }
// [/doc:writes]
[[gnu::noinline]] int recurse(int depth) {
    int volatile local[64] = {depth};
    return hide(depth) < 0 ? 0 : recurse(depth + 1) + local[0];
}

constinit threads::Mutex precious{"precious"};

// A byte too many, found when the object is freed.
[[gnu::noinline]] void overrun() {
    auto* const bytes = static_cast<char*>(MUST(memory::allocate(hide(20))));
    bytes[hide(20)] = 0;
    memory::free(bytes);
}

// Found when the memory becomes another object.
[[gnu::noinline]] void use_after_free() {
    auto* const bytes = static_cast<char*>(hide(MUST(memory::allocate(100))));
    memory::free(bytes);
    bytes[50] = 1;
    memory::free(MUST(memory::allocate(100)));
}

// Tries whatever could make the kernel's own instructions writable, or other memory
// executable. The status is the number of tries that came through.
int try_the_seal() {
    base::VirtAddr const text = base::VirtAddr::of(text_start), data = base::VirtAddr::of(data_start);
    base::VirtAddr const nowhere(0xffff'd000'0000'0000);  // nothing is mapped there
    auto const physical = [](base::VirtAddr at) { return base::PhysAddr(at.raw() - arch::kernel_offset); };
    auto const sealed = [](auto const& result) {
        return !result && result.error() == memory::MemoryError::sealed;
    };
    memory::PageTables& tables = memory::kernel_tables();
    int open = 0;
    auto const report = [&open](char const* what, bool refused) {
        base::log_info("crash: {}: {}", what, refused ? "refused" : "done");
        open += !refused;
    };
    report("the text as a device", !memory::map_device(physical(text), base::page_size));
    report("the text behind other memory as a device",
           !memory::map_device(base::PhysAddr(physical(text).raw() - base::page_size), 2 * base::page_size));
    // By bits that the processor ignores or reserves.
    for (unsigned const bit : {52, 51})
        report(bit == 52 ? "the text behind bit 52" : "the text behind bit 51",
               !memory::map_device(physical(text) + (std::uint64_t{1} << bit), base::page_size));
    // What was refused half-way is in nobody's way.
    bool const another = memory::map_device(physical(data), base::page_size).ok();
    base::log_info("crash: data as a device: {}", another ? "done" : "refused");
    open += !another;
    arch::InterruptsOff guard;
    report("the text writable", sealed(tables.protect(text, memory::Rights::read_write)));
    report("the constants writable",
           sealed(tables.protect(base::VirtAddr::of(rodata_start), memory::Rights::read_write)));
    report("the text gone", sealed(tables.unmap(text)));
    report("the text elsewhere", sealed(tables.map(nowhere, physical(text), memory::Rights::read_write)));
    report("data executable", sealed(tables.protect(data, memory::Rights::read_execute)));
    report("data executable elsewhere",
           sealed(tables.map(nowhere, physical(data), memory::Rights::read_execute)));
    if (open == 0) base::log_info("crash: the text stays as it is");
    return open;
}

// Lives on, and holds an object.
void serve(void*) {
    auto* const held = hide(MUST(memory::allocate(333)));
    threads::Event never;
    never.wait();
    memory::free(held);
}

// Of every kind of memory one piece that nobody can free, and a thread that nobody joins.
[[gnu::noinline]] int forget_beside_a_server() {
    struct Half {
        Half* other;
    };
    threads::detach(MUST(threads::create("server", serve, nullptr)));
    (void)MUST(threads::create(
        "forgotten", [](void*) {}, nullptr));
    Half* const half = MUST(memory::make<Half>());
    half->other = MUST(memory::make<Half>(half));
    (void)MUST(memory::allocate(hide(5000)));
    (void)MUST(memory::allocate_frames(2, memory::FrameOwner::application));
    (void)devices::FrameDma().allocate(hide(100), devices::DmaUse::Rings);
    threads::sleep_for(base::Duration::milliseconds(1));
    return 0;
}

// More lazy memory than there are frames: the page that has none cannot be there.
void use_all_memory() {
    auto const region = MUST(memory::allocate_lazy(std::size_t{64} << 30));
    for (std::size_t at = 0; at < region.size(); at += base::page_size) region[at] = std::byte{1};
}

// One frame is left: the page takes it, its page table finds none, and it goes back.
void touch_with_the_last_frame() {
    auto const region = MUST(memory::allocate_lazy(base::page_size));
    auto last = MUST(memory::allocate_frames(0, memory::FrameOwner::application));
    while (auto const next = memory::allocate_frames(0, memory::FrameOwner::application)) last = next.value();
    memory::free_frames(last, 0);
    region[0] = std::byte{1};
}

// What is lazy is data.
void execute_lazy_memory() {
    auto const region = MUST(memory::allocate_lazy(base::page_size));
    region[0] = std::byte{0xc3};  // ret
    call(base::VirtAddr::of(region.data()).raw());
}

// The exception comes after the instruction behind POPF. [sdm-3b §17.3.1.4]
void step() { asm volatile("pushfq\n orq $0x100, (%%rsp)\n popfq\n nop" ::: "memory", "cc"); }

// With the mask of division by zero off. The error waits for the next instruction of x87.
void divide_by_zero_in_x87() {
    std::uint16_t const control = 0x037b;
    asm volatile("fninit\n fldcw %0\n fld1\n fldz\n fdivrp\n fwait" ::"m"(control));
}

// What may come at any instruction comes on a stack of its own: here there is no other.
// INT goes the way of the interrupt itself, through the same gate. [sdm-3a §6.14.5]
template <int vector>
[[gnu::always_inline]] inline void interrupt_without_stack() {
    asm volatile("xorl %%esp, %%esp\n int %0" ::"i"(vector) : "memory");
}

// Holding a mutex, for the panic to tell.
void fail_assertion() {
    threads::MutexGuard guard(precious);
    ASSERT(hide(1) == 2);
}

// Two threads wait for each other, and the only device could wake neither.
void stand_still() {
    MUST(arch::allocate_vector([](void*) {}, nullptr));
    threads::MutexGuard guard(precious);
    threads::join(MUST(threads::create(
        "heir", [](void*) { threads::MutexGuard mine(precious); }, nullptr)));
}

// A semaphore used as a lock, by one who forgets that he has it.
void take_twice() {
    threads::Semaphore lock(1, "lock");
    lock.acquire();
    lock.acquire();
}

// Nobody could ever have the mutex again.
void end_holding() {
    threads::join(MUST(threads::create(
        "keeper", [](void*) { precious.lock(); }, nullptr)));
}

}  // namespace

int apps::main(Boot const& boot) {
    PROBE_0(app_ready);
    std::string_view const how = boot.words.value("crash").value_or("null");
    boot.words.warn_about_the_rest();
    base::log_info("crash: {}", how);
    if (how == "null") write_to(0);
    if (how == "read-null") return read_from(8);
    if (how == "divide") return divide_by(0);
    if (how == "text") write_to(base::VirtAddr::of(text_start).raw());
    if (how == "rodata") write_to(base::VirtAddr::of(rodata_start).raw());
    if (how == "execute") call(base::VirtAddr::of(data_start).raw());
    if (how == "alias")
        write_to(base::VirtAddr::of(text_start).raw() - arch::kernel_offset + arch::direct_map_offset);
    if (how == "canonical") return read_from(0x0000'8000'0000'0000);
    if (how == "opcode") asm volatile("ud2");
    if (how == "stack") return recurse(0);
    if (how == "thread-stack")
        threads::join(MUST(threads::create(
            "deep", [](void*) { (void)recurse(0); }, nullptr)));
    if (how == "assert") fail_assertion();
    if (how == "overrun") overrun();
    if (how == "after-free") use_after_free();
    if (how == "seal") return try_the_seal();
    if (how == "leak") return memory::allocate(hide(60)).ok() ? 0 : 1;
    if (how == "leak-beside") return forget_beside_a_server();
    if (how == "breakpoint") asm volatile("int3");
    if (how == "step") step();
    if (how == "lazy") use_all_memory();
    if (how == "lazy-last") touch_with_the_last_frame();
    if (how == "lazy-code") execute_lazy_memory();
    if (how == "nmi") interrupt_without_stack<2>();
    if (how == "machine-check") interrupt_without_stack<18>();
    if (how == "x87") divide_by_zero_in_x87();
    if (how == "standstill") stand_still();
    if (how == "semaphore") take_twice();
    if (how == "end-holding") end_holding();
    boot.words.refuse("crash", WAYS);
    return 1;
}
