// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/attach/register_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace sim::attach {

using engine::CpuState;
using engine::Segment;

namespace {

constexpr std::size_t most_registers = 1024, most_files = 16, most_bits = 4096;

// The value of name="..." in a tag; "" when it is not there.
std::string_view attribute(std::string_view tag, std::string_view name) {
    for (std::size_t at = tag.find(name); at != std::string_view::npos; at = tag.find(name, at + 1)) {
        std::string_view rest = tag.substr(at + name.size());
        bool const whole = at > 0 && (tag[at - 1] == ' ' || tag[at - 1] == '\t' || tag[at - 1] == '\n');
        if (!whole || !rest.starts_with("=\"")) continue;
        rest.remove_prefix(2);
        return rest.substr(0, rest.find('"'));
    }
    return {};
}

// QEMU's file has registers in comments.
std::string without_comments(std::string_view text) {
    std::string kept;
    while (!text.empty()) {
        std::size_t const begin = std::min(text.find("<!--"), text.size());
        kept += text.substr(0, begin);
        text.remove_prefix(begin);
        std::size_t const end = text.find("-->");
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 3);
    }
    return kept;
}

// Calls `each` with every tag of this name, in order.
template <class Each>
void each_tag(std::string_view text, std::string_view name, Each each) {
    std::string const begin = fmt::format("<{} ", name);
    for (std::size_t at = text.find(begin); at != std::string_view::npos; at = text.find(begin, at + 1)) {
        std::string_view const rest = text.substr(at);
        each(rest.substr(0, rest.find('>')));
    }
}

std::optional<std::uint64_t> hexadecimal(std::string_view digits) {
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc{} || end == digits.data()) return std::nullopt;
    return value;
}

// The next word, spaces around it taken.
std::string_view word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    std::string_view const one = text.substr(0, text.find_first_of(" \t\r\n"));
    text.remove_prefix(one.size());
    return one;
}

// What stands behind "NAME=", where that begins a line or follows a space.
std::optional<std::string_view> behind(std::string_view text, std::string_view name) {
    for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        std::string_view rest = text.substr(at + name.size());
        bool const begins = at == 0 || text[at - 1] == '\n' || text[at - 1] == ' ';
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));  // "ES =", "R8 ="
        if (begins && rest.starts_with('=')) return rest.substr(1);
    }
    return std::nullopt;
}

std::optional<std::uint64_t> number(std::string_view text, std::string_view name) {
    auto rest = behind(text, name);
    return rest ? hexadecimal(word(*rest)) : std::nullopt;
}

// "ES =0010 0000000000000000 ffffffff 00cf9300 DPL=0 DS   [-WA]"
void segment(std::string_view text, std::string_view name, Segment& into) {
    auto rest = behind(text, name);
    if (!rest) return;
    auto const selector = hexadecimal(word(*rest)), base = hexadecimal(word(*rest)),
               limit = hexadecimal(word(*rest)), flags = hexadecimal(word(*rest));
    if (!selector || !base || !limit || !flags) return;
    // Bits 40 to 55 of the descriptor are bits 8 to 23 of its upper half.
    into = {static_cast<std::uint16_t>(*selector), *base, static_cast<std::uint32_t>(*limit),
            static_cast<std::uint32_t>(*flags >> 8 & 0xf0ff)};
}

void table(std::string_view text, std::string_view name, engine::TableRegister& into) {
    auto rest = behind(text, name);
    if (!rest) return;
    auto const base = hexadecimal(word(*rest)), limit = hexadecimal(word(*rest));
    if (base && limit) into = {*base, static_cast<std::uint16_t>(*limit)};
}

}  // namespace

std::vector<RegisterPlace> read_description(std::function<std::string(std::string_view file)> const& file) {
    std::string const top = without_comments(file("target.xml"));
    std::string all = top;
    std::size_t files = 0;
    each_tag(top, "xi:include", [&](std::string_view tag) {
        if (files++ < most_files) all += without_comments(file(attribute(tag, "href")));
    });
    std::vector<RegisterPlace> places;
    std::size_t offset = 0;
    bool sound = true;
    each_tag(all, "reg", [&](std::string_view tag) {
        std::string_view const bits = attribute(tag, "bitsize");
        std::size_t count = 0;
        std::from_chars(bits.data(), bits.data() + bits.size(), count);
        sound &= count > 0 && count % 8 == 0 && count <= most_bits && places.size() < most_registers;
        if (!sound) return;
        places.push_back({std::string(attribute(tag, "name")), offset, count / 8});
        offset += count / 8;
    });
    bool const ours = std::ranges::find(places, "rip", &RegisterPlace::name) != places.end();
    return sound && ours ? places : std::vector<RegisterPlace>();
}

