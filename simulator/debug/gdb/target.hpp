// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the remote protocol asks of a machine. The server speaks the protocol and
// knows no machine; MachineTarget knows the machine and no protocol; the tests
// put a small target of their own behind the server.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/debug/gdb/agent_expression.hpp"
#include "simulator/debug/gdb/registers.hpp"

namespace sim::debug::gdb {

using ThreadId = std::uint64_t;  // of gdb: never 0

struct ThreadInfo {
    ThreadId id = 0;
    std::string name;
    std::string extra;  // "blocked, waits for mutex 0x..."
};

// A place or a piece of memory at which the guest stops.
struct StopPoint {
    enum class Kind : std::uint8_t { software, hardware, write, read, access };  // as in Z0 to Z4
    Kind kind = Kind::software;
    std::uint64_t address = 0;  // virtual
    std::uint64_t length = 1;   // of a watchpoint
    bool watches() const { return kind >= Kind::write; }
    bool same_place(StopPoint const& o) const {
        return kind == o.kind && address == o.address && length == o.length;
    }
    std::vector<Bytecode> conditions;  // stops when any is true, or when there is none
};

struct Resume {
    enum class Kind : std::uint8_t { go, step, step_range, go_back, step_back };
    Kind kind = Kind::go;
    ThreadId thread = 0;              // whose step; 0: of the running one
    std::uint64_t low = 0, high = 0;  // of a range: steps while low <= RIP < high
};

struct Stop {
    enum class Cause : std::uint8_t {
        interrupted,  // somebody asked
        stepped,
        breakpoint,
        watchpoint,
        history_begin,  // going back: there is nothing before
        history_end,    // the recording, or the guest's life, ends here
    };
    Cause cause = Cause::interrupted;
    ThreadId thread = 0;
    StopPoint::Kind kind = StopPoint::Kind::software;  // of breakpoint and watchpoint
    std::uint64_t address = 0;                         // of a watchpoint, as it was set
    std::string text;                                  // for the person: "the guest exited with status 0"
};

// A voice for long work: text for the person, and whether to give up.
struct Voice {
    std::function<void(std::string_view)> say;
    std::function<bool()> cancelled;
};

class Target {
public:
    virtual ~Target() = default;

    // Looking. At rest only.
    virtual std::vector<ThreadInfo> threads() = 0;  // never empty
    virtual ThreadId current_thread() = 0;
    virtual std::optional<Registers> registers(ThreadId) = 0;  // none: no such thread
    // How many bytes from the address on could be read.
    virtual std::size_t read(bool physical, std::uint64_t address, std::span<std::uint8_t> into) = 0;

    // Changing. Empty when done, else why not, one line.
    virtual std::string write(bool physical, std::uint64_t address, std::span<std::uint8_t const>) = 0;

    // General registers, RIP and RFLAGS of the running thread, by gdb's number.
    virtual std::string write_register(unsigned number, std::uint64_t value) = 0;

    // False: cannot be set (no memory there to watch, too many).
    virtual bool insert(StopPoint const&) = 0;
    virtual void remove(StopPoint const&) = 0;
    virtual void remove_all() = 0;

    // Moving: resume, then advance until it returns a stop. An advance takes some
    // milliseconds, and soon comes back when `cancelled` says so.
    virtual void resume(Resume const&) = 0;
    virtual std::optional<Stop> advance(std::function<bool()> const& cancelled) = 0;
    // Stops a movement where it is.
    virtual Stop interrupt() = 0;
    virtual bool can_go_back() const = 0;

    // A line typed behind gdb's "monitor": the answer.
    virtual std::string monitor(std::string_view line, Voice const&) = 0;
};

}  // namespace sim::debug::gdb
