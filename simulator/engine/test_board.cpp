// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/engine/test_board.hpp"

#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace sim::engine::test {
namespace {

std::vector<char> read_guest(std::string const& name) {
    std::string const path = std::string(ENGINE_GUESTS) + "/" + name + ".bin";
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("no test guest " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
    hash ^= word;
    hash *= 0x9E3779B97F4A7C15;
    return hash ^ hash >> 29;
}

}  // namespace

Board::Board(std::string const& guest) : storage_(ram_bytes + 4096) {
    auto const aligned = (reinterpret_cast<std::uintptr_t>(storage_.data()) + 4095) & ~std::uintptr_t{4095};
    ram_ = reinterpret_cast<std::uint8_t*>(aligned);
    cpu = make_cpu(*this, {{0, {ram_, ram_bytes}}});
    std::vector<char> const image = read_guest(guest);
    std::memcpy(ram_ + entry, image.data(), image.size());
    cpu->memory_written(entry, image.size());
    cpu->reset_to_protected_mode();
    CpuState state = cpu->state();
    state.rip = entry;
    cpu->set_state(state, 0);
}

StopReason Board::run(std::uint64_t limit) {
    for (;;) {
        while (!timer.empty() && timer.front() <= cpu->retired()) {
            timer.pop_front();
            set_line(true);
        }
        std::uint64_t const next = timer.empty() ? limit : std::min(limit, timer.front());
        StopReason const reason = cpu->run(next);
        if (reason == StopReason::limit && next < limit) continue;
        if (reason == StopReason::halted && !timer.empty()) {  // time jumps to the next deadline
            timer.pop_front();
            set_line(true);
            continue;
        }
        return reason;
    }
}

void Board::copy_to(Board& other) const {
    std::memcpy(other.ram_, ram_, ram_bytes);
    other.cpu->memory_written(0, ram_bytes);
    other.cpu->set_state(cpu->state(), cpu->retired());
    std::vector<TlbEntry> const entries = cpu->tlb();
    other.cpu->set_tlb(entries);
    other.timer = timer;
    other.exit_status = exit_status;
    other.cr8 = cr8;
    other.events = events;
    other.set_line(line);
}

std::uint64_t Board::hash() const {
    std::uint64_t hash = cpu->retired();
    for (std::uint64_t at = 0; at < ram_bytes; at += 8) {
        std::uint64_t word;
        std::memcpy(&word, ram_ + at, 8);
        if (word) hash = mix(mix(hash, at), word);
    }
    CpuState const s = cpu->state();
    for (std::uint64_t word : s.gpr) hash = mix(hash, word);
    for (Segment const& segment : {s.es, s.cs, s.ss, s.ds, s.fs, s.gs, s.ldtr, s.tr})
        for (std::uint64_t word : {std::uint64_t{segment.selector}, segment.base,
                                   std::uint64_t{segment.limit}, std::uint64_t{segment.attributes}})
            hash = mix(hash, word);
    for (std::uint64_t word : {s.rip,
                               s.rflags,
                               s.gdtr.base,
                               std::uint64_t{s.gdtr.limit},
                               s.idtr.base,
                               std::uint64_t{s.idtr.limit},
                               s.cr0,
                               s.cr2,
                               s.cr3,
                               s.cr4,
                               s.efer,
                               s.star,
                               s.lstar,
                               s.cstar,
                               s.fmask,
                               s.kernel_gs_base,
                               s.pat,
                               s.tsc_aux,
                               s.sysenter_cs,
                               s.sysenter_esp,
                               s.sysenter_eip,
                               std::uint64_t{s.privilege},
                               std::uint64_t{s.halted},
                               std::uint64_t{s.shadow},
                               std::uint64_t{s.nmi_blocked}})
        hash = mix(hash, word);
    for (std::uint64_t word : s.dr) hash = mix(hash, word);
    for (std::uint8_t byte : s.fxsave) hash = mix(hash, byte);
    for (TlbEntry const& held : cpu->tlb())
        for (std::uint64_t word : {held.page, held.frame, held.size,
                                   std::uint64_t{held.writable} | std::uint64_t{held.user} << 1 |
                                       std::uint64_t{held.executable} << 2 | std::uint64_t{held.global} << 3 |
                                       std::uint64_t{held.dirty} << 4})
            hash = mix(hash, word);
    return hash;
}

std::vector<FaultRecord> Board::log() const {
    std::vector<FaultRecord> records;
    for (std::uint64_t at = 0x70000 + sizeof(FaultRecord); at < this->at<std::uint64_t>(0x70000);
         at += sizeof(FaultRecord))
        records.push_back(this->at<FaultRecord>(at));
    return records;
}

std::uint64_t Board::mmio_read(PhysAddr address, unsigned size) {
    std::uint64_t const value = cpu->retired();
    events.push_back({BoardEvent::Kind::mmio_read, value, address, value, size});
    return value;
}

void Board::mmio_write(PhysAddr address, unsigned size, std::uint64_t value) {
    events.push_back({BoardEvent::Kind::mmio_write, cpu->retired(), address, value, size});
    if (address == device + 0x20) set_line(value != 0);
    if (on_device_write) on_device_write(address, value);
}

std::uint32_t Board::port_read(std::uint16_t port, unsigned size) {
    std::uint64_t const value = cpu->retired();
    events.push_back({BoardEvent::Kind::port_read, value, port, value, size});
    return static_cast<std::uint32_t>(value);
}

void Board::port_write(std::uint16_t port, unsigned size, std::uint32_t value) {
    events.push_back({BoardEvent::Kind::port_write, cpu->retired(), port, value, size});
    if (port == interrupt_port) set_line(value != 0);
    if (port == exit_port) {
        exit_status = value;
        cpu->request_stop();
    }
}

std::uint64_t Board::time_stamp_counter() {
    events.push_back({BoardEvent::Kind::time_stamp, cpu->retired(), 0, cpu->retired(), 8});
    return cpu->retired();
}

std::optional<std::uint64_t> Board::msr_read(std::uint32_t index) {
    if (index == 0x1B) return 0xFEE0'0900;
    return std::nullopt;
}

std::uint8_t Board::acknowledge_interrupt() {
    events.push_back({BoardEvent::Kind::interrupt, cpu->retired(), interrupt_vector, 0, 0});
    set_line(false);
    return interrupt_vector;
}

std::vector<std::uint64_t> results(Board const& board, unsigned count) {
    std::vector<std::uint64_t> values;
    for (unsigned i = 0; i < count; ++i) values.push_back(board.result(i));
    return values;
}

void add_dma(Board& board) {
    board.on_device_write = [&board](std::uint64_t address, std::uint64_t value) {
        if (address == Board::device + 0x40) board.put(0x284001, static_cast<std::uint8_t>(value));
    };
}

}  // namespace sim::engine::test
