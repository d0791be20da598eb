// SPDX-License-Identifier: GPL-2.0-or-later
//
// Names and types to nodes, once: evaluating looks up neither.
#include "simulator/debug/expression_builder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/words.hpp"

namespace sim::debug {

namespace {

// The one of this name, or the first whose name ends so; `several`: it is not the only one.
template <class List>
typename List::value_type const* by_name(List const& all, std::string const& name, bool& several) {
    typename List::value_type const* found = nullptr;
    for (auto const& x : all) {
        if (x.name == name) return &x;
        if (!ends_in_name(x.name, name)) continue;
        if (found && found->name != x.name) several = true;
        if (!found) found = &x;
    }
    return found;
}

}  // namespace

std::optional<Width> width_named(std::string_view name) {
    if (name.size() < 2 || (name[0] != 'u' && name[0] != 's' && name[0] != 'p')) return std::nullopt;
    std::string_view const bits = name.substr(1);
    for (unsigned size : {1u, 2u, 4u, 8u})
        if (bits == fmt::format("{}", size * 8)) return Width{size, name[0] == 's', name[0] == 'p'};
    return std::nullopt;
}

std::uint32_t ExpressionBuilder::add(Node node) {
    if (nodes_.size() >= Expression::max_nodes) throw Problem{"this expression is too long", node.column};
    bool const two = node.kind == NodeKind::binary || node.kind == NodeKind::element ||
                     node.kind == NodeKind::logical_and || node.kind == NodeKind::logical_or;
    bool const leaf = node.kind == NodeKind::number || node.kind == NodeKind::reg ||
                      node.kind == NodeKind::object || node.kind == NodeKind::text ||
                      node.kind == NodeKind::enumerator;
    if (!leaf) node.height = nodes_[node.left].height + 1;
    if (two) node.height = std::max(node.height, nodes_[node.right].height + 1);
    if (node.height > 4 * Expression::max_depth) throw Problem{"this expression is too deep", node.column};
    nodes_.push_back(std::move(node));
    return static_cast<std::uint32_t>(nodes_.size() - 1);
}

// What a place of this type gives.
void ExpressionBuilder::shape(Node& node, std::uint32_t type) const {
    node.type = type;
    Type const& t = types_[types_.strip(type)];
    node.size = static_cast<unsigned>(std::min<std::uint64_t>(types_.size_of(type), 1u << 30));
    node.is_signed = t.is_signed;
    node.is_number = true;
    node.is_pointer = false;
    switch (t.kind) {
        case TypeKind::pointer:
            node.is_pointer = true;
            node.pointee = t.target;
            node.size = 8;
            break;
        case TypeKind::enumeration: {
            if (t.target) node.is_signed = types_[types_.strip(t.target)].is_signed;
            break;
        }
        case TypeKind::integer:
        case TypeKind::boolean:
        case TypeKind::character:
            break;
        default:
            node.is_number = false;
    }
    if (node.is_number && (node.size == 0 || node.size > 8)) node.is_number = false;
}

// ---- Leaves ----

std::uint32_t ExpressionBuilder::number(std::uint64_t value, std::size_t column, bool is_signed) {
    return add({.value = value, .column = column, .is_signed = is_signed});
}

std::uint32_t ExpressionBuilder::text(std::string value, std::size_t column) {
    return add({.kind = NodeKind::text, .text = std::move(value), .column = column, .is_number = false});
}

// A function or a label: its address.
std::uint32_t ExpressionBuilder::named_number(std::uint64_t address, std::string const& name,
                                              std::size_t column) {
    std::uint32_t const n = number(address, column, false);
    nodes_[n].text = name;
    nodes_[n].is_pointer = true;
    return n;
}

std::uint32_t ExpressionBuilder::named(std::string const& name, std::size_t column) {
    if (auto const reg = find_register(name)) {
        Node n;
        n.kind = NodeKind::reg;
        n.value = reg->id;
        n.size = reg->size;
        n.column = column;
        if (!reg->control) uses_registers_ = true;
        return add(std::move(n));
    }
    if (name == "true" || name == "false") return number(name == "true", column);
    if (name == "nullptr" || name == "null") return number(0, column);
    bool several = false;
    if (Object const* const object = by_name(symbols_.objects(), name, several)) {
        if (several && object->name != name)
            throw Problem{
                fmt::format("several objects are called \"{}\": say which, such as {}", name, object->name),
                column};
        Node n;
        n.kind = NodeKind::object;
        n.value = object->address;
        n.column = column;
        n.is_place = true;
        uses_memory_ = true;
        shape(n, object->type);
        if (object->type == 0 || types_[types_.strip(object->type)].kind == TypeKind::unknown) {
            // No type: the object is a number as large as it is.
            n.is_number = object->size == 1 || object->size == 2 || object->size == 4 || object->size == 8;
            n.size = static_cast<unsigned>(std::min<std::uint64_t>(object->size, 1u << 30));
        }
        return add(std::move(n));
    }
    several = false;
    if (Function const* const function = by_name(symbols_.functions(), name, several)) {
        if (several && function->name != name)
            throw Problem{fmt::format("several functions are called \"{}\": say which, such as {}", name,
                                      function->name),
                          column};
        return named_number(function->low, name, column);
    }
    if (auto const address = symbols_.address_of_symbol(name)) return named_number(*address, name, column);
    // "State::blocked"
    if (std::size_t const colon = name.rfind("::"); colon != std::string::npos) {
        std::uint32_t const type = types_.named(name.substr(0, colon));
        for (Enumerator const& e : types_[types_.strip(type)].enumerators)
            if (e.name == name.substr(colon + 2)) {
                std::uint32_t const n = number(static_cast<std::uint64_t>(e.value), column);
                nodes_[n].type = type;
                return n;
            }
    }
    // Perhaps an enumerator: whoever uses it decides.
    return add({.kind = NodeKind::enumerator, .text = name, .column = column});
}

void ExpressionBuilder::unknown_name(Node const& node) const {
    throw Problem{fmt::format("no register, object or function is called \"{}\"", node.text), node.column};
}

// Beside an enumeration a bare name is one of its enumerators.
std::uint32_t ExpressionBuilder::enumerator(std::uint32_t n, std::uint32_t beside) {
    if (nodes_[n].kind != NodeKind::enumerator) return n;
    std::uint32_t const type = types_.strip(nodes_[beside].type);
    if (types_[type].kind != TypeKind::enumeration) unknown_name(nodes_[n]);
    std::string known;
    for (Enumerator const& e : types_[type].enumerators) {
        if (e.name == nodes_[n].text) {
            std::uint32_t const value = number(static_cast<std::uint64_t>(e.value), nodes_[n].column);
            nodes_[value].type = type;
            return value;
        }
        if (known.size() < 120) known += (known.empty() ? "" : ", ") + e.name;
    }
    throw Problem{fmt::format("{} has no \"{}\"; there are {}", types_.spell(nodes_[beside].type),
                              nodes_[n].text, known),
                  nodes_[n].column};
}

// ---- Places ----

std::uint32_t ExpressionBuilder::memory(std::uint32_t address, Width width, std::size_t column) {
    uses_memory_ = true;
    return add({.kind = NodeKind::memory,
                .left = address,
                .column = column,
                .is_place = true,
                .is_signed = width.is_signed,
                .physical = width.physical,
                .size = width.size});
}

std::uint32_t ExpressionBuilder::dereference(std::uint32_t n, std::size_t column) {
    n = scalar(n);
    if (!nodes_[n].is_pointer)
        throw Problem{"only a pointer can be followed: use u64[...] for memory at a number", column};
    Node node;
    node.kind = NodeKind::memory;
    node.left = n;
    node.column = column;
    node.is_place = true;
    uses_memory_ = true;
    if (types_[types_.strip(nodes_[n].pointee)].kind == TypeKind::unknown)
        throw Problem{"this pointer's type is not known here", column};
    shape(node, nodes_[n].pointee);
    return add(std::move(node));
}

std::uint32_t ExpressionBuilder::address_of(std::uint32_t place, std::size_t column) {
    if (nodes_[place].kind == NodeKind::enumerator) unknown_name(nodes_[place]);
    if (nodes_[place].kind == NodeKind::number && !nodes_[place].text.empty()) return place;  // a function
    if (!nodes_[place].is_place) throw Problem{"only what lies in memory has an address", column};
    if (nodes_[place].bit_size) throw Problem{"a bit field has no address", column};
    Node n;
    n.kind = NodeKind::address_of;
    n.left = place;
    n.column = column;
    n.is_pointer = !nodes_[place].physical;
    n.pointee = nodes_[place].type;
    return add(std::move(n));
}

std::uint32_t ExpressionBuilder::member_of(std::uint32_t place, MemberPlace const& m, std::size_t column) {
    Node n;
    n.kind = NodeKind::member;
    n.left = place;
    n.value = m.offset;
    n.column = column;
    n.is_place = true;
    shape(n, m.type);
    n.bit_offset = m.bit_offset;
    n.bit_size = m.bit_size;
    return add(std::move(n));
}

std::uint32_t ExpressionBuilder::member(std::uint32_t of, std::string const& wanted, std::size_t column) {
    Node const& node = nodes_[of];
    if (node.kind == NodeKind::enumerator) unknown_name(node);
    if (!node.is_place || types_[types_.strip(node.type)].kind != TypeKind::structure)
        throw Problem{"this has no members", column};
    if (auto const found = types_.member(node.type, wanted)) return member_of(of, *found, column);
    std::string known;
    for (Member const& m : types_[types_.strip(node.type)].members)
        if (!m.name.empty() && !m.base_class && known.size() < 160)
            known += (known.empty() ? "" : ", ") + m.name;
    throw Problem{fmt::format("{} has no member \"{}\"; there are {}", types_.spell(node.type), wanted,
                              known.empty() ? "none" : known),
                  column};
}

std::uint32_t ExpressionBuilder::element(std::uint32_t of, std::uint32_t index, std::size_t column) {
    if (nodes_[of].kind == NodeKind::enumerator) unknown_name(nodes_[of]);
    for (unsigned i = 0; i < 8; ++i) {
        Node const node = nodes_[of];
        Type const& t = types_[types_.strip(node.type)];
        bool const array = node.is_place && t.kind == TypeKind::array;
        if (node.is_pointer || array) {
            std::uint32_t const type = array ? t.target : node.pointee;
            Node n;
            n.kind = NodeKind::element;
            n.left = of;
            n.right = index;
            n.column = column;
            n.is_place = true;
            shape(n, type);
            n.value = types_.size_of(type);
            uses_memory_ = true;
            if (n.value == 0) throw Problem{"the elements have no known size", column};
            return add(std::move(n));
        }
        // std::array, std::span, or a structure that is one array.
        if (!node.is_place || t.kind != TypeKind::structure) break;
        auto inside = types_.member(node.type, "_M_elems");
        if (!inside) inside = types_.member(node.type, "_M_ptr");
        if (!inside && t.members.size() == 1)
            inside = MemberPlace{t.members[0].offset, t.members[0].type, 0, 0};
        if (!inside) break;
        of = member_of(of, *inside, column);
    }
    throw Problem{"only an array or a pointer has elements", column};
}

// ---- Numbers ----

std::uint32_t ExpressionBuilder::scalar(std::uint32_t n) {
    for (unsigned i = 0; i < 16; ++i) {
        Node const& node = nodes_[n];
        if (node.kind == NodeKind::enumerator) unknown_name(node);
        if (node.kind == NodeKind::text) throw Problem{"a text can only be compared", node.column};
        if (node.is_number) return n;
        Type const& t = types_[types_.strip(node.type)];
        if (t.kind == TypeKind::floating) throw Problem{"floating-point numbers cannot be used", node.column};
        if (t.kind == TypeKind::array)
            throw Problem{"an array is no number: say which element, or & for its address", node.column};
        Member const* only = nullptr;
        for (Member const& m : t.members) {
            if (m.base_class && types_.size_of(m.type) <= 1 && types_[types_.strip(m.type)].members.empty())
                continue;  // an empty base
            if (only)
                throw Problem{fmt::format("{} is no number: say which member", types_.spell(node.type)),
                              node.column};
            only = &m;
        }
        if (!only || !node.is_place)
            throw Problem{fmt::format("{} is no number", types_.spell(node.type)), node.column};
        n = member_of(n, {only->offset, only->type, only->bit_offset, only->bit_size}, node.column);
    }
    throw Problem{"this is no number", nodes_[n].column};
}

std::uint32_t ExpressionBuilder::unary(Op op, std::uint32_t operand, std::size_t column) {
    Node n;
    n.kind = NodeKind::unary;
    n.op = op;
    n.left = scalar(operand);
    n.column = column;
    Node const& of = nodes_[n.left];
    n.is_signed = op == Op::negate || op == Op::minus || of.is_signed || of.size < 8;
    return add(std::move(n));
}

std::uint32_t ExpressionBuilder::combine(NodeKind kind, Op op, std::uint32_t left, std::uint32_t right,
                                         std::size_t column) {
    bool const comparison = op >= Op::equal;
    if (comparison) {
        if (nodes_[left].kind == NodeKind::text) std::swap(left, right);
        if (nodes_[right].kind == NodeKind::text) return compare_text(op, left, right, column);
    }
    if (nodes_[right].kind == NodeKind::enumerator) left = scalar(left);
    if (nodes_[left].kind == NodeKind::enumerator) right = scalar(right);
    left = scalar(enumerator(left, right));
    right = scalar(enumerator(right, left));

    Node n;
    n.left = left;
    n.right = right;
    n.column = column;
    n.kind = kind;
    if (kind != NodeKind::binary) {
        n.is_signed = true;
        return add(std::move(n));
    }
    n.op = op;
    // Smaller ones grow to 64 signed bits, as in C; unsigned 64 bits stay.
    auto const stays_unsigned = [&](std::uint32_t x) {
        return !nodes_[x].is_signed && nodes_[x].size == 8 && nodes_[x].bit_size == 0;
    };
    n.is_signed = comparison || (!stays_unsigned(left) && !stays_unsigned(right));
    if (op == Op::shift_left || op == Op::shift_right) n.is_signed = !stays_unsigned(left);
    // A pointer moves by whole elements.
    if ((op == Op::add || op == Op::subtract) && nodes_[left].is_pointer != nodes_[right].is_pointer) {
        bool const first = nodes_[left].is_pointer;
        if (!first && op == Op::subtract) return add(std::move(n));
        std::uint32_t const pointer = first ? left : right;
        std::uint64_t const scale = std::max<std::uint64_t>(1, types_.size_of(nodes_[pointer].pointee));
        Node times;
        times.kind = NodeKind::binary;
        times.op = Op::multiply;
        times.column = column;
        times.left = first ? right : left;
        times.right = number(scale, column);
        times.is_signed = true;
        std::uint32_t const distance = add(std::move(times));
        n.left = pointer;
        n.right = distance;
        n.is_pointer = true;
        n.is_signed = false;
        n.pointee = nodes_[pointer].pointee;
        n.type = nodes_[pointer].type;
    }
    return add(std::move(n));
}

std::uint32_t ExpressionBuilder::compare_text(Op op, std::uint32_t left, std::uint32_t text,
                                              std::size_t column) {
    if (op != Op::equal && op != Op::unequal)
        throw Problem{"texts can only be compared with == and !=", column};
    Type const& t = types_[types_.strip(nodes_[left].type)];
    auto const characters = [&](std::uint32_t type) {
        Type const& of = types_[types_.strip(type)];
        return (of.kind == TypeKind::character || of.kind == TypeKind::integer) && types_.size_of(type) == 1;
    };
    bool const array = nodes_[left].is_place && t.kind == TypeKind::array && characters(t.target);
    bool const pointer = nodes_[left].is_pointer && characters(nodes_[left].pointee);
    if (!array && !pointer)
        throw Problem{"only an array of characters or a pointer to them can be compared with a text",
                      nodes_[left].column};
    Node n;
    n.kind = NodeKind::same_text;
    n.left = left;
    n.text = nodes_[text].text;
    n.value = op == Op::unequal;
    n.column = column;
    n.is_signed = true;
    uses_memory_ = true;
    return add(std::move(n));
}

bool ExpressionBuilder::knows_type(std::string const& name) const {
    return width_named(name) || types_.named(name) != 0;
}

ExpressionBuilder::Node ExpressionBuilder::cast_to(std::string const& type_name, bool pointer,
                                                   std::size_t column) const {
    auto const width = width_named(type_name);
    std::uint32_t const type = width ? 0 : types_.named(type_name);
    if (!pointer && !width && types_[types_.strip(type)].kind != TypeKind::enumeration)
        throw Problem{fmt::format("a number cannot become a {}: cast to ({}*)", type_name, type_name),
                      column};
    if (width && (width->physical || pointer))
        throw Problem{fmt::format("use {}[...] to read memory", type_name), column};
    Node n;
    n.kind = NodeKind::cast;
    n.column = column;
    if (pointer) {
        n.is_pointer = true;
        n.pointee = type;
    } else if (width) {
        n.size = width->size;
        n.is_signed = width->is_signed;
    } else {
        shape(n, type);
    }
    return n;
}

std::uint32_t ExpressionBuilder::cast(Node to, std::uint32_t of) {
    to.left = scalar(of);
    return add(std::move(to));
}

// ---- The whole ----

Expression ExpressionBuilder::finish(std::uint32_t root, std::string_view text,
                                     std::shared_ptr<Symbols const> symbols) {
    if (nodes_[root].kind == NodeKind::enumerator) unknown_name(nodes_[root]);
    if (nodes_[root].kind == NodeKind::text)
        throw Problem{"a text can only be compared", nodes_[root].column};
    Expression e;
    e.text_ = std::string(text);
    e.symbols_ = std::move(symbols);
    if (root + 1 != nodes_.size()) nodes_.push_back(Node(nodes_[root]));  // the root is the last
    e.nodes_ = std::make_shared<std::vector<Node> const>(std::move(nodes_));
    e.uses_registers_ = uses_registers_;
    e.uses_memory_ = uses_memory_;
    return e;
}

}  // namespace sim::debug
