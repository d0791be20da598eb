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
#include "simulator/debug/probes.hpp"
#include "simulator/debug/symbols.hpp"
#include "simulator/engine/cpu.hpp"
#include "simulator/machine/machine.hpp"

namespace lab {

// The computer that the kernel finds itself in.
struct Stage {
    std::string command_line{};
    std::uint64_t memory_bytes = 64ull << 20;
    std::vector<std::uint8_t> module{};  // a file that the loader puts into memory
    // Then it has had its time. Without a network a server waits 30 s for an
    // address, asleep, and listens anyway.
    std::uint64_t budget_instructions = 500'000'000;
    std::uint64_t budget_ns = 40'000'000'000;
};

class StudentRun final : private sim::engine::Observer {
public:
    // Throws sim::loader::LoadError or KernelError with one line.
    explicit StudentRun(std::filesystem::path const& elf, Stage stage = {});
    ~StudentRun() override;

    // Runs on to the next arrival at the probe. False: it never came there;
    // ended() and moment() tell what happened instead.
    // With a function named, only where the probe stands in that one.
    bool run_to_probe(std::string const& name, std::string const& function = "");
    bool run_to_ready() { return run_to_probe("app_ready"); }
    // The same with an instruction's address: stops before it.
    bool run_to_address(std::uint64_t address);
    // Runs on until something stops it: its own end, or the budget.
    sim::machine::RunResult run_to_end();
    // The limit that the stage's budget sets.
    sim::machine::RunLimit limit() const;

    // The probes of that name that stand in a function of ours: a student's file may have
    // some of the same name. Throws KernelError: there is no such function, or a second
    // one that looks like it.
    std::vector<sim::engine::VirtAddr> probes_in(std::string const& function, std::string const& name) const;

    // Why the machine stopped, in words: "the kernel panicked: " and the exception or the
    // assertion that it is about, "nothing for 2 s", "the processor gave up (triple fault): "
    // and the exception that began it, with its place.
    std::string ended() const;
    // And what that is likely to come from: how a boot fails says much about where.
    std::string cause_of_end() const;
    // When: of an exception that ended the kernel the moment at which it came.
    sim::machine::Moment moment_of_end() const;
    sim::machine::RunResult const& result() const { return result_; }
    // By this status the machine ended.
    bool exited_with(unsigned status) const;
    bool panicked() const { return exited_with(101); }

    sim::machine::Machine& machine() { return *machine_; }
    sim::machine::Machine const& machine() const { return *machine_; }
    sim::debug::Symbols const& symbols() const { return *symbols_; }
    Stage const& stage() const { return stage_; }
    std::filesystem::path const& elf() const { return elf_; }
    sim::debug::PhysicalReader physical() const;
    // Where a symbol lies, of the linker script too. Throws KernelError.
    std::uint64_t address_of(std::string const& symbol) const;

    // Bytes of the guest at a virtual address, through the tables of now.
    std::optional<std::vector<std::uint8_t>> read(std::uint64_t address, std::uint64_t length) const;
    std::optional<std::uint64_t> read_word(std::uint64_t address) const;
    // What executes now: "memory::map+0x1f, image_map.cpp:41".
    std::string location() const;
    // The functions that called it, innermost first.
    std::vector<std::string> callers(std::size_t most = 3) const;
    // Both: "in memory::map+0x1f, paging.cpp:41 <- memory::map_image". Of a panic: the line
    // that asked for it, or the instruction that the exception came at.
    std::string whereabouts() const;

    // From the beginning again until just after the write that first made
    // `holds` true of the 8 bytes at a physical address. None: never.
    std::optional<sim::machine::Moment> first_write(std::uint64_t physical,
                                                    std::function<bool(std::uint64_t)> holds);

    // The first moment, up to `end`, at which CR3 points to these tables.
    sim::machine::Moment first_use_of_tables(std::uint64_t root, sim::machine::Moment end);

private:
    bool out_of_instructions() const;  // else it ran out of the machine's time
    friend class CallWatch;
    bool on_address(sim::engine::VirtAddr) override;
    bool on_memory(sim::engine::Access, sim::engine::PhysAddr, unsigned size, std::uint64_t value) override;
    void on_interrupt(std::uint8_t vector, bool external, std::uint32_t error_code,
                      sim::engine::VirtAddr address) override;

    // The exceptions of one moment, the first first: what a triple fault is made of.
    struct Exception {
        sim::machine::Moment at;
        std::uint8_t vector;
        std::uint32_t error_code;
        sim::engine::VirtAddr address, rip;
    };
    std::string story_of_exceptions() const;
    std::string location_of(std::uint64_t address) const;
    // The calls on the chain of saved frame pointers, innermost first: an address in each.
    std::vector<std::uint64_t> calls(std::size_t most) const;

    // What a panic is about, and the place that is to blame with those who called it.
    enum class Panic : std::uint8_t { none, words, assertion, exception };
    struct Blame {
        Panic panic = Panic::none;
        std::vector<std::uint64_t> places;
    };
    Blame blame() const;

    std::filesystem::path elf_;
    Stage stage_;
    std::unique_ptr<sim::machine::Machine> machine_;
    std::shared_ptr<sim::debug::Symbols const> symbols_;
    std::vector<sim::debug::Probe> probes_;
    sim::machine::RunResult result_;
    std::vector<Exception> exceptions_;
};

}  // namespace lab
