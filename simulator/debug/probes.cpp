// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/probes.hpp"

#include <gelf.h>

#include <array>
#include <charconv>
#include <cstring>
#include <memory>

namespace sim::debug {

namespace {

constexpr std::size_t max_probes = 100'000;

using engine::Gpr;

struct RegisterName {
    std::string_view name;
    Gpr gpr;
    bool high_byte = false;
};

// Names of one register in its four widths.
std::optional<RegisterName> register_named(std::string_view name) {
    static constexpr std::array<std::array<std::string_view, 4>, 8> old_ones{{
        {"rax", "eax", "ax", "al"},
        {"rcx", "ecx", "cx", "cl"},
        {"rdx", "edx", "dx", "dl"},
        {"rbx", "ebx", "bx", "bl"},
        {"rsp", "esp", "sp", "spl"},
        {"rbp", "ebp", "bp", "bpl"},
        {"rsi", "esi", "si", "sil"},
        {"rdi", "edi", "di", "dil"},
    }};
    for (unsigned i = 0; i < 8; ++i)
        for (std::string_view n : old_ones[i])
            if (n == name) return RegisterName{name, static_cast<Gpr>(i)};
    static constexpr std::array<std::string_view, 4> high{"ah", "ch", "dh", "bh"};
    for (unsigned i = 0; i < 4; ++i)
        if (high[i] == name) return RegisterName{name, static_cast<Gpr>(i), true};
    if (name.size() >= 2 && name[0] == 'r') {  // r8 .. r15, with d, w or b
        unsigned n = 0;
        auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), n);
        std::string_view const rest(end, static_cast<std::size_t>(name.data() + name.size() - end));
        if (error == std::errc() && n >= 8 && n <= 15 &&
            (rest.empty() || rest == "d" || rest == "w" || rest == "b"))
            return RegisterName{name, static_cast<Gpr>(n)};
    }
    return std::nullopt;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    bool const hex = text.starts_with("0x");
    if (hex) text.remove_prefix(2);
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

// "disp(base,index,scale)", each part optional.
bool parse_memory(std::string_view text, ProbeArgument& a) {
    std::size_t const open = text.find('(');
    if (open == std::string_view::npos || text.back() != ')') return false;
    if (open) {
        auto const displacement = whole_number(text.substr(0, open));
        if (!displacement) return false;
        a.value = *displacement;
    }
    std::string_view inside = text.substr(open + 1, text.size() - open - 2);
    for (unsigned part = 0; !inside.empty() || part == 0; ++part) {
        std::size_t const comma = inside.find(',');
        std::string_view const item = inside.substr(0, comma);
        inside = comma == std::string_view::npos ? "" : inside.substr(comma + 1);
        if (part == 2) {
            auto const scale = whole_number(item);
            if (!scale || (*scale != 1 && *scale != 2 && *scale != 4 && *scale != 8)) return false;
            a.scale = static_cast<std::uint8_t>(*scale);
        } else if (part > 2) {
            return false;
        } else if (!item.empty()) {
            if (item[0] != '%') return false;
            auto const found = register_named(item.substr(1));
            if (!found) return false;
            (part == 0 ? a.base : a.index) = found->gpr;
            (part == 0 ? a.has_base : a.has_index) = true;
        }
    }
    return a.has_base || a.has_index;
}

std::uint64_t sized(std::uint64_t value, ProbeArgument const& a) {
    if (a.size >= 8) return value;
    unsigned const bits = a.size * 8U;
    value &= (std::uint64_t{1} << bits) - 1;
    if (a.is_signed && (value >> (bits - 1) & 1)) value |= ~std::uint64_t{0} << bits;
    return value;
}

// A terminated string inside `bytes`, taken off its front.
std::optional<std::string_view> take_string(std::span<std::uint8_t const>& bytes) {
    void const* end = bytes.empty() ? nullptr : std::memchr(bytes.data(), 0, bytes.size());
    if (!end) return std::nullopt;
    std::string_view const text(reinterpret_cast<char const*>(bytes.data()));
    bytes = bytes.subspan(text.size() + 1);
    return text;
}

template <class T>
T little(std::span<std::uint8_t const> bytes, std::size_t at) {
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(T{bytes[at + i]} << (8 * i));
    return value;
}

}  // namespace

