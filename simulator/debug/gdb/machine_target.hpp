// SPDX-License-Identifier: GPL-2.0-or-later
//
// A machine behind gdb's remote protocol: its kernel's threads are gdb's
// threads, its past can be gone back to. It listens to the processor itself, in
// place of a Session, because gdb steps by instructions and brings conditions of
// its own; what an Observation hears (events, names of threads) is heard too.
//
// What it does at a step: an interrupt that comes between two instructions runs
// to its end unseen, forwards and backwards, as a person who steps through a
// function wants it. A stop inside the handler still stops.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulator/debug/branches.hpp"
#include "simulator/debug/disassembly.hpp"
#include "simulator/debug/gdb/target.hpp"
#include "simulator/debug/kernel_reader.hpp"
#include "simulator/debug/observation.hpp"
#include "simulator/debug/symbols.hpp"
#include "simulator/debug/views_query.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::debug::gdb {

struct MachineSubject {
    machine::Machine& machine;  // outlives the target
    std::string views_text;     // empty: those inside the image
    // After each slice, with the machine at rest: a live one's recording is kept up to date here.
    std::function<void()> after_slice;
    // What the guest prints, as it runs for the first time; may be empty.
    std::function<void(std::string_view)> console;
    // In place of Machine::run() for moves forward: with faults, a limit. May be empty.
    std::function<machine::RunResult(machine::RunLimit const&)> run{};
};

class MachineTarget final : public Target, machine::MachineObserver {
public:
    explicit MachineTarget(MachineSubject);
    ~MachineTarget() override;
    MachineTarget(MachineTarget const&) = delete;
    MachineTarget& operator=(MachineTarget const&) = delete;

    std::vector<ThreadInfo> threads() override;
    ThreadId current_thread() override;
    std::optional<Registers> registers(ThreadId) override;
    std::size_t read(bool physical, std::uint64_t address, std::span<std::uint8_t> into) override;
    std::string write(bool physical, std::uint64_t address, std::span<std::uint8_t const>) override;
    std::string write_register(unsigned number, std::uint64_t value) override;
    bool insert(StopPoint const&) override;
    void remove(StopPoint const&) override;
    void remove_all() override;
    void resume(Resume const&) override;
    std::optional<Stop> advance(std::function<bool()> const& cancelled) override;
    Stop interrupt() override;
    bool can_go_back() const override { return true; }
    std::string monitor(std::string_view line, Voice const&) override;

    // Runs on with no gdb (after a detach): false when the guest has ended.
    bool run_freely();
    machine::Machine& machine() { return machine_; }
    Observation& observation() { return observation_; }

private:
    struct Hit {
        Stop::Cause cause = Stop::Cause::breakpoint;
        StopPoint::Kind kind = StopPoint::Kind::software;
        std::uint64_t address = 0;
        machine::Moment at;
        unsigned cpu = 0;
        bool device = false;  // a DMA: the machine ran a little beyond
    };
    struct Watch {  // the physical pieces of a watchpoint
        StopPoint point;
        std::vector<engine::Cpu::MemoryRange> ranges;
        std::vector<std::uint8_t> bytes;  // as last seen
    };
    // Where an interrupted thread goes on.
    struct Place {
        std::uint64_t rip = 0, rsp = 0;
        std::optional<unsigned> cpu;  // none: on whichever
    };
    enum class Going : std::uint8_t { nowhere, on, step, back, back_step };

