// SPDX-License-Identifier: MIT
//
// Writes sixteen pieces of 4 KiB to the first disk, flushes after every fourth,
// reads all of it back, and tells on the serial line what came of each request.
// A request that is not answered within a millisecond never will be: the disk has
// no power, and the guest ends with status 3. Otherwise 0, or 1 after an error.
#include <cstdint>

namespace {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

// --- the machine ---

void out8(u16 port, u8 value) { asm volatile("outb %0, %1" ::"a"(value), "Nd"(port)); }
void out32(u16 port, u32 value) { asm volatile("outl %0, %1" ::"a"(value), "Nd"(port)); }
u32 in32(u16 port) {
    u32 value;
    asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
u64 time_stamp() {
    u32 low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return u64{high} << 32 | low;
}
template <class T>
T volatile& at(u64 address) {
    return *reinterpret_cast<T volatile*>(address);
}
void fence() { asm volatile("mfence" ::: "memory"); }

void say(char const* text) {
    for (; *text; ++text) out8(0x3F8, static_cast<u8>(*text));
}
void say_number(u64 n) {
    char digits[21];
    char* p = digits + 20;
    *p = 0;
    do *--p = static_cast<char>('0' + n % 10);
    while (n /= 10);
    say(p);
}
[[noreturn]] void exit(u32 status) {
    out32(0xF4, status);
    for (;;) asm volatile("hlt");
}
[[noreturn]] void give_up(char const* why) {
    say(why);
    say("\n");
    exit(99);
}

// --- PCI: slot 8 is the first disk [pci-3.0 §3.2.2.3.2] ---

constexpr u32 slot = 8;
u32 config_read(u32 offset) {
    out32(0xCF8, 0x8000'0000 | slot << 11 | (offset & ~3u));
    return in32(0xCFC) >> (8 * (offset & 3));
}
void config_write(u32 offset, u32 value) {
    out32(0xCF8, 0x8000'0000 | slot << 11 | offset);
    out32(0xCFC, value);
}

// --- virtio [virtio-1.2 §4.1.4] ---

constexpr u64 registers = 0xC000'0000;
u64 common, notify;

void find_registers() {
    if ((config_read(0) & 0xFFFF'FFFF) != 0x1042'1AF4) give_up("no disk");
    for (u32 capability = config_read(0x34) & 0xFF; capability;
         capability = config_read(capability + 1) & 0xFF) {
        if ((config_read(capability) & 0xFF) != 0x09) continue;
        u32 const kind = config_read(capability + 3) & 0xFF, bar = config_read(capability + 4) & 0xFF;
        if (kind != 1 && kind != 2) continue;
        config_write(0x10 + 4 * bar, registers);
        config_write(0x14 + 4 * bar, 0);
        (kind == 1 ? common : notify) = registers + config_read(capability + 8);
    }
    config_write(0x04, 6);  // memory, bus master
    if (!common || !notify) give_up("no registers");
}

constexpr u32 entries = 8;
struct Descriptor {
    u64 address;
    u32 length;
    u16 flags, next;
};
struct Available {
    u16 flags, index, ring[entries], event;
};
struct UsedElement {
    u32 id, length;
};
struct Used {
    u16 flags, index;
    UsedElement ring[entries];
    u16 event;
};
alignas(16) Descriptor volatile descriptors[entries];
alignas(16) Available volatile available;
alignas(16) Used volatile used;

void start_device() {
    at<u8>(common + 0x14) = 0;
    at<u8>(common + 0x14) = 3;  // ACKNOWLEDGE, DRIVER
    at<u32>(common + 0x08) = 0;
    at<u32>(common + 0x0C) = 1u << 9;  // FLUSH
    at<u32>(common + 0x08) = 1;
    at<u32>(common + 0x0C) = 1;  // VERSION_1
    at<u8>(common + 0x14) = 11;  // FEATURES_OK
    if (at<u8>(common + 0x14) != 11) give_up("features refused");
    at<u16>(common + 0x16) = 0;
    at<u16>(common + 0x18) = entries;
    at<u64>(common + 0x20) = reinterpret_cast<u64>(&descriptors);
    at<u64>(common + 0x28) = reinterpret_cast<u64>(&available);
    at<u64>(common + 0x30) = reinterpret_cast<u64>(&used);
    at<u16>(common + 0x1C) = 1;
    at<u8>(common + 0x14) = 15;  // DRIVER_OK
}

// --- requests [virtio-1.2 §5.2.6] ---

enum Kind : u32 { read_kind = 0, write_kind = 1, flush_kind = 4 };
constexpr u32 piece_bytes = 4096, piece_sectors = 8, pieces = 16;
struct Header {
    u32 kind, reserved;
    u64 sector;
};
Header volatile header;
u8 volatile status_byte;
u8 volatile data[piece_bytes];
bool errors;

// The word for what came of it.
char const* request(Kind kind, u64 sector) {
    header.kind = kind;
    header.sector = sector;
    status_byte = 0xEE;
    u16 n = 0;
    auto const buffer = [&](u64 address, u32 length, u16 flags) {
        descriptors[n].address = address;
        descriptors[n].length = length;
        descriptors[n].flags = flags;
        descriptors[n].next = static_cast<u16>(n + 1);
        ++n;
    };
    buffer(reinterpret_cast<u64>(&header), sizeof header, 1);
    if (kind != flush_kind)
        buffer(reinterpret_cast<u64>(&data), piece_bytes, static_cast<u16>(1 | (kind == read_kind ? 2 : 0)));
    buffer(reinterpret_cast<u64>(&status_byte), 1, 2);
    u16 const before = used.index, place = available.index;
    available.ring[place % entries] = 0;
    fence();
    available.index = static_cast<u16>(place + 1);
    fence();
    at<u16>(notify) = 0;
    for (u64 const end = time_stamp() + 1'000'000; used.index == before;)
        if (time_stamp() > end) {
            say("no answer\n");
            exit(3);
        }
    fence();
    if (status_byte == 0) return "ok";
    errors = true;
    return status_byte == 1 ? "I/O error" : "unsupported";
}

void tell(char const* what, u32 n, char const* result) {
    say(what);
    say_number(n);
    say(": ");
    say(result);
    say("\n");
}

// What a byte of a piece is.
u8 content(u32 piece, u32 byte) { return static_cast<u8>(piece * 16 + byte / 512 + 1); }

}  // namespace

extern "C" void guest_main() {
    find_registers();
    start_device();
    for (u32 piece = 1; piece <= pieces; ++piece) {
        for (u32 i = 0; i < piece_bytes; ++i) data[i] = content(piece, i);
        say("write ");
        say_number(piece);
        say(": ");
        say(request(write_kind, (piece - 1) * piece_sectors));
        say("\n");
        if (piece % 4 != 0) continue;
        say("flush ");
        say_number(piece / 4);
        say(": ");
        say(request(flush_kind, 0));
        say("\n");
    }
    for (u32 piece = 1; piece <= pieces; ++piece) {
        char const* result = request(read_kind, (piece - 1) * piece_sectors);
        bool const answered = status_byte == 0;
        u32 right = 0;
        while (right < piece_bytes && data[right] == content(piece, right)) ++right;
        if (!answered || right == piece_bytes) {
            tell("read ", piece, result);
            continue;
        }
        errors = true;
        say("read ");
        say_number(piece);
        say(": other bytes from sector ");
        say_number(right / 512);
        say(" on\n");
    }
    exit(errors ? 1 : 0);
}
