// SPDX-License-Identifier: GPL-2.0-or-later
//
// What each command does. Those for the machine go through the Door; the rest
// change what is looked at.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "simulator/debug/stop_text.hpp"
#include "visualizer/app/shell.hpp"
#include "visualizer/widgets/style.hpp"

namespace viz::app {

using model::CommandId;
using model::Entity;
using model::EntityKind;
using model::Perspective;
using model::ViewId;
using sim::debug::Direction;
using sim::debug::EventGroup;
using sim::debug::RunState;
using sim::debug::StepUnit;
using sim::machine::Moment;

namespace {

template <class T>
T const* as(model::Request const& request) {
    return std::get_if<T>(&request.argument);
}

}  // namespace

// A step that waits for a sleeping machine would keep the next one waiting too.
void Shell::perform_step(StepUnit unit, Direction direction) {
    if (model_.running()) door_.post(sim::debug::Pause{});
    door_.post(sim::debug::Step{unit, direction, 1});
}

void Shell::perform(model::Request const& request) {
    auto const& now = model_.now();
    switch (request.id) {
        case CommandId::run_pause:
            if (model_.running())
                door_.post(sim::debug::Pause{});
            else
                door_.post(sim::debug::Run{});
            break;
        case CommandId::step_forward:
            perform_step(state_.unit, Direction::forward);
            break;
        case CommandId::step_back:
            perform_step(state_.unit, Direction::backward);
            break;
        case CommandId::step_instruction:
            perform_step(StepUnit::instruction, Direction::forward);
            break;
        case CommandId::step_instruction_back:
            perform_step(StepUnit::instruction, Direction::backward);
            break;
        case CommandId::step_line:
            perform_step(StepUnit::line_over, Direction::forward);
            break;
        case CommandId::step_line_back:
            perform_step(StepUnit::line_over, Direction::backward);
            break;
        case CommandId::step_out:
            perform_step(StepUnit::function, Direction::forward);
            break;
        case CommandId::next_interrupt:
            perform_step(StepUnit::interrupt, Direction::forward);
            break;
        case CommandId::next_packet:
            perform_step(StepUnit::packet, Direction::forward);
            break;
        case CommandId::next_switch:
            perform_step(StepUnit::context_switch, Direction::forward);
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
            if (auto const* unit = as<StepUnit>(request)) state_.unit = *unit;
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
            if (auto const* moment = as<Moment>(request)) {
                remember_place();
                door_.post(sim::debug::SeekTo{*moment});
            }
            break;
        case CommandId::palette:
        case CommandId::go_to_prompt:
        case CommandId::stop_prompt:
        case CommandId::ask_prompt:
            palette_open_ = palette_fresh_ = true;
            help_open_ = false;
            prompt_ = request.id == CommandId::go_to_prompt  ? Prompt::go
                      : request.id == CommandId::stop_prompt ? Prompt::stop
                      : request.id == CommandId::ask_prompt  ? Prompt::ask
                                                             : Prompt::commands;
            palette_text_[0] = 0;
            palette_row_ = 0;
            break;
        case CommandId::go_to_place:
            if (auto const* text = as<std::string>(request)) go_to_place(*text);
            break;
        case CommandId::next_event:
            travel_to_event(true);
            break;
        case CommandId::previous_event:
            travel_to_event(false);
            break;
        case CommandId::select:
            if (auto const* entity = as<Entity>(request)) state_.selected = *entity;
            break;
        case CommandId::reveal:
            if (auto const* entity = as<Entity>(request)) reveal(*entity);
            break;
        case CommandId::clear_selection:
            if (palette_open_ || help_open_)
                palette_open_ = help_open_ = false;
            else if (before_maximise_)
                show(perspective_);
            else
                state_.selected = {};
            break;
        case CommandId::history_back:
            restore_place(-1);
            break;
        case CommandId::history_forward:
            restore_place(1);
            break;
        case CommandId::toggle_breakpoint: {
            std::uint64_t address = now.cpu.rip;
            if (auto const* given = as<std::uint64_t>(request)) address = *given;
            bool there =
                std::ranges::any_of(now.breakpoints, [&](auto const& b) { return b.address == address; });
            door_.post(sim::debug::SetBreakpoint{address, !there});
            break;
        }
        case CommandId::add_stop:
            if (auto const* text = as<std::string>(request)) {
                auto const made = sim::debug::parse_stop(*text);
                if (auto const* why = std::get_if<std::string>(&made)) return notice(*why);
                door_.post(sim::debug::AddStop{std::get<sim::debug::StopSpec>(made)});
                layout_.show(ViewId::stops);
            }
            break;
        case CommandId::remove_stop:
            if (auto const* number = as<std::uint64_t>(request))
                door_.post(sim::debug::RemoveStop{static_cast<sim::debug::StopNumber>(*number)});
            break;
        case CommandId::switch_stop:
            if (auto const* number = as<std::uint64_t>(request)) {
                auto const found = std::ranges::find(now.stops, *number, &sim::debug::StopInfo::number);
                if (found != now.stops.end())
                    door_.post(sim::debug::EnableStop{found->number, !found->enabled});
            }
            break;
        case CommandId::ask:
            if (auto const* question = as<std::string>(request)) ask(*question);
            break;
        case CommandId::who_wrote:
            ask_about_selected("last-write", request);
            break;
        case CommandId::why_mapped:
            ask_about_selected("why-mapped", request);
            break;
        case CommandId::tell_story:
            tell_story();
            break;
        case CommandId::follow:
            state_.code_address.reset();
            state_.memory_address.reset();
            state_.walk_address.reset();
            state_.memory_space = sim::debug::AddressSpace::virtual_;
            break;
        case CommandId::show_memory:
            if (auto const* address = as<std::uint64_t>(request)) {
                remember_place();
                state_.memory_space = sim::debug::AddressSpace::virtual_;
                state_.memory_address = *address;
                layout_.show(ViewId::memory);
            }
            break;
        case CommandId::show_walk:
            if (auto const* address = as<std::uint64_t>(request)) {
                remember_place();
                state_.walk_address = *address;
                layout_.show(ViewId::walk);
            }
            break;
        case CommandId::show_code:
            if (auto const* address = as<std::uint64_t>(request)) {
                remember_place();
                state_.code_address = *address;
                layout_.show(ViewId::source);
            }
            break;
        case CommandId::zoom_in:
            state_.window = model::zoomed(model_.window(state_.window), 0.5, now.virtual_ns, model_.end_ns());
            break;
        case CommandId::zoom_out:
            state_.window = model::zoomed(model_.window(state_.window), 2, now.virtual_ns, model_.end_ns());
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
        case CommandId::show_perspective:
            if (auto const* perspective = as<Perspective>(request)) show(*perspective);
            break;
        case CommandId::overview:
            show(Perspective::overview);
            break;
        case CommandId::boot:
            show(Perspective::boot);
            break;
        case CommandId::memory:
            show(Perspective::memory);
            break;
        case CommandId::scheduling:
            show(Perspective::scheduling);
            break;
        case CommandId::network:
            show(Perspective::network);
            break;
        case CommandId::show_view:
            if (auto const* view = as<ViewId>(request))
                if (!layout_.show(*view)) show_alone(*view);
            break;
        case CommandId::maximise:
            if (before_maximise_)
                show(perspective_);
            else if (pane_under_pointer_ >= 0 &&
                     static_cast<std::size_t>(pane_under_pointer_) < layout_.nodes.size()) {
                auto const& node = layout_.nodes[static_cast<unsigned>(pane_under_pointer_)];
                if (!node.tabs.empty()) show_alone(node.tabs[static_cast<unsigned>(node.active)]);
            }
            break;
        case CommandId::reset_layout:
            before_maximise_.reset();
            fit_layouts(compact_);
            break;
        case CommandId::larger:
            zoom = std::min(zoom * 1.1f, 3.0f);
            break;
        case CommandId::smaller:
            zoom = std::max(zoom / 1.1f, 0.5f);
            break;
        case CommandId::normal_size:
            zoom = 1;
            break;
        case CommandId::save_picture:
            wants_picture = true;
            break;
        case CommandId::help:
            help_open_ = !help_open_;
            palette_open_ = false;
            break;
        case CommandId::quit:
            wants_quit = true;
            break;
        case CommandId::count_:
            break;
    }
}

}  // namespace viz::app
