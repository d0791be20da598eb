// SPDX-License-Identifier: GPL-2.0-or-later
//
// Follows the handlers of one vector, instruction by instruction: from the gate to
// the IRETQ interrupts must stay off. Another observer of the processor goes on
// seeing what it saw; this one must end before that one does.
#pragma once

#include <optional>
#include <string>

#include "labs/grader/student_run.hpp"

namespace lab::interrupts {

constexpr std::uint64_t interrupt_flag = 1 << 9;  // IF, of RFLAGS

class HandlerWatch final : private sim::engine::Observer {
public:
    // The stub alone: what trap_dispatch calls may switch to another thread.
    enum class Looks : std::uint8_t { at_the_stub, at_all };
    HandlerWatch(StudentRun&, std::uint8_t vector, Looks);
    ~HandlerWatch() override;
    HandlerWatch(HandlerWatch const&) = delete;
    HandlerWatch& operator=(HandlerWatch const&) = delete;

    struct Offence {
        sim::machine::Moment at;
        std::string place;  // "common_stub+0x21"
    };
    // The first instruction that began with interrupts on; none: no such one.
    std::optional<Offence> const& offence() const { return offence_; }

private:
    bool on_address(sim::engine::VirtAddr) override;
    void on_interrupt(std::uint8_t vector, bool external, std::uint32_t error_code,
                      sim::engine::VirtAddr address) override;
    bool on_instruction(sim::engine::VirtAddr) override;

    struct Place {
        std::uint64_t rip = 0, rsp = 0;
        friend bool operator==(Place const&, Place const&) = default;
    };

    StudentRun& run_;
    sim::engine::Cpu& cpu_;
    sim::engine::Observer* before_;
    std::uint8_t vector_;
    Looks looks_;
    std::uint64_t dispatch_;
    std::optional<Place> interrupted_, called_from_;  // while a handler runs; while C++ does
    std::uint64_t seen_ = 0;
    std::optional<Offence> offence_;
};

}  // namespace lab::interrupts
