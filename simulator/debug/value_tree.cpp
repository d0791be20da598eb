// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/value_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "simulator/debug/bytes.hpp"
#include "simulator/debug/types.hpp"

namespace sim::debug {

namespace {

constexpr std::size_t longest_string = 120;

class Grower {
public:
    Grower(Symbols const& symbols, GuestMemory const& memory, ValueLimits const& limits)
        : symbols_(symbols), types_(symbols.types()), memory_(memory), limits_(limits) {}

    void place(ValueTree& v, std::uint64_t address, std::uint32_t type, unsigned nesting, unsigned follow,
               std::uint32_t bit_offset = 0, std::uint32_t bit_size = 0) {
        ++parts_;
        Type const& t = types_[types_.strip(type)];
        if (v.type.empty()) v.type = types_.spell(type);
        if (!v.address) v.address = address;
        if (t.kind == TypeKind::structure) return structure(v, address, type, t, nesting, follow);
        if (t.kind == TypeKind::array) return array(v, address, type, t, nesting, follow);
        std::uint64_t const size = types_.size_of(type);
        if (size == 0 || size > 8) {
            v.text = size == 0 ? "(of no known size)" : fmt::format("({} bytes)", size);
            return;
        }
        std::array<std::uint8_t, 8> bytes{};
        if (!memory_.read(address, std::span(bytes).first(size))) {
            v.text = "(not mapped)";
            return;
        }
        std::uint64_t value = little_endian(std::span(bytes).first(size));
        unsigned bits = static_cast<unsigned>(size * 8);
        if (bit_size) value >>= std::min(bit_offset, 63u), bits = bit_size;
        if (bits < 64) value &= (std::uint64_t{1} << bits) - 1;
        bool const is_signed = t.kind == TypeKind::enumeration && t.target
                                   ? types_[types_.strip(t.target)].is_signed
                                   : t.is_signed;
        if (is_signed && bits < 64 && value >> (bits - 1)) value |= ~std::uint64_t{0} << bits;
        if (t.kind == TypeKind::floating) {
            v.text = fmt::format("({}-byte floating {:#x})", size, value);
            return;
        }
        bool const pointer = t.kind == TypeKind::pointer;
        number(v, value, type, is_signed, pointer, pointer ? t.target : 0, nesting, follow);
    }

    void number(ValueTree& v, std::uint64_t value, std::uint32_t type, bool is_signed, bool pointer,
                std::uint32_t pointee, unsigned nesting, unsigned follow) {
        v.number = value;
        v.text = spell(value, type, is_signed, pointer);
        if (!pointer || value == 0) return;
        Type const& to = types_[types_.strip(pointee)];
        if (to.kind == TypeKind::character && types_.size_of(pointee) == 1) {
            // What a pointer to characters points to is what a person wants.
            if (auto const text = memory_.string(value, longest_string))
                v.text += fmt::format(" \"{}\"", *text);
            return;
        }
        bool const known = to.kind != TypeKind::unknown && to.kind != TypeKind::function;
        if (follow == 0 || !known) return;
        if (!shown_.insert({value, types_.strip(pointee)}).second) {
            v.rest = "shown already";
            return;
        }
        v.parts.emplace_back();
        v.parts.back().name = "*";
        place(v.parts.back(), value, pointee, nesting, follow - 1);
    }

    // Where it began leads nowhere new.
    void begins(std::uint64_t address, std::uint32_t type) { shown_.insert({address, types_.strip(type)}); }

private:
    std::string spell(std::uint64_t value, std::uint32_t type, bool is_signed, bool pointer) const {
        Type const& t = types_[types_.strip(type)];
        switch (t.kind) {
            case TypeKind::boolean:
                return value == 0 ? "false" : value == 1 ? "true" : fmt::format("{}", value);
            case TypeKind::enumeration:
                return types_.enumerator(type, static_cast<std::int64_t>(value));
            case TypeKind::pointer:
                pointer = true;
                break;
            case TypeKind::character:
                if (value >= 32 && value < 127)
                    return fmt::format("{} '{}'", value, static_cast<char>(value));
                break;
            default:
                break;
        }
        if (pointer) {
            if (value == 0) return "null";
            if (symbols_.function_at(value))
                return fmt::format("{:#x} <{}>", value, symbols_.describe(value));
            std::string const object = describe_object(symbols_, value);
            return object.empty() ? fmt::format("{:#x}", value) : fmt::format("{:#x} <{}>", value, object);
        }
        auto const as_signed = static_cast<std::int64_t>(value);
        if (is_signed && as_signed < 0) return fmt::format("{}", as_signed);
        return value < 4096 ? fmt::format("{}", value) : fmt::format("{} ({:#x})", value, value);
    }

