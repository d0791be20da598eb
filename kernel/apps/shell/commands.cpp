// SPDX-License-Identifier: MIT
#include "kernel/apps/shell/commands.hpp"

#include <algorithm>

namespace apps {
namespace {

using base::print;

struct Command {
    std::string_view name, help;
    void (*run)(Call const& call);
};
constexpr Command commands[] = {
    {"ps", "threads, and what they have had", show_threads},
    {"locks", "mutexes that are held, by whom, since which line", show_locks},
    {"mem", "frames and heap", show_memory},
    {"leaks", "memory that nobody has freed and nobody can", show_leaks},
    {"pages", "whose the frames are; ADDRESS: where it is in physical memory", show_pages},
    {"irq", "interrupts and exceptions by vector", show_interrupts},
    {"probes", "[NAME]: marks in the code for debuggers, and where they are", show_probes},
    {"netstat", "the network card, connections, sockets for datagrams, what was dropped and why",
     show_network},
    {"ss", "connections: round trips, windows, buffers, what was sent and came", show_connections},
    {"udp", "PORT: waits for a datagram; ADDRESS:PORT WORD: sends one, and waits for the answer",
     use_datagrams},
    {"ls", "[PATH]: a directory of the first disk", list_directory},
    {"cat", "PATH: a file of the first disk", print_file},
    {"run", "WORK [AMOUNT]: a thread at work; alone: which work there is", run_work},
    {"uptime", "since boot", show_time},
};

}  // namespace

std::string_view take_word(std::string_view& text) {
    constexpr std::string_view blanks = " \t\r\n";
    std::size_t const start = std::min(text.find_first_not_of(blanks), text.size());
    text.remove_prefix(start);
    std::string_view const word = text.substr(0, std::min(text.find_first_of(blanks), text.size()));
    text.remove_prefix(word.size());
    return word;
}

Next obey(std::string_view line, platform::Network* network, Terminal& out, Scratch& scratch) {
    std::string_view const word = take_word(line);
    if (word.empty()) return Next::go_on;
    if (word == "exit") return Next::leave;
    if (word == "halt") return Next::halt;
    for (Command const& command : commands)
        if (command.name == word) {
            command.run({line, network, out, scratch});
            return Next::go_on;
        }
    if (word != "help") print(out, "{}: no such command\n", word);
    for (Command const& command : commands) print(out, "  {:<8}  {}\n", command.name, command.help);
    print(out, "  {:<8}  {}\n  {:<8}  {}\n", "exit", "ends this connection", "halt", "ends the machine");
    return Next::go_on;
}

}  // namespace apps
