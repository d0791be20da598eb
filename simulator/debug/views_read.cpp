// SPDX-License-Identifier: GPL-2.0-or-later
//
// Resolved queries against guest memory. The guest may be anywhere in the middle
// of anything: every walk is bounded, no pointer is trusted, and what does not
// fit together is said.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "simulator/debug/views_query.hpp"

namespace sim::debug {

namespace {

constexpr std::size_t max_values = 262'144;  // in one table, nested ones included
constexpr std::uint64_t max_count = std::uint64_t{1} << 24;

class Reader {
public:
    Reader(Symbols const& symbols, GuestMemory const& memory)
        : symbols_(symbols), types_(symbols.types()), memory_(memory) {}

    ViewTable table(ResolvedQuery const& q, std::uint64_t element) {
        ViewTable t;
        switch (q.form) {
            case QueryForm::value:
                value(q, element, t);
                break;
            case QueryForm::array:
                array(q, element, t);
                break;
            case QueryForm::list:
                q.ring ? ring(q, element, t) : chain(q, element, t);
                break;
            case QueryForm::tree:
                tree(q, element, t);
                break;
        }
        return t;
    }

    ViewRow element(ResolvedQuery const& q, std::uint64_t address) {
        ViewTable t;
        row(q, address, 0, t);
        return t.rows.empty() ? ViewRow{} : std::move(t.rows.front());
    }

    std::optional<std::uint64_t> place(ResolvedPath const& p, std::uint64_t element) const {
        std::uint64_t at = p.absolute ? p.address : element;
        for (ResolvedPath::Step const& s : p.steps) {
            if (s.follow) {
                auto const to = memory_.pointer(at);
                if (!to || *to == 0) return std::nullopt;
                at = *to;
            }
            at += s.offset;
        }
        return at;
    }

    Views::ArrayPlace locate(ResolvedQuery const& q, std::uint64_t element) const {
        Views::ArrayPlace a;
        a.stride = q.stride;
        a.count = q.fixed_count;
        auto at = place(q.source, element);
        if (at && q.behind_pointer) at = memory_.pointer(*at);
        if (!at || (*at == 0 && q.behind_pointer)) {
            a.count = 0;
            if (!at) a.problem = "not there yet: the pointer to it leads nowhere";
            return a;
        }
        a.address = *at;
        if (q.has_count) {
            auto const where = place(q.count, element);
            auto const count = where ? read_number(*where, q.count) : std::nullopt;
            if (!count) {
                a.count = 0;
                a.problem = "the count cannot be read";
                return a;
            }
            a.count = q.fixed_count ? std::min(*count, q.fixed_count) : *count;
        }
        if (a.count > max_count) {
            a.problem = fmt::format("inconsistent: mid-update ({} elements)", a.count);
            a.count = 0;
        }
        return a;
    }

private:
    bool spend() { return ++values_ <= max_values; }

    void row(ResolvedQuery const& q, std::uint64_t address, std::uint64_t index, ViewTable& t) {
        ViewRow r;
        r.address = address;
        for (ResolvedField const& f : q.fields) {
            if (!spend()) {
                t.problem = fmt::format("cut at {} values", max_values);
                return;
            }
            r.values.push_back(read_field(f, address, index));
        }
        t.rows.push_back(std::move(r));
    }

    bool full(ViewTable& t) const {
        if (t.rows.size() < Views::max_items) return values_ > max_values;
        t.problem = fmt::format("cut at {} items", Views::max_items);
        return true;
    }

    void value(ResolvedQuery const& q, std::uint64_t element, ViewTable& t) {
        if (auto const at = place(q.source, element))
            row(q, *at, 0, t);
        else
            t.problem = "not there yet: the pointer to it leads nowhere";
    }

    void array(ResolvedQuery const& q, std::uint64_t element, ViewTable& t) {
        Views::ArrayPlace const a = locate(q, element);
        t.problem = a.problem;
        for (std::uint64_t i = 0; i < a.count && !full(t); ++i) row(q, a.address + i * a.stride, i, t);
    }

    void chain(ResolvedQuery const& q, std::uint64_t element, ViewTable& t) {
        auto first = place(q.source, element);
        std::uint64_t at = first.value_or(0);
        std::unordered_set<std::uint64_t> seen;
        while (at != 0 && !full(t)) {
            if (!seen.insert(at).second) {
                t.problem = fmt::format("inconsistent: mid-update (a cycle after {} items)", t.rows.size());
                return;
            }
            auto const next = memory_.pointer(at + q.next_offset);
            if (!next) {
                t.problem = fmt::format("inconsistent: mid-update (item {} at {:#x} is not mapped)",
                                        t.rows.size(), at);
                return;
            }
            row(q, at, t.rows.size(), t);
            at = *next;
        }
    }

