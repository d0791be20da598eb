// SPDX-License-Identifier: GPL-2.0-or-later
//
// Types out of the debug info.
#include <dwarf.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "simulator/debug/symbol_reader.hpp"

namespace sim::debug {

namespace {

std::optional<std::uint64_t> number(Dwarf_Die* die, unsigned attribute) {
    Dwarf_Attribute a;
    Dwarf_Word value = 0;
    if (!dwarf_attr_integrate(die, attribute, &a) || dwarf_formudata(&a, &value) != 0) return std::nullopt;
    return value;
}

bool flag(Dwarf_Die* die, unsigned attribute) {
    Dwarf_Attribute a;
    bool value = false;
    return dwarf_attr(die, attribute, &a) && dwarf_formflag(&a, &value) == 0 && value;
}

}  // namespace

std::uint32_t SymbolReader::type_of(Dwarf_Die* die) {
    Dwarf_Attribute a;
    Dwarf_Die type;
    if (!dwarf_attr_integrate(die, DW_AT_type, &a) || !dwarf_formref_die(&a, &type)) return 0;
    return number_of(&type);
}

std::uint32_t SymbolReader::number_of(Dwarf_Die* die) {
    auto const [at, is_new] = type_numbers_.try_emplace(dwarf_dieoffset(die), 0);
    if (is_new) {
        at->second = types_.add({});
        unfilled_.emplace_back(*die, at->second);
    }
    return at->second;
}

// Types refer to each other in circles: each gets its number first and its
// content later, from a list, so that no file can make us recurse.
void SymbolReader::fill_types() {
    while (!unfilled_.empty() && types_.size() < max_entries) {
        auto [die, number] = unfilled_.back();
        unfilled_.pop_back();
        fill_type(&die, number);
    }
    types_.finish();
}

void SymbolReader::fill_type(Dwarf_Die* die, std::uint32_t number) {
    Type t;
    t.name = name_at(dwarf_dieoffset(die));
    if (t.name.empty())
        if (char const* name = dwarf_diename(die)) t.name = name;
    if (auto size = debug::number(die, DW_AT_byte_size)) t.size = *size;
    int const tag = dwarf_tag(die);
    switch (tag) {
        case DW_TAG_base_type: {
            std::uint64_t const encoding = debug::number(die, DW_AT_encoding).value_or(0);
            t.is_signed = encoding == DW_ATE_signed || encoding == DW_ATE_signed_char;
            t.kind = encoding == DW_ATE_boolean ? TypeKind::boolean
                     : encoding == DW_ATE_float ? TypeKind::floating
                     : t.size == 1 && (t.name == "char" || encoding == DW_ATE_signed_char)
                         ? TypeKind::character
                         : TypeKind::integer;
            break;
        }
        case DW_TAG_pointer_type:
        case DW_TAG_reference_type:
        case DW_TAG_rvalue_reference_type:
            t.kind = TypeKind::pointer;
            t.target = type_of(die);
            t.name.clear();
            if (!t.size) t.size = 8;
            break;
        case DW_TAG_ptr_to_member_type:
            t.kind = TypeKind::integer;
            t.size = 8;
            break;
        case DW_TAG_typedef:
        case DW_TAG_const_type:
        case DW_TAG_volatile_type:
        case DW_TAG_restrict_type:
        case DW_TAG_atomic_type:
            t.kind = TypeKind::alias;
            t.target = type_of(die);
            break;
        case DW_TAG_enumeration_type: {
            t.kind = TypeKind::enumeration;
            t.target = type_of(die);
            Dwarf_Die child;
            if (dwarf_child(die, &child) != 0) break;
            do {
                Dwarf_Attribute a;
                Dwarf_Sword value = 0;
                char const* name = dwarf_diename(&child);
                if (dwarf_tag(&child) == DW_TAG_enumerator && name &&
                    dwarf_attr(&child, DW_AT_const_value, &a) && dwarf_formsdata(&a, &value) == 0)
                    t.enumerators.push_back({name, value});
            } while (t.enumerators.size() < 4096 && dwarf_siblingof(&child, &child) == 0);
            break;
        }
        case DW_TAG_array_type: {
            t.kind = TypeKind::array;
            // The dimensions from last to first: an array of arrays.
            std::vector<std::uint64_t> counts;
            Dwarf_Die child;
            if (dwarf_child(die, &child) == 0) do {
                    if (dwarf_tag(&child) != DW_TAG_subrange_type) continue;
                    if (auto count = debug::number(&child, DW_AT_count))
                        counts.push_back(*count);
                    else if (auto upper = debug::number(&child, DW_AT_upper_bound))
                        counts.push_back(*upper + 1);
                    else
                        counts.push_back(0);
                } while (counts.size() < 8 && dwarf_siblingof(&child, &child) == 0);
            if (counts.empty()) counts.push_back(0);
            std::uint32_t element = type_of(die);
            while (counts.size() > 1) {
                Type inner;
                inner.kind = TypeKind::array;
                inner.count = counts.back();
                inner.target = element;
                element = types_.add(std::move(inner));
                counts.pop_back();
            }
            t.count = counts.front();
            t.target = element;
            break;
        }
        case DW_TAG_structure_type:
        case DW_TAG_class_type:
        case DW_TAG_union_type:
            t.kind = TypeKind::structure;
            t.incomplete = flag(die, DW_AT_declaration);
            if (!t.incomplete) {
                // The same definition in every unit that includes its header: kept once.
                int line = 0;
                dwarf_decl_line(die, &line);
                char const* file = dwarf_decl_file(die);
                if (!t.name.empty() && line > 0) {
                    std::string key = t.name + '\0' + (file ? file : "") + '\0' + std::to_string(line) +
                                      '\0' + std::to_string(t.size);
                    auto const [at, first] = definitions_.try_emplace(std::move(key), number);
                    if (!first) {
                        t.kind = TypeKind::alias;
                        t.target = at->second;
                        break;
                    }
                }
                fill_structure(die, t);
            }
            break;
        case DW_TAG_subroutine_type:
            t.kind = TypeKind::function;
            break;
        case DW_TAG_unspecified_type:
            break;
        default:
            break;
    }
    types_.at(number) = std::move(t);
}

void SymbolReader::fill_structure(Dwarf_Die* die, Type& t) {
    Dwarf_Die child;
    if (dwarf_child(die, &child) != 0) return;
    do {
        int const tag = dwarf_tag(&child);
        if (tag != DW_TAG_member && tag != DW_TAG_inheritance) continue;
        if (flag(&child, DW_AT_external)) continue;  // a static member
        Member m;
        if (char const* name = dwarf_diename(&child)) m.name = name;
        m.base_class = tag == DW_TAG_inheritance;
        m.type = type_of(&child);
        m.offset = number(&child, DW_AT_data_member_location).value_or(0);
        m.bit_size = static_cast<std::uint32_t>(number(&child, DW_AT_bit_size).value_or(0));
        if (m.bit_size) {
            std::uint64_t const bits = number(&child, DW_AT_data_bit_offset).value_or(0);
            m.offset += bits / 8;
            m.bit_offset = static_cast<std::uint32_t>(bits % 8);
        }
        t.members.push_back(std::move(m));
    } while (t.members.size() < 4096 && dwarf_siblingof(&child, &child) == 0);
}

}  // namespace sim::debug
