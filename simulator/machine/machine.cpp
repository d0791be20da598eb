// SPDX-License-Identifier: GPL-2.0-or-later
//
// Assembly, and what the machine is to its devices. Running is in run.cpp, state
// in machine_state.cpp.
#include "simulator/machine/machine.hpp"

#include <algorithm>
#include <stdexcept>

#include "simulator/machine/wiring.hpp"

namespace sim::machine {

Machine::Machine(MachineConfig config, CpuFactory const& factory)
    : config_(std::move(config)),
      memory_(config_.memory_bytes, config_.seed),
      turns_(config_.processors, config_.quantum) {
    make_processors(factory);
}

Machine::~Machine() = default;

void Machine::add_device(std::unique_ptr<Device> device) {
    if (find_device(device->name())) throw std::logic_error("two devices with one name: " + device->name());
    devices_.push_back(std::move(device));
}

std::optional<std::uint64_t> Machine::task_priority(unsigned cpu) const {
    ProcessorInterrupts const* const interrupts = wirings_[cpu]->interrupts();
    return interrupts ? std::optional(interrupts->task_priority()) : std::nullopt;
}

void Machine::attach_processor_interrupts(unsigned cpu, ProcessorInterrupts& interrupts) {
    wirings_[cpu]->attach(interrupts);
}

void Machine::map_for_processor(unsigned cpu, PhysAddr start, std::uint64_t length, IoHandler& handler) {
    wirings_[cpu]->map(start, length, handler);
}

void Machine::attach_wires(InterruptInputs& inputs) { wires_.push_back(&inputs); }

void Machine::attach_messages(std::unique_ptr<MessageInputs> inputs) { messages_ = std::move(inputs); }

void Machine::start() { checkpoints_.add(checkpoint()); }

Device* Machine::find_device(std::string_view name) {
    auto const found =
        std::find_if(devices_.begin(), devices_.end(), [&](auto const& d) { return d->name() == name; });
    return found == devices_.end() ? nullptr : found->get();
}

std::uint32_t Machine::index_of(Device const& device) const {
    auto const found =
        std::find_if(devices_.begin(), devices_.end(), [&](auto const& d) { return d.get() == &device; });
    if (found == devices_.end()) throw std::logic_error("a device of another machine: " + device.name());
    return static_cast<std::uint32_t>(found - devices_.begin());
}

std::uint64_t Machine::retired() const {
    std::uint64_t sum = 0;
    for (auto const& cpu : cpus_) sum += cpu->retired();
    return sum;
}

Moment Machine::moment() const {
    std::uint64_t const count = retired();
    return count == moment_.retired ? moment_ : Moment{count, 0};
}

PagePtr Machine::page(PageNumber number) {
    collect_written();
    return memory_.page(number);
}

void Machine::add_observer(MachineObserver& observer) { observers_.push_back(&observer); }

void Machine::remove_observer(MachineObserver& observer) { std::erase(observers_, &observer); }

void Machine::add_access_observer(AccessObserver& observer) { access_observers_.push_back(&observer); }

void Machine::remove_access_observer(AccessObserver& observer) { std::erase(access_observers_, &observer); }

// --- Surroundings ---

std::uint64_t Machine::now() const { return retired() + skipped_ns_; }

void Machine::arm(Device& device, std::uint32_t timer, std::uint64_t deadline_ns) {
    if (deadline_ns >= end_of_time_ns) return events_.disarm(index_of(device), timer);
    events_.arm(index_of(device), timer, deadline_ns);
    // Armed by an access, for earlier than the processor was told to stop.
    if (running_ && deadline_ns < stop_ns_) cpus_[running_cpu_]->request_stop();
}

void Machine::disarm(Device& device, std::uint32_t timer) { events_.disarm(index_of(device), timer); }

void Machine::set_interrupt_wire(unsigned gsi, bool level) {
    for (InterruptInputs* const inputs : wires_) inputs->set_wire(gsi, level);
}

void Machine::send_message(PhysAddr address, std::uint32_t data) {
    if (messages_) messages_->message(address, data);
}

bool Machine::read_memory(PhysAddr address, std::span<std::uint8_t> into) {
    return memory_.read(address, into);
}

bool Machine::write_memory(Device& device, PhysAddr address, std::span<std::uint8_t const> from) {
    if (from.empty()) return true;
    if (!memory_.write(address, from)) return false;
    written_known_ = false;
    for (auto const& cpu : cpus_) cpu->memory_written(address, from.size());
    for (MachineObserver* const observer : observers_)
        observer->on_dma_write(*this, device, address, from.size());
    return true;
}

void Machine::output(Device& device, OutputKind kind, std::span<std::uint8_t const> bytes) {
    for (MachineObserver* const observer : observers_) observer->on_output(*this, device, kind, bytes);
    if (outside_ && live()) outside_->output(now(), device.name(), kind, bytes);
}

void Machine::disk_access(Device& device, DiskAccess const& access) {
    for (MachineObserver* const observer : observers_) observer->on_disk(*this, device, access);
}

void Machine::exit(std::uint32_t status) {
    exit_status_ = status;
    if (running_) cpus_[running_cpu_]->request_stop();
}

void Machine::report(std::string_view device, std::string text) {
    if (reported_.size() > 1000) return;  // a guest that pokes everywhere: enough is enough
    if (!reported_.insert(std::string(device) + ": " + text).second) return;
    for (MachineObserver* const observer : observers_) observer->on_report(*this, device, text);
}

}  // namespace sim::machine
