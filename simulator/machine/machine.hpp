// SPDX-License-Identifier: GPL-2.0-or-later
//
// One computer: processors, RAM, devices, one queue of events, one log of
// inputs. Running it is a pure function of its configuration and its log.
//
// Life of a machine: board/pc.hpp assembles it and loads an image; run() and
// seek() move it; checkpoint(), hash() and the const readers look at it between
// runs. Everything happens on one thread; only interrupt() may come from others.
//
// Virtual time is 1 ns an instruction, of whichever processor, plus what HLT
// skipped when all of them slept. The time stamp counter is virtual time.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/engine/cpu.hpp"
#include "simulator/machine/bus.hpp"
#include "simulator/machine/checkpoint.hpp"
#include "simulator/machine/config.hpp"
#include "simulator/machine/device.hpp"
#include "simulator/machine/event_queue.hpp"
#include "simulator/machine/input.hpp"
#include "simulator/machine/input_log.hpp"
#include "simulator/machine/memory.hpp"
#include "simulator/machine/moment.hpp"
#include "simulator/machine/picture.hpp"
#include "simulator/machine/turns.hpp"

namespace sim::machine {

class CpuWiring;
class Machine;

// Why a run came back.
enum class RunStop : std::uint8_t {
    reached,      // a limit of the run
    exited,       // the guest wrote to the exit device: see status
    shutdown,     // triple fault
    halted,       // HLT, and nothing can ever wake the processor
    waiting,      // live and halted: the outside had nothing yet; run again
    observer,     // an observer asked for it
    interrupted,  // interrupt() was called
    end_of_log,   // replay: the recorded life ends here
    diverged,     // replay: a recorded input can no longer be delivered; see message
};

struct RunResult {
    RunStop stop = RunStop::reached;
    std::uint32_t status = 0;  // of exited: the value that the guest wrote
    std::string message;       // of shutdown, halted, diverged: one line
};

// Whichever comes first ends the run.
struct RunLimit {
    Moment moment = Moment::never();        // exact
    std::uint64_t virtual_ns = UINT64_MAX;  // before anything that happens later than this
    std::uint64_t happenings = UINT64_MAX;  // events and inputs
};

// Who wants to know what the machine does. No effect on the guest. Re-execution
// calls it again for the same moments: whoever keeps an index compares moments.
class MachineObserver {
public:
    virtual ~MachineObserver() = default;
    virtual void on_input(Machine&, Input const&) {}  // before the delivery
    virtual void on_output(Machine&, Device const&, OutputKind, std::span<std::uint8_t const>) {}
    virtual void on_dma_write(Machine&, Device const&, PhysAddr, std::uint64_t /*length*/) {}
    virtual void on_disk(Machine&, Device const&, DiskAccess const&) {}
    virtual void on_timer(Machine&, Event const&) {}  // before it fires
    virtual void on_restore(Machine&) {}              // the machine was put at another moment
    virtual void on_log(Machine&) {}                  // another log: what comes after now is another life
    virtual void on_halt(Machine&) {}                 // HLT was executed
    virtual void on_report(Machine&, std::string_view /*device*/, std::string_view /*text*/) {}
};

// How a processor reached a register. The local APIC's lie in memory, or are MSRs
// (x2APIC), and its priority is CR8, too. [sdm-3a §10.12.1, §10.8.6]
enum class AccessSpace : std::uint8_t { memory, port, msr, control_register };

// What a processor needs of its interrupt controller. The local APIC is one.
class ProcessorInterrupts {
public:
    virtual ~ProcessorInterrupts() = default;
    virtual bool pending() const = 0;  // something to deliver: the pin
    virtual std::uint8_t acknowledge() = 0;
    virtual std::uint64_t task_priority() const = 0;  // CR8
    virtual void set_task_priority(std::uint64_t) = 0;
    // MSRs of the local APIC. None, or false: not one of its.
    virtual std::optional<std::uint64_t> msr_read(std::uint32_t) = 0;
    virtual bool msr_write(std::uint32_t, std::uint64_t) = 0;
    // What an MSR (AccessSpace::msr) or a control register is called; "nobody": not one of its.
    virtual IoHandler::RegisterName register_name(AccessSpace, std::uint64_t /*number*/) const {
        return {"nobody", ""};
    }
    // Switched off by IA32_APIC_BASE it disappears from CPUID, too.
    virtual bool enabled() const { return true; }
};

// One access of a processor to a register outside RAM: a write before it takes
// effect, a read with what it gave.
struct Access {
    AccessSpace space = AccessSpace::memory;
    bool write = false;
    unsigned cpu = 0;
    std::uint64_t address = 0, value = 0;  // `address`: of an MSR or control register the number
    unsigned size = 0;
    Bus::Entry const* entry = nullptr;  // in memory and at ports: who answered; null handler: nobody
    ProcessorInterrupts const* controller = nullptr;  // of MSRs and control registers: who may; null: nobody

