// SPDX-License-Identifier: GPL-2.0-or-later
//
// C++ types as the debug info tells them: enough to find a member by its name
// and to read it from bytes. Plain tables; types refer to each other by number.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sim::debug {

enum class TypeKind : std::uint8_t {
    unknown,
    integer,  // signed or not, also char and wchar
    boolean,
    character,
    floating,
    pointer,  // also references
    array,
    structure,  // struct, class and union
    enumeration,
    alias,  // typedef, const, volatile: see `target`
    function,
};

struct Member {
    std::string name;  // "" for an anonymous member and for a base class
    std::uint32_t type = 0;
    std::uint64_t offset = 0;      // bytes from the start of the structure
    std::uint32_t bit_offset = 0;  // of a bit field, from `offset`
    std::uint32_t bit_size = 0;    // 0: not a bit field
    bool base_class = false;
};

struct Enumerator {
    std::string name;
    std::int64_t value = 0;
};

struct Type {
    TypeKind kind = TypeKind::unknown;
    bool is_signed = false;
    bool incomplete = false;  // declared only
    std::string name;         // qualified
    std::uint64_t size = 0;
    std::uint32_t target = 0;  // pointer, array, alias, enumeration: of what
    std::uint64_t count = 0;   // array: how many elements
    std::vector<Member> members;
    std::vector<Enumerator> enumerators;
};

// Where a member path ends: "queue.head.next" or "[3].state".
struct MemberPlace {
    std::uint64_t offset = 0;
    std::uint32_t type = 0;
    std::uint32_t bit_offset = 0;
    std::uint32_t bit_size = 0;
};

class TypeTable {
public:
    TypeTable() : types_(1) {}  // number 0 is "unknown"

    Type const& operator[](std::uint32_t number) const { return types_[number < types_.size() ? number : 0]; }
    std::size_t size() const { return types_.size(); }
    // A complete structure or enumeration by its qualified name, or by the part after the last "::".
    std::uint32_t named(std::string_view name) const;
    // Through typedef, const and volatile. Bounded.
    std::uint32_t strip(std::uint32_t number) const;
    // Bytes of a value; of an array all of it. 0 when unknown.
    std::uint64_t size_of(std::uint32_t number) const;
    // A direct member, also of base classes and anonymous members.
    std::optional<MemberPlace> member(std::uint32_t structure, std::string_view name) const;
    // The member of `structure` that is a base class of this name.
    std::optional<std::uint64_t> base_offset(std::uint32_t structure, std::uint32_t base) const;
    // "active", or "7" when no enumerator has the value.
    std::string enumerator(std::uint32_t enumeration, std::int64_t value) const;
    // As a person writes it: "memory::Frame *", "char[16]".
    std::string spell(std::uint32_t number) const;

    // Building, by whoever reads the debug info.
    std::uint32_t add(Type);
    Type& at(std::uint32_t number) { return types_[number]; }
    // All are there: names can be found, and a type that was only declared in one
    // place becomes an alias of its definition in another.
    void finish();

private:
    std::optional<MemberPlace> member(std::uint32_t structure, std::string_view name, unsigned depth) const;

    std::vector<Type> types_;
    std::map<std::string, std::uint32_t, std::less<>> by_name_;  // definitions only
};

}  // namespace sim::debug
