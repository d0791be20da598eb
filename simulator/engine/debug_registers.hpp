// SPDX-License-Identifier: GPL-2.0-or-later
//
// DR0 to DR7: what they hold, and what they match. [sdm-3b §17.2] The debugger of
// the host does not use them: they are the guest's own.
#pragma once

#include <array>
#include <cstdint>

#include "simulator/engine/cpu.hpp"

namespace sim::engine {

// Bits of DR6. [sdm-3b §17.2.3]
namespace dr6 {
constexpr std::uint64_t matched = 0xF,  // B0 to B3
    access_detected = 1 << 13,          // BD: DR7.GD was set
    single_step = 1 << 14,              // BS: the trap flag
    fixed = 0xFFFF'0FF0, writable = 0xE00F;
}
namespace dr7 {
constexpr std::uint64_t enabled = 0xFF, general_detect = 1 << 13, fixed = 1 << 10, writable = 0xFFFF'23FF;
}

class DebugRegisters {
public:
    using Values = std::array<std::uint64_t, 8>;  // 4 and 5 are names of 6 and 7: unused

    Values const& values() const { return values_; }
    void set_values(Values const& values);
    // As MOV writes it: fixed bits stay. 0 to 3, 6 or 7.
    void write(unsigned number, std::uint64_t value);
    // #DB is about to be delivered for these reasons (bits of DR6).
    void report(std::uint64_t why);

    bool general_detect() const { return values_[7] & dr7::general_detect; }

    // The breakpoints that match, as bits B0 to B3; 0 when none does.
    bool has_code() const { return code_ != 0; }
    std::uint64_t match_code(VirtAddr address) const { return code_ == 0 ? 0 : code_matches(address); }
    bool has_data() const { return data_ != 0; }
    std::uint64_t match_data(VirtAddr address, std::uint64_t size, bool write) const;
    // Ports, where CR4.DE allows it.
    std::uint64_t match_port(std::uint16_t port, unsigned size) const;

    // Which accesses to this page of the guest's addresses may match.
    struct PageRights {
        bool reads = false, writes = false;
    };
    PageRights data_on_page(VirtAddr page) const;
    // The addresses where an enabled breakpoint of this kind is, for who plans ahead.
    template <typename Visit>
    void each_code(Visit visit) const {
        for (unsigned i = 0; i < 4; ++i)
            if (code_ >> i & 1) visit(values_[i]);
    }
    template <typename Visit>
    void each_data(Visit visit) const {
        for (unsigned i = 0; i < 4; ++i)
            if (data_ >> i & 1) visit(start_of(i));
    }

private:
    enum Kind : unsigned { execute = 0, write_only = 1, in_out = 2, read_or_write = 3 };
    Kind kind_of(unsigned i) const { return static_cast<Kind>(values_[7] >> (16 + 4 * i) & 3); }
    std::uint64_t length_of(unsigned i) const;
    VirtAddr start_of(unsigned i) const { return values_[i] & ~(length_of(i) - 1); }
    std::uint64_t code_matches(VirtAddr address) const;
    void plan();

    Values values_{};
    unsigned code_ = 0, data_ = 0, ports_ = 0;  // bit i: breakpoint i is enabled and of this kind
};

}  // namespace sim::engine