CpuState state_from(std::vector<RegisterPlace> const& places, std::span<std::uint8_t const> bytes) {
    CpuState s;
    // FXSAVE's layout. [sdm-1 §10.5.1]
    constexpr std::size_t control = 0, status = 2, mxcsr = 24, stack = 32, vectors = 160, each = 16;
    static constexpr std::string_view general[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                                   "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
    struct Field {
        std::string_view name;
        std::uint64_t* into;
    };
    Field const fields[] = {{"rip", &s.rip},         {"eflags", &s.rflags},
                            {"fs_base", &s.fs.base}, {"cr0", &s.cr0},
                            {"gs_base", &s.gs.base}, {"cr2", &s.cr2},
                            {"cr3", &s.cr3},         {"k_gs_base", &s.kernel_gs_base},
                            {"cr4", &s.cr4},         {"efer", &s.efer}};
    std::pair<std::string_view, Segment*> const segments[] = {{"cs", &s.cs}, {"ss", &s.ss}, {"ds", &s.ds},
                                                              {"es", &s.es}, {"fs", &s.fs}, {"gs", &s.gs}};
    for (RegisterPlace const& place : places) {
        if (place.offset + place.length > bytes.size()) continue;
        auto const raw = bytes.subspan(place.offset, place.length);
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < std::min<std::size_t>(raw.size(), 8); ++i)
            value |= std::uint64_t{raw[i]} << (8 * i);
        auto const keep = [&](std::size_t at, std::size_t most) {
            std::ranges::copy(raw.first(std::min(raw.size(), most)),
                              s.fxsave.begin() + static_cast<long>(at));
        };
        auto const numbered = [&](std::string_view prefix, unsigned below) -> std::optional<unsigned> {
            std::string_view name = place.name;
            if (!name.starts_with(prefix) || name.size() == prefix.size()) return std::nullopt;
            name.remove_prefix(prefix.size());
            unsigned n = 0;
            auto const [end, error] = std::from_chars(name.data(), name.data() + name.size(), n);
            if (error != std::errc{} || end != name.data() + name.size() || n >= below) return std::nullopt;
            return n;
        };
        for (unsigned n = 0; n < 16; ++n)
            if (place.name == general[n]) s.gpr[n] = value;
        for (Field const& f : fields)
            if (place.name == f.name) *f.into = value;
        for (auto const& [name, into] : segments)
            if (place.name == name) into->selector = static_cast<std::uint16_t>(value);
        if (place.name == "fctrl") keep(control, 2);
        if (place.name == "fstat") keep(status, 2);
        if (place.name == "mxcsr") keep(mxcsr, 4);
        if (auto const n = numbered("st", 8)) keep(stack + *n * each, 10);
        if (auto const n = numbered("xmm", 16)) keep(vectors + *n * each, each);
    }
    s.privilege = s.cs.selector & 3;
    return s;
}

bool add_from_monitor(std::string_view text, unsigned processor, CpuState& s) {
    std::size_t const begin = text.find(fmt::format("CPU#{}\n", processor));
    // QEMU's monitor ends its lines as terminals want them, or not.
    std::size_t const with_return = text.find(fmt::format("CPU#{}\r\n", processor));
    std::size_t const at = std::min(begin, with_return);
    if (at == std::string_view::npos) return false;
    text = text.substr(at + 4);
    text = text.substr(0, text.find("CPU#"));
    std::pair<std::string_view, Segment*> const segments[] = {{"ES", &s.es},    {"CS", &s.cs}, {"SS", &s.ss},
                                                              {"DS", &s.ds},    {"FS", &s.fs}, {"GS", &s.gs},
                                                              {"LDT", &s.ldtr}, {"TR", &s.tr}};
    for (auto const& [name, into] : segments) segment(text, name, *into);
    table(text, "GDT", s.gdtr);
    table(text, "IDT", s.idtr);
    for (unsigned n : {0U, 1U, 2U, 3U, 6U, 7U})
        if (auto const value = number(text, fmt::format("DR{}", n))) s.dr[n] = *value;
    if (auto const cpl = number(text, "CPL")) s.privilege = static_cast<std::uint8_t>(*cpl & 3);
    if (auto const halted = number(text, "HLT")) s.halted = *halted != 0;
    return true;
}

}  // namespace sim::attach
