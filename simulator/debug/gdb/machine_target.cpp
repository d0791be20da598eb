// SPDX-License-Identifier: GPL-2.0-or-later
//
// What gdb sees and changes. How the machine moves is in machine_moves.cpp.
#include "simulator/debug/gdb/machine_target.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/poke.hpp"
#include "simulator/debug/studied_life.hpp"

namespace sim::debug::gdb {

using engine::Gpr;
using machine::Moment;

namespace {

constexpr std::size_t max_points = 1024, max_watched_bytes = 4096;

// The kernel counts its threads from 0, gdb from 1.
ThreadId id_of(Thread const& t) { return t.id + 1; }

}  // namespace

MachineTarget::MachineTarget(MachineSubject subject)
    : machine_(subject.machine),
      subject_(std::move(subject)),
      symbols_(symbols_of(machine_)),
      views_(Views::make(subject_.views_text.empty() ? symbols_->views() : subject_.views_text, symbols_)),
      reader_(views_, symbols_),
      observation_(machine_, read_probes(image_of(machine_)), &reader_, std::size_t{1} << 20),
      branches_(machine_) {
    for (Probe const& p : read_probes(image_of(machine_))) probes_.push_back(p.address);
    for (unsigned i = 0; i < machine_.processors(); ++i) {
        ears_.push_back(std::make_unique<Ear>(*this, i));  // it passes on what it hears
        machine_.cpu(i).set_observer(ears_.back().get());
    }
    machine_.add_observer(*this);
    arm();
}

MachineTarget::~MachineTarget() {
    for (unsigned i = 0; i < machine_.processors(); ++i) {
        machine_.cpu(i).set_watched_memory({});
        machine_.cpu(i).set_watched_addresses({});
        machine_.cpu(i).set_observer(&observation_.ear(i));
    }
    machine_.remove_observer(*this);
}

// ---- Threads and registers ----

unsigned MachineTarget::processor() const {
    return stopped_ && stopped_->first == machine_.moment() ? stopped_->second : machine_.current_processor();
}

KernelView const& MachineTarget::kernel() {
    if (kernel_at_ != machine_.moment()) {
        kernel_ = reader_.read(KernelList::threads, observation_.memory(processor()), state()[Gpr::rsp]);
        kernel_at_ = machine_.moment();
    }
    return kernel_;
}

void MachineTarget::fresh() { kernel_at_.reset(); }

// Before the kernel has threads, and in kernels that we know nothing of, each
// processor is a thread.
std::vector<ThreadInfo> MachineTarget::threads() {
    KernelView const& k = kernel();
    std::vector<ThreadInfo> all;
    if (!k.thread(k.current_thread)) {
        for (unsigned i = 0; i < machine_.processors(); ++i)
            all.push_back({i + 1, fmt::format("cpu{}", i),
                           machine_.waits_for_start_up(i)   ? "waits to be started"
                           : machine_.cpu(i).state().halted ? "halted"
                                                            : "running"});
        return all;
    }
    for (Thread const& t : k.threads) {
        std::string extra = t.running ? "running" : t.state;
        if (t.waits_for) extra += fmt::format(", waits in {:#x}", t.waits_for);
        all.push_back({id_of(t), t.name, std::move(extra)});
    }
    return all;
}

ThreadId MachineTarget::current_thread() {
    KernelView const& k = kernel();
    Thread const* current = k.thread(k.current_thread);
    return current ? id_of(*current) : processor() + 1;
}

Registers MachineTarget::registers_of(unsigned cpu) const {
    Registers r;
    r.cpu = machine_.cpu(cpu).state();
    r.cr8 = machine_.task_priority(cpu);
    return r;
}

std::optional<Registers> MachineTarget::registers(ThreadId id) {
    if (id == current_thread()) return running_registers();
    KernelView const& k = kernel();
    if (!k.thread(k.current_thread))
        return id >= 1 && id <= machine_.processors()
                   ? std::optional(registers_of(static_cast<unsigned>(id - 1)))
                   : std::nullopt;
    for (Thread const& t : k.threads) {
        if (id_of(t) != id) continue;
        Registers r = running_registers();
        r.all = false;
        r.cpu.rip = 0;
        if (t.saved) {
            r.cpu.rip = t.saved->rip;
            r.cpu.gpr = t.saved->gpr;
            r.known_gpr = t.saved->known;
        }
        return r;
    }
    return std::nullopt;
}

// ---- Memory ----

std::size_t MachineTarget::read(bool physical, std::uint64_t address, std::span<std::uint8_t> into) {
    GuestMemory const memory = observation_.memory(processor());
    if (!physical) return memory.read_some(address, into);
    std::size_t done = 0;
    for (GuestMemory::Piece const& piece : memory.pieces(address, into.size(), true)) {
        if (!machine_.peek(*piece.physical, into.subspan(done, piece.length))) break;
        done += piece.length;
    }
    return done;
}

// Before a change in the past: it must have been allowed, and begins a branch.
std::string MachineTarget::leave_the_known_future() {
    if (!branches_.would_fork()) return "";
    if (!may_fork_)
        return "this is the past: a change here begins another future; allow it with 'monitor fork on'";
    BranchNumber const left = branches_.active();
    auto const made = branches_.fork();
    if (auto const* why = std::get_if<std::string>(&made)) return *why;
    parked_[left] = observation_.fork(machine_.moment());
    return "";
}

// To where the branch was left. Empty, or why not.
std::string MachineTarget::go_to_branch(BranchNumber number) {
    BranchNumber const left = branches_.active();
    if (number == left) return "";
    machine::Moment const to = branches_.left_at(number);
    if (std::string const why = branches_.switch_to(number); !why.empty()) return why;
    parked_[left] = observation_.exchange(std::move(parked_.at(number)));
    parked_.erase(number);
    go_to(to);
    return "";
}

// A person's doing is an input of the machine's log. In the past it begins
// another future, so it must have been allowed; what cannot be done begins none.
std::string MachineTarget::write(bool physical, std::uint64_t address, std::span<std::uint8_t const> bytes) {
    if (machine_.ended()) return "the guest has ended";
    if (bytes.empty()) return "";
    auto made = make_pokes(machine_, observation_.memory(processor()),
                           physical ? AddressSpace::physical : AddressSpace::virtual_, address, bytes);
    if (auto const* why = std::get_if<std::string>(&made)) return *why;
    if (std::string const why = leave_the_known_future(); !why.empty()) return why;
    for (machine::Arrival& input : std::get<Pokes>(made).inputs) machine_.give(std::move(input));
    fresh();
    see_watched();
    return "";
}

std::string MachineTarget::write_register(unsigned number, std::uint64_t value) {
    if (machine_.ended()) return "the guest has ended";
    // From gdb's order to that of the input, which is the encoding's.
    static constexpr std::uint8_t numbers[] = {0, 3, 1, 2, 6, 7, 5, 4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
    if (number >= std::size(numbers)) return "this register cannot be changed by a recorded input";
    if (std::string const why = leave_the_known_future(); !why.empty()) return why;
    machine::Arrival change{
        fmt::format("cpu{}", processor()), machine::InputKind::set_register, {numbers[number]}};
    for (unsigned i = 0; i < 8; ++i) change.bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    machine_.give(std::move(change));
    fresh();
    return "";
}

// ---- Stop points ----

std::vector<engine::Cpu::MemoryRange> MachineTarget::pieces(StopPoint const& p) const {
    std::vector<engine::Cpu::MemoryRange> ranges;
    GuestMemory const memory = observation_.memory(processor());
    for (GuestMemory::Piece const& piece : memory.pieces(p.address, p.length))
        if (piece.physical)
            ranges.push_back({*piece.physical, piece.length, p.kind != StopPoint::Kind::write,
                              p.kind != StopPoint::Kind::read});
    return ranges;
}

bool MachineTarget::insert(StopPoint const& point) {
    if (point.watches()) {
        if (watches_.size() >= max_points || point.length == 0 || point.length > max_watched_bytes)
            return false;
        Watch w{point, pieces(point), {}};
        if (w.ranges.empty()) return false;  // nothing is mapped there now
        std::erase_if(watches_, [&](Watch const& o) { return o.point.same_place(point); });
        watches_.push_back(std::move(w));
    } else {
        if (points_.size() >= max_points) return false;
        std::erase_if(points_, [&](StopPoint const& o) { return o.same_place(point); });
        points_.push_back(point);
    }
    armed_ = false;
    return true;
}

void MachineTarget::remove(StopPoint const& point) {
    std::erase_if(points_, [&](StopPoint const& o) { return o.same_place(point); });
    std::erase_if(watches_, [&](Watch const& o) { return o.point.same_place(point); });
    armed_ = false;
}

void MachineTarget::remove_all() {
    points_.clear();
    watches_.clear();
    armed_ = false;
}

// gdb takes its stops out at each stop and puts them back: only what is there
// when the guest moves is told to the processor.
void MachineTarget::arm() {
    if (armed_) return;
    std::vector<std::uint64_t> addresses = probes_;
    for (StopPoint const& p : points_) addresses.push_back(p.address);
    if (until_) addresses.push_back(until_->rip);
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    std::vector<engine::Cpu::MemoryRange> ranges;
    for (Watch& w : watches_) {
        w.ranges = pieces(w.point);  // the tables may have changed
        ranges.insert(ranges.end(), w.ranges.begin(), w.ranges.end());
    }
    for (unsigned i = 0; i < machine_.processors(); ++i) {
        machine_.cpu(i).set_watched_addresses(addresses);
        machine_.cpu(i).set_watched_memory(ranges);
    }
    armed_ = true;
    see_watched();
}

void MachineTarget::see_watched() {
    for (Watch& w : watches_) changed(w);
}

// Since last looked at.
bool MachineTarget::changed(Watch& w) const {
    std::vector<std::uint8_t> now(w.point.length);
    std::size_t done = 0;
    for (auto const& r : w.ranges) {
        machine_.peek(r.start, std::span(now).subspan(done, r.length));
        done += r.length;
    }
    bool const differs = now != w.bytes;
    w.bytes = std::move(now);
    return differs;
}

// A store, told while it happens: memory may hold the old bytes still.
bool MachineTarget::changes(Watch& w, machine::PhysAddr address, unsigned size, std::uint64_t value) {
    bool differs = false;
    std::size_t done = 0;
    for (auto const& r : w.ranges) {
        for (unsigned i = 0; i < size && i < 8; ++i) {
            std::uint64_t const at = address + i - r.start;
            if (at >= r.length || done + at >= w.bytes.size()) continue;
            std::uint8_t const byte = static_cast<std::uint8_t>(value >> (8 * i));
            differs |= std::exchange(w.bytes[done + at], byte) != byte;
        }
        done += r.length;
    }
    return differs;
}

bool MachineTarget::condition(unsigned cpu, StopPoint const& p) const {
    if (p.conditions.empty()) return true;
    Registers const registers = registers_of(cpu);
    GuestMemory const memory = observation_.memory(cpu);
    AgentContext const context{
        [&](std::uint16_t number, std::uint64_t& value) {
            auto const v = gdb::register_value(registers, number);
            value = v.value_or(0);
            return v.has_value();
        },
        [&](std::uint64_t address, std::span<std::uint8_t> into) { return memory.read(address, into); }};
    for (Bytecode const& code : p.conditions) {
        AgentResult const r = evaluate(code, context);
        if (!r.problem.empty() || r.value != 0) return true;  // gdb will find the same problem, and say so
    }
    return false;
}

StopPoint const* MachineTarget::stops_at(unsigned cpu, std::uint64_t address) const {
    for (StopPoint const& p : points_)
        if (p.address == address && condition(cpu, p)) return &p;
    return nullptr;
}

// ---- What the processor and the machine tell ----

// True: the run is to end here.
bool MachineTarget::take(Hit hit) {
    if (collecting_) {
        if (hit.at < *collecting_) last_ = hit;
        return false;
    }
    if (!hit_) hit_ = hit;
    return true;
}

bool MachineTarget::on_address(unsigned cpu, engine::VirtAddr address) {
    observation_.on_address(cpu, address);
    if (going_ == Going::nowhere) return false;
    if (machine_.moment() != began_) {
        if (until_ && until_->rip == address && until_->cpu.value_or(cpu) == cpu &&
            until_->rsp == machine_.cpu(cpu).general(Gpr::rsp))
            reached_ = true;
        if (StopPoint const* p = stops_at(cpu, address))
            return take({Stop::Cause::breakpoint, p->kind, address, machine_.moment(), cpu, false});
    }
    return reached_;
}

void MachineTarget::on_interrupt(unsigned cpu, std::uint8_t vector, bool external, std::uint32_t error_code,
                                 engine::VirtAddr address) {
    observation_.on_interrupt(cpu, vector, external, error_code, address);
    if (external && cpu == stepping_) interrupted_ = true;
}

bool MachineTarget::on_memory(unsigned cpu, engine::Access access, engine::PhysAddr address, unsigned size,
                              std::uint64_t value) {
    if (going_ == Going::nowhere) return false;
    for (Watch& w : watches_) {
        bool const wanted = access == engine::Access::write ? w.point.kind != StopPoint::Kind::read
                                                            : w.point.kind != StopPoint::Kind::write;
        bool const inside = std::any_of(w.ranges.begin(), w.ranges.end(), [&](auto const& r) {
            return address < r.start + r.length && r.start < address + size;
        });
        if (!wanted || !inside) continue;
        // A write that writes what was there is no news.
        if (access == engine::Access::write && !changes(w, address, size, value) &&
            w.point.kind == StopPoint::Kind::write)
            continue;
        return take({Stop::Cause::watchpoint, w.point.kind, w.point.address, machine_.moment(), cpu, false});
    }
    return false;
}

void MachineTarget::on_dma_write(machine::Machine& machine, machine::Device const&, machine::PhysAddr address,
                                 std::uint64_t length) {
    if (going_ == Going::nowhere) return;
    for (Watch& w : watches_) {
        bool const inside = std::any_of(w.ranges.begin(), w.ranges.end(), [&](auto const& r) {
            return address < r.start + r.length && r.start < address + length;
        });
        if (!inside || w.point.kind == StopPoint::Kind::read) continue;
        if (w.point.kind == StopPoint::Kind::write && !changed(w)) continue;
        if (take({Stop::Cause::watchpoint, w.point.kind, w.point.address, machine.moment(),
                  machine.current_processor(), true}))
            machine.interrupt();
    }
}

void MachineTarget::on_output(machine::Machine& machine, machine::Device const&, machine::OutputKind kind,
                              std::span<std::uint8_t const> bytes) {
    bool const again = told_ && machine.moment() <= *told_;
    if (kind != machine::OutputKind::console || !subject_.console || again) return;
    printed_ = machine.moment();
    subject_.console(std::string_view(reinterpret_cast<char const*>(bytes.data()), bytes.size()));
}

}  // namespace sim::debug::gdb
