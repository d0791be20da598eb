// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/symbol_reader.hpp"

#include <cxxabi.h>
#include <dwarf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "simulator/debug/read_file.hpp"

namespace sim::debug {

namespace {

constexpr std::size_t max_symbols = 2'000'000;
constexpr std::size_t max_lines = 20'000'000;
constexpr unsigned max_depth = 48;
constexpr std::uintmax_t max_image = std::uintmax_t{1} << 30;

std::string const no_name;

std::string demangle(char const* name) {
    int status = 0;
    std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status),
                                                     &std::free);
    if (status != 0 || !text) return name;
    std::string result = text.get();
    // Without the parameter list, as the debug info names it.
    if (result.ends_with(" const")) result.resize(result.size() - 6);
    if (result.ends_with(")")) {
        int depth = 0;
        for (std::size_t i = result.size(); i-- > 0;) {
            if (result[i] == ')') ++depth;
            if (result[i] == '(' && --depth == 0) {
                if (i > 0) result.resize(i);
                break;
            }
        }
    }
    for (std::string_view const hidden : {std::string_view("(anonymous namespace)::")})
        for (std::size_t at; (at = result.find(hidden)) != std::string::npos;)
            result.erase(at, hidden.size());
    return result;
}

// The entry that an attribute refers to.
bool refers(Dwarf_Die* die, unsigned attribute, Dwarf_Die* to) {
    Dwarf_Attribute a;
    return dwarf_attr(die, attribute, &a) && dwarf_formref_die(&a, to);
}

bool is_type(int tag) {
    switch (tag) {
        case DW_TAG_structure_type:
        case DW_TAG_class_type:
        case DW_TAG_union_type:
        case DW_TAG_enumeration_type:
        case DW_TAG_typedef:
        case DW_TAG_base_type:
            return true;
        default:
            return false;
    }
}

}  // namespace

void SymbolReader::read(std::span<std::uint8_t const> bytes) {
    if (bytes.size() < 64 || std::memcmp(bytes.data(), "\177ELF", 4) != 0) {
        out_.problem_ = "not an ELF file: no names for addresses";
        return;
    }
    elf_version(EV_CURRENT);
    // A copy that ends in zeros: libelf wants memory it may write to.
    std::vector<char> copy(bytes.begin(), bytes.end());
    copy.resize(copy.size() + 64);
    std::unique_ptr<Elf, int (*)(Elf*)> elf(elf_memory(copy.data(), bytes.size()), &elf_end);
    if (!elf) {
        out_.problem_ = "a damaged ELF file: no names for addresses";
        return;
    }
    GElf_Ehdr header;
    if (gelf_getehdr(elf.get(), &header)) out_.entry_ = header.e_entry;
    read_sections(elf.get());
    if (std::unique_ptr<Dwarf, int (*)(Dwarf*)> dwarf(dwarf_begin_elf(elf.get(), DWARF_C_READ, nullptr),
                                                      &dwarf_end);
        dwarf) {
        read_debug_info(dwarf.get());
    }
    finish();
}

void SymbolReader::read_sections(Elf* elf) {
    std::size_t names = 0;
    elf_getshdrstrndx(elf, &names);
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header)) continue;
        if (header.sh_flags & SHF_EXECINSTR && header.sh_addr + header.sh_size > header.sh_addr)
            code_.push_back({header.sh_addr, header.sh_addr + header.sh_size});
        if (header.sh_type == SHT_SYMTAB) read_symbols(section, header, elf);
        char const* name = elf_strptr(elf, names, header.sh_name);
        if (name && std::strcmp(name, ".viv.views") == 0 && header.sh_size < (1U << 20)) {
            Elf_Data* data = elf_getdata(section, nullptr);
            if (data && data->d_buf) out_.views_.assign(static_cast<char const*>(data->d_buf), data->d_size);
        }
    }
}