ProbeArgument parse_probe_argument(std::string_view text) {
    ProbeArgument a;
    std::size_t const at = text.find('@');
    if (at != std::string_view::npos) {
        auto const size = whole_number(text.substr(0, at));
        std::int64_t const magnitude = size ? (*size < 0 ? -*size : *size) : 0;
        if (magnitude != 1 && magnitude != 2 && magnitude != 4 && magnitude != 8) return a;
        a.size = static_cast<std::uint8_t>(magnitude);
        a.is_signed = *size < 0;
        text.remove_prefix(at + 1);
    }
    if (text.empty()) return a;
    if (text[0] == '%') {
        if (auto const found = register_named(text.substr(1))) {
            a.kind = ProbeArgument::Kind::in_register;
            a.base = found->gpr;
            a.high_byte = found->high_byte;
        }
    } else if (text[0] == '$') {
        if (auto const value = whole_number(text.substr(1))) {
            a.kind = ProbeArgument::Kind::immediate;
            a.value = *value;
        }
    } else if (parse_memory(text, a)) {
        a.kind = ProbeArgument::Kind::in_memory;
    }
    return a;
}

std::vector<Probe> parse_probe_notes(std::span<std::uint8_t const> section, std::uint64_t moved_by) {
    std::vector<Probe> probes;
    std::size_t at = 0;
    while (section.size() - at >= 12 && probes.size() < max_probes) {
        std::uint32_t const name_size = little<std::uint32_t>(section, at);
        std::uint32_t const body_size = little<std::uint32_t>(section, at + 4);
        std::uint32_t const type = little<std::uint32_t>(section, at + 8);
        at += 12;
        std::uint64_t const name_room = (std::uint64_t{name_size} + 3) & ~std::uint64_t{3};
        std::uint64_t const body_room = (std::uint64_t{body_size} + 3) & ~std::uint64_t{3};
        if (name_room > section.size() - at || body_size > section.size() - at - name_room) break;
        std::span<std::uint8_t const> const name = section.subspan(at, name_size);
        std::span<std::uint8_t const> body = section.subspan(at + name_room, body_size);
        at += name_room + std::min<std::uint64_t>(body_room, section.size() - at - name_room);

        bool const ours = type == 3 && name_size == 8 && std::memcmp(name.data(), "stapsdt", 8) == 0;
        if (!ours || body.size() < 24) continue;
        Probe probe;
        probe.address = little<std::uint64_t>(body, 0) + moved_by;
        body = body.subspan(24);
        auto const provider = take_string(body), probe_name = take_string(body),
                   arguments = take_string(body);
        if (!provider || !probe_name || !arguments) continue;
        probe.provider = *provider;
        probe.name = *probe_name;
        std::string_view rest = *arguments;
        while (!rest.empty() && probe.arguments.size() < 16) {
            std::size_t const space = rest.find(' ');
            if (space != 0) probe.arguments.push_back(parse_probe_argument(rest.substr(0, space)));
            rest = space == std::string_view::npos ? "" : rest.substr(space + 1);
        }
        probes.push_back(std::move(probe));
    }
    return probes;
}

std::vector<Probe> read_probes(std::span<std::uint8_t const> bytes) {
    std::vector<Probe> probes;
    if (bytes.size() < 64 || std::memcmp(bytes.data(), "\177ELF", 4) != 0) return probes;
    elf_version(EV_CURRENT);
    std::vector<char> copy(bytes.begin(), bytes.end());
    std::unique_ptr<Elf, int (*)(Elf*)> elf(elf_memory(copy.data(), copy.size()), &elf_end);
    if (!elf) return probes;
    std::size_t names = 0;
    elf_getshdrstrndx(elf.get(), &names);
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf.get(), section));) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS) continue;
        char const* name = elf_strptr(elf.get(), names, header.sh_name);
        if (!name || std::strcmp(name, ".note.stapsdt") != 0) continue;
        Elf_Data* data = elf_rawdata(section, nullptr);
        if (!data || !data->d_buf) continue;
        auto more = parse_probe_notes({static_cast<std::uint8_t const*>(data->d_buf), data->d_size});
        probes.insert(probes.end(), std::make_move_iterator(more.begin()),
                      std::make_move_iterator(more.end()));
    }
    return probes;
}

std::optional<std::uint64_t> evaluate(ProbeArgument const& a, engine::CpuState const& cpu,
                                      VirtualReader const& read) {
    switch (a.kind) {
        case ProbeArgument::Kind::unknown:
            return std::nullopt;
        case ProbeArgument::Kind::immediate:
            return sized(static_cast<std::uint64_t>(a.value), a);
        case ProbeArgument::Kind::in_register:
            return sized(cpu[a.base] >> (a.high_byte ? 8 : 0), a);
        case ProbeArgument::Kind::in_memory:
            break;
    }
    std::uint64_t address = static_cast<std::uint64_t>(a.value);
    if (a.has_base) address += cpu[a.base];
    if (a.has_index) address += cpu[a.index] * a.scale;
    std::array<std::uint8_t, 8> bytes{};
    if (!read || !read(address, std::span(bytes).first(a.size))) return std::nullopt;
    return sized(little<std::uint64_t>(bytes, 0), a);
}

}  // namespace sim::debug
