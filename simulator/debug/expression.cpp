// SPDX-License-Identifier: GPL-2.0-or-later
//
// What an expression is at a moment. Every node is visited at most once.
#include "simulator/debug/expression.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/bytes.hpp"
#include "simulator/debug/expression_nodes.hpp"

namespace sim::debug {

std::string ExpressionError::explain() const {
    // The text may hold anything; what is shown is one line.
    std::string shown = text.substr(0, 200);
    for (char& c : shown)
        if (c < ' ' || c > '~') c = ' ';
    return fmt::format("{}\n  {}\n  {}^", message, shown, std::string(std::min(column, shown.size()), ' '));
}

namespace {

struct Failure {
    std::string problem;
    std::size_t column;
};

class Evaluation {
public:
    using Node = Expression::Node;

    Evaluation(std::vector<Node> const& nodes, engine::CpuState const& cpu, GuestMemory const& memory)
        : nodes_(nodes), cpu_(cpu), memory_(memory) {}

    // Where a place is.
    std::uint64_t place(std::uint32_t n) const {
        Node const& node = nodes_[n];
        switch (node.kind) {
            case NodeKind::object:
                return node.value;
            case NodeKind::memory:
                return number(node.left);
            case NodeKind::member:
                return place(node.left) + node.value;
            case NodeKind::element: {
                bool const array = nodes_[node.left].is_place && !nodes_[node.left].is_pointer;
                return (array ? place(node.left) : number(node.left)) + number(node.right) * node.value;
            }
            default:
                return 0;  // the parser makes no such place
        }
    }

    std::uint64_t number(std::uint32_t n) const {
        Node const& node = nodes_[n];
        if (node.is_place) return load(node, place(n));
        switch (node.kind) {
            case NodeKind::number:
                return node.value;
            case NodeKind::reg:
                return register_value(static_cast<std::uint16_t>(node.value), cpu_);
            case NodeKind::address_of:
                return place(node.left);
            case NodeKind::unary:
                return unary(node);
            case NodeKind::binary:
                return binary(node);
            case NodeKind::logical_and:
                return number(node.left) != 0 && number(node.right) != 0;
            case NodeKind::logical_or:
                return number(node.left) != 0 || number(node.right) != 0;
            case NodeKind::cast:
                return cut(number(node.left), node.size * 8, node.is_signed);
            case NodeKind::same_text:
                return same_text(node);
            default:
                return 0;
        }
    }

    static std::uint64_t cut(std::uint64_t value, unsigned bits, bool is_signed) {
        if (bits >= 64 || bits == 0) return value;
        value &= (std::uint64_t{1} << bits) - 1;
        if (is_signed && value >> (bits - 1)) value |= ~std::uint64_t{0} << bits;
        return value;
    }

    std::uint64_t load(Node const& node, std::uint64_t address) const {
        std::array<std::uint8_t, 8> bytes{};
        unsigned size = node.size;
        std::uint64_t at = address;
        std::uint32_t shift = node.bit_offset;
        if (node.bit_size) {  // only the bytes that hold it
            at += shift / 8;
            shift %= 8;
            size = std::min<unsigned>(8, (shift + node.bit_size + 7) / 8);
        }
        auto const into = std::span(bytes).first(std::min(size, 8u));
        bool const there = node.physical ? memory_.read_physical(at, into) : memory_.read(at, into);
        if (!there)
            throw Failure{fmt::format("{:#x} {}", at, node.physical ? "is no RAM" : "is not mapped"),
                          node.column};
        std::uint64_t const value = little_endian(into);
        if (node.bit_size) return cut(value >> shift, node.bit_size, node.is_signed);
        return cut(value, size * 8, node.is_signed);
    }

private:
    std::uint64_t unary(Node const& node) const {
        std::uint64_t const x = number(node.left);
        switch (node.op) {
            case Op::minus:
                return ~x + 1;
            case Op::complement:
                return ~x;
            case Op::negate:
                return x == 0;
            default:
                return x;
        }
    }

    // Numbers are compared as numbers, whatever their signs: -1 is less than 1u.
    static int compare(std::uint64_t a, bool a_signed, std::uint64_t b, bool b_signed) {
        bool const a_negative = a_signed && a >> 63, b_negative = b_signed && b >> 63;
        if (a_negative != b_negative) return a_negative ? -1 : 1;
        return a == b ? 0 : a < b ? -1 : 1;  // of one sign: order as unsigned
    }

    std::uint64_t binary(Node const& node) const {
        std::uint64_t const a = number(node.left), b = number(node.right);
        bool const a_signed = nodes_[node.left].is_signed, b_signed = nodes_[node.right].is_signed;
        int const order = compare(a, a_signed, b, b_signed);
        switch (node.op) {
            case Op::add:
                return a + b;
            case Op::subtract:
                return a - b;
            case Op::multiply:
                return a * b;
            case Op::divide:
            case Op::remainder:
                return divide(node, a, b);
            case Op::shift_left:
                return b < 64 ? a << b : 0;
            case Op::shift_right:
                if (node.is_signed)
                    return static_cast<std::uint64_t>(static_cast<std::int64_t>(a) >>
                                                      std::min<std::uint64_t>(b, 63));
                return b < 64 ? a >> b : 0;
            case Op::bit_and:
                return a & b;
            case Op::bit_or:
                return a | b;
            case Op::bit_xor:
                return a ^ b;
            case Op::equal:
                return order == 0;
            case Op::unequal:
                return order != 0;
            case Op::less:
                return order < 0;
            case Op::less_equal:
                return order <= 0;
            case Op::greater:
                return order > 0;
            case Op::greater_equal:
                return order >= 0;
            default:
                return 0;
        }
    }

