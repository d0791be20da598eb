// SPDX-License-Identifier: GPL-2.0-or-later
//
// The whole machine as parts with names: what a checkpoint holds, a hash covers
// and a difference is found in.
#include <fmt/format.h>

#include <map>

#include "simulator/machine/cpu_fields.hpp"
#include "simulator/machine/machine.hpp"
#include "simulator/machine/wiring.hpp"

namespace sim::machine {
namespace {

struct NamedPart {
    std::string name;
    StateWriter writer;
};

// Hexadecimal, most significant byte first, as a number is read.
std::string as_number(std::span<std::uint8_t const> bytes) {
    if (bytes.size() > 8) return fmt::format("{} bytes", bytes.size());
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    return fmt::format("{:#x}", value);
}

}  // namespace

template <class Visitor>
void Machine::clock_fields(Visitor& visit) {
    visit("retired", moment_.retired);
    visit("sub", moment_.sub);
    visit("skipped_ns", skipped_ns_);
    visit("delivered", delivered_);
    bool over = ended_.has_value();
    visit("ended", over);
    RunResult result = ended_.value_or(RunResult{});
    visit("ended.stop", result.stop);
    visit("ended.status", result.status);
    visit("ended.message", result.message);
    if (over)
        ended_ = result;
    else
        ended_.reset();
    for (auto const& wiring : wirings_) visit("tsc_offset", wiring->tsc_offset());
}

// Calls `save(name, function)` for every part, in a fixed order.
template <class Function>
void Machine::for_each_part(Function const& save) {
    save("machine", [&](StateWriter& w) { clock_fields(w); });
    for (unsigned i = 0; i < processors(); ++i) {
        save("cpu" + std::to_string(i), [&](StateWriter& w) {
            engine::CpuState const state = cpus_[i]->state();
            w("retired", cpus_[i]->retired());
            cpu_fields(state, w);
        });
        save("tlb" + std::to_string(i), [&](StateWriter& w) {
            auto const tlb = cpus_[i]->tlb();
            w("entries", static_cast<std::uint32_t>(tlb.size()));
            for (engine::TlbEntry const& entry : tlb)
                w.group(w.with_names() ? fmt::format("{:#x}", entry.page) : "",
                        [&] { tlb_entry_fields(entry, w); });
        });
    }
    save("events", [&](StateWriter& w) { events_.save(w); });
    for (auto const& device : devices_) save(device->name(), [&](StateWriter& w) { device->save(w); });
}

void Machine::collect_written() {
    if (written_known_) return;
    written_known_ = !running_;  // an observer may ask in the middle of a run
    for (auto const& cpu : cpus_)
        for (PageNumber const number : cpu->take_dirty_pages()) memory_.mark_written(number);
}

CheckpointPtr Machine::checkpoint() {
    auto result = std::make_shared<Checkpoint>();
    result->at = moment_;
    result->virtual_ns = now();
    for_each_part([&](std::string name, auto const& save) {
        StateWriter writer;
        save(writer);
        result->parts.push_back({std::move(name), writer.take()});
    });
    collect_written();
    result->ram = memory_.capture();
    return result;
}

MachineHash Machine::hash() { return hash_of(*checkpoint()); }

void Machine::restore(Checkpoint const& checkpoint) {
    collect_written();
    memory_.restore(checkpoint.ram, [&](PageNumber number) {
        for (auto const& cpu : cpus_) cpu->memory_written(number * page_bytes, page_bytes);
    });
    // What we put back is not news: the picture has it already.
    for (auto const& cpu : cpus_) cpu->take_dirty_pages();

    auto part = checkpoint.parts.begin();
    auto const next = [&](std::string const& name) {
        if (part == checkpoint.parts.end() || part->name != name)
            throw StateError("the saved machine has no part '" + name + "' where this machine has one");
        return StateReader((part++)->bytes);
    };

    StateReader clock = next("machine");
    clock_fields(clock);
    clock.finish();
    for (unsigned i = 0; i < processors(); ++i) {
        StateReader reader = next("cpu" + std::to_string(i));
        engine::CpuState state;
        std::uint64_t count = 0;
        reader("retired", count);
        cpu_fields(state, reader);
        reader.finish();

        StateReader tlb_reader = next("tlb" + std::to_string(i));
        std::uint32_t entries = 0;
        tlb_reader("entries", entries);
        std::vector<engine::TlbEntry> tlb;
        for (std::uint32_t e = 0; e < entries; ++e) {
            engine::TlbEntry entry;
            tlb_entry_fields(entry, tlb_reader);
            tlb.push_back(entry);
        }
        tlb_reader.finish();
        cpus_[i]->set_state(state, count);
        cpus_[i]->set_tlb(tlb);
    }
    StateReader events = next("events");
    events_.load(events);
    events.finish();
    for (Event const& event : events_.events())
        if (event.device >= devices_.size()) throw StateError("a saved event belongs to no device");
    for (auto const& device : devices_) {
        StateReader reader = next(device->name());
        device->load(reader);
        reader.finish();
    }
    if (part != checkpoint.parts.end())
        throw StateError("the saved machine has a part that this one has not: " + part->name);

    for (unsigned i = 0; i < processors(); ++i) {
        ProcessorInterrupts* const interrupts = wirings_[i]->interrupts();
        cpus_[i]->set_interrupt_line(interrupts && interrupts->pending());
    }
    halted_ = false;
    nmi_sent_ = false;
    exit_status_.reset();
    polled_.reset();
    resumed_ = false;
}

std::vector<std::string> Machine::differences(Checkpoint const& one, Checkpoint const& other,
                                              std::size_t most) {
    auto const named_parts = [&](Checkpoint const& checkpoint) {
        restore(checkpoint);
        std::vector<NamedPart> parts;
        for_each_part([&](std::string name, auto const& save) {
            parts.push_back({std::move(name), StateWriter(true)});
            save(parts.back().writer);
        });
        return parts;
    };
    std::vector<std::string> result;
    auto const tell = [&](std::string line) {
        if (result.size() < most) result.push_back(std::move(line));
    };

    auto const left = named_parts(one), right = named_parts(other);
    for (std::size_t p = 0; p < left.size(); ++p) {
        auto const bytes_of = [](StateWriter const& writer, StateField const& field) {
            return std::span(writer.bytes()).subspan(field.offset, field.size);
        };
        if (left[p].writer.bytes() == right[p].writer.bytes()) continue;
        std::map<std::string, std::string> values;
        std::map<std::string, std::vector<std::uint8_t>> theirs;
        for (StateField const& field : right[p].writer.fields()) {
            auto const bytes = bytes_of(right[p].writer, field);
            theirs[field.name].assign(bytes.begin(), bytes.end());
        }
        for (StateField const& field : left[p].writer.fields()) {
            auto const ours = bytes_of(left[p].writer, field);
            auto const found = theirs.find(field.name);
            if (found == theirs.end()) {
                tell(fmt::format("{} {}: {} against nothing", left[p].name, field.name, as_number(ours)));
                continue;
            }
            if (!std::equal(ours.begin(), ours.end(), found->second.begin(), found->second.end()))
                tell(fmt::format("{} {}: {} against {}", left[p].name, field.name, as_number(ours),
                                 as_number(found->second)));
            theirs.erase(found);
        }
        for (auto const& [name, bytes] : theirs)
            tell(fmt::format("{} {}: nothing against {}", left[p].name, name, as_number(bytes)));
    }
    for (std::size_t i = 0; i < one.ram.pages() && result.size() < most; ++i) {
        Page const &a = *one.ram.page(i), &b = *other.ram.page(i);
        auto const [x, y] = std::mismatch(a.bytes.begin(), a.bytes.end(), b.bytes.begin());
        if (x == a.bytes.end()) continue;
        PhysAddr const address =
            memory_.number_of(i) * page_bytes + static_cast<PhysAddr>(x - a.bytes.begin());
        tell(fmt::format("ram {:#x}: {:02x} against {:02x}", address, *x, *y));
    }
    return result;
}

}  // namespace sim::machine