    void ring(ResolvedQuery const& q, std::uint64_t element, ViewTable& t) {
        auto const head = place(q.source, element);
        if (!head) {
            t.problem = "not there yet: the pointer to it leads nowhere";
            return;
        }
        auto at = memory_.pointer(*head + q.next_offset);
        if (!at) {
            t.problem = "the head of the list is not mapped";
            return;
        }
        if (*at == 0) return;  // before its constructor has run: empty
        std::unordered_set<std::uint64_t> seen;
        std::uint64_t previous = *head;
        while (*at != *head && !full(t)) {
            if (!seen.insert(*at).second) {
                t.problem = fmt::format("inconsistent: mid-update (a cycle after {} items)", t.rows.size());
                return;
            }
            auto const next = memory_.pointer(*at + q.next_offset);
            if (!next) {
                t.problem = fmt::format("inconsistent: mid-update (link {} at {:#x} is not mapped)",
                                        t.rows.size(), *at);
                return;
            }
            if (q.previous_offset && memory_.pointer(*at + *q.previous_offset) != previous)
                t.problem =
                    fmt::format("inconsistent: mid-update (item {} does not point back)", t.rows.size());
            row(q, *at - q.link_offset, t.rows.size(), t);
            if (*next == 0) {
                t.problem =
                    fmt::format("inconsistent: mid-update (the ring is open after {} items)", t.rows.size());
                return;
            }
            previous = *at;
            at = next;
        }
    }

    // In order. Bounded by the number of items; a node met twice is a cycle.
    void tree(ResolvedQuery const& q, std::uint64_t element, ViewTable& t) {
        std::unordered_set<std::uint64_t> seen;
        std::vector<std::uint64_t> above;
        std::uint64_t at = place(q.source, element).value_or(0);
        while ((at != 0 || !above.empty()) && !full(t)) {
            while (at != 0) {
                if (!seen.insert(at).second || seen.size() > Views::max_items) {
                    t.problem =
                        fmt::format("inconsistent: mid-update (a cycle after {} items)", t.rows.size());
                    return;
                }
                auto const left = memory_.pointer(at + q.left_offset);
                if (!left) {
                    t.problem = fmt::format("inconsistent: mid-update (a node at {:#x} is not mapped)", at);
                    return;
                }
                above.push_back(at);
                at = *left;
            }
            at = above.back();
            above.pop_back();
            row(q, at, t.rows.size(), t);
            at = memory_.pointer(at + q.right_offset).value_or(0);
        }
    }

    // ---- Values ----

    ViewValue read_field(ResolvedField const& f, std::uint64_t element, std::uint64_t index) {
        ViewValue v;
        switch (f.kind) {
            case QueryField::Kind::index:
                v.number = index;
                v.text = fmt::format("{}", index);
                return v;
            case QueryField::Kind::self:
                return read_value(element, f.path, f);
            case QueryField::Kind::nested: {
                ViewTable t = table(f.nested.front(), element);
                v.rows = std::move(t.rows);
                v.problem = std::move(t.problem);
                v.number = v.rows.size();
                v.text = fmt::format("{} items", v.rows.size());
                return v;
            }
            case QueryField::Kind::range: {
                auto const from = place(f.path, element), to = place(f.end, element);
                if (!from || !to) return unreadable();
                auto const low = read_number(*from, f.path), high = read_number(*to, f.end);
                if (!low || !high) return unreadable();
                v.number = low.value();
                v.end = high.value();
                v.is_range = true;
                v.text = fmt::format("{:#x}..{:#x}", v.number, v.end);
                return v;
            }
            case QueryField::Kind::path:
                break;
        }
        auto const at = place(f.path, element);
        if (!at) {  // a null pointer on the way: there is no such value
            v.text = "none";
            return v;
        }
        return read_value(*at, f.path, f);
    }

    static ViewValue unreadable() {
        ViewValue v;
        v.readable = false;
        v.text = "?";
        return v;
    }

    // Through structures with one member: addresses, atomics, strong types.
    std::uint32_t simple(std::uint32_t type, std::uint64_t& at) const {
        type = types_.strip(type);
        for (unsigned i = 0;
             i < 8 && types_[type].kind == TypeKind::structure && types_[type].members.size() == 1; ++i) {
            at += types_[type].members[0].offset;
            type = types_.strip(types_[type].members[0].type);
        }
        return type;
    }