    bool full(ValueTree& v, unsigned nesting) const {
        if (nesting >= limits_.nesting) v.rest = "too deep";
        if (parts_ >= limits_.parts) v.rest = "too much";
        return !v.rest.empty();
    }

    // An empty base or tag holds nothing.
    bool empty(std::uint32_t type) const {
        Type const& t = types_[types_.strip(type)];
        return t.kind == TypeKind::structure && t.members.empty() && !t.incomplete;
    }

    void structure(ValueTree& v, std::uint64_t address, std::uint32_t type, Type const& t, unsigned nesting,
                   unsigned follow) {
        if (t.incomplete || types_.size_of(type) == 0) {
            v.text = "(declared only)";
            return;
        }
        // A strong type is the number in it.
        if (t.members.size() == 1 && !t.members[0].base_class) {
            Member const& m = t.members[0];
            if (nesting >= limits_.nesting) return void(v.text = "{...}");
            return place(v, address + m.offset, m.type, nesting + 1, follow, m.bit_offset, m.bit_size);
        }
        v.composed = true;
        if (!full(v, nesting)) members(v, address, t, nesting, follow, 0);
    }

    // Members of base classes and unnamed unions are the structure's own.
    void members(ValueTree& v, std::uint64_t address, Type const& t, unsigned nesting, unsigned follow,
                 unsigned inside) {
        for (Member const& m : t.members) {
            if (empty(m.type)) continue;
            if (full(v, 0)) return;
            Type const& of = types_[types_.strip(m.type)];
            if ((m.name.empty() || m.base_class) && of.kind == TypeKind::structure && inside < 16) {
                members(v, address + m.offset, of, nesting, follow, inside + 1);
                continue;
            }
            v.parts.emplace_back();
            v.parts.back().name = m.name;
            place(v.parts.back(), address + m.offset, m.type, nesting + 1, follow, m.bit_offset, m.bit_size);
        }
    }

    void array(ValueTree& v, std::uint64_t address, std::uint32_t type, Type const& t, unsigned nesting,
               unsigned follow) {
        Type const& of = types_[types_.strip(t.target)];
        bool const text =
            (of.kind == TypeKind::character || (of.kind == TypeKind::integer && of.is_signed)) &&
            types_.size_of(t.target) == 1;
        if (text) {
            auto const s = memory_.string(address, std::min<std::uint64_t>(t.count, longest_string));
            v.text = s ? fmt::format("\"{}\"", *s) : "(not mapped)";
            return;
        }
        v.composed = true;
        if (full(v, nesting)) return;
        std::uint64_t const stride = t.count ? types_.size_of(type) / t.count : 0;
        for (std::uint64_t i = 0; i < t.count && stride; ++i) {
            if (i == limits_.elements) v.rest = fmt::format("{} in all", t.count);
            if (full(v, 0)) return;
            v.parts.emplace_back();
            v.parts.back().name = fmt::format("[{}]", i);
            place(v.parts.back(), address + i * stride, t.target, nesting + 1, follow);
        }
    }

