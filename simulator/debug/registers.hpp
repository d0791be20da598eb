// SPDX-License-Identifier: GPL-2.0-or-later
//
// Control registers, flags, segments and page-table entries, bit by bit, with
// what each bit means and where the manual says so. Data, not drawing.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/engine/cpu.hpp"

namespace sim::debug {

// One field as the manual names it.
struct FieldInfo {
    std::uint8_t high = 0, low = 0;  // bits, inclusive
    char const* name = "";           // "PG"
    char const* title = "";          // "Paging"
    char const* meaning = "";        // one sentence for a student
    char const* manual = "";         // "[sdm-3a §2.5]"
};

struct DecodedField {
    FieldInfo const* info = nullptr;
    std::uint64_t value = 0;
    std::string text;  // when the number alone says little: "ring 0", "0x1000"
};

struct RegisterValue {
    std::string name;
    std::uint64_t value = 0;
    unsigned bits = 64;
    std::string note;                  // symbol or meaning: "threads::switch_to+0x12"
    std::vector<DecodedField> fields;  // high to low; empty for general registers
};

enum class RegisterGroup : std::uint8_t { general, flags, segments, control, tables, model_specific, debug };
char const* name_of(RegisterGroup);

struct RegisterBank {
    RegisterGroup group = RegisterGroup::general;
    std::vector<RegisterValue> registers;
};

// Everything the CPU has, in the order in which people look.
std::vector<RegisterBank> decode_registers(engine::CpuState const&);

std::span<FieldInfo const> fields_of_cr0();
std::span<FieldInfo const> fields_of_cr3();
std::span<FieldInfo const> fields_of_cr4();
std::span<FieldInfo const> fields_of_efer();
std::span<FieldInfo const> fields_of_rflags();
std::span<FieldInfo const> fields_of_segment();  // of Segment::attributes
// level 4 (PML4E) to 1 (PTE); `large`: a 1 GiB or 2 MiB page at level 3 or 2.
std::span<FieldInfo const> fields_of_table_entry(unsigned level, bool large);

std::vector<DecodedField> decode(std::span<FieldInfo const>, std::uint64_t value);
// Of a segment, its type in words; Type is the last field.
std::vector<DecodedField> decode_segment(std::uint64_t attributes);
// Short flags of a page-table entry: "P RW NX A D".
std::string short_flags(std::uint64_t entry);
// Name of an exception vector: "#PF page fault", or "" above 31.
std::string_view exception_name(std::uint8_t vector);
// "read of an unmapped page by the kernel". [sdm-3a §4.7]
std::string explain_page_fault(std::uint32_t error_code);

}  // namespace sim::debug
