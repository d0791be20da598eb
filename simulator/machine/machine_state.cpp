// SPDX-License-Identifier: GPL-2.0-or-later
//
// The whole machine as parts with names: what a checkpoint holds, a hash covers
// and a difference is found in.
#include <fmt/format.h>

#include "simulator/machine/cpu_fields.hpp"
#include "simulator/machine/machine.hpp"
#include "simulator/machine/wiring.hpp"

namespace sim::machine {
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
    if (processors() == 1) return;
    Turns::fields(turns_, visit);
    visit("waiting", waiting_);
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
    for (auto const& device : devices_)
        if (PageOverlay const* const pages = device->pages())
            result->overlays.push_back({device->name(), *pages});
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
    if (!turns_.valid() || waiting_.size() != processors())
        throw StateError("the saved machine has another number of processors");
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
    auto overlay = checkpoint.overlays.begin();
    for (auto const& device : devices_) {
        PageOverlay* const pages = device->pages();
        if (!pages) continue;
        if (overlay == checkpoint.overlays.end() || overlay->device != device->name() ||
            overlay->pages.pages() != pages->pages())
            throw StateError("the saved machine has no pages of '" + device->name() + "'");
        *pages = (overlay++)->pages;
    }
    if (overlay != checkpoint.overlays.end())
        throw StateError("the saved machine has pages of '" + overlay->device + "', which this one has not");
    if (part != checkpoint.parts.end())
        throw StateError("the saved machine has a part that this one has not: " + part->name);

    for (unsigned i = 0; i < processors(); ++i) {
        ProcessorInterrupts* const interrupts = wirings_[i]->interrupts();
        cpus_[i]->set_interrupt_line(interrupts && interrupts->pending());
    }
    forget_code();
    halted_ = false;
    exit_status_.reset();
    reset_asked_.reset();
    init_asked_ = false;
    polled_.reset();
    resumed_ = false;
    for (MachineObserver* const observer : observers_) observer->on_restore(*this);
}

Picture Machine::picture() {
    Picture picture;
    picture.at = moment();
    picture.virtual_ns = now();
    for_each_part([&](std::string name, auto const& save) {
        StateWriter writer(true);
        save(writer);
        picture.parts.push_back({std::move(name), writer.bytes(), writer.fields()});
    });
    for (auto const& device : devices_)
        if (PageOverlay const* const pages = device->pages())
            picture.overlays.push_back({device->name(), *pages});
    collect_written();
    picture.ram = memory_.capture();
    return picture;
}

std::vector<std::string> Machine::differences(Checkpoint const& one, Checkpoint const& other,
                                              std::size_t most) {
    restore(one);
    Picture const left = picture();
    restore(other);
    std::vector<std::string> lines;
    for (Difference const& difference : machine::differences(left, picture(), most))
        lines.push_back(to_string(difference));
    return lines;
}

}  // namespace sim::machine
