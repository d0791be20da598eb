// SPDX-License-Identifier: MIT
//
// What several processors do to one another, each shown by a verdict on the
// serial line. The same image runs in the simulator and in QEMU, and says the
// same in both. Words of the command line: "x2apic" uses that mode, "short" does
// everything a few times only, "unlocked" leaves all but one verdict out.
#include <cstdint>

namespace {

using u8 = std::uint8_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

constexpr unsigned most = 16;
constexpr u64 trampoline = 0x8000;
constexpr u8 shoot_vector = 0x41, ping_vector = 0x42, pong_vector = 0x43, tick_vector = 0x44;

}  // namespace

extern "C" {
extern u32 start_info, other_stack;
extern u8 trampoline_begin[], trampoline_end[], stubs[];
extern u64 directories[];
extern u8 patched[];
void guest_main();
void other_main();
void on_interrupt(u64 vector);
}

namespace {

// --- the machine ---

void out8(std::uint16_t port, u8 value) { asm volatile("outb %0, %1" ::"a"(value), "Nd"(port)); }
void out32(std::uint16_t port, u32 value) { asm volatile("outl %0, %1" ::"a"(value), "Nd"(port)); }
u8 in8(std::uint16_t port) {
    u8 value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
void pause() { asm volatile("pause" ::: "memory"); }
void enable() { asm volatile("sti" ::: "memory"); }
void disable() { asm volatile("cli" ::: "memory"); }
void halt() { asm volatile("sti; hlt; cli" ::: "memory"); }
void invalidate(u64 address) { asm volatile("invlpg (%0)" ::"r"(address) : "memory"); }
u64 time_stamp() {
    u32 low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return u64{high} << 32 | low;
}
void serialise() {
    u32 leaf = 0;
    asm volatile("cpuid" : "+a"(leaf)::"ebx", "ecx", "edx", "memory");
}
u64 read_msr(u32 index) {
    u32 low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
    return u64{high} << 32 | low;
}
void write_msr(u32 index, u64 value) {
    asm volatile("wrmsr" ::"c"(index), "a"(static_cast<u32>(value)), "d"(static_cast<u32>(value >> 32)));
}
template <class T>
T volatile& at(u64 address) {
    return *reinterpret_cast<T volatile*>(address);
}

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

// --- the local APIC, by either face ---

bool x2apic = false;
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

// --- who is there ---

u32 ids[most];
unsigned processors = 1;
unsigned volatile online = 1;
unsigned volatile online_of[most];

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
}

void wait_ticks(u64 ticks) {
    u64 const until = time_stamp() + ticks;
    while (time_stamp() < until) pause();
}

alignas(16) u8 stacks[most][8192];

// INIT, start-up, start-up: one processor at a time.
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

// --- work for all ---

using Job = void (*)(unsigned number);
Job volatile job;
unsigned volatile job_number = 0;
unsigned volatile done = 0;

void on_all(Job work) {
    done = 0;
    job = work;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    job_number = job_number + 1;
    work(0);
    while (done != processors - 1) pause();
}

unsigned rounds = 20'000;
bool right = true;

void verdict(char const* what, bool good, char const* yes, char const* no) {
    say(what);
    say(": ");
    say(good ? yes : no);
    say("\n");
    right = right && good;
}

// 1. Locked instructions.
u64 volatile locked_sum;
void add_locked(unsigned) {
    for (unsigned i = 0; i < rounds; ++i) asm volatile("lock incq %0" : "+m"(locked_sum));
}

// 2. A spinlock around a plain counter.
u32 volatile lock;
u64 volatile guarded_sum;
void add_guarded(unsigned) {
    for (unsigned i = 0; i < rounds / 4; ++i) {
        u32 taken = 1;
        for (;;) {
            asm volatile("xchgl %0, %1" : "+r"(taken), "+m"(lock)::"memory");
            if (!taken) break;
            while (lock) pause();
        }
        guarded_sum = guarded_sum + 1;
        asm volatile("" ::: "memory");
        lock = 0;
    }
}

// 3. No lock: between reading and writing somebody else may write.
u64 volatile unlocked_sum;
void add_unlocked(unsigned) {
    for (unsigned i = 0; i < rounds / 4; ++i) {
        u64 const value = unlocked_sum;
        for (unsigned k = 0; k < 20; ++k) asm volatile("" ::: "memory");
        unlocked_sum = value + 1;
    }
}

// 4. Code that another processor rewrites: seen after a serialising instruction.
u32 volatile patch_wanted, patch_seen[most];
void call_patched(unsigned number) {
    if (number == 0) return;
    auto const function = reinterpret_cast<u32 (*)()>(patched);
    u32 last = 0;
    while (last != 1000) {
        while (patch_wanted == last) pause();
        last = patch_wanted;
        if (last == 1000) break;
        serialise();
        patch_seen[number] = function();
    }
    patch_seen[number] = 1000;
}
bool patch_all() {
    unsigned const times = rounds > 1000 ? 60 : 10;
    bool good = true;
    done = 0;
    job = call_patched;
    job_number = job_number + 1;
    for (u32 i = 1; i <= times; ++i) {
        at<u32>(reinterpret_cast<u64>(patched) + 1) = i;
        asm volatile("" ::: "memory");
        patch_wanted = i;
        for (unsigned n = 1; n < processors; ++n) {
            while (patch_seen[n] == i - 1) pause();
            good = good && patch_seen[n] == i;
        }
    }
    patch_wanted = 1000;
    while (done != processors - 1) pause();
    return good;
}

// 5. A page table entry changes: the others see the old page until they are told.
constexpr u64 window = 0x3000'0000;  // a page of 2 MiB, mapped here or there
constexpr u64 here = 0x60'0000, there = 0x80'0000;
u64 volatile* entry_of_window() { return &directories[window >> 21]; }
u32 volatile look_wanted, looked[most];
u64 volatile saw[most];
void look(unsigned number) {
    if (number == 0) return;
    enable();
    for (u32 i = 1; i <= 3; ++i) {
        while (look_wanted < i) pause();
        saw[number] = at<u64>(window);
        looked[number] = i;
    }
    disable();
}
u32 volatile shot;
void look_again(u32 turn) {
    look_wanted = turn;
    for (unsigned n = 1; n < processors; ++n)
        while (looked[n] < turn) pause();
}
bool all_saw(u64 value) {
    bool good = true;
    for (unsigned n = 1; n < processors; ++n) good = good && saw[n] == value;
    return good;
}

// 6. Interrupts there and back, both halted while they wait.
u32 volatile pings, pongs;
u32 volatile pong_stop;
void be_pinged(unsigned number) {
    if (number != 1) return;
    while (!pong_stop) halt();
}

// 7. NMI: also with interrupts off.
u32 volatile nmis[most], nmi_ready;
void be_nmied(unsigned number) {
    if (number == 0) return;
    asm volatile("lock incl %0" : "+m"(nmi_ready));
    while (!nmis[number]) pause();
}

// 8. Each its own timer.
u32 volatile ticks[most];
void tick(unsigned number) {
    apic_write(0x3E0, 0xB);
    for (u32 i = 1; i <= 5; ++i) {
        apic_write(0x320, tick_vector);
        apic_write(0x380, 20'000 + 1000 * number);
        while (ticks[number] < i) halt();
    }
}

// 9. Addressed as a group.
u32 volatile group[most], group_stop;
void be_grouped(unsigned number) {
    enable();
    if (number != 0)
        while (!group_stop) pause();
    disable();
}

// In the flat model there are eight bits for all; in x2APIC's clusters sixteen
// for each cluster.
bool in_group(unsigned number) { return x2apic ? ids[number] < 2 : (ids[number] & 7) < 2; }

struct [[gnu::packed]] Gate {
    std::uint16_t low, selector, flags, middle;
    u32 high, zero;
};
alignas(16) Gate idt[256];

void load_idt() {
    struct [[gnu::packed]] {
        std::uint16_t limit = sizeof idt - 1;
        u64 base = reinterpret_cast<u64>(idt);
    } pointer;
    asm volatile("lidt %0" ::"m"(pointer));
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

void others(char const* what, bool good) { verdict(what, good, "right", "WRONG"); }

[[noreturn]] void finish() {
    say(right ? "all is right\n" : "something is wrong\n");
    out32(0xF4, right ? 0 : 1);
    for (;;) asm volatile("hlt");
}

}  // namespace

void on_interrupt(u64 vector) {
    unsigned const number = my_number();
    switch (vector) {
        case 2:
            nmis[number] = nmis[number] + 1;
            return;
        case shoot_vector:
            invalidate(window);
            group[number] = group[number] + 1;
            asm volatile("lock incl %0" : "+m"(shot));
            break;
        case ping_vector:
            pings = pings + 1;
            send(ids[0], pong_vector);
            break;
        case pong_vector:
            pongs = pongs + 1;
            break;
        case tick_vector:
            ticks[number] = ticks[number] + 1;
            break;
        default:
            say("unexpected vector ");
            say_number(vector);
            say("\n");
            out32(0xF4, 2);
    }
    apic_write(0xB0, 0);
}

void other_main() {
    load_idt();
    apic_on();
    unsigned const number = my_number();
    online_of[number] = online_of[number] + 1;
    unsigned seen = job_number;
    asm volatile("lock incl %0" : "+m"(online));
    for (;;) {
        while (job_number == seen) pause();
        seen = job_number;
        job(number);
        asm volatile("lock incl %0" : "+m"(done));
    }
}

void guest_main() {
    x2apic = has_word("x2apic");
    if (has_word("short")) rounds = 400;
    for (unsigned v = 0; v < 256; ++v) {
        u64 const stub = reinterpret_cast<u64>(stubs) + 16 * v;
        idt[v] = {static_cast<std::uint16_t>(stub),       0x08, 0x8E00,
                  static_cast<std::uint16_t>(stub >> 16), 0,    0};
    }
    load_idt();
    apic_on();
    find_processors();
    if (processors < 2) {
        say("this needs two processors or more\n");
        out32(0xF4, 3);
    }
    for (u64 i = 0; i < static_cast<u64>(trampoline_end - trampoline_begin); ++i)
        at<u8>(trampoline + i) = trampoline_begin[i];
    for (unsigned n = 1; n < processors; ++n) start(n);
    say("processors: ");
    say_number(processors);
    say("\n");
    bool each_once = true;
    for (unsigned n = 1; n < processors; ++n) each_once = each_once && online_of[n] == 1;
    others("start-up", each_once && online == processors);

    // In the simulator the first attempt shows it. In QEMU it takes two host
    // processors that are free at the same time.
    bool lost = false;
    for (unsigned attempt = 0; attempt < 1000 && !lost; ++attempt) {
        unlocked_sum = 0;
        on_all(add_unlocked);
        lost = unlocked_sum < u64{processors} * (rounds / 4);
    }
    verdict("unlocked counter", lost, "loses updates", "loses none");
    if (has_word("unlocked")) {
        say("unlocked sum: ");
        say_number(unlocked_sum);
        say("\n");
        finish();
    }
    on_all(add_locked);
    others("locked increments", locked_sum == u64{processors} * rounds);
    on_all(add_guarded);
    others("spinlock", guarded_sum == u64{processors} * (rounds / 4));
    others("rewritten code", patch_all());

    at<u64>(here) = 0x1111;
    at<u64>(there) = 0x2222;
    *entry_of_window() = here | 0x83;
    invalidate(window);
    done = 0;
    job = look;
    job_number = job_number + 1;
    look_again(1);
    bool const first = all_saw(0x1111);
    *entry_of_window() = there | 0x83;
    look_again(2);
    bool const stale = all_saw(0x1111);
    shot = 0;
    send(0, 0xC4000 | shoot_vector);  // all others
    while (shot != processors - 1) pause();
    look_again(3);
    bool const fresh = all_saw(0x2222);
    while (done != processors - 1) pause();
    verdict("page changed, nobody told", first && stale, "the old one is seen", "WRONG");
    others("page changed, all told by interrupt", fresh);

    done = 0;
    job = be_pinged;
    job_number = job_number + 1;
    u32 const times = rounds > 1000 ? 200 : 20;
    for (u32 i = 1; i <= times; ++i) {
        send(ids[1], ping_vector);
        while (pongs < i) halt();
    }
    pong_stop = 1;
    send(ids[1], ping_vector);
    enable();
    while (done != processors - 1) pause();
    disable();
    others("ping and pong", pings == times + 1);

    done = 0;
    job = be_nmied;
    job_number = job_number + 1;
    while (nmi_ready != processors - 1) pause();
    for (unsigned n = 1; n < processors; ++n) send(ids[n], 0x4400);
    while (done != processors - 1) pause();
    bool nmi_once = nmis[0] == 0;
    for (unsigned n = 1; n < processors; ++n) nmi_once = nmi_once && nmis[n] == 1;
    others("NMI", nmi_once);

    on_all(tick);
    bool five = true;
    for (unsigned n = 0; n < processors; ++n) five = five && ticks[n] == 5;
    others("timers", five);

    for (unsigned n = 0; n < most; ++n) group[n] = 0;
    done = 0;
    shot = 0;
    job = be_grouped;
    job_number = job_number + 1;
    enable();
    send(0, 0x84000 | shoot_vector);  // all, oneself too
    while (shot != processors) pause();
    send(0b11, 0x4800 | shoot_vector);  // logically: the first two
    unsigned members = 0;
    for (unsigned n = 0; n < processors; ++n) members += in_group(n) ? 1 : 0;
    while (shot != processors + members) pause();
    send(0, 0x44000 | shoot_vector);  // oneself
    while (shot != processors + members + 1) pause();
    disable();
    group_stop = 1;
    while (done != processors - 1) pause();
    bool grouped = group[0] == 3;
    for (unsigned n = 1; n < processors; ++n) grouped = grouped && group[n] == (in_group(n) ? 2 : 1);
    others("groups", grouped);

    start(1);  // out of its loop by INIT, and again
    others("started again", online_of[1] == 2 && online == processors + 1);
    finish();
}
