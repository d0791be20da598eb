// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/gdb/registers.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "simulator/debug/bytes.hpp"

namespace sim::debug::gdb {

using engine::Gpr;

namespace {

enum class Kind : std::uint8_t { gpr, rip, eflags, selector, st, x87, xmm, mxcsr, base, control, cr8 };

struct Row {
    char const* name;
    char const* type;
    unsigned bits;
    char const* feature;
    Kind kind;
    unsigned index;
};

constexpr char core[] = "org.gnu.gdb.i386.core", sse[] = "org.gnu.gdb.i386.sse",
               segments[] = "org.gnu.gdb.i386.segments", control[] = "org.vivarium.control";

constexpr unsigned g(Gpr r) { return static_cast<unsigned>(r); }

std::vector<Row> make_rows() {
    std::vector<Row> rows;
    struct Name {
        char const* name;
        Gpr gpr;
    };
    // gdb's order, which is not the encoding's.
    static constexpr Name general[] = {
        {"rax", Gpr::rax}, {"rbx", Gpr::rbx}, {"rcx", Gpr::rcx}, {"rdx", Gpr::rdx},
        {"rsi", Gpr::rsi}, {"rdi", Gpr::rdi}, {"rbp", Gpr::rbp}, {"rsp", Gpr::rsp},
        {"r8", Gpr::r8},   {"r9", Gpr::r9},   {"r10", Gpr::r10}, {"r11", Gpr::r11},
        {"r12", Gpr::r12}, {"r13", Gpr::r13}, {"r14", Gpr::r14}, {"r15", Gpr::r15}};
    for (Name const& n : general) {
        bool const stack = n.gpr == Gpr::rsp || n.gpr == Gpr::rbp;
        rows.push_back({n.name, stack ? "data_ptr" : "int64", 64, core, Kind::gpr, g(n.gpr)});
    }
    rows.push_back({"rip", "code_ptr", 64, core, Kind::rip, 0});
    rows.push_back({"eflags", "i386_eflags", 32, core, Kind::eflags, 0});
    unsigned i = 0;
    for (char const* name : {"cs", "ss", "ds", "es", "fs", "gs"})
        rows.push_back({name, "int32", 32, core, Kind::selector, i++});
    static constexpr char const* st[] = {"st0", "st1", "st2", "st3", "st4", "st5", "st6", "st7"};
    for (i = 0; i < 8; ++i) rows.push_back({st[i], "i387_ext", 80, core, Kind::st, i});
    i = 0;
    for (char const* name : {"fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop"})
        rows.push_back({name, "int", 32, core, Kind::x87, i++});
    static constexpr char const* xmm[] = {"xmm0",  "xmm1",  "xmm2",  "xmm3", "xmm4",  "xmm5",
                                          "xmm6",  "xmm7",  "xmm8",  "xmm9", "xmm10", "xmm11",
                                          "xmm12", "xmm13", "xmm14", "xmm15"};
    for (i = 0; i < 16; ++i) rows.push_back({xmm[i], "vec128", 128, sse, Kind::xmm, i});
    rows.push_back({"mxcsr", "i386_mxcsr", 32, sse, Kind::mxcsr, 0});
    rows.push_back({"fs_base", "int", 64, segments, Kind::base, 0});
    rows.push_back({"gs_base", "int", 64, segments, Kind::base, 1});
    rows.push_back({"k_gs_base", "int", 64, control, Kind::base, 2});
    rows.push_back({"cr0", "cr0_flags", 64, control, Kind::control, 0});
    rows.push_back({"cr2", "int64", 64, control, Kind::control, 2});
    rows.push_back({"cr3", "int64", 64, control, Kind::control, 3});
    rows.push_back({"cr4", "cr4_flags", 64, control, Kind::control, 4});
    rows.push_back({"cr8", "int64", 64, control, Kind::cr8, 0});
    rows.push_back({"efer", "efer_flags", 64, control, Kind::control, 5});
    rows.push_back({"gdt_base", "int", 64, control, Kind::base, 3});
    rows.push_back({"idt_base", "int", 64, control, Kind::base, 4});
    return rows;
}

std::vector<Row> const& rows() {
    static std::vector<Row> const all = make_rows();
    return all;
}

std::uint64_t from_fxsave(engine::CpuState const& cpu, unsigned offset, unsigned bytes) {
    return little_endian(std::span(cpu.fxsave).subspan(offset, bytes));
}

// The full tag word from the abridged one and the registers. [sdm-1 §10.5.1.1]
std::uint16_t tag_word(engine::CpuState const& cpu) {
    std::uint16_t tags = 0;
    unsigned const top = static_cast<unsigned>(from_fxsave(cpu, 2, 2)) >> 11 & 7;
    for (unsigned physical = 0; physical < 8; ++physical) {
        unsigned tag = 3;  // empty
        if (cpu.fxsave[4] >> physical & 1) {
            unsigned const at = 32 + 16 * ((physical - top) & 7);
            std::uint64_t const mantissa = from_fxsave(cpu, at, 8);
            std::uint64_t const exponent = from_fxsave(cpu, at + 8, 2) & 0x7fff;
            if (exponent == 0 && mantissa == 0)
                tag = 1;  // zero
            else if (exponent == 0 || exponent == 0x7fff || !(mantissa >> 63))
                tag = 2;  // special
            else
                tag = 0;
        }
        tags = static_cast<std::uint16_t>(tags | tag << (2 * physical));
    }
    return tags;
}

std::uint64_t x87(engine::CpuState const& cpu, unsigned index) {
    switch (index) {
        case 0:
            return from_fxsave(cpu, 0, 2);  // control word
        case 1:
            return from_fxsave(cpu, 2, 2);  // status word
        case 2:
            return tag_word(cpu);
        case 3:
            return from_fxsave(cpu, 12, 2);  // last instruction: selector
        case 4:
            return from_fxsave(cpu, 8, 4);  // and offset
        case 5:
            return from_fxsave(cpu, 20, 2);  // last operand: selector
        case 6:
            return from_fxsave(cpu, 16, 4);  // and offset
        default:
            return from_fxsave(cpu, 6, 2) & 0x7ff;  // last opcode
    }
}

std::uint64_t number(Registers const& r, Row const& row) {
    engine::CpuState const& cpu = r.cpu;
    switch (row.kind) {
        case Kind::gpr:
            return cpu.gpr[row.index];
        case Kind::rip:
            return cpu.rip;
        case Kind::eflags:
            return cpu.rflags;
        case Kind::selector: {
            engine::Segment const* const all[] = {&cpu.cs, &cpu.ss, &cpu.ds, &cpu.es, &cpu.fs, &cpu.gs};
            return all[row.index]->selector;
        }
        case Kind::x87:
            return x87(cpu, row.index);
        case Kind::st:
            return from_fxsave(cpu, 32 + 16 * row.index, 8);
        case Kind::xmm:
            return from_fxsave(cpu, 160 + 16 * row.index, 8);
        case Kind::mxcsr:
            return from_fxsave(cpu, 24, 4);
        case Kind::base: {
            std::uint64_t const all[] = {cpu.fs.base, cpu.gs.base, cpu.kernel_gs_base, cpu.gdtr.base,
                                         cpu.idtr.base};
            return all[row.index];
        }
        case Kind::control: {
            std::uint64_t const all[] = {cpu.cr0, 0, cpu.cr2, cpu.cr3, cpu.cr4, cpu.efer};
            return all[row.index];
        }
        case Kind::cr8:
            return r.cr8.value_or(0);
    }
    return 0;
}

bool known(Registers const& r, Row const& row) {
    if (row.kind == Kind::cr8) return r.cr8.has_value();
    bool const of_processor = row.kind == Kind::control || (row.kind == Kind::base && row.index >= 3);
    if (r.all || of_processor || row.kind == Kind::rip) return true;
    return row.kind == Kind::gpr && (r.known_gpr >> row.index & 1);
}

struct Flag {
    char const* name;
    unsigned bit;
};
constexpr Flag cr0_flags[] = {{"PE", 0},  {"MP", 1},  {"EM", 2},  {"TS", 3},  {"ET", 4}, {"NE", 5},
                              {"WP", 16}, {"AM", 18}, {"NW", 29}, {"CD", 30}, {"PG", 31}};
constexpr Flag cr4_flags[] = {{"VME", 0},         {"PVI", 1},    {"TSD", 2},      {"DE", 3},    {"PSE", 4},
                              {"PAE", 5},         {"MCE", 6},    {"PGE", 7},      {"PCE", 8},   {"OSFXSR", 9},
                              {"OSXMMEXCPT", 10}, {"UMIP", 11},  {"LA57", 12},    {"VMXE", 13}, {"SMXE", 14},
                              {"FSGSBASE", 16},   {"PCIDE", 17}, {"OSXSAVE", 18}, {"SMEP", 20}, {"SMAP", 21},
                              {"PKE", 22}};
constexpr Flag efer_flags[] = {{"SCE", 0}, {"LME", 8}, {"LMA", 10}, {"NXE", 11}};
constexpr Flag eflags_flags[] = {{"CF", 0},  {"", 1},    {"PF", 2},   {"AF", 4},   {"ZF", 6},  {"SF", 7},
                                 {"TF", 8},  {"IF", 9},  {"DF", 10},  {"OF", 11},  {"NT", 14}, {"RF", 16},
                                 {"VM", 17}, {"AC", 18}, {"VIF", 19}, {"VIP", 20}, {"ID", 21}};
constexpr Flag mxcsr_flags[] = {{"IE", 0},  {"DE", 1},  {"ZE", 2},  {"OE", 3}, {"UE", 4},
                                {"PE", 5},  {"DAZ", 6}, {"IM", 7},  {"DM", 8}, {"ZM", 9},
                                {"OM", 10}, {"UM", 11}, {"PM", 12}, {"FZ", 15}};

std::string flags(char const* id, unsigned bytes, std::span<Flag const> all) {
    std::string text = fmt::format("<flags id=\"{}\" size=\"{}\">\n", id, bytes);
    for (Flag const& f : all)
        text += fmt::format("<field name=\"{0}\" start=\"{1}\" end=\"{1}\"/>\n", f.name, f.bit);
    return text + "</flags>\n";
}

std::string types_of(std::string_view feature) {
    if (feature == core) return flags("i386_eflags", 4, eflags_flags);
    if (feature == control)
        return flags("cr0_flags", 8, cr0_flags) + flags("cr4_flags", 8, cr4_flags) +
               flags("efer_flags", 8, efer_flags);
    if (feature != sse) return "";
    std::string text;
    struct Vector {
        char const *id, *type, *field;
        unsigned count;
    };
    static constexpr Vector vectors[] = {
        {"v4f", "ieee_single", "v4_float", 4}, {"v2d", "ieee_double", "v2_double", 2},
        {"v16i8", "int8", "v16_int8", 16},     {"v8i16", "int16", "v8_int16", 8},
        {"v4i32", "int32", "v4_int32", 4},     {"v2i64", "int64", "v2_int64", 2}};
    for (Vector const& v : vectors)
        text += fmt::format("<vector id=\"{}\" type=\"{}\" count=\"{}\"/>\n", v.id, v.type, v.count);
    text += "<union id=\"vec128\">\n";
    for (Vector const& v : vectors) text += fmt::format("<field name=\"{}\" type=\"{}\"/>\n", v.field, v.id);
    text += "<field name=\"uint128\" type=\"uint128\"/>\n</union>\n";
    return text + flags("i386_mxcsr", 4, mxcsr_flags);
}

std::string make_description() {
    std::string text =
        "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
        "<target version=\"1.0\">\n<architecture>i386:x86-64</architecture>\n";
    char const* feature = nullptr;
    unsigned n = 0;
    for (Row const& row : rows()) {
        if (row.feature != feature) {
            if (feature) text += "</feature>\n";
            feature = row.feature;
            text += fmt::format("<feature name=\"{}\">\n{}", feature, types_of(feature));
        }
        char const* const group = row.kind == Kind::st || row.kind == Kind::x87 ? " group=\"float\""
                                  : row.kind == Kind::xmm                       ? " group=\"vector\""
                                                                                : "";
        text += fmt::format("<reg name=\"{}\" bitsize=\"{}\" type=\"{}\" regnum=\"{}\"{}/>\n", row.name,
                            row.bits, row.type, n++, group);
    }
    return text + "</feature>\n</target>\n";
}

}  // namespace

unsigned register_count() { return static_cast<unsigned>(rows().size()); }

std::optional<RegisterBytes> read_register(Registers const& r, unsigned n) {
    if (n >= rows().size()) return std::nullopt;
    Row const& row = rows()[n];
    RegisterBytes result;
    result.known = known(r, row);
    result.bytes.resize(row.bits / 8);
    if (!result.known) return result;
    if (row.kind == Kind::st || row.kind == Kind::xmm) {
        unsigned const at = row.kind == Kind::st ? 32 + 16 * row.index : 160 + 16 * row.index;
        std::memcpy(result.bytes.data(), r.cpu.fxsave.data() + at, result.bytes.size());
        return result;
    }
    std::uint64_t const value = number(r, row);
    for (std::size_t i = 0; i < result.bytes.size() && i < 8; ++i)
        result.bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
    return result;
}

std::optional<std::uint64_t> register_value(Registers const& r, unsigned n) {
    if (n >= rows().size() || !known(r, rows()[n])) return std::nullopt;
    return number(r, rows()[n]);
}

std::string register_name(unsigned n) { return n < rows().size() ? rows()[n].name : ""; }

std::string const& target_description() {
    static std::string const text = make_description();
    return text;
}

}  // namespace sim::debug::gdb
