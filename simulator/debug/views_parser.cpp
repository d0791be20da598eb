// SPDX-License-Identifier: GPL-2.0-or-later
//
// views.query as text: words, marks, and a descent by form. See the header
// comment of kernel/views.query for the grammar.
#include <fmt/format.h>

#include <cctype>

#include "simulator/debug/views_query.hpp"

namespace sim::debug {

namespace {

struct Token {
    enum class Kind : std::uint8_t { word, mark, end } kind = Kind::end;
    std::string text;
    unsigned line = 0;
};

constexpr std::size_t max_text = 256 * 1024;
constexpr unsigned max_nesting = 4;

// Words are names with "::", and numbers; marks are { } [ ] : = , . and "..".
std::vector<Token> split(std::string_view text, std::vector<std::string>& problems) {
    std::vector<Token> tokens;
    unsigned line = 1;
    auto word_char = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
    for (std::size_t i = 0; i < text.size();) {
        char const c = text[i];
        if (c == '\n')
            ++line, ++i;
        else if (c == ' ' || c == '\t' || c == '\r')
            ++i;
        else if (c == '#') {
            while (i < text.size() && text[i] != '\n') ++i;
        } else if (word_char(c)) {
            std::size_t const start = i;
            while (i < text.size() &&
                   (word_char(text[i]) || (text[i] == ':' && i + 2 < text.size() && text[i + 1] == ':' &&
                                           word_char(text[i + 2])))) {
                i += text[i] == ':' ? 2 : 1;
            }
            tokens.push_back({Token::Kind::word, std::string(text.substr(start, i - start)), line});
        } else if (c == '.' && i + 1 < text.size() && text[i + 1] == '.') {
            tokens.push_back({Token::Kind::mark, "..", line});
            i += 2;
        } else if (std::string_view("{}[]:=,.").find(c) != std::string_view::npos) {
            tokens.push_back({Token::Kind::mark, std::string(1, c), line});
            ++i;
        } else {
            problems.push_back(fmt::format("views.query:{}: unexpected character '{}'", line, c));
            ++i;
        }
    }
    tokens.push_back({Token::Kind::end, "the end of the file", line});
    return tokens;
}

struct SyntaxError {
    std::string text;
};

class Parser {
public:
    explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

    ParsedViews run(std::vector<std::string> problems) {
        ParsedViews views;
        views.problems = std::move(problems);
        while (now().kind != Token::Kind::end) {
            try {
                Query q;
                q.line = now().line;
                q.name = word("the name of an entity");
                expect(":");
                form(q, 0);
                views.queries.push_back(std::move(q));
            } catch (SyntaxError const& e) {
                views.problems.push_back(e.text);
                skip_entity();
            }
        }
        return views;
    }

private:
    Token const& now() const { return tokens_[at_]; }
    bool is(std::string_view text) const { return now().kind != Token::Kind::end && now().text == text; }
    bool take(std::string_view text) {
        if (!is(text)) return false;
        ++at_;
        return true;
    }
    [[noreturn]] void fail(std::string_view wanted) const {
        throw SyntaxError{
            fmt::format("views.query:{}: expected {}, found {}", now().line, wanted, now().text)};
    }
    void expect(std::string_view text) {
        if (!take(text)) fail(fmt::format("'{}'", text));
    }
    std::string word(std::string_view what) {
        if (now().kind != Token::Kind::word) fail(what);
        return tokens_[at_++].text;
    }
    // After an error: go on behind the next closing brace at the start of an entity.
    void skip_entity() {
        while (now().kind != Token::Kind::end && !take("}")) ++at_;
        while (take("}")) {
        }
    }

    QueryPath path() {
        QueryPath p;
        p.parts.push_back(word("a global or a member"));
        for (;;) {
            if (take(".")) {
                p.parts.push_back(word("a member"));
            } else if (take("[")) {
                std::string const number = word("a number");
                if (number.find_first_not_of("0123456789") != std::string::npos || number.size() > 9)
                    fail("a number");
                p.parts.push_back("[" + number + "]");
                expect("]");
            } else {
                return p;
            }
        }
    }

    void form(Query& q, unsigned nesting) {
        if (nesting > max_nesting) fail("fewer forms inside each other");
        std::string const name = word("one of: value, array, list, tree");
        if (name == "value")
            q.form = QueryForm::value;
        else if (name == "array")
            q.form = QueryForm::array;
        else if (name == "list")
            q.form = QueryForm::list;
        else if (name == "tree")
            q.form = QueryForm::tree;
        else {
            --at_;
            fail("one of: value, array, list, tree");
        }
        q.source = path();
        while (now().kind == Token::Kind::word) {
            if (take("of"))
                q.of = word("a type");
            else if (take("via"))
                q.via = word("a link member");
            else if (take("left"))
                q.left = word("a link member");
            else if (take("right"))
                q.right = word("a link member");
            else if (take("count"))
                q.count = path();
            else
                fail("of, via, count, left, right or '{'");
        }
        if (q.form == QueryForm::list && q.via.empty()) fail("'via' and the link member");
        if (q.form == QueryForm::tree && (q.left.empty() || q.right.empty()))
            fail("'left' and 'right' with their members");
        if (!take("{")) {
            if (nesting == 0) fail("'{'");
            return;  // a nested form may do without fields: addresses only
        }
        while (!take("}")) {
            q.fields.push_back(field(nesting));
            if (!take(",") && !is("}")) fail("',' or '}'");
        }
    }

    QueryField field(unsigned nesting) {
        QueryField f;
        f.line = now().line;
        f.name = word("the name of a field");
        expect("=");
        if (is("value") || is("array") || is("list") || is("tree")) {
            f.kind = QueryField::Kind::nested;
            Query q;
            q.name = f.name;
            q.line = f.line;
            form(q, nesting + 1);
            f.nested.push_back(std::move(q));
            return f;
        }
        if (take("self")) {
            f.kind = QueryField::Kind::self;
        } else if (take("index")) {
            f.kind = QueryField::Kind::index;
            return f;
        } else {
            f.path = path();
            if (take("..")) {
                f.kind = QueryField::Kind::range;
                f.end = path();
            }
        }
        if (take("as")) f.as = word("string, hex or a type");
        return f;
    }

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
};

}  // namespace

std::string QueryPath::text() const {
    std::string text;
    for (std::string const& part : parts) text += (text.empty() || part[0] == '[' ? "" : ".") + part;
    return text;
}

ParsedViews parse_views(std::string_view text) {
    std::vector<std::string> problems;
    if (text.size() > max_text) {
        problems.push_back(fmt::format("views.query is longer than {} bytes: the rest is ignored", max_text));
        text = text.substr(0, max_text);
    }
    std::vector<Token> tokens = split(text, problems);
    return Parser(std::move(tokens)).run(std::move(problems));
}

}  // namespace sim::debug
