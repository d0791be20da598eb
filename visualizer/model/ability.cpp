// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/ability.hpp"

#include <fmt/format.h>

#include "visualizer/model/time_axis.hpp"

namespace viz::model {

using sim::debug::Ability;
using sim::debug::Snapshot;
using sim::debug::StepUnit;

std::optional<Ability> needed_by(CommandId id) {
    using enum CommandId;
    switch (id) {
        case step_back:
        case step_instruction_back:
        case step_line_back:
        case continue_back:
        case go_to_start:
        case go_to_end:
        case go_to_moment:
        case next_event:
        case previous_event:
            return Ability::past;
        case run_until:
            return Ability::counting;
        case next_interrupt:
        case next_packet:
            return Ability::steps_to_event;
        case ask_prompt:
        case ask:
        case who_wrote:
        case why_mapped:
        case tell_story:
        case packet_descriptor:
        case packet_interrupt:
        case packet_thread:
        case packet_code:
        case show_writes:
        case show_reads:
            return Ability::questions;
        case type_prompt:
        case type_text:
            return Ability::typing;
        case fork:
        case switch_branch:
        case rename_branch:
        case drop_branch:
        case save_branch:
        case compare:
            return Ability::branches;
        case set_bookmark:
        case rename_bookmark:
        case describe_bookmark:
        case remove_bookmark:
            return Ability::bookmarks;
        case show_changes:
            return Ability::heat;
        default:
            // A tour goes to moments of a life.
            return info(id).group == "Tour" ? std::optional(Ability::past) : std::nullopt;
    }
}

std::optional<Ability> needed_by(ViewId view) {
    switch (view) {
        case ViewId::console:
            return Ability::console;
        case ViewId::scheduler:
            return Ability::events;
        case ViewId::packets:
        case ViewId::ladder:
        case ViewId::connection:
            return Ability::packets;
        case ViewId::devices:
        case ViewId::disk:
            return Ability::devices;
        case ViewId::answers:
            return Ability::questions;
        case ViewId::branches:
        case ViewId::comparison:
            return Ability::branches;
        default:
            return std::nullopt;
    }
}

std::optional<Ability> needed_by_text(std::string_view name) {
    if (name == "heat") return Ability::heat;
    if (name == "bookmarks") return Ability::bookmarks;
    // Threads, locks and frames stand below a view of another name.
    for (auto const& view : all_views())
        if (view.texts[0] == name || (view.id == ViewId::packets && name == "packet"))
            return needed_by(view.id);
    return std::nullopt;
}

std::string_view why_not(CommandId id, StepUnit unit, Snapshot const& now) {
    auto const needed = needed_by(id);
    // Of the two reasons the one about counting.
    bool const counts = id == CommandId::show_writes || id == CommandId::show_reads;
    if (counts && now.machine && !now.machine->only_looked_at.empty()) return now.machine->only_looked_at;
    if (needed && !now.can(*needed)) return now.lacks(*needed);
    bool const to_event = unit == StepUnit::interrupt || unit == StepUnit::packet;
    return id == CommandId::step_forward && to_event ? now.lacks(Ability::steps_to_event)
                                                     : std::string_view();
}

std::string_view why_not(Request const& request, StepUnit unit, Snapshot const& now) {
    // A row of the palette can stand for a prompt, or for a view.
    if (auto const* command = std::get_if<CommandId>(&request.argument)) return why_not(*command, unit, now);
    if (auto const* view = std::get_if<ViewId>(&request.argument)) return why_empty(*view, now);
    return why_not(request.id, unit, now);
}

std::string as_words(sim::debug::Snapshot::CatchingUp const& before) {
    std::string const until = short_time(before.until_ns);
    return before.trouble.empty()
               ? fmt::format("events before {} are found again: {:.0f}%", until, before.share * 100)
               : fmt::format("events before {} are not known: {}", until, before.trouble);
}

std::string as_sentence(std::string_view reason) {
    std::string text(reason);
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text + '.';
}

std::string_view why_empty(ViewId view, Snapshot const& now) {
    auto const needed = needed_by(view);
    return needed ? now.lacks(*needed) : std::string_view();
}

}  // namespace viz::model