    Symbols const& symbols_;
    TypeTable const& types_;
    GuestMemory const& memory_;
    ValueLimits const& limits_;
    unsigned parts_ = 0;
    std::set<std::pair<std::uint64_t, std::uint32_t>> shown_;  // what pointers led to
};

void write_line(std::string& out, ValueTree const& v, std::size_t most) {
    if (!v.composed) {
        out += v.text;
        if (!v.parts.empty() && out.size() <= most) {
            out += " -> ";
            write_line(out, v.parts[0], most);
        } else if (!v.rest.empty()) {
            out += fmt::format(" ({})", v.rest);
        }
        return;
    }
    out += "{";
    bool first = true;
    std::string rest = v.rest.empty() ? "" : v.rest.ends_with("in all") ? "... " + v.rest : "...";
    for (ValueTree const& part : v.parts) {
        if (out.size() > most) {
            rest = "...";
            break;
        }
        if (!first) out += ", ";
        first = false;
        if (!part.name.empty() && !part.name.starts_with("[")) out += part.name + " = ";
        write_line(out, part, most);
    }
    if (!rest.empty()) out += (first ? "" : ", ") + rest;
    out += "}";
}

constexpr std::size_t short_line = 72;

void write_lines(std::string& out, ValueTree const& v, std::size_t indent) {
    std::string const here = one_line(v, 2 * short_line);
    if (v.parts.empty() || (here.size() <= short_line && !here.ends_with("...}"))) {
        out += here + "\n";
        return;
    }
    if (!v.composed) {  // a pointer that was followed
        out += v.text + " -> ";
        return write_lines(out, v.parts[0], indent);
    }
    out += v.type + "\n";
    std::size_t widest = 0;
    for (ValueTree const& part : v.parts) widest = std::max(widest, part.name.size());
    for (ValueTree const& part : v.parts) {
        out += fmt::format("{:{}}{:<{}} = ", "", indent + 2, part.name, std::min<std::size_t>(widest, 24));
        write_lines(out, part, indent + 2);
    }
    if (!v.rest.empty()) out += fmt::format("{:{}}... ({})\n", "", indent + 2, v.rest);
}

}  // namespace

ValueTree value_tree(Symbols const& symbols, GuestMemory const& memory, std::uint64_t address,
                     std::uint32_t type, ValueLimits const& limits) {
    ValueTree v;
    Grower grower(symbols, memory, limits);
    grower.begins(address, type);
    grower.place(v, address, type, 0, limits.follow);
    return v;
}

ValueTree number_tree(Symbols const& symbols, GuestMemory const& memory, std::uint64_t value,
                      std::uint32_t type, bool is_signed, bool is_pointer, std::uint32_t pointee,
                      ValueLimits const& limits) {
    ValueTree v;
    if (type)
        v.type = symbols.types().spell(type);
    else if (is_pointer)
        v.type = symbols.types().spell(pointee) + " *";
    Grower(symbols, memory, limits).number(v, value, type, is_signed, is_pointer, pointee, 0, limits.follow);
    return v;
}

std::string one_line(ValueTree const& v, std::size_t most) {
    std::string out;
    write_line(out, v, most);
    return out;
}

std::string many_lines(ValueTree const& v) {
    std::string out;
    write_lines(out, v, 0);
    return out;
}

std::string describe_object(Symbols const& symbols, std::uint64_t address) {
    auto const& objects = symbols.objects();
    auto at = std::upper_bound(objects.begin(), objects.end(), address,
                               [](std::uint64_t a, Object const& o) { return a < o.address; });
    if (at == objects.begin()) return {};
    --at;
    if (address - at->address >= std::max<std::uint64_t>(at->size, 1)) return {};
    TypeTable const& types = symbols.types();
    std::string name = at->name;
    std::uint64_t offset = address - at->address;
    std::uint32_t type = types.strip(at->type);
    for (unsigned depth = 0; depth < 32; ++depth) {
        Type const& t = types[type];
        if (t.kind == TypeKind::array) {
            std::uint64_t const stride = t.count ? types.size_of(type) / t.count : 0;
            if (stride == 0) break;
            name += fmt::format("[{}]", offset / stride);
            offset %= stride;
            type = types.strip(t.target);
            continue;
        }
        if (t.kind != TypeKind::structure) break;
        Member const* inside = nullptr;
        for (Member const& m : t.members)
            if (offset >= m.offset && offset - m.offset < types.size_of(m.type)) inside = &m;
        if (!inside) break;
        if (!inside->name.empty() && !inside->base_class) name += "." + inside->name;
        offset -= inside->offset;
        type = types.strip(inside->type);
    }
    return offset ? fmt::format("{}+{}", name, offset) : name;
}

}  // namespace sim::debug
