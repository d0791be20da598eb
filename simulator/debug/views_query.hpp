// SPDX-License-Identifier: GPL-2.0-or-later
//
// kernel/views.query: which kernel objects the views show, and where they are.
// The file's own header comment is the grammar's manual. Three steps: the text
// is parsed; paths are resolved against the image's debug info (all of it: a
// renamed field is an error when the kernel is built, not in a lecture); and at
// each moment the resolved queries read guest memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/debug/guest_memory.hpp"
#include "simulator/debug/symbols.hpp"
#include "simulator/debug/types.hpp"

namespace sim::debug {

// ---- As written ----

// "memory::frames.owners_[3].link": a global or a member first, then members.
struct QueryPath {
    std::vector<std::string> parts;  // an index is a part such as "[3]"
    std::string text() const;
};

enum class QueryForm : std::uint8_t { value, array, list, tree };

struct QueryField;

struct Query {
    std::string name;
    QueryForm form = QueryForm::value;
    QueryPath source;
    std::string of;                  // element type; empty: found from the source
    std::string via, left, right;    // link members
    std::optional<QueryPath> count;  // of an array behind a pointer
    std::vector<QueryField> fields;
    unsigned line = 0;
};

struct QueryField {
    std::string name;
    enum class Kind : std::uint8_t { path, range, self, index, nested } kind = Kind::path;
    QueryPath path, end;        // of a range: [path, end)
    std::string as;             // "string", "hex" or a type that a pointer points to
    std::vector<Query> nested;  // exactly one, of a nested form
    unsigned line = 0;
};

struct ParsedViews {
    std::vector<Query> queries;
    std::vector<std::string> problems;  // "views.query:12: expected ..."
};
ParsedViews parse_views(std::string_view text);

// ---- Resolved ----

// From a start to a place: add, follow the pointer there, add, ...
struct ResolvedPath {
    struct Step {
        bool follow = false;       // read a pointer here and go where it leads
        std::uint64_t offset = 0;  // then add
    };
    bool absolute = false;  // starts at `address`; else at the element
    std::uint64_t address = 0;
    std::vector<Step> steps;
    std::uint32_t type = 0;
    std::uint32_t bit_offset = 0, bit_size = 0;
};

struct ResolvedQuery;

struct ResolvedField {
    std::string name;
    QueryField::Kind kind = QueryField::Kind::path;
    ResolvedPath path, end;
    bool as_string = false, as_hex = false;
    std::vector<ResolvedQuery> nested;
};

struct ResolvedQuery {
    std::string name;
    QueryForm form = QueryForm::value;
    ResolvedPath source;
    std::uint32_t element = 0;      // type
    std::uint64_t stride = 0;       // of an array
    std::uint64_t fixed_count = 0;  // of an array whose type says so
    bool has_count = false, behind_pointer = false;
    ResolvedPath count;
    bool ring = false;              // list: through a head that is itself a link
    std::uint64_t link_offset = 0;  // of the link in the element
    std::uint64_t next_offset = 0;  // of "next" in the link
    std::optional<std::uint64_t> previous_offset;
    std::uint64_t left_offset = 0, right_offset = 0;
    std::vector<ResolvedField> fields;
};

// ---- Read ----

struct ViewRow;

struct ViewValue {
    std::string text;
    std::uint64_t number = 0, end = 0;  // `end` of a range
    bool is_pointer = false, is_range = false, readable = true;
    std::vector<ViewRow> rows;  // of a nested form
    std::string problem;
};

struct ViewRow {
    std::uint64_t address = 0;      // of the element
    std::vector<ViewValue> values;  // one for each field
};

struct ViewTable {
    std::vector<ViewRow> rows;
    std::string problem;
};

class Views {
public:
    // Problems do not stop the rest: queries that resolve are there.
    static std::shared_ptr<Views const> make(std::string_view text, std::shared_ptr<Symbols const>);

    std::vector<std::string> const& problems() const { return problems_; }
    // Entities whose global is not part of this image (a kernel without network
    // has no connections): no problem of the image, as long as some image has it.
    struct Missing {
        std::string entity, text;
    };
    std::vector<Missing> const& missing() const { return missing_; }
    std::vector<ResolvedQuery> const& queries() const { return queries_; }
    ResolvedQuery const* query(std::string_view name) const;
    Symbols const& symbols() const { return *symbols_; }

    ViewTable read(ResolvedQuery const&, GuestMemory const&) const;
    // The fields of one element whose address is known.
    ViewRow read_element(ResolvedQuery const&, std::uint64_t address, GuestMemory const&) const;
    // Where an array is and how many elements it has, for whoever reads it whole.
    struct ArrayPlace {
        std::uint64_t address = 0, count = 0, stride = 0;
        std::string problem;
    };
    ArrayPlace locate(ResolvedQuery const&, GuestMemory const&) const;

    static constexpr std::size_t max_items = 4096;

private:
    std::vector<std::string> problems_;
    std::vector<Missing> missing_;
    std::vector<ResolvedQuery> queries_;
    std::shared_ptr<Symbols const> symbols_;
};

}  // namespace sim::debug
