// SPDX-License-Identifier: GPL-2.0-or-later
//
// A student's kernel in the simulator, looked at from outside. Verdicts come
// from the machine's state here, never from what the kernel prints and never
// from the host's clock; so the same kernel always gets the same verdict.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulator/debug/page_walk.hpp"
#include "simulator/debug/symbols.hpp"
#include "simulator/engine/cpu.hpp"
#include "simulator/machine/machine.hpp"

namespace lab {

class StudentRun final : private sim::engine::Observer {
public:
    // Throws loader::LoadError or std::runtime_error with one line.
    explicit StudentRun(std::filesystem::path const& elf);
    ~StudentRun() override;

    // Runs from the beginning to the probe app_ready. False: it never came
    // there; ended() and moment() tell what happened instead.
    bool run_to_ready();
    // Why the machine stopped short of that, in words: "the kernel panicked",
    // "a triple fault", "nothing for 2 s".
    std::string ended() const;

    sim::machine::Machine& machine() { return *machine_; }
    sim::debug::Symbols const& symbols() const { return *symbols_; }
    std::filesystem::path const& elf() const { return elf_; }
    sim::debug::PhysicalReader physical() const;

    // Bytes of the guest at a virtual address, through the tables of now.
    std::optional<std::vector<std::uint8_t>> read(std::uint64_t address, std::uint64_t length) const;
    // What executes now: "memory::map+0x1f, image_map.cpp:41".
    std::string location() const;
    // The functions that called it, innermost first, three at most.
    std::vector<std::string> callers() const;

    // From the beginning again until just after the write that first made
    // `holds` true of the 8 bytes at a physical address. None: never.
    std::optional<sim::machine::Moment> first_write(std::uint64_t physical,
                                                    std::function<bool(std::uint64_t)> holds);

    // The first moment, up to `end`, at which CR3 points to these tables.
    sim::machine::Moment first_use_of_tables(std::uint64_t root, sim::machine::Moment end);

private:
    bool on_address(sim::engine::VirtAddr) override;
    bool on_memory(sim::engine::Access, sim::engine::PhysAddr, unsigned size, std::uint64_t value) override;

    std::filesystem::path elf_;
    std::unique_ptr<sim::machine::Machine> machine_;
    std::shared_ptr<sim::debug::Symbols const> symbols_;
    std::optional<std::uint64_t> ready_address_;
    sim::machine::RunResult result_;
};

}  // namespace lab
