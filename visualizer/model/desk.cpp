// SPDX-License-Identifier: GPL-2.0-or-later
//
// What each command does. Going to places is in desk_places.cpp, changing the
// machine in desk_changes.cpp, what is seen of all that in desk_window.cpp.
#include "visualizer/model/desk.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/stop_text.hpp"
#include "simulator/debug/words.hpp"
#include "visualizer/model/ability.hpp"
#include "visualizer/model/access_heat.hpp"
#include "visualizer/model/packet_filter.hpp"
#include "visualizer/model/time_axis.hpp"

namespace viz::model {

using sim::debug::Direction;
using sim::debug::StepUnit;
using sim::debug::take_word;
using sim::machine::Moment;

Desk::Desk(Door& door) : door_(door) { lay_out_anew(); }

void Desk::update(std::shared_ptr<sim::debug::Snapshot const> snapshot) {
    model_.update(std::move(snapshot));
    auto const& outcome = model_.now().last_command;
    if (outcome.number != last_outcome_) {
        last_outcome_ = outcome.number;
        if (!outcome.text.empty()) notice(outcome.text);
        if (!outcome.done) followed_.reset();
    }
    follow_answer();
    if (companion_) companion_->update();
}

void Desk::ask_for_views() {
    auto wanted = request_for(layout_, state_, model_.now().cpu);
    if (layout_.visible(ViewId::frames)) wanted.accesses = access_request(state_, model_.now());
    door_.request(std::move(wanted));
}

// A step that waits for a sleeping machine would keep the next one waiting too.
void Desk::perform_step(StepUnit unit, Direction direction, Request const& request) {
    if (model_.running()) door_.post(sim::debug::Pause{});
    auto const* count = request.as<std::uint64_t>();
    door_.post(sim::debug::Step{unit, direction, count ? std::max<std::uint64_t>(*count, 1) : 1});
}

void Desk::open_prompt(CommandId command) {
    window.palette = true;
    window.help = false;
    ++window.palette_opened;
    window.prompt = command;
    window.prompt_text.clear();
    if (command == CommandId::poke)
        if (auto const place = selected_place()) window.prompt_text = *place + " ";
}

void Desk::perform(Request const& request) {
    if (auto const why = why_not(request.id, state_.unit, model_.now()); !why.empty())
        return refuse(std::string(why));
    if (companion_ && companion_->heard(request)) return;
    if (!companion_ && info(request.id).group == "Tour") return refuse("nobody leads a tour here");
    auto const& now = model_.now();
    switch (request.id) {
        case CommandId::run_pause:
            if (model_.running())
                door_.post(sim::debug::Pause{});
            else
                door_.post(sim::debug::Run{});
            break;
        case CommandId::step_forward:
            return perform_step(state_.unit, Direction::forward, request);
        case CommandId::step_back:
            return perform_step(state_.unit, Direction::backward, request);
        case CommandId::step_instruction:
            return perform_step(StepUnit::instruction, Direction::forward, request);
        case CommandId::step_instruction_back:
            return perform_step(StepUnit::instruction, Direction::backward, request);
        case CommandId::step_line:
            return perform_step(StepUnit::line_over, Direction::forward, request);
        case CommandId::step_line_back:
            return perform_step(StepUnit::line_over, Direction::backward, request);
        case CommandId::step_out:
            return perform_step(StepUnit::function, Direction::forward, request);
        case CommandId::next_interrupt:
            return perform_step(StepUnit::interrupt, Direction::forward, request);
        case CommandId::next_packet:
            return perform_step(StepUnit::packet, Direction::forward, request);
        case CommandId::next_switch:
            return perform_step(StepUnit::context_switch, Direction::forward, request);
        case CommandId::run_until:
            if (auto const* moment = request.as<Moment>()) door_.post(sim::debug::RunUntil{*moment});
            break;
        case CommandId::continue_back:
            door_.post(sim::debug::ContinueBackward{});
            break;
        case CommandId::go_to_start:
            remember_place();
            door_.post(sim::debug::SeekTo{Moment{}});
            break;
        case CommandId::go_to_end:
            remember_place();
            door_.post(sim::debug::SeekTo{std::max(now.end, now.moment)});
            break;
        case CommandId::choose_unit:
            if (auto const* unit = request.as<StepUnit>()) state_.unit = *unit;
            break;
        case CommandId::next_unit: {
            static constexpr StepUnit order[] = {StepUnit::instruction, StepUnit::line_over,
                                                 StepUnit::function,    StepUnit::interrupt,
                                                 StepUnit::packet,      StepUnit::context_switch};
            auto found = std::ranges::find(order, state_.unit);
            state_.unit = found == std::end(order) || found + 1 == std::end(order) ? order[0] : *(found + 1);
            break;
        }
        case CommandId::go_to_moment:
            if (auto const* moment = request.as<Moment>()) {
                remember_place();
                door_.post(sim::debug::SeekTo{*moment});
            }
            break;
        case CommandId::go_to_prompt:
        case CommandId::stop_prompt:
        case CommandId::ask_prompt:
        case CommandId::type_prompt:
        case CommandId::poke_prompt:
            return open_prompt(*prompted_by(request.id));
        case CommandId::type_argument:
            if (auto const* command = request.as<CommandId>())
                if (info(*command).takes != Takes::nothing) open_prompt(*command);
            break;
        case CommandId::go_to_place:
            if (auto const* text = request.as<std::string>()) go_to(find_place(*text, now));
            break;
        case CommandId::next_event:
            return travel_to_event(true);
        case CommandId::previous_event:
            return travel_to_event(false);
        case CommandId::select:
            if (auto const* entity = request.as<Entity>()) state_.selected = *entity;
            break;
        case CommandId::reveal:
            if (auto const* entity = request.as<Entity>()) reveal(*entity);
            break;
        case CommandId::history_back:
            return restore_place(-1);
        case CommandId::history_forward:
            return restore_place(1);
        case CommandId::toggle_breakpoint: {
            std::uint64_t address = now.cpu.rip;
            if (auto const* given = request.as<std::uint64_t>()) address = *given;
            bool there =
                std::ranges::any_of(now.breakpoints, [&](auto const& b) { return b.address == address; });
            door_.post(sim::debug::SetBreakpoint{address, !there});
            break;
        }
        case CommandId::add_stop:
            if (auto const* text = request.as<std::string>()) {
                auto const made = sim::debug::parse_stop(*text);
                if (auto const* why = std::get_if<std::string>(&made)) return refuse(*why);
                door_.post(sim::debug::AddStop{std::get<sim::debug::StopSpec>(made)});
                layout_.show(ViewId::stops);
            }
            break;
        case CommandId::remove_stop:
            if (auto const* number = request.as<std::uint64_t>())
                door_.post(sim::debug::RemoveStop{static_cast<sim::debug::StopNumber>(*number)});
            break;
        case CommandId::switch_stop:
            if (auto const* number = request.as<std::uint64_t>()) {
                auto const found = std::ranges::find(now.stops, *number, &sim::debug::StopInfo::number);
                if (found == now.stops.end()) return refuse(fmt::format("there is no stop {}", *number));
                door_.post(sim::debug::EnableStop{found->number, !found->enabled});
            }
            break;
        case CommandId::ask:
            if (auto const* question = request.as<std::string>()) ask(*question);
            break;
        case CommandId::who_wrote:
            return ask_about_selected("last-write", request);
        case CommandId::why_mapped:
            return ask_about_selected("why-mapped", request);
        case CommandId::tell_story:
            return tell_story();
        case CommandId::set_bookmark:
        case CommandId::rename_bookmark:
        case CommandId::describe_bookmark:
        case CommandId::remove_bookmark:
            return change_bookmark(request);
        case CommandId::packet_descriptor:
        case CommandId::packet_interrupt:
        case CommandId::packet_thread:
        case CommandId::packet_code:
            return go_to_handler(request.id);
        case CommandId::follow:
            state_.code_address.reset();
            state_.memory_address.reset();
            state_.walk_address.reset();
            state_.memory_space = sim::debug::AddressSpace::virtual_;
            break;
        case CommandId::show_memory:
            if (auto const* address = request.as<std::uint64_t>()) {
                turn_to(ViewId::memory, state_.memory_address, *address);
                state_.memory_space = sim::debug::AddressSpace::virtual_;
            }
            break;
        case CommandId::show_walk:
            if (auto const* address = request.as<std::uint64_t>())
                turn_to(ViewId::walk, state_.walk_address, *address);
            break;
        case CommandId::show_code:
            if (auto const* address = request.as<std::uint64_t>())
                turn_to(ViewId::source, state_.code_address, *address);
            break;
        case CommandId::show_physical:
            if (auto const* address = request.as<std::uint64_t>()) {
                turn_to(ViewId::memory, state_.memory_address, *address);
                state_.memory_space = sim::debug::AddressSpace::physical;
            }
            break;
        case CommandId::event_details:
            state_.event_details = !state_.event_details;
            layout_.show(ViewId::events);
            break;
        case CommandId::plot_direction:
            state_.plot_other_direction = !state_.plot_other_direction;
            break;
        case CommandId::next_plot:
            state_.plot = static_cast<Plot>((static_cast<unsigned>(state_.plot) + 1) % plot_count);
            break;
        case CommandId::show_changes:
        case CommandId::show_writes:
        case CommandId::show_reads: {
            using enum MapColouring;
            MapColouring const by = request.id == CommandId::show_changes  ? changes
                                    : request.id == CommandId::show_writes ? writes
                                                                           : reads;
            state_.map_colouring = state_.map_colouring == by ? owner : by;
            layout_.show(ViewId::frames);
            break;
        }
        case CommandId::map_in:
        case CommandId::map_out:
        case CommandId::map_all:
        case CommandId::map_next:
        case CommandId::map_previous:
            return zoom_memory(request);
        case CommandId::walk_access:
            if (auto const* name = request.as<std::string>()) {
                using sim::engine::Access;
                if (*name != "read" && *name != "write" && *name != "fetch")
                    return refuse(fmt::format("\"{}\" is no access: want read, write or fetch", *name));
                state_.walk_access = *name == "read"    ? Access::read
                                     : *name == "write" ? Access::write
                                                        : Access::fetch;
            }
            break;
        case CommandId::walk_ring:
            if (auto const* ring = request.as<std::uint64_t>()) {
                if (*ring > 3) return refuse("rings go from 0 to 3");
                state_.walk_user = *ring == 3;
            }
            break;
        case CommandId::filter_packets:
        case CommandId::filter_events: {
            auto const* text = request.as<std::string>();
            return filter(request.id == CommandId::filter_packets, text ? *text : "");
        }
        case CommandId::older_answer:
            if (state_.answers_back + 1 >= model_.answers().size()) return refuse("there is no older answer");
            ++state_.answers_back;
            break;
        case CommandId::newer_answer:
            if (state_.answers_back == 0) return refuse("there is no newer answer");
            --state_.answers_back;
            break;
        case CommandId::type_text:
        case CommandId::poke:
        case CommandId::fork:
        case CommandId::switch_branch:
        case CommandId::rename_branch:
        case CommandId::drop_branch:
        case CommandId::save_branch:
        case CommandId::compare:
        case CommandId::processor:
        case CommandId::next_processor:
            return perform_change(request);
        case CommandId::zoom_in:
            state_.window = zoomed(model_.window(state_.window), 0.5, now.virtual_ns, model_.end_ns());
            break;
        case CommandId::zoom_out:
            state_.window = zoomed(model_.window(state_.window), 2, now.virtual_ns, model_.end_ns());
            if (state_.window->length() >= model_.end_ns()) state_.window.reset();
            break;
        case CommandId::zoom_all:
            state_.window.reset();
            break;
        case CommandId::squeeze_sleep:
            state_.squeeze_sleep = !state_.squeeze_sleep;
            break;
        case CommandId::mark_a:
            state_.mark_a_ns = now.virtual_ns;
            break;
        case CommandId::mark_b:
            state_.mark_b_ns = now.virtual_ns;
            break;
        case CommandId::clear_marks:
            state_.mark_a_ns.reset();
            state_.mark_b_ns.reset();
            break;
        default:
            return perform_window(request);
    }
}

void Desk::filter(bool packets, std::string const& text) {
    if (packets) {
        auto const parsed = PacketFilter::parse(text);
        if (auto const* why = std::get_if<std::string>(&parsed)) return refuse(*why);
        state_.packet_filter = text;
        return;
    }
    unsigned groups = 0;
    std::string names;
    std::string_view rest = text;
    constexpr auto count = static_cast<unsigned>(sim::debug::EventGroup::count_);
    for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest)) {
        unsigned found = count;
        for (unsigned i = 0; i < count; ++i)
            // "faults" is enough for "page faults".
            if (std::string_view const name = sim::debug::name_of(static_cast<sim::debug::EventGroup>(i));
                name == word || name.ends_with(" " + std::string(word)))
                found = i;
        if (found == count)
            return refuse(fmt::format(
                "\"{}\" is no group: there are interrupts, faults, switches, packets, connections, threads, disk",
                word));
        groups |= 1U << found;
    }
    state_.event_groups = groups ? groups : ~0U;
}

}  // namespace viz::model
