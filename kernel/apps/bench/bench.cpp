// SPDX-License-Identifier: MIT
//
// Work for a processor: sorting, a checksum, copying, branches that depend on
// data. `rounds=N` on the command line says how much; the work of a round is
// always the same. Two runs of different length tell what a round costs, with
// all that is around it subtracted (viv bench sim).
#include <cstdint>

#include "kernel/apps/app.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"

constinit char const apps::help[] = "  rounds=N  of all the work (10)\n";

namespace {

constexpr unsigned count = 4096;
std::uint32_t numbers[count];
std::uint32_t copy[count];
std::uint32_t crc_table[256];

std::uint32_t next_random(std::uint32_t& state) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

// Heap sort: no recursion, no library.
void sift_down(std::uint32_t* heap, unsigned root, unsigned end) {
    for (unsigned child = 2 * root + 1; child < end; child = 2 * root + 1) {
        if (child + 1 < end && heap[child] < heap[child + 1]) ++child;
        if (heap[root] >= heap[child]) return;
        std::uint32_t const swapped = heap[root];
        heap[root] = heap[child];
        heap[child] = swapped;
        root = child;
    }
}

void sort(std::uint32_t* list, unsigned n) {
    for (unsigned i = n / 2; i-- > 0;) sift_down(list, i, n);
    for (unsigned end = n; end-- > 1;) {
        std::uint32_t const largest = list[0];
        list[0] = list[end];
        list[end] = largest;
        sift_down(list, 0, end);
    }
}

// CRC-32 (IEEE 802.3), a byte at a time by table.
void make_crc_table() {
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) value = value & 1 ? value >> 1 ^ 0xEDB88320u : value >> 1;
        crc_table[i] = value;
    }
}

std::uint32_t crc(std::uint32_t so_far, std::uint8_t const* bytes, unsigned n) {
    std::uint32_t value = ~so_far;
    for (unsigned i = 0; i < n; ++i) value = crc_table[(value ^ bytes[i]) & 0xFF] ^ value >> 8;
    return ~value;
}

// Turns taken by what was drawn: a branch predictor's nightmare.
std::uint32_t wander(std::uint32_t state) {
    std::uint32_t sum = 0;
    for (unsigned i = 0; i < 20'000; ++i) {
        std::uint32_t const drawn = next_random(state);
        if (drawn & 1) sum += drawn;
        if (drawn & 2)
            sum ^= i;
        else if (drawn & 4)
            sum = sum << 1 | sum >> 31;
    }
    return sum;
}

}  // namespace

int apps::main(Boot const& boot) {
    std::uint64_t const rounds = boot.words.number("rounds").value_or(10);
    boot.words.warn_about_the_rest();
    PROBE_0(app_ready);
    make_crc_table();
    std::uint32_t state = 0x12345678, sum = 0;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        for (std::uint32_t& number : numbers) number = next_random(state);
        sort(numbers, count);
        for (unsigned turn = 0; turn < 8; ++turn)
            for (unsigned i = 0; i < count; ++i) copy[i] = numbers[i] + turn;
        sum = crc(sum, reinterpret_cast<std::uint8_t const*>(copy), sizeof copy);
        sum += wander(sum | 1);
    }
    base::log_info("{} rounds, sum {}", rounds, sum);
    return 0;
}
