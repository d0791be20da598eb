// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/symbols.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "simulator/debug/read_file.hpp"
#include "simulator/debug/types.hpp"

namespace sim::debug {

std::vector<std::uint8_t> read_file(std::filesystem::path const& path, std::uintmax_t most) {
    std::error_code error;
    std::uintmax_t const size = std::filesystem::file_size(path, error);
    if (error || size > most || !std::filesystem::is_regular_file(path, error)) return {};
    std::vector<std::uint8_t> bytes(size);
    std::ifstream in(path, std::ios::binary);
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    bytes.resize(static_cast<std::size_t>(in.gcount()));
    return bytes;
}

namespace {

constexpr std::uintmax_t max_source = 4U << 20;
std::string const nothing;

}  // namespace

Symbols::Symbols() : types_(std::make_unique<TypeTable>()) {}
Symbols::~Symbols() = default;

std::shared_ptr<Symbols const> Symbols::none() {
    auto symbols = std::make_shared<Symbols>();
    symbols->problem_ = "no image: addresses stay numbers";
    return symbols;
}

std::string const& Symbols::file(std::uint32_t index) const {
    return index < files_.size() ? files_[index] : nothing;
}

Function const* Symbols::function_at(std::uint64_t address) const {
    auto at = std::upper_bound(functions_.begin(), functions_.end(), address,
                               [](std::uint64_t a, Function const& f) { return a < f.low; });
    if (at == functions_.begin()) return nullptr;
    --at;
    return address < at->high ? &*at : nullptr;
}

Function const* Symbols::whole_at(std::uint64_t address) const {
    Function const* const f = function_at(address);
    return f && f->entered_at ? function_at(f->entered_at) : f;
}

namespace {
template <class Named>
Named const* find_named(std::vector<Named> const& all, std::string_view name) {
    for (Named const& n : all)
        if (n.name == name) return &n;
    return nullptr;
}
}  // namespace

Function const* Symbols::function_named(std::string_view name) const { return find_named(functions_, name); }
Object const* Symbols::object_named(std::string_view name) const { return find_named(objects_, name); }

std::optional<std::uint64_t> Symbols::address_of_symbol(std::string_view name) const {
    if (ElfSymbol const* symbol = find_named(elf_symbols_, name)) return symbol->address;
    return std::nullopt;
}

std::optional<NearSymbol> Symbols::near(std::uint64_t address) const {
    if (Function const* f = function_at(address)) return NearSymbol{f->name, address - f->low, true};
    auto object = std::upper_bound(objects_.begin(), objects_.end(), address,
                                   [](std::uint64_t a, Object const& o) { return a < o.address; });
    if (object != objects_.begin() &&
        address - (object - 1)->address < std::max<std::uint64_t>((object - 1)->size, 1))
        return NearSymbol{(object - 1)->name, address - (object - 1)->address, true};
    auto symbol = std::upper_bound(elf_symbols_.begin(), elf_symbols_.end(), address,
                                   [](std::uint64_t a, ElfSymbol const& s) { return a < s.address; });
    if (symbol == elf_symbols_.begin()) return std::nullopt;
    --symbol;
    std::uint64_t const offset = address - symbol->address;
    if (offset < symbol->size || (symbol->size == 0 && offset < 4096))
        return NearSymbol{symbol->name, offset, offset < symbol->size};
    return std::nullopt;
}

std::string Symbols::describe(std::uint64_t address) const {
    auto const found = near(address);
    if (!found) return fmt::format("{:#x}", address);
    return found->offset ? fmt::format("{}+{:#x}", found->name, found->offset) : std::string(found->name);
}

std::optional<SourceLine> Symbols::line_at(std::uint64_t address) const {
    auto at = std::upper_bound(lines_.begin(), lines_.end(), address,
                               [](std::uint64_t a, LineRow const& row) { return a < row.address; });
    if (at == lines_.begin()) return std::nullopt;
    --at;
    if (at->line == 0) return std::nullopt;
    return SourceLine{at->file, at->line};
}

std::vector<std::uint64_t> Symbols::addresses_of(std::uint32_t file, std::uint32_t line) const {
    std::vector<std::uint64_t> addresses;
    SourceLine previous;
    for (LineRow const& row : lines_) {
        SourceLine const here{row.file, row.line};
        if (row.line == line && row.file == file && previous != here && (row.statement || addresses.empty()))
            addresses.push_back(row.address);
        previous = here;
    }
    return addresses;
}

std::vector<std::uint64_t> Symbols::line_addresses(Function const& whole) const {
    std::vector<std::uint64_t> addresses;
    for (Function const& part : functions_) {
        if (part.entry() != whole.low) continue;
        auto at = std::lower_bound(lines_.begin(), lines_.end(), part.low,
                                   [](LineRow const& row, std::uint64_t a) { return row.address < a; });
        for (; at != lines_.end() && at->address < part.high; ++at)
            if (at->line != 0 && (addresses.empty() || addresses.back() != at->address))
                addresses.push_back(at->address);
    }
    return addresses;
}

std::optional<std::uint32_t> Symbols::file_named(std::string_view ending) const {
    for (std::uint32_t i = 0; i < files_.size(); ++i) {
        std::string const& f = files_[i];
        if (f == ending ||
            (f.size() > ending.size() && f.ends_with(ending) && f[f.size() - ending.size() - 1] == '/'))
            return i;
    }
    return std::nullopt;
}

std::string Symbols::describe(SourceLine line, bool full) const {
    std::string const& f = file(line.file);
    if (line.line == 0 || f.empty()) return "";
    return fmt::format("{}:{}", full ? f : f.substr(f.rfind('/') + 1), line.line);
}

SourceTree::SourceTree(std::string root) : root_(std::move(root)) {}

std::vector<std::string> const* SourceTree::lines(std::string const& file) {
    for (Entry const& e : files_)
        if (e.name == file) return e.lines.get();
    Entry entry{file, nullptr};
    namespace fs = std::filesystem;
    std::error_code error;
    fs::path const root = fs::weakly_canonical(root_, error);
    fs::path const path = fs::weakly_canonical(root / file, error);  // an absolute one replaces the root
    auto const relative = path.lexically_relative(root);
    bool const inside = !error && !relative.empty() && *relative.begin() != "..";
    if (inside && !root_.empty()) {
        std::vector<std::uint8_t> const bytes = read_file(path, max_source);
        if (!bytes.empty()) {
            entry.lines = std::make_unique<std::vector<std::string>>();
            std::string line;
            for (std::uint8_t b : bytes) {
                if (b == '\n')
                    entry.lines->push_back(std::exchange(line, {}));
                else if (b != '\r')
                    line += static_cast<char>(b);
            }
            if (!line.empty()) entry.lines->push_back(std::move(line));
        }
    }
    files_.push_back(std::move(entry));
    return files_.back().lines.get();
}

std::string SourceTree::line(std::string const& file, std::uint32_t number) {
    auto const* all = lines(file);
    return all && number >= 1 && number <= all->size() ? (*all)[number - 1] : "";
}

}  // namespace sim::debug
