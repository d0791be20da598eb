// SPDX-License-Identifier: GPL-2.0-or-later
//
// Names of views.query become offsets, by the image's debug info.
#include <fmt/format.h>

#include <charconv>

#include "simulator/debug/views_query.hpp"

namespace sim::debug {

namespace {

struct Unresolved {
    std::string text;
    bool missing_global = false;  // of an entity's source: perhaps another image has it
};

class Resolver {
public:
    explicit Resolver(Symbols const& symbols) : symbols_(symbols), types_(symbols.types()) {}

    // `element`: type of the surrounding form's element; 0 at the top.
    ResolvedQuery query(Query const& q, std::uint32_t element) const {
        ResolvedQuery r;
        r.name = q.name;
        r.form = q.form;
        r.source = path(q.source, element);
        switch (q.form) {
            case QueryForm::value:
                value(q, r);
                break;
            case QueryForm::array:
                array(q, r, element);
                break;
            case QueryForm::list:
                list(q, r);
                break;
            case QueryForm::tree:
                tree(q, r);
                break;
        }
        for (QueryField const& f : q.fields) r.fields.push_back(field(f, r.element));
        return r;
    }

private:
    std::uint32_t type_named(std::string const& name) const {
        if (std::uint32_t const found = types_.named(name)) return found;
        throw Unresolved{fmt::format("no type {} in the image", name)};
    }

    void value(Query const& q, ResolvedQuery& r) const {
        std::uint32_t type = types_.strip(r.source.type);
        if (types_[type].kind == TypeKind::pointer) {
            r.source.steps.push_back({true, 0});
            type = types_.strip(types_[type].target);
        } else if (!q.of.empty() && types_[type].kind == TypeKind::integer && types_.size_of(type) == 8) {
            r.source.steps.push_back({true, 0});  // an address that is kept as a number
        }
        r.element = q.of.empty() ? type : type_named(q.of);
    }

    void array(Query const& q, ResolvedQuery& r, std::uint32_t element) const {
        std::uint32_t type = types_.strip(r.source.type);
        // A span is a pointer and a count; a std::array holds one array.
        if (auto const pointer = types_.member(type, "_M_ptr"); pointer && types_.member(type, "_M_extent")) {
            auto const extent = types_.member(type, "_M_extent");
            auto const value = types_.member(extent->type, "_M_extent_value");
            if (value) {
                r.count = r.source;
                add(r.count, extent->offset + value->offset, value->type);
                r.has_count = true;
            }
            add(r.source, pointer->offset, pointer->type);
            type = types_.strip(pointer->type);
        } else if (auto const elements = types_.member(type, "_M_elems")) {
            add(r.source, elements->offset, elements->type);
            type = types_.strip(elements->type);
        }
        Type const& t = types_[type];
        if (t.kind == TypeKind::pointer) {
            r.behind_pointer = true;
        } else if (t.kind == TypeKind::array) {
            r.fixed_count = t.count;
        } else {
            throw Unresolved{
                fmt::format("{} is no array but {}", q.source.text(), types_.spell(r.source.type))};
        }
        if (q.count) {
            r.count = path(*q.count, element);
            r.has_count = true;
        }
        if (r.behind_pointer && !r.has_count)
            throw Unresolved{fmt::format("{} is a pointer: say how many with 'count'", q.source.text())};
        r.element = q.of.empty() ? types_.strip(t.target) : type_named(q.of);
        r.stride = types_.size_of(r.element);
        if (r.stride == 0) throw Unresolved{fmt::format("the elements of {} have no size", q.source.text())};
    }

    void list(Query const& q, ResolvedQuery& r) const {
        std::uint32_t const head = types_.strip(r.source.type);
        if (types_[head].kind == TypeKind::pointer) {
            // A chain: each element points to the next, the last to nothing.
            r.element = q.of.empty() ? types_.strip(types_[head].target) : type_named(q.of);
            r.source.steps.push_back({true, 0});
            r.link_offset = 0;
            r.next_offset = link(r.element, q.via);
            return;
        }
        // A ring through a head that is itself a link.
        r.ring = true;
        if (q.of.empty()) throw Unresolved{"say the type of the elements with 'of'"};
        r.element = type_named(q.of);
        auto const place = types_.member(r.element, q.via);
        if (!place) throw Unresolved{fmt::format("{} has no member {}", types_.spell(r.element), q.via)};
        // The head may be inside a list object.
        std::uint32_t head_type = head;
        for (unsigned i = 0; i < 4 && types_.strip(place->type) != head_type; ++i) {
            Type const& t = types_[head_type];
            if (t.kind != TypeKind::structure || t.members.size() != 1) break;
            add(r.source, t.members[0].offset, t.members[0].type);
            head_type = types_.strip(t.members[0].type);
        }
        if (types_.strip(place->type) != head_type)
            throw Unresolved{fmt::format("{}.{} is {}, the head is {}", types_.spell(r.element), q.via,
                                         types_.spell(place->type), types_.spell(head_type))};
        r.link_offset = place->offset;
        r.next_offset = link(head_type, "next");
        if (auto const previous = types_.member(head_type, "previous")) r.previous_offset = previous->offset;
    }

    void tree(Query const& q, ResolvedQuery& r) const {
        std::uint32_t const root = types_.strip(r.source.type);
        if (types_[root].kind != TypeKind::pointer)
            throw Unresolved{fmt::format("{} is no pointer to the root", q.source.text())};
        r.element = q.of.empty() ? types_.strip(types_[root].target) : type_named(q.of);
        r.source.steps.push_back({true, 0});
        r.left_offset = link(r.element, q.left);
        r.right_offset = link(r.element, q.right);
    }

