// SPDX-License-Identifier: GPL-2.0-or-later
//
// Going to places and asking about them: events, addresses, moments, the way back.
#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/disk_history.hpp"
#include "simulator/debug/disk_map.hpp"
#include "visualizer/model/desk.hpp"

namespace viz::model {

using sim::debug::EventGroup;
using sim::machine::Moment;

// Whether or not the perspective has it, the view is seen.
void Desk::turn_to(ViewId view, std::optional<std::uint64_t>& what, std::uint64_t address) {
    remember_place();
    what = address;
    if (!layout_.show(view)) show_alone(view);
}

// A machine that keeps no past stays where it is: what is selected can be looked at all the same.
void Desk::travel(Moment to) {
    if (model_.now().can(sim::debug::Ability::past)) door_.post(sim::debug::SeekTo{to});
}

sim::debug::Gate const* Desk::gate_of(std::uint64_t vector) const {
    auto const& tables = model_.now().descriptors;
    return tables && vector < tables->gates.size() && tables->gates[vector].present ? &tables->gates[vector] : nullptr;
}

void Desk::reveal(Entity entity) {
    remember_place();
    state_.selected = entity;
    state_.revealed = entity;
    auto const& events = model_.now().events;
    switch (entity.kind) {
        case EntityKind::packet:
            layout_.show(ViewId::packets);
            [[fallthrough]];
        case EntityKind::event:
            if (events.all.holds(entity.id)) travel(events.all[entity.id].at);
            break;
        case EntityKind::thread:
            layout_.show(ViewId::threads);
            break;
        case EntityKind::frame:
            layout_.show(ViewId::frames);
            state_.memory_space = sim::debug::AddressSpace::physical;
            state_.memory_address = entity.id << 12;
            break;
        case EntityKind::physical_range:
            state_.memory_space = sim::debug::AddressSpace::physical;
            state_.memory_address = entity.id;
            layout_.show(ViewId::memory);
            break;
        case EntityKind::interrupt_vector:
            if (auto const* gate = gate_of(entity.id)) perform({CommandId::show_code, gate->handler});
            break;
        case EntityKind::disk_block:
            if (!layout_.show(ViewId::disk)) show_alone(ViewId::disk);
            break;
        case EntityKind::virtual_range:
            state_.memory_space = sim::debug::AddressSpace::virtual_;
            state_.memory_address = entity.id;
            layout_.show(ViewId::memory);
            break;
        case EntityKind::function:
            state_.code_address = entity.id;
            layout_.show(ViewId::source);
            break;
        default:
            break;
    }
}

void Desk::zoom_memory(Request const& request) {
    auto const& frames = model_.now().kernel.frames;
    if (!frames || frames->owner.empty()) return refuse("the map of memory is not there: see the view frames");
    MemoryWindow const all = all_memory(*frames), shown = state_.map_window.value_or(all);
    switch (request.id) {
        case CommandId::map_in: {
            std::uint64_t focus = physical_of(state_.selected).value_or(shown.first);
            if (auto const* address = std::get_if<std::uint64_t>(&request.argument)) focus = *address;
            if (focus < all.first || focus >= all.end())
                return refuse(fmt::format("{:#x} is no address of RAM", focus));
            state_.map_window = zoomed_in(shown.holds(focus) ? shown : all, focus);
            break;
        }
        case CommandId::map_out:
            if (!state_.map_window) return refuse("it shows all of RAM");
            state_.map_window = zoomed_out(shown, all);
            break;
        case CommandId::map_all:
            state_.map_window.reset();
            break;
        default: {
            state_.selected =
                neighbour(shown, all, state_.selected, request.id == CommandId::map_next ? 1 : -1);
            // Who goes beyond the edge takes the window along.
            std::uint64_t const at = *physical_of(state_.selected);
            if (state_.map_window && !shown.holds(at)) state_.map_window = {at / shown.length * shown.length, shown.length};
            break;
        }
    }
    layout_.show(ViewId::frames);
}

void Desk::travel_to_event(bool forward) {
    auto const& events = model_.now().events;
    if (state_.selected.kind == EntityKind::disk_block) return travel_to_use(forward);
    EventGroup group = EventGroup::interrupts;
    if (state_.selected.kind == EntityKind::packet) group = EventGroup::packets;
    if (state_.selected.kind == EntityKind::thread) group = EventGroup::switches;
    if (state_.selected.kind == EntityKind::event && events.all.holds(state_.selected.id))
        group = sim::debug::group_of(events.all[state_.selected.id].kind).value_or(group);
    auto found =
        forward ? events.next(group, model_.now().moment) : events.previous(group, model_.now().moment);
    if (!found)
        return refuse(
            fmt::format("no {} of {}", forward ? "later one" : "earlier one", sim::debug::name_of(group)));
    remember_place();
    state_.selected = entity_of_event(*found, events);
    door_.post(sim::debug::SeekTo{events.all[*found].at});
}

// Of a block of a disk: it stays selected, so that one sees what happens to it.
void Desk::travel_to_use(bool forward) {
    auto const& now = model_.now();
    std::uint64_t const id = state_.selected.id;
    auto const found = sim::debug::disk_event_beside(now.events, sim::debug::disk_of(id),
                                                     sim::debug::block_of(id), now.moment, forward);
    if (!found)
        return refuse(fmt::format("block {} is not touched {}", sim::debug::block_of(id),
                                  forward ? "later, as far as is known" : "earlier"));
    remember_place();
    notice(sim::debug::describe(*found, now.events));
    door_.post(sim::debug::SeekTo{now.events.all[*found].at});
}

// To where it was handed to the disk: the writer runs there.
void Desk::go_to_writer(std::uint64_t block_id) {
    auto const& now = model_.now();
    auto const write =
        sim::debug::last_disk_use(now.events, sim::debug::disk_of(block_id), sim::debug::block_of(block_id),
                                  sim::debug::EventKind::disk_write, now.moment);
    if (!write)
        return refuse(fmt::format("block {} has not been written until now", sim::debug::block_of(block_id)));
    remember_place();
    std::uint64_t const event = write->request ? *write->request : *write->done;
    notice(fmt::format("block {} was written{} here", sim::debug::block_of(block_id),
                       write->thread ? " for " + model_.thread_name(write->thread) : ""));
    door_.post(sim::debug::SeekTo{now.events.all[event].at});
}

void Desk::go_to(Place const& place) {
    if (auto const* none = std::get_if<NoSuchPlace>(&place)) return refuse(none->why);
    if (auto const* address = std::get_if<AddressPlace>(&place))
        return perform({address->code ? CommandId::show_code : CommandId::show_memory, address->address});
    auto const& events = model_.now().events;
    auto const* const event = std::get_if<EventPlace>(&place);
    if (auto const why = model_.now().lacks(sim::debug::Ability::past); !why.empty() && !event)
        return refuse(std::string(why));
    remember_place();
    if (event) {
        state_.selected = entity_of_event(event->number, events);
        state_.revealed = state_.selected;
    }
    if (auto const* bookmark = std::get_if<sim::recording::Bookmark>(&place)) show_bookmark(*bookmark);
    travel(*moment_of(place));
}

// It says what is to be seen, too.
void Desk::show_bookmark(sim::recording::Bookmark const& bookmark) {
    if (bookmark.address) state_.walk_address = state_.memory_address = bookmark.address;
    if (auto const view = view_named(bookmark.view)) bring_forward(*view);
    notice(bookmark.text.empty() ? bookmark.name : bookmark.text);
}

void Desk::ask(std::string question) {
    door_.post(sim::debug::Ask{std::move(question)});
    state_.answers_back = 0;
    if (!layout_.show(ViewId::answers)) show_alone(ViewId::answers);
}

// What is selected, as a PLACE of docs/reference/queries.md.
std::optional<std::string> Desk::selected_place() const {
    Entity const& e = state_.selected;
    switch (e.kind) {
        case EntityKind::thread:
        case EntityKind::function:
        case EntityKind::virtual_range:
        case EntityKind::lock:
        case EntityKind::connection:
            return fmt::format("{:#x}", e.id);
        case EntityKind::physical_range:
        case EntityKind::table_entry:
            return fmt::format("phys:{:#x}", e.id);
        case EntityKind::frame:
            return fmt::format("phys:{:#x}", e.id << 12);
        case EntityKind::interrupt_vector:
            // The gate itself. [sdm-3a §6.14.1]
            return fmt::format("{:#x}", model_.now().cpu.idtr.base + e.id * (model_.now().cpu.efer & 0x400 ? 16 : 8));
        default:
            break;
    }
    if (!state_.memory_address) return std::nullopt;
    bool const physical = state_.memory_space == sim::debug::AddressSpace::physical;
    return fmt::format("{}{:#x}", physical ? "phys:" : "", *state_.memory_address);
}

void Desk::ask_about_selected(char const* question, Request const& request) {
    if (request.id == CommandId::who_wrote && state_.selected.kind == EntityKind::disk_block &&
        std::holds_alternative<std::monostate>(request.argument))
        return go_to_writer(state_.selected.id);
    std::optional<std::string> place = selected_place();
    if (auto const* address = std::get_if<std::uint64_t>(&request.argument))
        place = fmt::format("{:#x}", *address);
    if (!place) return refuse("select bytes, a frame, a thread or a lock first, or ask with Q");
    ask(fmt::format("{} {}", question, *place));
}

void Desk::tell_story() {
    Entity const& e = state_.selected;
    if (e.kind == EntityKind::packet) {
        if (model_.packet_index_of(e.id)) return tell_story_of_packet(e.id);
    } else if (e.kind == EntityKind::lock) {
        return ask(fmt::format("lock {:#x}", e.id));
    } else if (auto const place = selected_place()) {
        return ask("frame " + *place);
    }
    refuse("select a packet, a frame or a lock first, or ask with Q");
}

void Desk::remember_place() {
    history_.resize(std::min(history_at_, history_.size()));
    history_.push_back({model_.now().branch, model_.now().moment, state_});
    if (history_.size() > 256) history_.erase(history_.begin());
    history_at_ = history_.size();
}

// Who was there cannot go back to it.
void Desk::forget_dropped_branches() {
    auto const& now = model_.now();
    auto const gone = [&](Visit const& visit) {
        return visit.branch != now.branch &&
               std::ranges::find(now.branches, visit.branch, &sim::debug::BranchInfo::number) ==
                   now.branches.end();
    };
    auto const before =
        history_.begin() + static_cast<std::ptrdiff_t>(std::min(history_at_, history_.size()));
    history_at_ -= static_cast<std::size_t>(std::count_if(history_.begin(), before, gone));
    std::erase_if(history_, gone);
}

void Desk::restore_place(int direction) {
    forget_dropped_branches();
    if (direction < 0) {
        if (history_at_ == 0) return refuse("nowhere to go back to");
        // From the newest: remember where we stand, so that Forward returns here.
        if (history_at_ == history_.size())
            history_.push_back({model_.now().branch, model_.now().moment, state_});
        --history_at_;
    } else {
        if (history_at_ + 1 >= history_.size()) return refuse("nowhere to go forward to");
        ++history_at_;
    }
    Visit const& visit = history_[history_at_];
    state_ = visit.state;
    bool const elsewhere = visit.branch != model_.now().branch;
    if (elsewhere) door_.post(sim::debug::SwitchBranch{visit.branch});
    if (elsewhere || visit.moment != model_.now().moment) travel(visit.moment);
}

}  // namespace viz::model
