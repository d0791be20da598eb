// SPDX-License-Identifier: GPL-2.0-or-later
//
// What each command does. Going to places is in desk_places.cpp, changing the
// machine in desk_changes.cpp.
#include "visualizer/model/desk.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/stop_text.hpp"
#include "simulator/debug/words.hpp"
#include "visualizer/model/ability.hpp"
#include "visualizer/model/packet_filter.hpp"
#include "visualizer/model/time_axis.hpp"

namespace viz::model {

using sim::debug::Direction;
using sim::debug::StepUnit;
using sim::debug::take_word;
using sim::machine::Moment;

namespace {

template <class T>
T const* as(Request const& request) {
    return std::get_if<T>(&request.argument);
}

}  // namespace

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

void Desk::ask_for_views() { door_.request(request_for(layout_, state_, model_.now().cpu)); }

void Desk::lay_out_anew() {
    for (auto const& p : all_perspectives()) {
        auto const number = static_cast<unsigned>(p.id);
        layouts_[false][number] = layout_of(p.id);
        layouts_[true][number] = compacted(layout_of(p.id));
    }
    before_maximise_.reset();
    layout_ = layouts_[compact_][static_cast<unsigned>(perspective_)];
}

Desk::Arrangement Desk::as_it_stands(bool compact) const {
    Arrangement all = layouts_[compact];
    if (compact == compact_)
        all[static_cast<unsigned>(perspective_)] = before_maximise_ ? *before_maximise_ : layout_;
    return all;
}

void Desk::fit(bool compact) {
    layouts_[compact_] = as_it_stands(compact_);
    compact_ = compact;
    arranged() = layouts_[compact_][static_cast<unsigned>(perspective_)];
}

void Desk::show(Perspective perspective) {
    if (before_maximise_) layout_ = *std::exchange(before_maximise_, std::nullopt);
    layouts_[compact_] = as_it_stands(compact_);
    perspective_ = perspective;
    layout_ = layouts_[compact_][static_cast<unsigned>(perspective)];
}

void Desk::show_alone(ViewId view) {
    if (!before_maximise_) before_maximise_ = layout_;
    layout_ = layout_of(view);
}

void Desk::bring_forward(ViewId view) {
    if (layout_.show(view)) return;
    for (auto const& p : all_perspectives())
        if (layout_of(p.id).leaf_with(view) >= 0) {
            show(p.id);
            layout_.show(view);
            return;
        }
    show_alone(view);
}

// A step that waits for a sleeping machine would keep the next one waiting too.
void Desk::perform_step(StepUnit unit, Direction direction, Request const& request) {
    if (model_.running()) door_.post(sim::debug::Pause{});
    auto const* count = as<std::uint64_t>(request);
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
            if (auto const* moment = as<Moment>(request)) door_.post(sim::debug::RunUntil{*moment});
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
        case CommandId::go_to_prompt:
        case CommandId::stop_prompt:
        case CommandId::ask_prompt:
        case CommandId::type_prompt:
        case CommandId::poke_prompt:
            return open_prompt(*prompted_by(request.id));
        case CommandId::type_argument:
            if (auto const* command = as<CommandId>(request))
                if (info(*command).takes != Takes::nothing) open_prompt(*command);
            break;
        case CommandId::go_to_place:
            if (auto const* text = as<std::string>(request)) go_to(find_place(*text, now));
            break;
        case CommandId::next_event:
            return travel_to_event(true);
        case CommandId::previous_event:
            return travel_to_event(false);
        case CommandId::select:
            if (auto const* entity = as<Entity>(request)) state_.selected = *entity;
            break;
        case CommandId::reveal:
            if (auto const* entity = as<Entity>(request)) reveal(*entity);
            break;
        case CommandId::history_back:
            return restore_place(-1);
        case CommandId::history_forward:
            return restore_place(1);
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
                if (auto const* why = std::get_if<std::string>(&made)) return refuse(*why);
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
                if (found == now.stops.end()) return refuse(fmt::format("there is no stop {}", *number));
                door_.post(sim::debug::EnableStop{found->number, !found->enabled});
            }
            break;
        case CommandId::ask:
            if (auto const* question = as<std::string>(request)) ask(*question);
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
            if (auto const* address = as<std::uint64_t>(request)) {
                turn_to(ViewId::memory, state_.memory_address, *address);
                state_.memory_space = sim::debug::AddressSpace::virtual_;
            }
            break;
        case CommandId::show_walk:
            if (auto const* address = as<std::uint64_t>(request))
                turn_to(ViewId::walk, state_.walk_address, *address);
            break;
        case CommandId::show_code:
            if (auto const* address = as<std::uint64_t>(request))
                turn_to(ViewId::source, state_.code_address, *address);
            break;
        case CommandId::show_physical:
            if (auto const* address = as<std::uint64_t>(request)) {
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
            state_.show_changes = !state_.show_changes;
            layout_.show(ViewId::frames);
            break;
        case CommandId::map_in:
        case CommandId::map_out:
        case CommandId::map_all:
        case CommandId::map_next:
        case CommandId::map_previous:
            return zoom_memory(request);
        case CommandId::walk_access:
            if (auto const* name = as<std::string>(request)) {
                using sim::engine::Access;
                if (*name != "read" && *name != "write" && *name != "fetch")
                    return refuse(fmt::format("\"{}\" is no access: want read, write or fetch", *name));
                state_.walk_access = *name == "read"    ? Access::read
                                     : *name == "write" ? Access::write
                                                        : Access::fetch;
            }
            break;
        case CommandId::walk_ring:
            if (auto const* ring = as<std::uint64_t>(request)) {
                if (*ring > 3) return refuse("rings go from 0 to 3");
                state_.walk_user = *ring == 3;
            }
            break;
        case CommandId::filter_packets:
        case CommandId::filter_events: {
            auto const* text = as<std::string>(request);
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

int Desk::pane() const {
    auto const leaves = layout_.leaves();
    return std::ranges::find(leaves, window.pane) != leaves.end() ? window.pane : leaves.front();
}

void Desk::go_to_pane(int direction) {
    auto const leaves = layout_.leaves();
    auto const count = static_cast<int>(leaves.size());
    int const here = static_cast<int>(std::ranges::find(leaves, pane()) - leaves.begin());
    // The first key shows where one is.
    int const there = window.by_keys ? (here + direction + count) % count : here;
    window.pane = leaves[static_cast<unsigned>(there)];
    window.by_keys = true;
}

void Desk::turn_tab(int direction) {
    auto& node = layout_.nodes[static_cast<unsigned>(pane())];
    auto const count = static_cast<int>(node.tabs.size());
    if (count > 0) node.active = (node.active + direction + count) % count;
    window.by_keys = true;
}

// What is seen, and how large.
void Desk::perform_window(Request const& request) {
    constexpr float step = 1.1f, projector = 1.6f;
    switch (request.id) {
        case CommandId::palette:
            window.palette = true;
            window.help = false;
            ++window.palette_opened;
            window.prompt.reset();
            window.prompt_text.clear();
            break;
        case CommandId::clear_selection:
            if (window.palette || window.help)
                window.palette = window.help = false;
            else if (window.welcome)
                window.welcome = false, window.welcomed = true;
            else if (before_maximise_)
                show(perspective_);
            else
                state_.selected = {};
            break;
        case CommandId::show_perspective:
            if (auto const* perspective = as<Perspective>(request)) show(*perspective);
            break;
        case CommandId::overview:
            return show(Perspective::overview);
        case CommandId::boot:
            return show(Perspective::boot);
        case CommandId::memory:
            return show(Perspective::memory);
        case CommandId::scheduling:
            return show(Perspective::scheduling);
        case CommandId::network:
            return show(Perspective::network);
        case CommandId::comparing:
            return show(Perspective::compare);
        case CommandId::disks:
            return show(Perspective::disk);
        case CommandId::show_view:
            if (auto const* view = as<ViewId>(request)) {
                if (!layout_.show(*view)) show_alone(*view);
                window.pane = layout_.leaf_with(*view);
            }
            break;
        case CommandId::show_alone:
            if (auto const* view = as<ViewId>(request)) show_alone(*view);
            break;
        case CommandId::next_pane:
            return go_to_pane(1);
        case CommandId::previous_pane:
            return go_to_pane(-1);
        case CommandId::next_tab:
            return turn_tab(1);
        case CommandId::previous_tab:
            return turn_tab(-1);
        case CommandId::next_row:  // the window knows the rows
        case CommandId::previous_row:
            return refuse("rows are in the window; name what you want: select packet 3");
        case CommandId::reveal_selected:
            if (!state_.selected) return refuse("nothing is selected");
            return reveal(state_.selected);
        case CommandId::maximise:
            if (before_maximise_) {
                show(perspective_);
            } else {
                bool const pointed =
                    !window.by_keys && window.pane_under_pointer >= 0 &&
                    static_cast<std::size_t>(window.pane_under_pointer) < layout_.nodes.size();
                auto const& node =
                    layout_.nodes[static_cast<unsigned>(pointed ? window.pane_under_pointer : pane())];
                if (!node.tabs.empty()) show_alone(node.tabs[static_cast<unsigned>(node.active)]);
            }
            break;
        case CommandId::reset_layout:
            lay_out_anew();
            break;
        case CommandId::larger:
            window.zoom = std::min(window.zoom * step, largest_zoom);
            break;
        case CommandId::smaller:
            window.zoom = std::max(window.zoom / step, smallest_zoom);
            break;
        case CommandId::normal_size:
            window.zoom = 1;
            break;
        case CommandId::projector:
            window.zoom = projector;
            break;
        case CommandId::next_theme: {
            auto const& themes = all_themes();
            auto const now = std::ranges::find(themes, window.theme);
            window.theme = now == themes.end() || now + 1 == themes.end() ? themes[0] : *(now + 1);
            break;
        }
        case CommandId::theme:
            if (auto const* name = as<std::string>(request)) {
                Theme const* const wanted = theme_named(*name);
                if (!wanted)
                    return refuse(fmt::format("\"{}\" is no theme: there are dark, light, contrast", *name));
                window.theme = wanted;
            }
            break;
        case CommandId::save_picture:
            window.picture = true;
            break;
        case CommandId::help:
            window.help = !window.help;
            window.palette = false;
            break;
        case CommandId::welcome:
            if (window.welcome) window.welcomed = true;
            window.welcome = !window.welcome;
            break;
        case CommandId::quit:
            window.quit = true;
            break;
        default:
            break;
    }
}

}  // namespace viz::model