    std::uint64_t link(std::uint32_t structure, std::string const& name) const {
        auto const place = types_.member(structure, name);
        if (!place) throw Unresolved{fmt::format("{} has no member {}", types_.spell(structure), name)};
        if (types_[types_.strip(place->type)].kind != TypeKind::pointer)
            throw Unresolved{fmt::format("{}.{} is no pointer", types_.spell(structure), name)};
        return place->offset;
    }

    ResolvedField field(QueryField const& f, std::uint32_t element) const {
        ResolvedField r;
        r.name = f.name;
        r.kind = f.kind;
        r.as_string = f.as == "string";
        r.as_hex = f.as == "hex";
        switch (f.kind) {
            case QueryField::Kind::index:
                break;
            case QueryField::Kind::self:
                r.path.type = element;
                break;
            case QueryField::Kind::nested:
                r.nested.push_back(query(f.nested.front(), element));
                break;
            case QueryField::Kind::range:
                r.end = path(f.end, element);
                [[fallthrough]];
            case QueryField::Kind::path:
                r.path = path(f.path, element);
                break;
        }
        if (!f.as.empty() && !r.as_string && !r.as_hex)
            throw Unresolved{fmt::format("'as {}': string or hex", f.as)};
        return r;
    }

    static void add(ResolvedPath& p, std::uint64_t offset, std::uint32_t type) {
        if (p.steps.empty()) p.steps.push_back({});
        p.steps.back().offset += offset;
        p.type = type;
    }

    // A member of the element first, then a global of the image.
    ResolvedPath path(QueryPath const& p, std::uint32_t element) const {
        ResolvedPath r;
        std::size_t next = 0;
        if (element && types_.member(reach(element), p.parts[0])) {
            r.type = element;
        } else if (Object const* object = global(p.parts[0])) {
            r.absolute = true;
            r.address = object->address;
            r.type = object->type;
            next = 1;
            if (!r.type) throw Unresolved{fmt::format("{} has no type in the debug info", object->name)};
        } else {
            if (element)
                throw Unresolved{
                    fmt::format("{} is no member of {} and no global", p.parts[0], types_.spell(element))};
            throw Unresolved{fmt::format("no global {} in the image", p.parts[0]), true};
        }
        for (; next < p.parts.size(); ++next) {
            std::string const& part = p.parts[next];
            std::uint32_t type = types_.strip(r.type);
            if (types_[type].kind == TypeKind::pointer) {
                r.steps.push_back({true, 0});
                type = types_.strip(types_[type].target);
                r.type = type;
                if (part[0] == '[') {
                    add(r, index(part) * types_.size_of(type), type);
                    continue;
                }
            }
            if (part[0] == '[') {
                if (auto const elements = types_.member(type, "_M_elems")) {
                    add(r, elements->offset, elements->type);
                    type = types_.strip(elements->type);
                }
                Type const& t = types_[type];
                if (t.kind != TypeKind::array) throw Unresolved{fmt::format("{} is no array", p.text())};
                if (index(part) >= t.count)
                    throw Unresolved{fmt::format("{} has {} elements", p.text(), t.count)};
                add(r, index(part) * types_.size_of(t.target), t.target);
                continue;
            }
            auto const place = types_.member(type, part);
            if (!place) throw Unresolved{fmt::format("{} has no member {}", types_.spell(type), part)};
            add(r, place->offset, place->type);
            r.bit_offset = place->bit_offset;
            r.bit_size = place->bit_size;
        }
        return r;
    }

    // An element that is a pointer stands for what it points to.
    std::uint32_t reach(std::uint32_t type) const {
        type = types_.strip(type);
        return types_[type].kind == TypeKind::pointer ? types_.strip(types_[type].target) : type;
    }

    Object const* global(std::string const& name) const { return symbols_.object_named(name); }

    static std::uint64_t index(std::string const& part) {
        std::uint64_t n = 0;
        std::from_chars(part.data() + 1, part.data() + part.size() - 1, n);
        return n;
    }

    Symbols const& symbols_;
    TypeTable const& types_;
};

}  // namespace

std::shared_ptr<Views const> Views::make(std::string_view text, std::shared_ptr<Symbols const> symbols) {
    auto views = std::make_shared<Views>();
    views->symbols_ = symbols ? std::move(symbols) : Symbols::none();
    ParsedViews parsed = parse_views(text);
    views->problems_ = std::move(parsed.problems);
    for (Query const& q : parsed.queries) {
        if (views->query(q.name)) {
            views->problems_.push_back(fmt::format("views.query:{}: {} is there twice", q.line, q.name));
            continue;
        }
        try {
            views->queries_.push_back(Resolver(*views->symbols_).query(q, 0));
        } catch (Unresolved const& e) {
            std::string problem = fmt::format("views.query:{}: {}: {}", q.line, q.name, e.text);
            if (e.missing_global && views->symbols_->has_debug_info())
                views->missing_.push_back({q.name, std::move(problem)});
            else
                views->problems_.push_back(std::move(problem));
        }
    }
    return views;
}

ResolvedQuery const* Views::query(std::string_view name) const {
    for (ResolvedQuery const& q : queries_)
        if (q.name == name) return &q;
    return nullptr;
}

}  // namespace sim::debug
