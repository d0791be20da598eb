// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 1's question: which entries of the boot tables the way to the upper half
// needs, and a byte of the direct map, another one for each student. Tried on our
// kernel: all other entries become zero just before paging.
#include "labs/grader/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "labs/01-boot/checks/exams.hpp"
#include "labs/grader/student_run.hpp"
#include "simulator/machine/interrupt_fault.hpp"

namespace lab::boot {
namespace {

constexpr std::uint64_t entries_of_a_table = 512;
constexpr std::size_t most_entries = 16;
constexpr std::uint64_t direct_map = 0xffff'8000'0000'0000;
constexpr char const* tables[] = {"boot_pml4", "boot_pdpt_low", "boot_pdpt_high", "boot_pd"};

struct Entry {
    std::string table;
    unsigned index = 0;
    bool operator<(Entry const& other) const {
        return std::pair(table, index) < std::pair(other.table, other.index);
    }
    std::string text() const { return fmt::format("{}:{}", table, index); }
};
using Entries = std::set<Entry>;

// What is wrong with a word; empty: nothing, and `entry` is it.
std::string read_entry(std::string const& word, Entry& entry) {
    auto const colon = word.find(':');
    if (colon == std::string::npos) return fmt::format("\"{}\" is no entry: write one as boot_pd:17", word);
    entry.table = word.substr(0, colon);
    if (std::find(std::begin(tables), std::end(tables), entry.table) == std::end(tables))
        return fmt::format("there is no table {} in boot.S", entry.table);
    char const* const last = word.data() + word.size();
    auto const [end, error] = std::from_chars(word.data() + colon + 1, last, entry.index);
    if (error != std::errc() || end != last || entry.index >= entries_of_a_table)
        return fmt::format("{}: an index is a number from 0 to 511", word);
    return {};
}

void clear(StudentRun& run, std::uint64_t address) {
    run.machine().give(
        {"memory", sim::machine::InputKind::poke, sim::machine::little_endian({{address, 8}, {0, 8}})});
}

// Where the machine ends with these entries alone; empty: it comes to the first
// instruction of the upper half, executes it, and finds the byte.
std::string ends_with(Entries const& kept, std::filesystem::path const& kernel, std::uint64_t byte) {
    StudentRun run(kernel,
                   {.memory_bytes = 8 << 20, .budget_instructions = 1'000'000, .budget_ns = 10'000'000});
    run.run_to_address(run.address_of("enter_long_mode"));
    for (char const* table : tables)
        for (unsigned i = 0; i < entries_of_a_table; ++i) {
            std::uint64_t const address = run.address_of(table) + i * 8;
            if (!kept.count({table, i}) && run.physical()(address).value_or(0) != 0) clear(run, address);
        }
    bool const arrived = run.run_to_address(run.address_of("higher_half_start"));
    if (arrived) {
        auto const next = run.machine().moment().retired + 1;
        run.machine().run({.moment = {next, 0}});
        if (run.machine().moment().retired == next) {
            auto const walk = run.machine().cpu().walk(direct_map + byte, sim::engine::Access::read, false);
            if (walk.present && walk.physical == byte) return {};
            return fmt::format("{:#x} is not mapped, where the byte at {:#x} is to be read",
                               direct_map + byte, byte);
        }
    }
    return fmt::format("{} in {}", arrived ? "the fetch fails" : run.ended(), run.location());
}

std::string objection(std::string const& answer, Subject const& subject) {
    Entries entries;
    for (auto const& word : words_of(answer)) {
        Entry entry;
        if (auto const wrong = read_entry(word, entry); !wrong.empty()) return wrong;
        entries.insert(entry);
    }
    if (entries.empty() || entries.size() > most_entries)
        return fmt::format("one to {} entries are wanted", most_entries);
    auto const byte = personal_number(subject.definition, "byte", subject.seed);
    if (auto const end = ends_with(entries, subject.original, byte); !end.empty())
        return fmt::format("these entries alone are not enough: {}", end);
    for (auto const& entry : entries) {
        Entries without = entries;
        without.erase(entry);
        if (ends_with(without, subject.original, byte).empty())
            return fmt::format("without {} it works all the same", entry.text());
    }
    return {};
}

}  // namespace

void examine_answers(Subject const& subject, Judgement& judgement) {
    examine_answer(
        subject, judgement, "needed-entries",
        "From the instruction that sets CR0.PG on, each fetch goes through the tables: at the old addresses "
        "first, then at the new ones. So does each read.",
        objection);
}

}  // namespace lab::boot
