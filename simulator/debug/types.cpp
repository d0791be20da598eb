// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/types.hpp"

#include <fmt/format.h>

#include "simulator/debug/words.hpp"

namespace sim::debug {

namespace {
constexpr unsigned max_depth = 32;  // of aliases, bases and anonymous members: a file may have cycles
}

std::uint32_t TypeTable::add(Type type) {
    types_.push_back(std::move(type));
    return static_cast<std::uint32_t>(types_.size() - 1);
}

void TypeTable::finish() {
    by_name_.clear();
    for (std::uint32_t i = 1; i < types_.size(); ++i) {
        Type const& t = types_[i];
        bool const named_kind = t.kind == TypeKind::structure || t.kind == TypeKind::enumeration;
        if (named_kind && !t.incomplete && !t.name.empty()) by_name_.try_emplace(t.name, i);
    }
    for (std::uint32_t i = 1; i < types_.size(); ++i) {
        Type& t = types_[i];
        if (!t.incomplete || t.kind != TypeKind::structure) continue;
        if (auto found = by_name_.find(t.name); found != by_name_.end()) {
            t.kind = TypeKind::alias;
            t.target = found->second;
            t.size = types_[found->second].size;
        }
    }
}

std::uint32_t TypeTable::named(std::string_view name) const {
    if (auto found = by_name_.find(name); found != by_name_.end()) return found->second;
    // The part after the last "::", if that is unambiguous.
    std::uint32_t only = 0;
    for (auto const& [full, number] : by_name_) {
        if (!ends_in_name(full, name)) continue;
        if (only) return 0;
        only = number;
    }
    return only;
}

std::uint32_t TypeTable::strip(std::uint32_t number) const {
    for (unsigned i = 0; i < max_depth && (*this)[number].kind == TypeKind::alias; ++i)
        number = (*this)[number].target;
    return (*this)[number].kind == TypeKind::alias ? 0 : number;
}

std::uint64_t TypeTable::size_of(std::uint32_t number) const {
    std::uint64_t elements = 1;
    for (unsigned i = 0; i < max_depth; ++i) {
        Type const& t = (*this)[strip(number)];
        std::uint64_t const factor = t.kind == TypeKind::array && t.size == 0 ? t.count : t.size;
        if (factor != 0 && elements > UINT64_MAX / factor) return 0;
        elements *= factor;
        if (t.kind != TypeKind::array || t.size != 0) return elements;
        number = t.target;
    }
    return 0;
}

std::optional<MemberPlace> TypeTable::member(std::uint32_t structure, std::string_view name) const {
    return member(structure, name, 0);
}

std::optional<MemberPlace> TypeTable::member(std::uint32_t structure, std::string_view name,
                                             unsigned depth) const {
    if (depth > max_depth) return std::nullopt;
    Type const& t = (*this)[strip(structure)];
    for (Member const& m : t.members)
        if (!m.name.empty() && m.name == name) return MemberPlace{m.offset, m.type, m.bit_offset, m.bit_size};
    for (Member const& m : t.members) {
        if (!m.name.empty() && !m.base_class) continue;
        if (auto inside = member(m.type, name, depth + 1)) {
            inside->offset += m.offset;
            return inside;
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> TypeTable::base_offset(std::uint32_t structure, std::uint32_t base) const {
    structure = strip(structure);
    base = strip(base);
    if (structure == base) return 0;
    // Depth first, bounded; hierarchies are small.
    struct Step {
        std::uint32_t type;
        std::uint64_t offset;
        unsigned depth;
    };
    std::vector<Step> todo{{structure, 0, 0}};
    for (unsigned tried = 0; !todo.empty() && tried < 256; ++tried) {
        Step const step = todo.back();
        todo.pop_back();
        if (step.depth > max_depth) continue;
        for (Member const& m : (*this)[step.type].members) {
            if (!m.base_class) continue;
            std::uint32_t const type = strip(m.type);
            if (type == base) return step.offset + m.offset;
            todo.push_back({type, step.offset + m.offset, step.depth + 1});
        }
    }
    return std::nullopt;
}

std::string TypeTable::enumerator(std::uint32_t enumeration, std::int64_t value) const {
    for (Enumerator const& e : (*this)[strip(enumeration)].enumerators)
        if (e.value == value) return e.name;
    return fmt::format("{}", value);
}

std::string TypeTable::spell(std::uint32_t number) const {
    std::string suffix;
    for (unsigned i = 0; i < max_depth; ++i) {
        Type const& t = (*this)[number];
        if (!t.name.empty()) return t.name + suffix;
        switch (t.kind) {
            case TypeKind::pointer:
                suffix = " *" + suffix;
                break;
            case TypeKind::array:
                suffix.insert(suffix.starts_with("[") ? suffix.size() : 0, fmt::format("[{}]", t.count));
                break;
            case TypeKind::alias:
                break;
            case TypeKind::structure:
                return "(unnamed structure)" + suffix;
            case TypeKind::enumeration:
                return "(unnamed enumeration)" + suffix;
            case TypeKind::function:
                return "(function)" + suffix;
            default:
                return (number ? "(unnamed)" : "void") + suffix;
        }
        number = t.target;
    }
    return "(endless type)" + suffix;
}

}  // namespace sim::debug
