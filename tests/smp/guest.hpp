// SPDX-License-Identifier: MIT
//
// The words of the SMP guest: single instructions with names, the processors,
// work for all of them, and verdicts. guest.cpp says what the guest is.
#pragma once

#include <cstdint>

namespace guest {

using u8 = std::uint8_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

constexpr unsigned most = 16;
constexpr u8 shoot_vector = 0x41, ping_vector = 0x42, pong_vector = 0x43, tick_vector = 0x44;

// --- single instructions ---

inline void out8(std::uint16_t port, u8 value) { asm volatile("outb %0, %1" ::"a"(value), "Nd"(port)); }
inline void out32(std::uint16_t port, u32 value) { asm volatile("outl %0, %1" ::"a"(value), "Nd"(port)); }
inline u8 in8(std::uint16_t port) {
    u8 value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
inline void pause() { asm volatile("pause" ::: "memory"); }
inline void enable() { asm volatile("sti" ::: "memory"); }
inline void disable() { asm volatile("cli" ::: "memory"); }
inline void halt() { asm volatile("sti; hlt; cli" ::: "memory"); }
inline void invalidate(u64 address) { asm volatile("invlpg (%0)" ::"r"(address) : "memory"); }
inline void count_one(u32 volatile& counter) { asm volatile("lock incl %0" : "+m"(counter)); }
inline u64 time_stamp() {
    u32 low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return u64{high} << 32 | low;
}
inline void serialise() {
    u32 leaf = 0;
    asm volatile("cpuid" : "+a"(leaf)::"ebx", "ecx", "edx", "memory");
}
inline u64 read_msr(u32 index) {
    u32 low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
    return u64{high} << 32 | low;
}
inline void write_msr(u32 index, u64 value) {
    asm volatile("wrmsr" ::"c"(index), "a"(static_cast<u32>(value)), "d"(static_cast<u32>(value >> 32)));
}
template <class T>
T volatile& at(u64 address) {
    return *reinterpret_cast<T volatile*>(address);
}

// --- the serial line and the command line ---

void say(char const* text);
void say_number(u64 n);
bool has_word(char const* wanted);

// --- the local APIC, by either face ---

extern bool x2apic;  // set it before apic_on()
u32 apic_read(u32 offset);
void apic_write(u32 offset, u32 value);
u32 apic_id();
void apic_on();
// An interrupt command. [sdm-3a §10.6]
void send(u32 destination, u32 command);

// --- the processors ---

extern u32 ids[most];  // APIC ids, the first processor's first
extern unsigned processors;
extern u32 volatile online;  // how many have reported, ever
extern unsigned volatile online_of[most];

unsigned my_number();
void find_processors();  // from the MADT
// INIT, start-up, start-up: one processor at a time. Returns when it has reported.
void start(unsigned number);
void load_idt();  // on this processor
void fill_idt();  // once

// --- work for all ---

extern unsigned rounds;
using Job = void (*)(unsigned number);
// Gives the others a job and goes on; wait_for_all() ends when they are done.
void begin_on_others(Job work);
void wait_for_all();
void on_all(Job work);  // the caller takes part

extern bool right;  // all verdicts so far
void verdict(char const* what, bool good, char const* yes, char const* no);
void expect(char const* what, bool good);  // "right" or "WRONG"
[[noreturn]] void finish();

// --- the checks ---

void check_unlocked_counter();
void check_locked_counters();
void check_rewritten_code();
void check_changed_page();

void check_ping_and_pong();
void check_nmi();
void check_timers();
void check_groups();

}  // namespace guest
