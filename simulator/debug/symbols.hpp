// SPDX-License-Identifier: GPL-2.0-or-later
//
// Names for addresses: functions, source lines and global objects of an image.
// DWARF debug info by libdw where there is some, the ELF symbol table otherwise.
// The file is read once into plain sorted tables and then closed: a Symbols is
// immutable and any thread may ask it. The file is not trusted: whatever is
// wrong in it costs names, never more.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sim::debug {

class TypeTable;

struct Function {
    std::string name;       // qualified: "memory::FrameAllocator::allocate"
    std::uint64_t low = 0;  // [low, high)
    std::uint64_t high = 0;
    std::uint32_t file = 0;  // where it is written; line 0 when unknown
    std::uint32_t line = 0;
    // Of the seldom part of a function, which the compiler put elsewhere ("memory::map.cold"):
    // where that function is entered, for nobody enters it here.
    std::uint64_t entered_at = 0;

    std::uint64_t entry() const { return entered_at ? entered_at : low; }
};

struct Object {  // a global or static variable
    std::string name;
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    std::uint32_t type = 0;  // in TypeTable; 0 when unknown
};

struct SourceLine {
    std::uint32_t file = 0;  // index for Symbols::file()
    std::uint32_t line = 0;
    bool operator==(SourceLine const&) const = default;
};

// What "name+0x12" needs.
struct NearSymbol {
    std::string_view name;
    std::uint64_t offset = 0;
    bool exact_bounds = false;  // the symbol has a size and the address is inside
};

class Symbols {
public:
    // An empty table: everything unknown.
    Symbols();
    ~Symbols();
    Symbols(Symbols const&) = delete;
    Symbols& operator=(Symbols const&) = delete;

    static std::shared_ptr<Symbols const> from_file(std::string const& path);
    static std::shared_ptr<Symbols const> from_bytes(std::span<std::uint8_t const> elf);
    static std::shared_ptr<Symbols const> none();

    // Empty when all is well; else one line: "no debug info (.debug_info) in this
    // image: functions by symbol only, no source lines, no kernel views".
    std::string const& problem() const { return problem_; }
    bool has_debug_info() const { return has_debug_info_; }
    std::uint64_t entry() const { return entry_; }

    std::vector<Function> const& functions() const { return functions_; }  // by address
    std::vector<Object> const& objects() const { return objects_; }        // by address
    std::vector<std::string> const& files() const { return files_; }
    std::string const& file(std::uint32_t index) const;  // "" when there is none such

    Function const* function_at(std::uint64_t address) const;
    // The same, and of a function's seldom part that function.
    Function const* whole_at(std::uint64_t address) const;
    Function const* function_named(std::string_view name) const;
    Object const* object_named(std::string_view name) const;
    // Any symbol of the file, those that the linker script made included.
    std::optional<std::uint64_t> address_of_symbol(std::string_view name) const;
    std::optional<NearSymbol> near(std::uint64_t address) const;
    // "memory::map+0x12", or "0xffffffff80001234".
    std::string describe(std::uint64_t address) const;

    std::optional<SourceLine> line_at(std::uint64_t address) const;
    // First address of each stretch of code that belongs to the line.
    std::vector<std::uint64_t> addresses_of(std::uint32_t file, std::uint32_t line) const;
    // First addresses of all stretches of lines of a function, its seldom part included.
    std::vector<std::uint64_t> line_addresses(Function const&) const;
    std::optional<std::uint32_t> file_named(std::string_view ending) const;
    // "main.cpp:12", with the folder when `full`.
    std::string describe(SourceLine, bool full = false) const;

    TypeTable const& types() const { return *types_; }
    // kernel/views.query as the image carries it in its section ".viv.views"; may be empty.
    std::string const& views() const { return views_; }

    // All tables but types and views, one after the other, for who stores them; the
    // visitor is called with members.
    template <class Visitor>
    void tables(Visitor& visit) {
        visit(problem_, has_debug_info_, entry_, functions_, objects_, files_, lines_, elf_symbols_);
    }

private:
    friend class SymbolReader;
    struct LineRow {
        std::uint64_t address = 0;
        std::uint32_t file = 0;
        std::uint32_t line = 0;  // 0: end of a sequence
        bool statement = false;
        template <class Visitor>
        void tables(Visitor& visit) {
            visit(address, file, line, statement);
        }
    };
    struct ElfSymbol {
        std::string name;
        std::uint64_t address = 0;
        std::uint64_t size = 0;
        template <class Visitor>
        void tables(Visitor& visit) {
            visit(name, address, size);
        }
    };

    std::string problem_;
    bool has_debug_info_ = false;
    std::uint64_t entry_ = 0;
    std::vector<Function> functions_;
    std::vector<Object> objects_;
    std::vector<std::string> files_;
    std::vector<LineRow> lines_;
    std::vector<ElfSymbol> elf_symbols_;
    std::unique_ptr<TypeTable> types_;
    std::string views_;
};

// Source text, read on demand from below a root folder and kept. One thread.
class SourceTree {
public:
    explicit SourceTree(std::string root);
    // Lines of a file as named by Symbols::file(); null when it is not there,
    // lies outside the root or is larger than 4 MiB.
    std::vector<std::string> const* lines(std::string const& file);
    // "" when there is no such line.
    std::string line(std::string const& file, std::uint32_t number);

private:
    struct Entry {
        std::string name;
        std::unique_ptr<std::vector<std::string>> lines;
    };
    std::string root_;
    std::vector<Entry> files_;
};

}  // namespace sim::debug
