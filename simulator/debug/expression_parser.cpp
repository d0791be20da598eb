// SPDX-License-Identifier: GPL-2.0-or-later
//
// From text to nodes: names become addresses and types here, once. C's
// operators with C's precedence, but for one kindness: & | ^ bind tighter than
// comparisons, as everybody means it.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

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

struct Problem {
    std::string message;
    std::size_t column;
};

bool name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool digit(char c) { return c >= '0' && c <= '9'; }

struct Width {
    unsigned size = 0;
    bool is_signed = false, physical = false;
};
// u8 u16 u32 u64, s8..., and p8... for physical memory.
std::optional<Width> width_named(std::string_view name) {
    if (name.size() < 2 || (name[0] != 'u' && name[0] != 's' && name[0] != 'p')) return std::nullopt;
    std::string_view const bits = name.substr(1);
    for (unsigned size : {1u, 2u, 4u, 8u})
        if (bits == fmt::format("{}", size * 8)) return Width{size, name[0] == 's', name[0] == 'p'};
    return std::nullopt;
}

struct Operator {
    std::string_view text;
    Op op;
    unsigned binds;  // the more the tighter
    bool logical_and = false, logical_or = false;
};
constexpr Operator operators[] = {
    {"||", Op::plus, 1, false, true},
    {"&&", Op::plus, 2, true, false},
    {"==", Op::equal, 3},
    {"!=", Op::unequal, 3},
    {"<<", Op::shift_left, 8},
    {">>", Op::shift_right, 8},
    {"<=", Op::less_equal, 4},
    {">=", Op::greater_equal, 4},
    {"<", Op::less, 4},
    {">", Op::greater, 4},
    {"|", Op::bit_or, 5},
    {"^", Op::bit_xor, 6},
    {"&", Op::bit_and, 7},
    {"+", Op::add, 9},
    {"-", Op::subtract, 9},
    {"*", Op::multiply, 10},
    {"/", Op::divide, 10},
    {"%", Op::remainder, 10},
};

}  // namespace

class ExpressionParser {
public:
    using Node = Expression::Node;

    ExpressionParser(std::string_view text, Symbols const& symbols)
        : text_(text), symbols_(symbols), types_(symbols.types()) {}

    Expression::Compiled compile(std::shared_ptr<Symbols const> symbols) {
        Expression::Compiled result;
        try {
            if (text_.size() > Expression::max_text) throw Problem{"this expression is too long", 0};
            std::uint32_t const root = binary(0, 0);
            skip_blanks();
            if (at_ < text_.size()) throw Problem{"this was not expected here", at_};
            if (nodes_[root].kind == NodeKind::enumerator) unknown_name(nodes_[root]);
            if (nodes_[root].kind == NodeKind::text)
                throw Problem{"a text can only be compared", nodes_[root].column};
            Expression e;
            e.text_ = std::string(text_);
            e.symbols_ = std::move(symbols);
            if (root + 1 != nodes_.size()) nodes_.push_back(Node(nodes_[root]));  // the root is the last
            e.nodes_ = std::make_shared<std::vector<Node> const>(std::move(nodes_));
            e.uses_registers_ = uses_registers_;
            e.uses_memory_ = uses_memory_;
            result.expression = std::move(e);
        } catch (Problem const& p) {
            result.error = {p.message, p.column, std::string(text_.substr(0, Expression::max_text))};
        }
        return result;
    }

private:
    // ---- Characters ----