void SymbolReader::read_symbols(Elf_Scn* section, GElf_Shdr const& header, Elf* elf) {
    Elf_Data* data = elf_getdata(section, nullptr);
    if (!data || !header.sh_entsize) return;
    std::size_t const count = std::min<std::size_t>(data->d_size / header.sh_entsize, max_symbols);
    for (std::size_t i = 0; i < count; ++i) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, static_cast<int>(i), &symbol)) break;
        int const type = GELF_ST_TYPE(symbol.st_info);
        if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS) continue;
        if (type != STT_FUNC && type != STT_OBJECT && type != STT_NOTYPE) continue;
        char const* name = elf_strptr(elf, header.sh_link, symbol.st_name);
        if (!name || !*name || *name == '.') continue;
        out_.elf_symbols_.push_back({demangle(name), symbol.st_value, symbol.st_size});
        if (type == STT_FUNC)
            out_.functions_.push_back(
                {out_.elf_symbols_.back().name, symbol.st_value, symbol.st_value + symbol.st_size, 0, 0});
        else if (type == STT_OBJECT)
            out_.objects_.push_back({out_.elf_symbols_.back().name, symbol.st_value, symbol.st_size, 0});
    }
}

bool SymbolReader::is_code(std::uint64_t address) const {
    // Functions that the linker threw away are left behind at address 0 or 1.
    return std::any_of(code_.begin(), code_.end(),
                       [&](Range r) { return address >= r.low && address < r.high; });
}

void SymbolReader::read_debug_info(Dwarf* dwarf) {
    Dwarf_CU* cu = nullptr;
    Dwarf_Die unit, sub;
    std::uint8_t kind = 0;
    while (dwarf_get_units(dwarf, cu, &cu, nullptr, &kind, &unit, &sub) == 0) {
        if (kind == DW_UT_skeleton || kind == DW_UT_type) continue;
        out_.has_debug_info_ = true;
        unit_folder_.clear();
        Dwarf_Attribute a;
        if (dwarf_attr(&unit, DW_AT_comp_dir, &a))
            if (char const* folder = dwarf_formstring(&a)) unit_folder_ = folder;
        read_lines(&unit);
        walk(&unit, "", 0);
        if (entries_ >= max_entries) break;
    }
    // Entries are visited in their order, unless a file lies about who is next.
    auto const earlier = [](auto const& a, auto const& b) { return a.first < b.first; };
    if (!std::is_sorted(names_.begin(), names_.end(), earlier))
        std::stable_sort(names_.begin(), names_.end(), earlier);
    fill_types();
}

std::uint32_t SymbolReader::file_index(char const* path) {
    std::string text = path ? path : "";
    auto found = file_numbers_.find(text);
    if (found != file_numbers_.end()) return found->second;
    // Where the compiler was told to write "." for the source folder, libdw puts
    // the build folder in front of it: "./build/dev/./kernel/main.cpp".
    std::string tidy = text;
    if (!unit_folder_.empty() && tidy.starts_with(unit_folder_ + "/./"))
        tidy.erase(0, unit_folder_.size() + 3);
    tidy = std::filesystem::path(tidy).lexically_normal().string();
    auto const same = std::find(out_.files_.begin(), out_.files_.end(), tidy);
    auto const index = static_cast<std::uint32_t>(same - out_.files_.begin());
    if (same == out_.files_.end()) out_.files_.push_back(tidy);
    file_numbers_.emplace(std::move(text), index);
    return index;
}

void SymbolReader::read_lines(Dwarf_Die* unit) {
    Dwarf_Lines* lines = nullptr;
    std::size_t count = 0;
    if (dwarf_getsrclines(unit, &lines, &count) != 0) return;
    for (std::size_t i = 0; i < count && out_.lines_.size() < max_lines; ++i) {
        Dwarf_Line* line = dwarf_onesrcline(lines, i);
        Dwarf_Addr address = 0;
        int number = 0;
        bool end = false, statement = false;
        if (!line || dwarf_lineaddr(line, &address) != 0) continue;
        dwarf_lineendsequence(line, &end);
        dwarf_linebeginstatement(line, &statement);
        dwarf_lineno(line, &number);
        if (end) {
            // The end lies one past the code that the sequence describes.
            if (address && is_code(address - 1)) out_.lines_.push_back({address, 0, 0, false});
        } else if (is_code(address)) {
            std::uint32_t const file = file_index(dwarf_linesrc(line, nullptr, nullptr));
            // Line 0 is code of no line; it must not look like an end.
            out_.lines_.push_back(
                {address, file, number > 0 ? static_cast<std::uint32_t>(number) : 0, statement});
        }
    }
}

