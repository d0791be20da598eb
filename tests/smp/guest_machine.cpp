// SPDX-License-Identifier: MIT
//
// The machine under the SMP guest: serial line, local APIC, starting processors.
#include "tests/smp/guest.hpp"

extern "C" {
extern guest::u32 start_info, other_stack;
extern guest::u8 trampoline_begin[], trampoline_end[], stubs[];
void other_main();
}

namespace guest {

bool x2apic = false;
u32 ids[most];
unsigned processors = 1;
u32 volatile online = 1;
unsigned volatile online_of[most];
unsigned rounds = 20'000;
bool right = true;

namespace {

constexpr u64 trampoline = 0x8000;

alignas(16) u8 stacks[most][8192];

Job volatile job;
unsigned volatile job_number = 0;
u32 volatile done = 0;

struct [[gnu::packed]] Gate {
    std::uint16_t low, selector, flags, middle;
    u32 high, zero;
};
alignas(16) Gate idt[256];

void wait_ticks(u64 ticks) {
    u64 const until = time_stamp() + ticks;
    while (time_stamp() < until) pause();
}

}  // namespace

void say(char const* text) {
    for (; *text; ++text) {
        while (!(in8(0x3FD) & 0x20)) pause();
        out8(0x3F8, static_cast<u8>(*text));
    }
}

void say_number(u64 n) {
    char digits[21];
    char* p = digits + 20;
    *p = 0;
    do *--p = static_cast<char>('0' + n % 10);
    while (n /= 10);
    say(p);
}

bool has_word(char const* wanted) {
    u64 const line = at<u64>(start_info + 24);
    if (line == 0) return false;
    for (u64 p = line; at<u8>(p); ++p) {
        u64 n = 0;
        while (wanted[n] && at<u8>(p + n) == static_cast<u8>(wanted[n])) ++n;
        if (!wanted[n]) return true;
    }
    return false;
}

u32 apic_read(u32 offset) {
    return x2apic ? static_cast<u32>(read_msr(0x800 + offset / 16)) : at<u32>(0xFEE00000 + offset);
}

void apic_write(u32 offset, u32 value) {
    if (x2apic)
        write_msr(0x800 + offset / 16, value);
    else
        at<u32>(0xFEE00000 + offset) = value;
}

u32 apic_id() { return x2apic ? apic_read(0x20) : apic_read(0x20) >> 24; }

void apic_on() {
    write_msr(0x1B, read_msr(0x1B) | 1 << 11);
    if (x2apic) write_msr(0x1B, read_msr(0x1B) | 1 << 10);
    if (!x2apic) {
        apic_write(0xE0, 0xFFFFFFFF);                    // flat
        apic_write(0xD0, 1u << (24 + (apic_id() & 7)));  // one bit for each of eight
    }
    apic_write(0x80, 0);
    apic_write(0x350, 1 << 16);  // LINT0
    apic_write(0xF0, 0x1FF);
}

void send(u32 destination, u32 command) {
    if (x2apic) return write_msr(0x830, u64{destination} << 32 | command);
    while (apic_read(0x300) & 1 << 12) pause();
    apic_write(0x310, destination << 24);
    apic_write(0x300, command);
}

unsigned my_number() {
    u32 const id = apic_id();
    for (unsigned i = 0; i < processors; ++i)
        if (ids[i] == id) return i;
    return 0;
}

// MADT: the enabled local APICs, ours first.
void find_processors() {
    u64 const rsdp = at<u64>(start_info + 32);
    u64 const xsdt = at<u64>(rsdp + 24);
    bool const wide = at<u8>(rsdp + 15) >= 2 && xsdt != 0;
    u64 const table = wide ? xsdt : at<u32>(rsdp + 16);
    unsigned const entry_size = wide ? 8 : 4;
    ids[0] = apic_id();
    processors = 1;
    for (u64 i = table + 36; i < table + at<u32>(table + 4); i += entry_size) {
        u64 const madt = wide ? u64{at<u32>(i)} | u64{at<u32>(i + 4)} << 32 : at<u32>(i);
        if (at<u32>(madt) != 0x43495041) continue;  // "APIC"
        for (u64 e = madt + 44; e < madt + at<u32>(madt + 4); e += at<u8>(e + 1))
            if (at<u8>(e) == 0 && (at<u32>(e + 4) & 1) && at<u8>(e + 3) != ids[0] && processors < most)
                ids[processors++] = at<u8>(e + 3);
    }
    for (u64 i = 0; i < static_cast<u64>(trampoline_end - trampoline_begin); ++i)
        at<u8>(trampoline + i) = trampoline_begin[i];
}

void start(unsigned number) {
    unsigned const before = online;
    other_stack = static_cast<u32>(reinterpret_cast<u64>(stacks[number] + sizeof stacks[number]));
    send(ids[number], 0x4500);
    wait_ticks(20'000);
    for (int i = 0; i < 2 && online == before; ++i) {
        send(ids[number], 0x4600 | trampoline >> 12);
        wait_ticks(20'000);
    }
    while (online == before) pause();
}

void fill_idt() {
    for (unsigned v = 0; v < 256; ++v) {
        u64 const stub = reinterpret_cast<u64>(stubs) + 16 * v;
        idt[v] = {static_cast<std::uint16_t>(stub),       0x08, 0x8E00,
                  static_cast<std::uint16_t>(stub >> 16), 0,    0};
    }
}

void load_idt() {
    struct [[gnu::packed]] {
        std::uint16_t limit = sizeof idt - 1;
        u64 base = reinterpret_cast<u64>(idt);
    } pointer;
    asm volatile("lidt %0" ::"m"(pointer));
}

void begin_on_others(Job work) {
    done = 0;
    job = work;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    job_number = job_number + 1;
}

void wait_for_all() {
    while (done != processors - 1) pause();
}

void on_all(Job work) {
    begin_on_others(work);
    work(0);
    wait_for_all();
}

void verdict(char const* what, bool good, char const* yes, char const* no) {
    say(what);
    say(": ");
    say(good ? yes : no);
    say("\n");
    right = right && good;
}

void expect(char const* what, bool good) { verdict(what, good, "right", "WRONG"); }

void finish() {
    say(right ? "all is right\n" : "something is wrong\n");
    out32(0xF4, right ? 0 : 1);
    for (;;) asm volatile("hlt");
}

}  // namespace guest

// Where every other processor arrives.
void other_main() {
    using namespace guest;
    load_idt();
    apic_on();
    unsigned const number = my_number();
    online_of[number] = online_of[number] + 1;
    unsigned seen = job_number;
    count_one(online);
    for (;;) {
        while (job_number == seen) pause();
        seen = job_number;
        job(number);
        count_one(done);
    }
}