    std::optional<std::uint64_t> read_number(std::uint64_t at, ResolvedPath const& p) const {
        Type const& t = types_[simple(p.type, at)];
        std::uint64_t size = t.kind == TypeKind::pointer ? 8 : t.size;
        if (t.kind == TypeKind::array) return at;  // an array's value is where it begins
        if (size == 0 || size > 8) return std::nullopt;
        auto value = memory_.number(at, static_cast<unsigned>(size));
        if (!value) return std::nullopt;
        if (p.bit_size && p.bit_size < 64)
            *value = (*value >> p.bit_offset) & ((std::uint64_t{1} << p.bit_size) - 1);
        unsigned const bits = p.bit_size ? p.bit_size : static_cast<unsigned>(size * 8);
        bool const is_signed =
            t.is_signed || (t.kind == TypeKind::enumeration && types_[types_.strip(t.target)].is_signed);
        if (is_signed && bits < 64 && (*value >> (bits - 1) & 1)) *value |= ~std::uint64_t{0} << bits;
        return value;
    }

    ViewValue text_of(std::uint64_t at, std::size_t most) const {
        auto text = memory_.string(at, most);
        if (!text) return unreadable();
        ViewValue v;
        v.text = std::move(*text);
        v.number = at;
        return v;
    }

    ViewValue read_value(std::uint64_t at, ResolvedPath const& p, ResolvedField const& f) {
        ViewValue v;
        std::uint32_t const outer = types_.strip(p.type);
        // A std::string_view: text, whatever "as" says.
        if (auto const text = types_.member(outer, "_M_str"), length = types_.member(outer, "_M_len");
            types_[outer].kind == TypeKind::structure && text && length) {
            auto const pointer = memory_.pointer(at + text->offset),
                       count = memory_.number(at + length->offset, 8);
            if (!pointer || !count) return unreadable();
            if (*count == 0) return v;
            return text_of(*pointer, std::min<std::uint64_t>(*count, 128));
        }
        std::uint32_t const type = simple(p.type, at);
        Type const& t = types_[type];
        if (t.kind == TypeKind::array) {
            Type const& element = types_[types_.strip(t.target)];
            if (element.kind == TypeKind::character || f.as_string)
                return text_of(at, std::min<std::uint64_t>(t.count, 256));
            v.number = at;
            v.is_pointer = true;
            v.text = fmt::format("{:#x}", at);
            return v;
        }
        if (t.kind == TypeKind::structure) {  // stands for its address
            v.number = at;
            v.is_pointer = true;
            v.text = fmt::format("{:#x}", at);
            return v;
        }
        auto const number = read_number(at, p);
        if (!number) return unreadable();
        v.number = *number;
        switch (t.kind) {
            case TypeKind::pointer: {
                v.is_pointer = true;
                if (f.as_string || types_[types_.strip(t.target)].kind == TypeKind::character) {
                    if (*number == 0)
                        v.text = "";
                    else
                        v = text_of(*number, 128);
                    break;
                }
                v.text = *number == 0 ? "none" : fmt::format("{:#x}", *number);
                // A pointer to a function or a global has a name.
                auto const near = *number ? symbols_.near(*number) : std::nullopt;
                if (near && near->exact_bounds && near->offset == 0) v.text = near->name;
                break;
            }
            case TypeKind::enumeration:
                v.text = f.as_hex ? fmt::format("{:#x}", *number)
                                  : types_.enumerator(type, static_cast<std::int64_t>(*number));
                break;
            case TypeKind::boolean:
                v.text = *number ? "yes" : "no";
                break;
            default:
                v.text = f.as_hex      ? fmt::format("{:#x}", *number)
                         : t.is_signed ? fmt::format("{}", static_cast<std::int64_t>(*number))
                                       : fmt::format("{}", *number);
                break;
        }
        return v;
    }

    Symbols const& symbols_;
    TypeTable const& types_;
    GuestMemory const& memory_;
    std::size_t values_ = 0;
};

}  // namespace

ViewTable Views::read(ResolvedQuery const& q, GuestMemory const& memory) const {
    return Reader(*symbols_, memory).table(q, 0);
}

ViewRow Views::read_element(ResolvedQuery const& q, std::uint64_t address, GuestMemory const& memory) const {
    return Reader(*symbols_, memory).element(q, address);
}

Views::ArrayPlace Views::locate(ResolvedQuery const& q, GuestMemory const& memory) const {
    return Reader(*symbols_, memory).locate(q, 0);
}

}  // namespace sim::debug
