// SPDX-License-Identifier: MIT
#include "kernel/apps/shell/commands.hpp"

#include <array>

#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/per_cpu.hpp"
#include "kernel/base/command_line.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/platform/files.hpp"
#include "kernel/threads/mutex.hpp"
#include "kernel/threads/thread.hpp"

namespace apps {
namespace {

using base::print;

// A command's words behind its name, and what it may use.
struct Call {
    std::string_view words;
    platform::Network& network;
    Listener& out;
};

void show_threads(Call const& call) {
    static std::array<threads::Report, 64> reports;
    std::size_t const count = threads::list(reports);
    print(call.out, "state     switches  microseconds  name\n");
    for (std::size_t i = 0; i < count; ++i)
        print(call.out, "{:<8}  {:8}  {:12}  {}\n", threads::state_name(reports[i].state),
              reports[i].switches, reports[i].processor_time.as_microseconds(),
              std::string_view(reports[i].name));
}

// A name that outlives its thread or mutex.
class NameCopy {
public:
    NameCopy() = default;
    explicit NameCopy(std::string_view name) : size_(name.copy(text_.data(), text_.size())) {}
    std::string_view text() const { return {text_.data(), size_}; }

private:
    std::array<char, 32> text_{};
    std::size_t size_ = 0;
};

void show_locks(Call const& call) {
    struct Held {
        NameCopy mutex, owner;
        base::Place taken_at;
    };
    std::array<Held, 16> held;
    std::size_t count = 0;
    {
        // Copied out: printing waits, and the list changes.
        arch::InterruptsOff guard;
        for (auto* m = threads::held_mutexes.front(); m != nullptr && count < held.size();
             m = threads::held_mutexes.after(*m))
            held[count++] = {NameCopy(m->name()), NameCopy(m->owner()->name), m->taken_at()};
    }
    for (std::size_t i = 0; i < count; ++i)
        print(call.out, "'{}' is held by '{}' since {}:{}\n", held[i].mutex.text(), held[i].owner.text(),
              held[i].taken_at.file, held[i].taken_at.line);
    print(call.out, "{} held\n", count);
}

void show_memory(Call const& call) {
    auto const now = memory::statistics();
    print(call.out, "frames: {} KiB, {} KiB free\n", now.total_frames * 4, now.free_frames * 4);
    print(call.out, "heap: {} objects, {} bytes, {} slabs, {} allocations so far\n", now.heap.objects,
          now.heap.bytes, now.heap.slabs, now.heap.allocations);
}

void show_page(Call const& call) {
    auto const address = base::parse_number(call.words);
    if (!address) return print(call.out, "pages: which address? Such as pages 0xffffffff80106000\n");
    auto const physical = memory::virt_to_phys(base::VirtAddr(*address));
    if (physical)
        print(call.out, "{:#x} is at {:#x} of physical memory\n", *address, physical.value().raw());
    else
        print(call.out, "{:#x} is not mapped\n", *address);
}

void show_interrupts(Call const& call) {
    print(call.out, "vector  count\n");
    for (unsigned vector = 0; vector < 256; ++vector)
        if (std::uint64_t const count = arch::this_cpu().interrupt_counts[vector]; count > 0)
            print(call.out, "{:6}  {}\n", vector, count);
}

void show_network(Call const& call) {
    auto const& card = call.network.statistics();
    std::uint32_t const address = call.network.address().address.value();
    print(call.out, "address {}.{}.{}.{}\n", address >> 24, address >> 16 & 255, address >> 8 & 255,
          address & 255);
    print(call.out, "frames in {}, out {}; bytes in {}, out {}; bad {}; interrupts {}\n", card.received,
          card.sent, card.bytes_received, card.bytes_sent, card.bad_frames, card.interrupts);
}

// Prints while it walks: the lock is held only for the walk of one directory.
struct Names final : fs::DirectoryVisitor {
    struct Name {
        char text[60];
        std::uint8_t length;
        fs::NodeNumber node;
    };
    std::array<Name, 64> names;
    std::size_t count = 0;
    bool more = false;
    bool entry(std::string_view name, fs::NodeNumber node) override {
        if (count == names.size()) {
            more = true;
            return false;
        }
        Name& next = names[count++];
        next.length = static_cast<std::uint8_t>(name.copy(next.text, sizeof next.text));
        next.node = node;
        return true;
    }
};

void list_directory(Call const& call) {
    platform::Files* const files = platform::files(0);
    if (files == nullptr) return print(call.out, "ls: there is no disk with files\n");
    static Names names;
    names.count = 0;
    names.more = false;
    auto const node = files->resolve(call.words);
    auto const listed = node ? files->list(node.value(), names) : base::fail(node.error());
    if (!listed) return print(call.out, "ls: {}: {}\n", call.words, name(listed.error()));
    for (std::size_t i = 0; i < names.count; ++i) {
        auto const info = files->info(names.names[i].node);
        std::string_view const text(names.names[i].text, names.names[i].length);
        if (info)
            print(call.out, "{:10}  {}{}\n", info.value().size, text, info.value().is_directory ? "/" : "");
    }
    if (names.more) print(call.out, "and more\n");
}

void print_file(Call const& call) {
    platform::Files* const files = platform::files(0);
    if (files == nullptr) return print(call.out, "cat: there is no disk with files\n");
    auto const node = files->resolve(call.words);
    if (!node) return print(call.out, "cat: {}: {}\n", call.words, name(node.error()));
    std::array<char, 1024> buffer;
    for (std::uint64_t offset = 0;;) {
        auto const got = files->read(node.value(), offset, std::as_writable_bytes(std::span(buffer)));
        if (!got) return print(call.out, "cat: {}: {}\n", call.words, name(got.error()));
        if (got.value() == 0 || call.out.lost()) return;
        call.out.write({buffer.data(), got.value()});
        offset += got.value();
    }
}

void show_time(Call const& call) {
    print(call.out, "up for {} ms\n", platform::now().since_boot().as_milliseconds());
}

struct Command {
    std::string_view name, help;
    void (*run)(Call const& call);
};
constexpr Command commands[] = {
    {"ps", "threads, and what they have had", show_threads},
    {"locks", "mutexes that are held, by whom, since which line", show_locks},
    {"mem", "frames and heap", show_memory},
    {"pages", "ADDRESS: where it is in physical memory", show_page},
    {"irq", "interrupts and exceptions by vector", show_interrupts},
    {"netstat", "the network card", show_network},
    {"ls", "[PATH]: a directory of the first disk", list_directory},
    {"cat", "PATH: a file of the first disk", print_file},
    {"uptime", "since boot", show_time},
};

std::string_view take_word(std::string_view& text) {
    constexpr std::string_view blanks = " \t\r\n";
    std::size_t const start = std::min(text.find_first_not_of(blanks), text.size());
    text.remove_prefix(start);
    std::string_view const word = text.substr(0, std::min(text.find_first_of(blanks), text.size()));
    text.remove_prefix(word.size());
    return word;
}

}  // namespace

Next obey(std::string_view line, platform::Network& network, Listener& out) {
    std::string_view const word = take_word(line);
    std::string_view const rest = take_word(line);
    if (word.empty()) return Next::go_on;
    if (word == "exit") return Next::leave;
    if (word == "halt") return Next::halt;
    for (Command const& command : commands)
        if (command.name == word) {
            command.run({rest, network, out});
            return Next::go_on;
        }
    if (word != "help") print(out, "{}: no such command\n", word);
    for (Command const& command : commands) print(out, "  {:<8}  {}\n", command.name, command.help);
    print(out, "  {:<8}  {}\n  {:<8}  {}\n", "exit", "ends this connection", "halt", "ends the machine");
    return Next::go_on;
}

}  // namespace apps
