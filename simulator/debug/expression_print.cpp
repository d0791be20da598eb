// SPDX-License-Identifier: GPL-2.0-or-later
//
// Values as a person reads them, and addresses as parts of objects.
#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/expression_nodes.hpp"

namespace sim::debug {

namespace {

constexpr std::size_t max_printed = 480;
constexpr unsigned max_nesting = 4;
constexpr std::uint64_t max_elements = 16;

class Printer {
public:
    Printer(Symbols const& symbols, GuestMemory const& memory)
        : symbols_(symbols), types_(symbols.types()), memory_(memory) {}

    std::string number(std::uint64_t value, std::uint32_t type, bool is_signed, bool pointer) const {
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
            if (Function const* const f = symbols_.function_at(value); f != nullptr)
                return fmt::format("{:#x} <{}>", value, symbols_.describe(value));
            std::string const object = describe_object(symbols_, value);
            return object.empty() ? fmt::format("{:#x}", value) : fmt::format("{:#x} <{}>", value, object);
        }
        auto const as_signed = static_cast<std::int64_t>(value);
        if (is_signed && as_signed < 0) return fmt::format("{}", as_signed);
        return value < 4096 ? fmt::format("{}", value) : fmt::format("{} ({:#x})", value, value);
    }

    // What lies at an address.
    void place(std::string& out, std::uint64_t address, std::uint32_t type, bool physical, unsigned nesting,
               std::uint32_t bit_offset = 0, std::uint32_t bit_size = 0) const {
        if (out.size() > max_printed) return;
        Type const& t = types_[types_.strip(type)];
        if (t.kind == TypeKind::structure) return structure(out, address, t, physical, nesting);
        if (t.kind == TypeKind::array) return array(out, address, t, type, physical, nesting);
        std::uint64_t const size = types_.size_of(type);
        if (size == 0 || size > 8) {
            out += fmt::format("({} bytes)", size);
            return;
        }
        std::array<std::uint8_t, 8> bytes{};
        if (!read(address, std::span(bytes).first(size), physical)) {
            out += "(not mapped)";
            return;
        }
        std::uint64_t value = 0;
        for (unsigned i = 0; i < size; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
        unsigned bits = static_cast<unsigned>(size * 8);
        if (bit_size) value >>= std::min(bit_offset, 63u), bits = bit_size;
        if (bits < 64) value &= (std::uint64_t{1} << bits) - 1;
        bool is_signed = t.is_signed;
        if (t.kind == TypeKind::enumeration && t.target) is_signed = types_[types_.strip(t.target)].is_signed;
        if (is_signed && bits < 64 && value >> (bits - 1)) value |= ~std::uint64_t{0} << bits;
        if (t.kind == TypeKind::floating)
            out += fmt::format("({}-byte floating {:#x})", size, value);
        else
            out += number(value, type, is_signed, t.kind == TypeKind::pointer);
    }

private:
    bool read(std::uint64_t address, std::span<std::uint8_t> into, bool physical) const {
        return physical ? memory_.read_physical(address, into) : memory_.read(address, into);
    }

    void structure(std::string& out, std::uint64_t address, Type const& t, bool physical,
                   unsigned nesting) const {
        if (nesting >= max_nesting) {
            out += "{...}";
            return;
        }
        // A strong type is the number in it.
        if (t.members.size() == 1 && !t.members[0].base_class)
            return place(out, address + t.members[0].offset, t.members[0].type, physical, nesting + 1,
                         t.members[0].bit_offset, t.members[0].bit_size);
        out += "{";
        bool first = true;
        for (Member const& m : t.members) {
            if (types_[types_.strip(m.type)].kind == TypeKind::structure &&
                types_[types_.strip(m.type)].members.empty())
                continue;
            if (!first) out += ", ";
            first = false;
            if (out.size() > max_printed) {
                out += "...";
                break;
            }
            if (!m.name.empty() && !m.base_class) out += m.name + " = ";
            place(out, address + m.offset, m.type, physical, nesting + 1, m.bit_offset, m.bit_size);
        }
        out += "}";
    }

    void array(std::string& out, std::uint64_t address, Type const& t, std::uint32_t type, bool physical,
               unsigned nesting) const {
        Type const& of = types_[types_.strip(t.target)];
        bool const text =
            (of.kind == TypeKind::character || (of.kind == TypeKind::integer && of.is_signed)) &&
            types_.size_of(t.target) == 1;
        if (text && !physical) {
            if (auto const s = memory_.string(address, std::min<std::uint64_t>(t.count, 120)))
                out += fmt::format("\"{}\"", *s);
            else
                out += "(not mapped)";
            return;
        }
        if (nesting >= max_nesting) {
            out += "{...}";
            return;
        }
        std::uint64_t const stride = t.count ? types_.size_of(type) / t.count : 0;
        out += "{";
        for (std::uint64_t i = 0; i < t.count && stride; ++i) {
            if (i) out += ", ";
            if (i == max_elements || out.size() > max_printed) {
                out += fmt::format("... {} in all", t.count);
                break;
            }
            place(out, address + i * stride, t.target, physical, nesting + 1);
        }
        out += "}";
    }

    Symbols const& symbols_;
    TypeTable const& types_;
    GuestMemory const& memory_;
};

}  // namespace

std::string Expression::print(Value const& v, engine::CpuState const&, GuestMemory const& memory) const {
    if (!v.problem.empty()) return fmt::format("({})", v.problem);
    Printer const printer(*symbols_, memory);
    Node const& node = nodes_->back();
    std::string out;
    if (!v.is_number) {
        printer.place(out, v.address.value_or(0), v.type, v.physical, 0);
    } else {
        out = printer.number(v.number, v.type, v.is_signed, node.is_pointer);
        TypeTable const& types = symbols_->types();
        // What a pointer to characters points to is what a person wants.
        if (node.is_pointer && v.number != 0 && types.size_of(node.pointee) == 1 &&
            types[types.strip(node.pointee)].kind == TypeKind::character)
            if (auto const text = memory.string(v.number, 120)) out += fmt::format(" \"{}\"", *text);
    }
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