    // One processor's ear.
    struct Ear final : engine::Observer {
        Ear(MachineTarget& owner, unsigned number) : target(owner), cpu(number) {}
        bool on_address(engine::VirtAddr address) override { return target.on_address(cpu, address); }
        void on_interrupt(std::uint8_t vector, bool external, std::uint32_t error_code,
                          engine::VirtAddr address) override {
            target.on_interrupt(cpu, vector, external, error_code, address);
        }
        bool on_memory(engine::Access access, engine::PhysAddr address, unsigned size,
                       std::uint64_t value) override {
            return target.on_memory(cpu, access, address, size, value);
        }
        MachineTarget& target;
        unsigned cpu;
    };
    bool on_address(unsigned cpu, engine::VirtAddr);
    void on_interrupt(unsigned cpu, std::uint8_t vector, bool external, std::uint32_t error_code,
                      engine::VirtAddr);
    bool on_memory(unsigned cpu, engine::Access, engine::PhysAddr, unsigned size, std::uint64_t value);
    // machine::MachineObserver
    void on_dma_write(machine::Machine&, machine::Device const&, machine::PhysAddr,
                      std::uint64_t length) override;
    void on_output(machine::Machine&, machine::Device const&, machine::OutputKind,
                   std::span<std::uint8_t const>) override;

    // The processor that stopped, or whose turn it is.
    unsigned processor() const;
    engine::CpuState state() const { return machine_.cpu(processor()).state(); }
    Registers running_registers() const { return registers_of(processor()); }
    Registers registers_of(unsigned cpu) const;
    StopPoint const* stops_at(unsigned cpu, std::uint64_t address) const;
    bool condition(unsigned cpu, StopPoint const&) const;
    void arm();
    void see_watched();
    bool changed(Watch&) const;
    static bool changes(Watch&, machine::PhysAddr, unsigned size, std::uint64_t value);
    std::vector<engine::Cpu::MemoryRange> pieces(StopPoint const&) const;

    // A run to a moment at most; a stop when there is a reason for one.
    std::optional<Stop> run(machine::Moment limit);
    std::optional<Stop> step_slice();
    std::optional<Stop> ended();
    Stop stop(Stop::Cause, std::string text = {});
    Stop stop_at(Hit const&);
    bool take(Hit);
    void arrived();
    void go_to(machine::Moment);
    Stop go_back(std::function<bool()> const& cancelled);
    Stop step_back();
    void step_back_once();
    void go_before_last();
    std::optional<machine::Moment> interruption_of(engine::CpuState const& here, machine::Moment before);

    std::string leave_the_known_future();
    std::string go_to_branch(BranchNumber);
    void fresh();
    KernelView const& kernel();

    // monitor.cpp
    friend class Monitor;

    machine::Machine& machine_;
    MachineSubject subject_;
    std::shared_ptr<Symbols const> symbols_;
    std::shared_ptr<Views const> views_;
    KernelReader reader_;
    Observation observation_;
    std::vector<std::uint64_t> probes_;
    std::vector<std::unique_ptr<Ear>> ears_;

    std::vector<StopPoint> points_;
    std::vector<Watch> watches_;
    bool armed_ = false;
    machine::Moment began_ = machine::Moment::never();
    std::optional<Hit> hit_;
    std::optional<Place> until_;  // an address to stop at, when RSP is this
    bool reached_ = false;
    // Stops do not stop but are remembered, those before this moment.
    std::optional<machine::Moment> collecting_;
    std::optional<Hit> last_;
    // Who stopped, where: at the first instruction of its turn it has not executed yet.
    std::optional<std::pair<machine::Moment, unsigned>> stopped_;
    unsigned stepping_ = 0;     // the processor whose step it is
    bool interrupted_ = false;  // an interrupt came in the last run

    Going going_ = Going::nowhere;
    Resume how_;
    bool skipping_ = false;  // on the way to until_
    bool stepped_ = false;
    std::uint64_t piece_ = 200'000;  // instructions a run; adapts
    bool may_fork_ = false;
    Branches branches_;
    std::map<BranchNumber, std::shared_ptr<Observation::Past>> parked_;

    std::optional<machine::Moment> kernel_at_;
    KernelView kernel_;
    std::optional<machine::Moment> printed_,
        told_;  // what the console got up to `told_` it does not get again
};

}  // namespace sim::debug::gdb
