// SPDX-License-Identifier: GPL-2.0-or-later
//
// Fills a Symbols from an ELF file: symbol table by libelf, debug info by libdw.
// Used once per image; everything that is bounded is bounded here.
#pragma once

#include <elfutils/libdw.h>
#include <gelf.h>

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "simulator/debug/symbols.hpp"
#include "simulator/debug/types.hpp"

namespace sim::debug {

class SymbolReader {
public:
    SymbolReader(Symbols& into) : out_(into) {}
    void read(std::span<std::uint8_t const> elf);

private:
    static constexpr std::size_t max_entries = 20'000'000;  // of the debug info

    struct Range {
        std::uint64_t low = 0, high = 0;
    };
    // A function or variable found in the debug info, named when all is known.
    struct Found {
        Dwarf_Off name_at = 0;  // the entry that carries the name
        Range range;
        std::uint32_t type = 0;
        std::uint32_t file = 0, line = 0;
        bool function = false;
        std::uint64_t entered_at = 0;
    };

    void read_sections(Elf*);
    void read_symbols(Elf_Scn*, GElf_Shdr const&, Elf*);
    void read_debug_info(Dwarf*);
    void read_lines(Dwarf_Die* unit);
    void walk(Dwarf_Die* parent, std::string const& prefix, unsigned depth);
    void take_function(Dwarf_Die*);
    void take_variable(Dwarf_Die*);
    void finish();
    // symbol_types.cpp:
    std::uint32_t type_of(Dwarf_Die*);
    std::uint32_t number_of(Dwarf_Die* type);
    void fill_types();
    void fill_type(Dwarf_Die*, std::uint32_t number);
    void fill_structure(Dwarf_Die*, Type&);

    bool is_code(std::uint64_t address) const;
    std::uint32_t file_index(char const* path);
    std::string const& name_at(Dwarf_Off) const;
    static Dwarf_Off origin_of(Dwarf_Die*);

    Symbols& out_;
    TypeTable types_;
    std::vector<Range> code_;
    std::string unit_folder_;
    std::unordered_map<std::string, std::uint32_t> file_numbers_;
    std::vector<std::pair<Dwarf_Off, std::string>> names_;  // in the order of their offsets
    std::unordered_map<Dwarf_Off, std::uint32_t> type_numbers_;
    std::unordered_map<std::string, std::uint32_t> definitions_;  // name and place -> type
    std::vector<std::pair<Dwarf_Die, std::uint32_t>> unfilled_;
    std::vector<Found> found_;
    std::size_t entries_ = 0;
};

}  // namespace sim::debug
