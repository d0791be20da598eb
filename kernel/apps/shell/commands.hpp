// SPDX-License-Identifier: MIT
//
// What the shell can do, apart from where its words come from.
#pragma once

#include <array>
#include <string_view>

#include "kernel/apps/shell/terminal.hpp"
#include "kernel/fs/volume.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/platform/network.hpp"
#include "kernel/threads/thread.hpp"

namespace apps {

// Room for what a command gathers before it prints: printing waits, and what is
// looked at changes meanwhile. One for each terminal.
struct Scratch {
    struct Name {
        char text[60] = {};
        std::uint8_t length = 0;
        fs::NodeNumber node{};
    };
    std::array<threads::Report, 64> threads;
    std::array<memory::Leak, 16> leaks;
    std::array<Name, 64> names;
    std::array<net::tcp::Information, 32> connections;
    std::array<net::udp::Information, 16> datagram_sockets;
};

// A command's words behind its name, and what it may use.
struct Call {
    std::string_view words;
    platform::Network* network;  // null: the machine has none
    Terminal& out;
    Scratch& scratch;
};

enum class Next : std::uint8_t { go_on, leave, halt };

// One line: a command and its words.
Next obey(std::string_view line, platform::Network* network, Terminal& out, Scratch& scratch);

// Takes the first word off the text; empty when there is none.
std::string_view take_word(std::string_view& text);

// machine.cpp
void show_threads(Call const& call);
void show_locks(Call const& call);
void show_memory(Call const& call);
void show_leaks(Call const& call);
void show_pages(Call const& call);
void show_interrupts(Call const& call);
void show_probes(Call const& call);
void show_time(Call const& call);
// network.cpp
void show_network(Call const& call);
void show_connections(Call const& call);
void use_datagrams(Call const& call);
// files.cpp
void list_directory(Call const& call);
void print_file(Call const& call);
// work.cpp
void run_work(Call const& call);

}  // namespace apps
