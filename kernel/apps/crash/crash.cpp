// SPDX-License-Identifier: MIT
//
// Crashes on purpose, to show what a panic looks like and to test it. The word
// crash=... on the command line says how.
#include <cstdint>

#include "kernel/apps/app.hpp"
#include "kernel/arch/x86_64/image.hpp"
#include "kernel/base/assert.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/threads/mutex.hpp"

constinit char const apps::help[] =
    "  crash=null|read-null|divide|text|rodata|execute|alias|canonical|opcode|stack|\n"
    "        thread-stack|assert|overrun|after-free|seal|leak  in which way (null)\n";

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

// Tries to get a writable view of the kernel's own instructions.
int try_the_seal() {
    auto const text = base::PhysAddr(base::VirtAddr::of(text_start).raw() - arch::kernel_offset);
    auto const view = memory::map_device(text, base::page_size);
    base::log_info("crash: the text {}", view ? "is writable" : "stays as it is");
    return view ? 1 : 0;
}

// Holding a mutex, for the panic to tell.
void fail_assertion() {
    threads::MutexGuard guard(precious);
    ASSERT(hide(1) == 2);
}

}  // namespace

int apps::main(Boot const& boot) {
    PROBE_0(app_ready);
    std::string_view const how = boot.words.value("crash").value_or("null");
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
    boot.words.refuse("crash", "one that help names");
    return 1;
}