    // Who and what: device "uart0", register "LSR". "nobody" where nobody is.
    IoHandler::RegisterName name() const;
};
class AccessObserver {
public:
    virtual ~AccessObserver() = default;
    virtual void on_access(Machine&, Access const&) = 0;
    // The processor read its time stamp counter: no device's, but no mere computing either.
    virtual void on_clock_read(Machine&) {}
};

// Who listens to interrupt wires and messages.
class InterruptInputs {
public:
    virtual ~InterruptInputs() = default;
    virtual void set_wire(unsigned gsi, bool level) = 0;
};
class MessageInputs {
public:
    virtual ~MessageInputs() = default;
    virtual void message(PhysAddr address, std::uint32_t data) = 0;
};

using CpuFactory =
    std::function<std::unique_ptr<engine::Cpu>(engine::Wiring&, std::vector<engine::RamRegion>)>;

class Machine final : public Surroundings {
public:
    // Bare: RAM and processors. Throws std::runtime_error with one line if the
    // engine cannot work or the host has no memory.
    Machine(MachineConfig, CpuFactory const&);
    ~Machine() override;

    // --- Assembly, by the board only, before start() ---
    template <class D, class... Arguments>
    D& add(Arguments&&... arguments) {
        auto device = std::make_unique<D>(std::forward<Arguments>(arguments)...);
        D& result = *device;
        add_device(std::move(device));
        return result;
    }
    void add_device(std::unique_ptr<Device>);
    Bus& ports() { return ports_; }
    Bus& mmio() { return mmio_; }
    void attach_processor_interrupts(unsigned cpu, ProcessorInterrupts&);
    // Registers that only this processor finds at this address: its local APIC.
    void map_for_processor(unsigned cpu, PhysAddr start, std::uint64_t length, IoHandler&);
    void attach_wires(InterruptInputs&);
    void attach_messages(std::unique_ptr<MessageInputs>);
    // Assembly and loading are done; this is moment 0 and its checkpoint is taken.
    void start();

    // --- Moving ---
    RunResult run(RunLimit);
    // The one way to be at another moment, earlier or later. Re-executes from
    // the nearest checkpoint, exactly, with the logged inputs. Reaches `moment`
    // or says why not (the guest ended before it, interrupt(), end_of_log).
    RunResult seek(Moment moment);
    // From any thread: run() and seek() return within a slice (1 ms at most).
    void interrupt() { interrupted_.store(true); }

    // Also from inside an access or an observer, exact.
    Moment moment() const;
    std::uint64_t virtual_ns() const { return now(); }
    // What ended the machine's life at this moment, if something has.
    std::optional<RunResult> const& ended() const { return ended_; }

