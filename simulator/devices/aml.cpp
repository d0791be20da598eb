// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/aml.hpp"

#include <stdexcept>

namespace sim::devices::aml {
namespace {

// Opcodes. [acpi-6.5 §20.3]
enum : std::uint8_t {
    zero_op = 0x00,
    one_op = 0x01,
    name_op = 0x08,
    byte_prefix = 0x0A,
    word_prefix = 0x0B,
    dword_prefix = 0x0C,
    string_prefix = 0x0D,
    qword_prefix = 0x0E,
    scope_op = 0x10,
    buffer_op = 0x11,
    package_op = 0x12,
    method_op = 0x14,
    dual_name_prefix = 0x2E,
    ext_op_prefix = 0x5B,
    arg0_op = 0x68,
    store_op = 0x70,
    device_op = 0x82,  // after ext_op_prefix
    if_op = 0xA0,
    return_op = 0xA4,
};

using Bytes = std::vector<std::uint8_t>;

Term number(std::uint64_t value, unsigned size) {
    Bytes bytes;
    for (unsigned i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return Term(bytes);
}

Term byte(std::uint8_t value) { return Term(Bytes{value}); }

Term text(std::string_view characters) { return Term(Bytes(characters.begin(), characters.end())); }

// The length counts itself. [acpi-6.5 §20.2.4]
Term sized(Term const& inner) {
    std::size_t const length = inner.bytes().size();
    if (length + 1 < 0x40) return byte(static_cast<std::uint8_t>(length + 1)) + inner;
    unsigned const more = length + 2 < 0x1000 ? 1 : length + 3 < 0x10'0000 ? 2 : 3;
    std::size_t const total = length + 1 + more;
    if (total >= 0x1000'0000) throw std::logic_error("AML: too long");
    return byte(static_cast<std::uint8_t>(more << 6 | (total & 0xF))) + number(total >> 4, more) + inner;
}

Term object(std::uint8_t op, Term const& inner) { return byte(op) + sized(inner); }

// A large resource descriptor. [acpi-6.5 §6.4.3]
Term large(std::uint8_t type, Term const& body) { return byte(type) + number(body.bytes().size(), 2) + body; }

// A window that the bridge passes on, with both ends fixed. [acpi-6.5 §6.4.3.5]
Term range(std::uint8_t type, std::uint8_t kind, std::uint8_t flags, std::uint64_t first, std::uint64_t last,
           unsigned size) {
    constexpr std::uint8_t both_ends_fixed = 0x0C;
    return large(type, byte(kind) + byte(both_ends_fixed) + byte(flags) + number(0, size) +
                           number(first, size) + number(last, size) + number(0, size) +
                           number(last - first + 1, size));
}
constexpr std::uint8_t kind_memory = 0, kind_ports = 1, kind_bus = 2;
constexpr std::uint8_t memory_writable = 1, ports_all = 3;

}  // namespace

Term integer(std::uint64_t value) {
    if (value == 0) return byte(zero_op);
    if (value == 1) return byte(one_op);
    if (value <= 0xFF) return byte(byte_prefix) + number(value, 1);
    if (value <= 0xFFFF) return byte(word_prefix) + number(value, 2);
    if (value <= 0xFFFF'FFFF) return byte(dword_prefix) + number(value, 4);
    return byte(qword_prefix) + number(value, 8);
}

Term string(std::string_view characters) { return byte(string_prefix) + text(characters) + byte(0); }

Term eisa_id(std::string_view id) {
    auto const letter = [&](unsigned i) { return static_cast<unsigned>(id.at(i) - '@') & 0x1F; };
    auto const digit = [&](unsigned i) {
        char const c = id.at(i);
        return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'A' + 10);
    };
    unsigned const vendor = letter(0) << 10 | letter(1) << 5 | letter(2);
    unsigned const product = digit(3) << 12 | digit(4) << 8 | digit(5) << 4 | digit(6);
    // Big-endian in memory.
    return byte(dword_prefix) +
           number(vendor >> 8 | (vendor & 0xFF) << 8 | product >> 8 << 16 | (product & 0xFF) << 24, 4);
}

Term package(std::vector<Term> const& elements) {
    Term inner = byte(static_cast<std::uint8_t>(elements.size()));
    for (Term const& element : elements) inner += element;
    return object(package_op, inner);
}

Term buffer(std::vector<std::uint8_t> const& bytes) {
    return object(buffer_op, integer(bytes.size()) + Term(bytes));
}

Term reference(std::string_view path) {
    Term result;
    if (!path.empty() && path.front() == '\\') {
        result += byte('\\');
        path.remove_prefix(1);
    }
    if (path.size() == 9 && path[4] == '.')
        return result + byte(dual_name_prefix) + text(path.substr(0, 4)) + text(path.substr(5));
    if (path.size() != 4) throw std::logic_error("AML: a name's segment has four characters");
    return result + text(path);
}

Term name(std::string_view path, Term const& value) { return byte(name_op) + reference(path) + value; }

Term scope(std::string_view path, Term const& inner) { return object(scope_op, reference(path) + inner); }

Term device(std::string_view path, Term const& inner) {
    return byte(ext_op_prefix) + object(device_op, reference(path) + inner);
}

Term method(std::string_view path, unsigned arguments, Term const& body) {
    return object(method_op, reference(path) + byte(static_cast<std::uint8_t>(arguments)) + body);
}

Term store_argument(unsigned argument, std::string_view into) {
    return byte(store_op) + byte(static_cast<std::uint8_t>(arg0_op + argument)) + reference(into);
}

Term if_true(std::string_view condition, Term const& body) {
    return object(if_op, reference(condition) + body);
}

Term return_value(Term const& value) { return byte(return_op) + value; }

Term resources(Term const& descriptors) {
    constexpr std::uint8_t end_tag = 0x79;  // with a checksum of 0: not looked at
    return buffer((descriptors + byte(end_tag) + byte(0)).bytes());
}

Term ports(std::uint16_t start, std::uint8_t length) {
    constexpr std::uint8_t io_port = 0x47, decodes_16_bits = 1;
    return byte(io_port) + byte(decodes_16_bits) + number(start, 2) + number(start, 2) + byte(1) +
           byte(length);
}

Term interrupt(unsigned irq) {
    constexpr std::uint8_t irq_no_flags = 0x22;
    return byte(irq_no_flags) + number(1u << irq, 2);
}

Term level_interrupt(unsigned gsi) {
    constexpr std::uint8_t extended_interrupt = 0x89, consumer = 1;  // bits 1 to 3: level, high, exclusive
    return large(extended_interrupt, byte(consumer) + byte(1) + number(gsi, 4));
}

Term memory(std::uint32_t start, std::uint32_t length) {
    constexpr std::uint8_t memory_32_fixed = 0x86;
    return large(memory_32_fixed, byte(memory_writable) + number(start, 4) + number(length, 4));
}

Term bus_range(std::uint16_t first, std::uint16_t last) {
    constexpr std::uint8_t word_space = 0x88;
    return range(word_space, kind_bus, 0, first, last, 2);
}

Term port_range(std::uint16_t first, std::uint16_t last) {
    constexpr std::uint8_t word_space = 0x88;
    return range(word_space, kind_ports, ports_all, first, last, 2);
}

Term memory_range(std::uint32_t first, std::uint32_t last) {
    constexpr std::uint8_t dword_space = 0x87;
    return range(dword_space, kind_memory, memory_writable, first, last, 4);
}

}  // namespace sim::devices::aml