// Visits an entry's children: records names of all scopes, functions, variables
// and types. `prefix` ends in "::" or is empty.
void SymbolReader::walk(Dwarf_Die* parent, std::string const& prefix, unsigned depth) {
    if (depth > max_depth) return;
    Dwarf_Die die;
    if (dwarf_child(parent, &die) != 0) return;
    do {
        if (++entries_ >= max_entries) return;
        int const tag = dwarf_tag(&die);
        char const* name = dwarf_diename(&die);
        // Of a definition elsewhere the name and scope are the declaration's.
        bool const named_here = name && dwarf_hasattr(&die, DW_AT_name);
        switch (tag) {
            case DW_TAG_namespace:
                // An unnamed namespace adds nothing to what people call its members.
                walk(&die, named_here ? prefix + name + "::" : prefix, depth + 1);
                break;
            case DW_TAG_lexical_block:
                walk(&die, prefix, depth + 1);
                break;
            case DW_TAG_subprogram:
                if (named_here) names_.emplace_back(dwarf_dieoffset(&die), prefix + name);
                take_function(&die);
                walk(&die, name ? prefix + name + "::" : prefix, depth + 1);
                break;
            case DW_TAG_variable:
            case DW_TAG_member:  // a static member, in DWARF 4
                if (named_here) names_.emplace_back(dwarf_dieoffset(&die), prefix + name);
                take_variable(&die);
                break;
            default:
                if (!is_type(tag)) break;
                if (named_here) names_.emplace_back(dwarf_dieoffset(&die), prefix + name);
                if (tag != DW_TAG_base_type && tag != DW_TAG_typedef) {
                    number_of(&die);
                    walk(&die, named_here ? prefix + name + "::" : prefix, depth + 1);
                }
                break;
        }
    } while (dwarf_siblingof(&die, &die) == 0);
}

Dwarf_Off SymbolReader::origin_of(Dwarf_Die* start) {
    Dwarf_Die die = *start, next;
    for (unsigned i = 0; i < 8; ++i) {
        if (refers(&die, DW_AT_abstract_origin, &next) || refers(&die, DW_AT_specification, &next))
            die = next;
        else
            break;
    }
    return dwarf_dieoffset(&die);
}

void SymbolReader::take_function(Dwarf_Die* die) {
    Found f;
    f.function = true;
    f.name_at = origin_of(die);
    int line = 0;
    if (dwarf_decl_line(die, &line) == 0 && line > 0) f.line = static_cast<std::uint32_t>(line);
    if (char const* file = dwarf_decl_file(die)) f.file = file_index(file);
    Dwarf_Addr base = 0, low = 0, high = 0;
    std::ptrdiff_t offset = 0;
    for (unsigned i = 0; i < 64 && (offset = dwarf_ranges(die, offset, &base, &low, &high)) > 0; ++i) {
        if (high <= low || !is_code(low)) continue;
        f.range = {low, high};
        found_.push_back(f);
        if (!f.entered_at) f.entered_at = low;  // by the first of its ranges
    }
}

void SymbolReader::take_variable(Dwarf_Die* die) {
    Dwarf_Attribute a;
    if (!dwarf_attr(die, DW_AT_location, &a)) return;
    Dwarf_Op* operations = nullptr;
    std::size_t count = 0;
    if (dwarf_getlocation(&a, &operations, &count) != 0 || count != 1 || operations[0].atom != DW_OP_addr)
        return;
    if (!operations[0].number) return;  // thrown away by the linker
    Found f;
    f.name_at = origin_of(die);
    f.range.low = operations[0].number;
    f.type = type_of(die);
    found_.push_back(f);
}

std::string const& SymbolReader::name_at(Dwarf_Off offset) const {
    auto const found = std::lower_bound(names_.begin(), names_.end(), offset,
                                        [](auto const& one, Dwarf_Off at) { return one.first < at; });
    return found == names_.end() || found->first != offset ? no_name : found->second;
}