    // --- Inputs ---
    // Null: nothing from outside (replay, or a machine left alone). Not owned.
    void set_outside(Outside* outside) {
        outside_ = outside;
        resumed_ = false;
    }
    // The driver stopped for a while (a person paused): host time that passed
    // meanwhile is not the machine's. The next run() resumes the outside.
    void pause_outside() { resumed_ = false; }
    // Replaces the log by a recorded life: before the first run, or where the
    // machine stands at a moment that lies in the past of both logs.
    void set_log(InputLog log);
    InputLog const& log() const { return log_; }
    // At the live edge: inputs come from outside, outputs go there.
    bool live() const { return moment() >= log_.edge(); }
    // A person's doing, delivered here and now and logged. In the past this
    // begins a new future: the log is cut here first. With a log that was
    // recorded and no outside, likewise. `at_ns`: virtual time passes until then
    // first; for a halted machine, which would sleep over it.
    void give(Arrival, std::uint64_t at_ns = 0);
    // Without an outside, may the machine live on past the end of its log? No
    // for a replay (the run ends with end_of_log); yes otherwise.
    void set_replay_only(bool on) { replay_only_ = on; }
    bool replay_only() const { return replay_only_; }

    // --- Looking; between runs, or from an observer ---
    MachineConfig const& config() const { return config_; }
    unsigned processors() const { return static_cast<unsigned>(cpus_.size()); }
    // The one that executed last (inside a run: that executes).
    unsigned current_processor() const { return running_ ? running_cpu_ : turns_.cpu(); }
    // From an observer: is it an instruction's doing? Else an event's or an input's, or nobody's.
    bool executes() const { return running_; }
    // Not yet started by another one (INIT and a start-up message).
    bool waits_for_start_up(unsigned cpu) const { return waiting_[cpu] != 0; }
    // Has one of them interrupts on, so that one could wake it, should they all sleep?
    bool wakeable() const;
    engine::Cpu& cpu(unsigned index = 0) { return *cpus_[index]; }
    engine::Cpu const& cpu(unsigned index = 0) const { return *cpus_[index]; }
    // CR8, which the processor's local APIC keeps; none if it has no APIC.
    std::optional<std::uint64_t> task_priority(unsigned cpu = 0) const;
    PhysicalMemory& memory() { return memory_; }
    PhysicalMemory const& memory() const { return memory_; }
    std::vector<std::unique_ptr<Device>> const& devices() const { return devices_; }
    Device* find_device(std::string_view name);
    EventQueue const& events() const { return events_; }
    // A page of RAM as it is now, shared with checkpoints; null if it is no RAM.
    PagePtr page(PageNumber);
    // Outside RAM all is silence: registers with read effects are never touched.
    bool peek(PhysAddr address, std::span<std::uint8_t> into) const { return memory_.read(address, into); }

    void add_observer(MachineObserver&);
    void remove_observer(MachineObserver&);
    // Every access to ports and device registers: costs something for each, so
    // only while somebody listens. In the order in which they were added; not owned.
    void add_access_observer(AccessObserver&);
    void remove_access_observer(AccessObserver&);
    std::vector<AccessObserver*> const& access_observers() const { return access_observers_; }

    // --- Whole state ---
    CheckpointPtr checkpoint();
    void restore(Checkpoint const&);
    MachineHash hash();
    // The same with names, for differences(): slower than a checkpoint.
    Picture picture();
    // One line for each of the first few differences: "lapic0 timer_count: 0x12
    // against 0x13", "ram 0x12018: 00 against 01". Empty: equal. Leaves this
    // machine at the second checkpoint, which must be of the same make.
    std::vector<std::string> differences(Checkpoint const&, Checkpoint const&, std::size_t most = 8);
    CheckpointStore& checkpoints() { return checkpoints_; }
    // One checkpoint every so many instructions while the machine runs; 0: none.
    void set_checkpoint_interval(std::uint64_t instructions) { checkpoint_interval_ = instructions; }

    // Inputs are taken at multiples of this count, and in HLT.
    static constexpr std::uint64_t slice_instructions = 100'000;
    // Of one stall: an hour.
    static constexpr std::uint64_t longest_stall_ns = 3'600'000'000'000;
    static constexpr unsigned most_processors = 16;