    void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    }
    bool take(std::string_view token) {
        skip_blanks();
        if (!text_.substr(at_).starts_with(token)) return false;
        at_ += token.size();
        return true;
    }
    void expect(std::string_view token, char const* why) {
        if (!take(token)) throw Problem{fmt::format("expected \"{}\" {}", token, why), at_};
    }
    // A name with "::" in it; empty when there is none.
    std::string name() {
        skip_blanks();
        std::size_t end = at_;
        for (;;) {
            std::size_t const part = text_.substr(end).starts_with("::") ? end + 2 : end;
            if (part >= text_.size() || !name_start(text_[part])) break;
            end = part;
            while (end < text_.size() && (name_start(text_[end]) || digit(text_[end]))) ++end;
            if (!text_.substr(end).starts_with("::")) break;
        }
        std::string result(text_.substr(at_, end - at_));
        at_ = end;
        return result.starts_with("::") ? result.substr(2) : result;
    }

    // ---- Nodes ----

    Node const& operator[](std::uint32_t n) const { return nodes_[n]; }

    std::uint32_t add(Node node) {
        if (nodes_.size() >= Expression::max_nodes) throw Problem{"this expression is too long", node.column};
        bool const two = node.kind == NodeKind::binary || node.kind == NodeKind::element ||
                         node.kind == NodeKind::logical_and || node.kind == NodeKind::logical_or;
        bool const leaf = node.kind == NodeKind::number || node.kind == NodeKind::reg ||
                          node.kind == NodeKind::object || node.kind == NodeKind::text ||
                          node.kind == NodeKind::enumerator;
        if (!leaf) node.height = nodes_[node.left].height + 1;
        if (two) node.height = std::max(node.height, nodes_[node.right].height + 1);
        if (node.height > 4 * Expression::max_depth)
            throw Problem{"this expression is too deep", node.column};
        nodes_.push_back(std::move(node));
        return static_cast<std::uint32_t>(nodes_.size() - 1);
    }

    // What a place of this type gives.
    void shape(Node& node, std::uint32_t type) const {
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

    std::uint32_t number(std::uint64_t value, std::size_t column, bool is_signed = true) {
        Node n;
        n.value = value;
        n.column = column;
        n.is_signed = is_signed;
        return add(std::move(n));
    }

    // A function or a label: its address.
    std::uint32_t named_number(std::uint64_t address, std::string const& name, std::size_t column) {
        std::uint32_t const n = number(address, column, false);
        nodes_[n].text = name;
        nodes_[n].is_pointer = true;
        return n;
    }

    std::uint32_t member_of(std::uint32_t place, MemberPlace const& m, std::size_t column) {
        Node n;
        n.kind = NodeKind::member;
        n.left = place;
        n.value = m.offset;
        n.column = column;
        n.is_place = true;
        n.physical = nodes_[place].physical;
        shape(n, m.type);
        n.bit_offset = m.bit_offset;
        n.bit_size = m.bit_size;
        return add(std::move(n));
    }

    // A structure with one number in it is that number: strong types are such.
    std::uint32_t scalar(std::uint32_t n) {
        for (unsigned i = 0; i < 16; ++i) {
            Node const& node = nodes_[n];
            if (node.kind == NodeKind::enumerator) unknown_name(node);
            if (node.kind == NodeKind::text) throw Problem{"a text can only be compared", node.column};
            if (node.is_number) return n;
            Type const& t = types_[types_.strip(node.type)];
            if (t.kind == TypeKind::floating)
                throw Problem{"floating-point numbers cannot be used", node.column};
            if (t.kind == TypeKind::array)
                throw Problem{"an array is no number: say which element, or & for its address", node.column};
            Member const* only = nullptr;
            for (Member const& m : t.members) {
                if (m.base_class && types_.size_of(m.type) <= 1 &&
                    types_[types_.strip(m.type)].members.empty())
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

    std::uint32_t dereference(std::uint32_t n, std::size_t column) {
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

    // ---- Names ----

    [[noreturn]] void unknown_name(Node const& node) const {
        throw Problem{fmt::format("no register, object or function is called \"{}\"", node.text),
                      node.column};
    }

    template <class List>
    typename List::value_type const* by_name(List const& all, std::string const& name, std::size_t column,
                                             bool& several) const {
        typename List::value_type const* found = nullptr;
        for (auto const& x : all) {
            if (x.name == name) return &x;
            bool const ends = x.name.size() > name.size() + 2 && x.name.ends_with(name) &&
                              x.name.compare(x.name.size() - name.size() - 2, 2, "::") == 0;
            if (!ends) continue;
            if (found && found->name != x.name) several = true;
            if (!found) found = &x;
        }
        (void)column;
        return found;
    }

    std::uint32_t named(std::string const& name, std::size_t column) {
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
        if (Object const* const object = by_name(symbols_.objects(), name, column, several)) {
            if (several && object->name != name)
                throw Problem{fmt::format("several objects are called \"{}\": say which, such as {}", name,
                                          object->name),
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
                n.is_number =
                    object->size == 1 || object->size == 2 || object->size == 4 || object->size == 8;
                n.size = static_cast<unsigned>(std::min<std::uint64_t>(object->size, 1u << 30));
            }
            return add(std::move(n));
        }
        several = false;
        if (Function const* const function = by_name(symbols_.functions(), name, column, several)) {
            if (several && function->name != name)
                throw Problem{fmt::format("several functions are called \"{}\": say which, such as {}", name,
                                          function->name),
                              column};
            return named_number(function->low, name, column);
        }
        if (auto const address = symbols_.address_of_symbol(name))
            return named_number(*address, name, column);
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
        Node n;
        n.kind = NodeKind::enumerator;  // perhaps: whoever uses it decides
        n.text = name;
        n.column = column;
        return add(std::move(n));
    }

    // Beside an enumeration a bare name is one of its enumerators.
    std::uint32_t enumerator(std::uint32_t n, std::uint32_t beside) {
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

    // ---- Grammar ----

    std::uint32_t binary(unsigned least, unsigned depth) {
        if (depth > Expression::max_depth) throw Problem{"this expression is too deep", at_};
        std::uint32_t left = unary(depth + 1);
        for (;;) {
            skip_blanks();
            std::size_t const column = at_;
            Operator const* found = nullptr;
            for (Operator const& o : operators)
                if (text_.substr(at_).starts_with(o.text)) {
                    found = &o;
                    break;
                }
            if (!found || found->binds <= least) return left;
            at_ += found->text.size();
            std::uint32_t const right = binary(found->binds, depth + 1);
            left = combine(*found, left, right, column);
        }
    }

    std::uint32_t combine(Operator const& o, std::uint32_t left, std::uint32_t right, std::size_t column) {
        bool const comparison = o.op >= Op::equal;
        if (comparison) {
            if (nodes_[left].kind == NodeKind::text) std::swap(left, right);
            if (nodes_[right].kind == NodeKind::text) return compare_text(o, left, right, column);
        }
        if (nodes_[right].kind == NodeKind::enumerator) left = scalar(left);
        if (nodes_[left].kind == NodeKind::enumerator) right = scalar(right);
        left = scalar(enumerator(left, right));
        right = scalar(enumerator(right, left));

        Node n;
        n.left = left;
        n.right = right;
        n.column = column;
        if (o.logical_and || o.logical_or) {
            n.kind = o.logical_and ? NodeKind::logical_and : NodeKind::logical_or;
            n.is_signed = true;
            return add(std::move(n));
        }
        n.kind = NodeKind::binary;
        n.op = o.op;
        // Smaller ones grow to 64 signed bits, as in C; unsigned 64 bits stay.
        auto const stays_unsigned = [&](std::uint32_t x) {
            return !nodes_[x].is_signed && nodes_[x].size == 8 && nodes_[x].bit_size == 0;
        };
        n.is_signed = comparison || (!stays_unsigned(left) && !stays_unsigned(right));
        if (o.op == Op::shift_left || o.op == Op::shift_right) n.is_signed = !stays_unsigned(left);
        // A pointer moves by whole elements.
        if ((o.op == Op::add || o.op == Op::subtract) &&
            nodes_[left].is_pointer != nodes_[right].is_pointer) {
            bool const first = nodes_[left].is_pointer;
            if (!first && o.op == Op::subtract) return add(std::move(n));
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

    std::uint32_t compare_text(Operator const& o, std::uint32_t left, std::uint32_t text,
                               std::size_t column) {
        if (o.op != Op::equal && o.op != Op::unequal)
            throw Problem{"texts can only be compared with == and !=", column};
        Type const& t = types_[types_.strip(nodes_[left].type)];
        auto const characters = [&](std::uint32_t type) {
            Type const& of = types_[types_.strip(type)];
            return (of.kind == TypeKind::character || of.kind == TypeKind::integer) &&
                   types_.size_of(type) == 1;
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
        n.value = o.op == Op::unequal;
        n.column = column;
        n.is_signed = true;
        uses_memory_ = true;
        return add(std::move(n));
    }

    std::uint32_t unary(unsigned depth) {
        if (depth > Expression::max_depth) throw Problem{"this expression is too deep", at_};
        skip_blanks();
        std::size_t const column = at_;
        if (take("*")) return dereference(unary(depth + 1), column);
        if (text_.substr(at_).starts_with("&") && !text_.substr(at_).starts_with("&&")) {
            ++at_;
            std::uint32_t const place = unary(depth + 1);
            if (nodes_[place].kind == NodeKind::enumerator) unknown_name(nodes_[place]);
            if (nodes_[place].kind == NodeKind::number && !nodes_[place].text.empty())
                return place;  // a function
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
        for (auto const& [token, op] : std::initializer_list<std::pair<char, Op>>{
                 std::pair{'-', Op::minus}, {'+', Op::plus}, {'~', Op::complement}, {'!', Op::negate}}) {
            if (at_ >= text_.size() || text_[at_] != token) continue;
            ++at_;
            Node n;
            n.kind = NodeKind::unary;
            n.op = op;
            n.left = scalar(unary(depth + 1));
            n.column = column;
            Node const& of = nodes_[n.left];
            n.is_signed = op == Op::negate || op == Op::minus || of.is_signed || of.size < 8;
            return add(std::move(n));
        }
        if (auto const found = cast(depth)) return *found;
        return postfix(depth);
    }

    // "(threads::Thread*)rdi", "(u32)rax". None: these brackets are of another kind.
    std::optional<std::uint32_t> cast(unsigned depth) {
        std::size_t const column = at_;
        if (!take("(")) return std::nullopt;
        std::string const type_name = name();
        auto const back = [&] {
            at_ = column;
            return std::nullopt;
        };
        if (type_name.empty()) return back();
        auto const width = width_named(type_name);
        std::uint32_t type = width ? 0 : types_.named(type_name);
        if (!width && type == 0) return back();
        bool pointer = false;
        unsigned stars = 0;
        while (take("*")) pointer = true, ++stars;
        if (!take(")")) return back();
        if (stars > 1) throw Problem{"a cast can make one pointer, not a pointer to a pointer", column};
        if (!pointer && !width && types_[types_.strip(type)].kind != TypeKind::enumeration)
            throw Problem{fmt::format("a number cannot become a {}: cast to ({}*)", type_name, type_name),
                          column};
        if (width && (width->physical || pointer))
            throw Problem{fmt::format("use {}[...] to read memory", type_name), column};
        Node n;
        n.kind = NodeKind::cast;
        n.left = scalar(unary(depth + 1));
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
        return add(std::move(n));
    }

    std::uint32_t postfix(unsigned depth) {
        std::uint32_t n = primary(depth);
        for (;;) {
            skip_blanks();
            std::size_t const column = at_;
            if (take("->")) {
                n = member(dereference(n, column), column + 2);
            } else if (take(".")) {
                if (nodes_[n].is_pointer) n = dereference(n, column);  // forgiven: both mean the member
                n = member(n, column + 1);
            } else if (take("[")) {
                std::uint32_t const index = scalar(binary(0, depth + 1));
                expect("]", "after the index");
                n = element(n, index, column);
            } else {
                return n;
            }
        }
    }

    std::uint32_t member(std::uint32_t of, std::size_t column) {
        skip_blanks();
        column = std::max(column, at_);
        std::string const wanted = name();
        if (wanted.empty()) throw Problem{"expected a member's name", column};
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

    std::uint32_t element(std::uint32_t of, std::uint32_t index, std::size_t column) {
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
                n.physical = array && node.physical;
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

    std::uint32_t primary(unsigned depth) {
        skip_blanks();
        std::size_t const column = at_;
        if (at_ >= text_.size()) throw Problem{"the expression ends too early", at_};
        if (take("(")) {
            std::uint32_t const inner = binary(0, depth + 1);
            expect(")", "to close this bracket");
            return inner;
        }
        char const c = text_[at_];
        if (digit(c)) return literal();
        if (c == '\'') return character();
        if (c == '"') return text();
        if (c == '$') ++at_;  // gdb's way to say "a register"
        std::string const word = name();
        if (word.empty()) throw Problem{"expected a number, a name or a bracket", at_};
        if (c == '$' && !find_register(word))
            throw Problem{fmt::format("no register is called \"{}\"", word), column};
        if (auto const width = width_named(word); width && take("[")) {
            Node n;
            n.kind = NodeKind::memory;
            n.left = scalar(binary(0, depth + 1));
            expect("]", "after the address");
            n.column = column;
            n.is_place = true;
            n.size = width->size;
            n.is_signed = width->is_signed;
            n.physical = width->physical;
            uses_memory_ = true;
            return add(std::move(n));
        }
        return named(word, column);
    }

    std::uint32_t literal() {
        std::size_t const column = at_;
        std::string digits;
        while (at_ < text_.size() && (digit(text_[at_]) || name_start(text_[at_]) || text_[at_] == '\'')) {
            if (text_[at_] != '\'' && text_[at_] != '_') digits += text_[at_];
            ++at_;
        }
        if (text_.substr(at_).starts_with(".")) throw Problem{"only whole numbers are known", at_};
        int base = 10;
        std::string_view rest = digits;
        if (rest.starts_with("0x") || rest.starts_with("0X"))
            base = 16, rest.remove_prefix(2);
        else if (rest.starts_with("0b") || rest.starts_with("0B"))
            base = 2, rest.remove_prefix(2);
        if (base == 10)
            while (!rest.empty() && std::string_view("uUlL").find(rest.back()) != std::string_view::npos)
                rest.remove_suffix(1);
        std::uint64_t value = 0;
        auto const [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value, base);
        if (error == std::errc::result_out_of_range)
            throw Problem{"this number has more than 64 bits", column};
        if (error != std::errc() || end != rest.data() + rest.size())
            throw Problem{fmt::format("\"{}\" is no number", digits), column};
        return number(value, column, value <= INT64_MAX);
    }

    char escaped() {
        char const c = text_[at_++];
        if (c != '\\' || at_ >= text_.size()) return c;
        char const code = text_[at_++];
        return code == 'n' ? '\n' : code == 't' ? '\t' : code == 'r' ? '\r' : code == '0' ? '\0' : code;
    }
    std::uint32_t character() {
        std::size_t const column = at_++;
        if (at_ >= text_.size()) throw Problem{"expected a character", column};
        char const c = escaped();
        if (at_ >= text_.size() || text_[at_] != '\'') throw Problem{"expected ' after the character", at_};
        ++at_;
        return number(static_cast<unsigned char>(c), column);
    }
    std::uint32_t text() {
        Node n;
        n.kind = NodeKind::text;
        n.column = at_++;
        while (at_ < text_.size() && text_[at_] != '"') n.text += escaped();
        if (at_ >= text_.size()) throw Problem{"this text does not end", n.column};
        ++at_;
        n.is_number = false;
        return add(std::move(n));
    }

    std::string_view text_;
    Symbols const& symbols_;
    TypeTable const& types_;
    std::size_t at_ = 0;
    std::vector<Node> nodes_;
    bool uses_registers_ = false, uses_memory_ = false;
};

Expression::Compiled Expression::compile(std::string_view text, std::shared_ptr<Symbols const> symbols) {
    if (!symbols) symbols = Symbols::none();
    Symbols const& known = *symbols;
    return ExpressionParser(text, known).compile(std::move(symbols));
}

}  // namespace sim::debug