void SymbolReader::finish() {
    Symbols& o = out_;
    // The debug info knows better than the symbol table; the table knows more
    // (assembly, other people's kernels).
    std::vector<Function> functions;
    std::vector<Object> objects;
    for (Found const& f : found_) {
        std::string const& name = name_at(f.name_at);
        if (name.empty()) continue;
        if (f.function)
            functions.push_back({f.entered_at ? name + ".cold" : name, f.range.low, f.range.high, f.file, f.line,
                                 f.entered_at});
        else
            objects.push_back({name, f.range.low, 0, f.type});
    }
    auto by_low = [](Function const& a, Function const& b) { return a.low < b.low; };
    auto by_address = [](Object const& a, Object const& b) { return a.address < b.address; };
    std::stable_sort(functions.begin(), functions.end(), by_low);
    functions.erase(std::unique(functions.begin(), functions.end(),
                                [](Function const& a, Function const& b) { return a.low == b.low; }),
                    functions.end());
    std::stable_sort(objects.begin(), objects.end(), by_address);

    std::size_t const known = functions.size();
    for (Function& f : o.functions_) {
        auto const at = std::upper_bound(functions.begin(),
                                         functions.begin() + static_cast<std::ptrdiff_t>(known), f, by_low);
        bool const covered = at != functions.begin() && f.low < (at - 1)->high;
        if (!covered) functions.push_back(std::move(f));
    }
    std::stable_sort(functions.begin(), functions.end(), by_low);
    functions.erase(std::unique(functions.begin(), functions.end(),
                                [](Function const& a, Function const& b) { return a.low == b.low; }),
                    functions.end());
    for (std::size_t i = 0; i < functions.size(); ++i) {
        if (functions[i].high > functions[i].low) continue;
        // A symbol with no size reaches to the next one, within its section.
        std::uint64_t high = i + 1 < functions.size() ? functions[i + 1].low : UINT64_MAX;
        for (Range r : code_)
            if (functions[i].low >= r.low && functions[i].low < r.high) high = std::min(high, r.high);
        functions[i].high = high == UINT64_MAX ? functions[i].low : high;
    }
    o.functions_ = std::move(functions);

    std::size_t const known_objects = objects.size();
    for (Object& x : o.objects_) {
        auto const at = std::lower_bound(
            objects.begin(), objects.begin() + static_cast<std::ptrdiff_t>(known_objects), x, by_address);
        if (at == objects.begin() + static_cast<std::ptrdiff_t>(known_objects) || at->address != x.address)
            objects.push_back(std::move(x));
        else if (!at->size)
            at->size = x.size;
    }
    std::stable_sort(objects.begin(), objects.end(), by_address);
    for (Object& x : objects)
        if (!x.size) x.size = types_.size_of(x.type);
    o.objects_ = std::move(objects);

    std::stable_sort(o.elf_symbols_.begin(), o.elf_symbols_.end(),
                     [](auto const& a, auto const& b) { return a.address < b.address; });
    // Where a sequence ends and another begins at one address, the beginning counts.
    std::stable_sort(o.lines_.begin(), o.lines_.end(), [](auto const& a, auto const& b) {
        if (a.address != b.address) return a.address < b.address;
        return a.line == 0 && b.line != 0;
    });
    *o.types_ = std::move(types_);
    if (o.has_debug_info_) return;
    o.problem_ =
        o.elf_symbols_.empty()
            ? "no symbols and no debug info in this image: addresses stay numbers"
            : "no debug info in this image: functions by symbol only, no source lines, no kernel views";
}

std::shared_ptr<Symbols const> Symbols::from_bytes(std::span<std::uint8_t const> elf) {
    auto symbols = std::make_shared<Symbols>();
    SymbolReader(*symbols).read(elf);
    return symbols;
}

std::shared_ptr<Symbols const> Symbols::from_file(std::string const& path) {
    std::vector<std::uint8_t> const bytes = read_file(path, max_image);
    if (!bytes.empty()) return from_bytes(bytes);
    auto symbols = std::make_shared<Symbols>();
    symbols->problem_ = fmt::format("cannot read {}: addresses stay numbers", path);
    return symbols;
}

}  // namespace sim::debug
