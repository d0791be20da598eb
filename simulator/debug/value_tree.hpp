// SPDX-License-Identifier: GPL-2.0-or-later
//
// What lies at an address, by its type: structures, arrays, unions and
// enumerations down to their numbers. Nothing in memory is trusted: a tree has
// at most so many parts, and what a pointer leads back to is shown once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulator/debug/guest_memory.hpp"
#include "simulator/debug/symbols.hpp"

namespace sim::debug {

struct ValueTree {
    std::string name;                      // a member's, or "[3]"; of the root empty
    std::string type;                      // "threads::State", "unsigned char[16]"
    std::optional<std::uint64_t> address;  // none: it does not lie in memory
    std::optional<std::uint64_t> number;   // of a number, sign-extended; a pointer's is what it points to
    std::string text;                      // "7", "blocked", "(not mapped)"; of what has parts empty
    bool composed = false;                 // a structure or an array: `parts`
    std::vector<ValueTree> parts;          // members, elements; of a followed pointer what it points to
    std::string rest;                      // why parts are missing: "20 in all", "too deep"; empty: none are
};

struct ValueLimits {
    unsigned nesting = 6;         // structures in structures
    std::uint64_t elements = 16;  // of each array
    unsigned parts = 400;         // in the whole tree
    unsigned follow = 0;          // so many pointers, one behind the other
};

ValueTree value_tree(Symbols const&, GuestMemory const&, std::uint64_t address, std::uint32_t type,
                     ValueLimits const& = {});
// A number of this type that lies nowhere, such as a cast's.
ValueTree number_tree(Symbols const&, GuestMemory const&, std::uint64_t value, std::uint32_t type,
                      bool is_signed, bool is_pointer, std::uint32_t pointee, ValueLimits const& = {});

// "{id = 3, name = \"main\", state = blocked}": one line of about `most` characters.
std::string one_line(ValueTree const&, std::size_t most = 480);
// A line for each part that has no parts, indented; what is short stays on one line.
std::string many_lines(ValueTree const&);

// "threads::the_scheduler.current_", "cpus[0].depth": the innermost named part of
// a global object that holds a virtual address. Empty: no object there.
std::string describe_object(Symbols const&, std::uint64_t address);

}  // namespace sim::debug
