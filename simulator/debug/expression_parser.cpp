// SPDX-License-Identifier: GPL-2.0-or-later
//
// How an expression is written. C's operators with C's precedence, but for one
// kindness: & | ^ bind tighter than comparisons, as everybody means it.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "simulator/debug/expression_builder.hpp"

namespace sim::debug {

namespace {

using Problem = ExpressionBuilder::Problem;

bool name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool digit(char c) { return c >= '0' && c <= '9'; }

struct Operator {
    std::string_view text;
    Op op;
    unsigned binds;  // the more the tighter
    NodeKind kind = NodeKind::binary;
};
constexpr Operator operators[] = {
    {"||", Op::plus, 1, NodeKind::logical_or},
    {"&&", Op::plus, 2, NodeKind::logical_and},
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

class ExpressionParser {
public:
    ExpressionParser(std::string_view text, Symbols const& symbols) : text_(text), build_(symbols) {}

    Expression::Compiled compile(std::shared_ptr<Symbols const> symbols) {
        Expression::Compiled result;
        try {
            if (text_.size() > Expression::max_text) throw Problem{"this expression is too long", 0};
            std::uint32_t const root = binary(0, 0);
            skip_blanks();
            if (at_ < text_.size()) throw Problem{"this was not expected here", at_};
            result.expression = build_.finish(root, text_, std::move(symbols));
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
            left = build_.combine(found->kind, found->op, left, right, column);
        }
    }

    std::uint32_t unary(unsigned depth) {
        if (depth > Expression::max_depth) throw Problem{"this expression is too deep", at_};
        skip_blanks();
        std::size_t const column = at_;
        if (take("*")) return build_.dereference(unary(depth + 1), column);
        if (text_.substr(at_).starts_with("&") && !text_.substr(at_).starts_with("&&")) {
            ++at_;
            return build_.address_of(unary(depth + 1), column);
        }
        for (auto const& [token, op] : std::initializer_list<std::pair<char, Op>>{
                 std::pair{'-', Op::minus}, {'+', Op::plus}, {'~', Op::complement}, {'!', Op::negate}}) {
            if (at_ >= text_.size() || text_[at_] != token) continue;
            ++at_;
            return build_.unary(op, unary(depth + 1), column);
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
        if (type_name.empty() || !build_.knows_type(type_name)) return back();
        bool pointer = false;
        unsigned stars = 0;
        while (take("*")) pointer = true, ++stars;
        if (!take(")")) return back();
        if (stars > 1) throw Problem{"a cast can make one pointer, not a pointer to a pointer", column};
        ExpressionBuilder::Node to = build_.cast_to(type_name, pointer, column);
        return build_.cast(std::move(to), unary(depth + 1));
    }

    std::uint32_t postfix(unsigned depth) {
        std::uint32_t n = primary(depth);
        for (;;) {
            skip_blanks();
            std::size_t const column = at_;
            if (take("->")) {
                n = member(build_.dereference(n, column), column + 2);
            } else if (take(".")) {
                if (build_[n].is_pointer)
                    n = build_.dereference(n, column);  // forgiven: both mean the member
                n = member(n, column + 1);
            } else if (take("[")) {
                std::uint32_t const index = build_.scalar(binary(0, depth + 1));
                expect("]", "after the index");
                n = build_.element(n, index, column);
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
        return build_.member(of, wanted, column);
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
            std::uint32_t const address = build_.scalar(binary(0, depth + 1));
            expect("]", "after the address");
            return build_.memory(address, *width, column);
        }
        return build_.named(word, column);
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
        return build_.number(value, column, value <= INT64_MAX);
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
        return build_.number(static_cast<unsigned char>(c), column);
    }
    std::uint32_t text() {
        std::size_t const column = at_++;
        std::string value;
        while (at_ < text_.size() && text_[at_] != '"') value += escaped();
        if (at_ >= text_.size()) throw Problem{"this text does not end", column};
        ++at_;
        return build_.text(std::move(value), column);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    ExpressionBuilder build_;
};

}  // namespace

Expression::Compiled Expression::compile(std::string_view text, std::shared_ptr<Symbols const> symbols) {
    if (!symbols) symbols = Symbols::none();
    Symbols const& known = *symbols;
    return ExpressionParser(text, known).compile(std::move(symbols));
}

}  // namespace sim::debug