    static std::uint64_t divide(Node const& node, std::uint64_t a, std::uint64_t b) {
        if (b == 0) throw Failure{"division by zero", node.column};
        bool const quotient = node.op == Op::divide;
        if (!node.is_signed) return quotient ? a / b : a % b;
        if (b == ~std::uint64_t{0}) return quotient ? ~a + 1 : 0;  // by -1: the one case that can overflow
        auto const x = static_cast<std::int64_t>(a), y = static_cast<std::int64_t>(b);
        return static_cast<std::uint64_t>(quotient ? x / y : x % y);
    }

    std::uint64_t same_text(Node const& node) const {
        Node const& of = nodes_[node.left];
        std::uint64_t const at = of.is_pointer ? number(node.left) : place(node.left);
        std::size_t const most = of.is_pointer ? node.text.size() + 1 : of.size;
        std::vector<std::uint8_t> bytes(std::min(most, node.text.size() + 1));
        std::size_t const got = memory_.read_some(at, bytes);
        bool same = true;
        for (std::size_t i = 0; i < bytes.size() && same; ++i) {
            if (i >= got) throw Failure{fmt::format("{:#x} is not mapped", at + i), node.column};
            char const wanted = i < node.text.size() ? node.text[i] : '\0';
            same = static_cast<char>(bytes[i]) == wanted;
        }
        if (most < node.text.size()) same = false;  // the array is too short for it
        return same != (node.value != 0);
    }

    std::vector<Node> const& nodes_;
    engine::CpuState const& cpu_;
    GuestMemory const& memory_;
};

}  // namespace

Value Expression::evaluate(engine::CpuState const& cpu, GuestMemory const& memory) const {
    Value v;
    if (!nodes_ || nodes_->empty()) {
        v.problem = "no expression";
        return v;
    }
    auto const root = static_cast<std::uint32_t>(nodes_->size() - 1);
    Node const& node = nodes_->back();
    v.type = node.type;
    v.size = node.size;
    v.is_signed = node.is_signed;
    v.is_number = node.is_number;
    v.physical = node.physical;
    v.bit_offset = node.bit_offset;
    v.bit_size = node.bit_size;
    Evaluation const evaluation(*nodes_, cpu, memory);
    try {
        if (!node.is_place) {
            v.number = evaluation.number(root);
        } else {
            v.address = evaluation.place(root);
            if (node.is_number) v.number = evaluation.load(node, *v.address);
        }
    } catch (Failure const& failure) {
        v.problem = failure.problem;
        v.problem_column = failure.column;
    }
    return v;
}

Expression::Needs Expression::needs() const {
    Needs needs;
    for (Node const& node : *nodes_) {
        if (node.kind != NodeKind::reg) continue;
        auto const id = static_cast<std::uint16_t>(node.value);
        if (auto const general = general_register(id))
            needs.general |= static_cast<std::uint16_t>(1U << *general);
        else if (is_rip(id))
            needs.rip = true;
        else
            needs.others = true;
    }
    return needs;
}

std::optional<std::uint64_t> Expression::only_at_rip() const {
    // Down the chain of && from the root.
    std::vector<std::uint32_t> open{static_cast<std::uint32_t>(nodes_->size() - 1)};
    while (!open.empty()) {
        Node const& node = (*nodes_)[open.back()];
        open.pop_back();
        if (node.kind == NodeKind::logical_and) {
            open.push_back(node.left);
            open.push_back(node.right);
            continue;
        }
        if (node.kind != NodeKind::binary || node.op != Op::equal) continue;
        auto const rip = [&](std::uint32_t n) {
            Node const& x = (*nodes_)[n];
            return x.kind == NodeKind::reg && is_rip(static_cast<std::uint16_t>(x.value));
        };
        auto const known = [&](std::uint32_t n) { return (*nodes_)[n].kind == NodeKind::number; };
        if (rip(node.left) && known(node.right)) return (*nodes_)[node.right].value;
        if (rip(node.right) && known(node.left)) return (*nodes_)[node.left].value;
    }
    return std::nullopt;
}

ValueTree Expression::tree(Value const& v, GuestMemory const& memory, ValueLimits const& limits) const {
    if (!v.problem.empty()) {
        ValueTree none;
        none.text = fmt::format("({})", v.problem);
        return none;
    }
    Node const& node = nodes_->back();
    if (!v.is_number) return value_tree(*symbols_, memory, v.address.value_or(0), v.type, limits);
    ValueTree t =
        number_tree(*symbols_, memory, v.number, v.type, v.is_signed, node.is_pointer, node.pointee, limits);
    t.address = v.address;
    return t;
}

std::string Expression::print(Value const& v, GuestMemory const& memory) const {
    return one_line(tree(v, memory, {.nesting = 4, .parts = 128}));
}

}  // namespace sim::debug