    // --- Surroundings, for devices ---
    std::uint64_t now() const override;
    void arm(Device&, std::uint32_t timer, std::uint64_t deadline_ns) override;
    void disarm(Device&, std::uint32_t timer) override;
    void set_interrupt_wire(unsigned gsi, bool level) override;
    void send_message(PhysAddr address, std::uint32_t data) override;
    bool read_memory(PhysAddr, std::span<std::uint8_t> into) override;
    bool write_memory(Device&, PhysAddr, std::span<std::uint8_t const> from) override;
    void output(Device&, OutputKind, std::span<std::uint8_t const>) override;
    void disk_access(Device&, DiskAccess const&) override;
    void set_interrupt_line(unsigned cpu, bool on) override;
    void nmi(unsigned cpu) override;
    void init(unsigned cpu) override;
    void start_up(unsigned cpu, std::uint8_t page) override;
    void exit(std::uint32_t status) override;
    void report(std::string_view device, std::string text) override;

private:
    void make_processors(CpuFactory const&);
    bool awake(unsigned cpu) const;
    void others_changed(unsigned cpu);
    void initialise(unsigned cpu);

    RunResult end_with(RunStop, std::uint32_t status, std::string message);
    RunResult diverged() const;
    void deliver(Input const&);
    void deliver_next();
    void stall(std::span<std::uint8_t const> bytes);
    void set_register(Input const&);
    void fire(Event const&);
    void happened();
    bool poll_outside(std::uint64_t at_ns);
    std::optional<RunResult> idle(RunLimit const&);
    std::optional<RunResult> execute(RunLimit const&);
    std::uint64_t next_stop(RunLimit const&) const;
    void keep_checkpoint();
    void note_code();
    void forget_code();
    std::uint32_t index_of(Device const&) const;
    std::uint64_t retired() const;
    void collect_written();
    template <class Visitor>
    void clock_fields(Visitor&);
    template <class Function>
    void for_each_part(Function const&);

    MachineConfig config_;
    PhysicalMemory memory_;
    Bus ports_, mmio_;
    std::vector<std::unique_ptr<CpuWiring>> wirings_;
    std::vector<std::unique_ptr<engine::Cpu>> cpus_;
    std::vector<std::unique_ptr<Device>> devices_;
    std::vector<ProcessorInterrupts*> processor_interrupts_;
    std::vector<InterruptInputs*> wires_;
    std::unique_ptr<MessageInputs> messages_;
    EventQueue events_;
    std::vector<MachineObserver*> observers_;
    std::vector<AccessObserver*> access_observers_;

    Moment moment_;                 // at the last stop of the processor
    std::uint64_t skipped_ns_ = 0;  // by HLT: virtual time = retired + skipped
    std::uint64_t delivered_ = 0;   // inputs of the log that are in the past
    Turns turns_;
    std::vector<std::uint8_t> waiting_;  // by processor: 1 until it is started
    std::optional<RunResult> ended_;
    std::optional<std::uint32_t> exit_status_;  // asked for by the current instruction
    std::optional<RunResult> reset_asked_;      // likewise
    bool init_asked_ = false;                   // likewise: INIT of the running processor

    bool running_ = false;          // inside Cpu::run()
    unsigned running_cpu_ = 0;      // of this one
    std::uint64_t stop_ns_ = 0;     // where that run will stop, in virtual time
    bool halted_ = false;           // HLT, and nothing happened since
    bool written_known_ = false;    // RAM has not changed since the processors were last asked
    std::optional<Moment> polled_;  // the outside was asked here already
    std::uint64_t happened_ = 0;    // in this call of run()
    bool resumed_ = false;          // the outside knows that the machine is live

    InputLog log_;
    Outside* outside_ = nullptr;
    bool replay_only_ = false;
    std::atomic<bool> interrupted_{false};
    std::uint64_t checkpoint_interval_ = 1'000'000;
    CheckpointStore checkpoints_;
    Moment code_from_;  // the processors have noted their code since then, in one straight run
    std::set<std::string, std::less<>> reported_;
};

}  // namespace sim::machine
