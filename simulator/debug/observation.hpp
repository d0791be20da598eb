// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a Session hears from its machine while it runs: probes, interrupts,
// frames and console bytes become events and text. Listens only; the guest
// cannot tell.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "simulator/debug/event_index.hpp"
#include "simulator/debug/guest_memory.hpp"
#include "simulator/debug/heard.hpp"
#include "simulator/debug/kernel_reader.hpp"
#include "simulator/debug/probes.hpp"
#include "simulator/machine/machine.hpp"

namespace sim::debug {

// One piece that the guest printed.
struct Printed {
    machine::Moment at;
    std::uint64_t ordinal = 0;  // of the output among those of its moment
    std::uint64_t end = 0;      // length of the text with it
};

class Observation final : public machine::MachineObserver {
public:
    Observation(machine::Machine&, std::vector<Probe>, KernelReader const*, std::size_t max_events);
    ~Observation() override;

    EventIndex& events() { return events_; }
    // What is heard goes there instead, for a stretch that is lived again; null: no longer.
    void collect_into(EventIndex* other) { collecting_ = other; }
    // What the guest printed up to a moment, the last 1 MiB of it.
    std::shared_ptr<std::string const> console(machine::Moment);
    // What was seen after this moment belongs to another future, and is forgotten.
    void truncate_after(machine::Moment);
    // All that was seen and heard of one life.
    struct Past;
    // A fork at this moment: the past is handed out; what was seen until then
    // stays here, shared with it.
    std::shared_ptr<Past> fork(machine::Moment);
    // Another branch's past instead of this one's, which is handed out.
    std::shared_ptr<Past> exchange(std::shared_ptr<Past>);
    // Nothing was heard yet, and the machine stands in the middle of its life: what was
    // before is not heard here. Numbers go on from there.
    void begin_in_the_middle(HeardBefore const&);
    // For who begins at this moment the next time; not after the furthest that was heard.
    HeardBefore heard_before(machine::Moment);
    // The past of this life up to a moment, from whoever lived that again: it and what
    // was heard here since.
    void join(Past const& before, machine::Moment);
    static void join(Past const& before, Past& later, machine::Moment);
    // The machine is about to run from its current moment on, which may be an earlier one.
    void rewind() { outputs_at_.reset(); }

    // Runs stop before the temporary address when the stack pointer is as given;
    // but never at the moment where the run began.
    struct Temporary {
        std::uint64_t address = 0;
        std::optional<std::uint64_t> stack_pointer;
        unsigned cpu = 0;  // no other processor stops there
    };
    void set_temporary(std::optional<Temporary>);
    // No stops at all, only listening: on the way to a known moment.
    void ignore_stops(bool on) { ignoring_ = on; }
    // An event of this group ends the run soon after it: who waits for one need not run far beyond.
    void interrupt_at(std::optional<EventGroup> group) { interrupt_at_ = group; }
    // From now on a stop at this moment is no stop.
    void begin_at(machine::Moment m) { began_ = m; }
    enum class Stop : std::uint8_t { none, temporary };
    Stop take_stop() { return std::exchange(stop_, Stop::none); }
    // Interrupts delivered to a processor since the last call for it.
    unsigned take_interrupts(unsigned cpu) { return std::exchange(interrupts_[cpu], 0U); }

    // As a processor sees it; of none, as the one whose turn it is.
    GuestMemory memory() const { return memory(machine_.current_processor()); }
    GuestMemory memory(unsigned cpu) const;

    // What a processor tells. Whoever listens in an Observation's place passes it on.
    bool on_address(unsigned cpu, engine::VirtAddr);
    void on_interrupt(unsigned cpu, std::uint8_t vector, bool external, std::uint32_t error_code,
                      engine::VirtAddr);
    engine::Observer& ear(unsigned cpu) { return *ears_[cpu]; }
    // machine::MachineObserver
    void on_input(machine::Machine&, machine::Input const&) override;
    void on_output(machine::Machine&, machine::Device const&, machine::OutputKind,
                   std::span<std::uint8_t const>) override;
    void on_disk(machine::Machine&, machine::Device const&, machine::DiskAccess const&) override;
    void on_halt(machine::Machine&) override;
    void on_restore(machine::Machine&) override { rewind(); }

private:
    struct Ear final : engine::Observer {
        Ear(Observation& owner, unsigned number) : observation(owner), cpu(number) {}
        bool on_address(engine::VirtAddr address) override { return observation.on_address(cpu, address); }
        void on_interrupt(std::uint8_t vector, bool external, std::uint32_t error_code,
                          engine::VirtAddr address) override {
            observation.on_interrupt(cpu, vector, external, error_code, address);
        }
        Observation& observation;
        unsigned cpu;
    };
    struct Watched {
        EventKind kind = EventKind::count_;  // count_: no probe here
        std::vector<ProbeArgument> arguments;
    };
    bool add(EventKind, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
             std::shared_ptr<std::vector<std::uint8_t> const> packet = {}, unsigned cpu = 0);
    void probe(Watched const&, unsigned cpu, engine::CpuState const&);
    void learn_name(std::uint64_t thread, std::uint64_t since);
    void learn_connection(std::uint64_t connection, std::uint64_t from, std::uint64_t event);
    std::uint64_t ordinal();
    void watch();

    machine::Machine& machine_;
    KernelReader const* kernel_;
    EventIndex events_;
    EventIndex* collecting_ = nullptr;
    std::unordered_map<std::uint64_t, Watched> watched_;
    std::unordered_map<std::uint64_t, bool> named_;  // threads whose name is known; true: for good

    std::unordered_map<std::uint64_t, bool> connections_;  // the same of these

    std::vector<Printed> printed_;
    std::string text_;
    std::uint64_t text_dropped_ = 0;
    machine::Moment since_;  // what was before is not heard here
    std::shared_ptr<std::string const> console_ = std::make_shared<std::string>();
    std::uint64_t console_end_ = 0;

    // Several outputs can share a moment.
    std::optional<machine::Moment> outputs_at_;
    std::uint64_t outputs_ = 0;

    std::optional<Temporary> temporary_;
    std::optional<EventGroup> interrupt_at_;
    bool ignoring_ = false;
    machine::Moment began_ = machine::Moment::never();
    Stop stop_ = Stop::none;
    std::vector<unsigned> interrupts_;  // by processor
    std::vector<std::unique_ptr<Ear>> ears_;
};

struct Observation::Past {
    EventIndex events;
    std::vector<Printed> printed;
    std::string text;
    std::uint64_t text_dropped = 0;
    machine::Moment since;
};

}  // namespace sim::debug
