// SPDX-License-Identifier: GPL-2.0-or-later
//
// What an expression means: names become addresses and types, operators become
// nodes, and what cannot be is refused. The parser knows how it is written.
// Internal.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/debug/expression_nodes.hpp"

namespace sim::debug {

struct Width {
    unsigned size = 0;
    bool is_signed = false, physical = false;
};
// u8 u16 u32 u64, s8..., and p8... for physical memory.
std::optional<Width> width_named(std::string_view name);

// Gives numbers of nodes. Columns say where in the text to complain.
class ExpressionBuilder {
public:
    using Node = Expression::Node;

    // What every method throws about a text that means nothing.
    struct Problem {
        std::string message;
        std::size_t column;
    };

    explicit ExpressionBuilder(Symbols const& symbols) : symbols_(symbols), types_(symbols.types()) {}

    Node const& operator[](std::uint32_t n) const { return nodes_[n]; }

    // ---- Leaves ----

    std::uint32_t number(std::uint64_t value, std::size_t column, bool is_signed = true);
    std::uint32_t text(std::string value, std::size_t column);
    // A register, an object, a function, or perhaps an enumerator.
    std::uint32_t named(std::string const& name, std::size_t column);

    // ---- Of other nodes ----

    // A structure with one number in it is that number: strong types are such.
    std::uint32_t scalar(std::uint32_t n);
    std::uint32_t memory(std::uint32_t address, Width width, std::size_t column);
    std::uint32_t dereference(std::uint32_t n, std::size_t column);
    std::uint32_t address_of(std::uint32_t place, std::size_t column);
    std::uint32_t member(std::uint32_t of, std::string const& wanted, std::size_t column);
    std::uint32_t element(std::uint32_t of, std::uint32_t index, std::size_t column);
    std::uint32_t unary(Op op, std::uint32_t of, std::size_t column);
    // `kind` is binary, logical_and or logical_or; `op` counts for the first only.
    std::uint32_t combine(NodeKind kind, Op op, std::uint32_t left, std::uint32_t right, std::size_t column);

    // "threads::Thread*", "u32": a cast that lacks its number yet, so that a wrong
    // type is told before what follows it is read.
    bool knows_type(std::string const& name) const;
    Node cast_to(std::string const& type_name, bool pointer, std::size_t column) const;
    std::uint32_t cast(Node to, std::uint32_t of);

    // The expression whose value `root` is. The builder is empty afterwards.
    Expression finish(std::uint32_t root, std::string_view text, std::shared_ptr<Symbols const>);

private:
    std::uint32_t add(Node);
    void shape(Node&, std::uint32_t type) const;
    std::uint32_t named_number(std::uint64_t address, std::string const& name, std::size_t column);
    std::uint32_t member_of(std::uint32_t place, MemberPlace const&, std::size_t column);
    std::uint32_t enumerator(std::uint32_t n, std::uint32_t beside);
    std::uint32_t compare_text(Op op, std::uint32_t left, std::uint32_t text, std::size_t column);
    [[noreturn]] void unknown_name(Node const&) const;

    Symbols const& symbols_;
    TypeTable const& types_;
    std::vector<Node> nodes_;
    bool uses_registers_ = false, uses_memory_ = false;
};

}  // namespace sim::debug
