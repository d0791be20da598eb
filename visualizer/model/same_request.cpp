// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/same_request.hpp"

#include "visualizer/model/place.hpp"

namespace viz::model {

using sim::debug::StepUnit;

namespace {

// Where it would lead, if it is a way to somewhere.
std::optional<sim::machine::Moment> goal_of(Request const& request, Model const& model) {
    if (request.id == CommandId::go_to_moment || request.id == CommandId::run_until)
        if (auto const* moment = std::get_if<sim::machine::Moment>(&request.argument)) return *moment;
    if (request.id == CommandId::go_to_place)
        if (auto const* text = std::get_if<std::string>(&request.argument))
            return moment_of(find_place(*text, model.now()));
    if (request.id == CommandId::reveal)
        if (auto const* entity = std::get_if<Entity>(&request.argument))
            if (entity->kind == EntityKind::packet || entity->kind == EntityKind::event)
                if (auto const& all = model.now().events.all;
                    entity->id >= all.begin() && entity->id < all.end())
                    return all[entity->id].at;
    return std::nullopt;
}

}  // namespace

Request plainly(Request request, ViewState const& state) {
    auto const perspective = [&](Perspective p) {
        request.id = CommandId::show_perspective;
        request.argument = p;
    };
    switch (request.id) {
        case CommandId::step_forward:
            switch (state.unit) {
                case StepUnit::instruction:
                    request.id = CommandId::step_instruction;
                    break;
                case StepUnit::line_over:
                    request.id = CommandId::step_line;
                    break;
                case StepUnit::function:
                    request.id = CommandId::step_out;
                    break;
                case StepUnit::interrupt:
                    request.id = CommandId::next_interrupt;
                    break;
                case StepUnit::packet:
                    request.id = CommandId::next_packet;
                    break;
                case StepUnit::context_switch:
                    request.id = CommandId::next_switch;
                    break;
                case StepUnit::line:
                    break;
            }
            break;
        case CommandId::step_back:
            if (state.unit == StepUnit::instruction) request.id = CommandId::step_instruction_back;
            if (state.unit == StepUnit::line_over) request.id = CommandId::step_line_back;
            break;
        case CommandId::overview:
            perspective(Perspective::overview);
            break;
        case CommandId::boot:
            perspective(Perspective::boot);
            break;
        case CommandId::memory:
            perspective(Perspective::memory);
            break;
        case CommandId::scheduling:
            perspective(Perspective::scheduling);
            break;
        case CommandId::network:
            perspective(Perspective::network);
            break;
        case CommandId::comparing:
            perspective(Perspective::compare);
            break;
        case CommandId::disks:
            perspective(Perspective::disk);
            break;
        default:
            break;
    }
    return request;
}

bool does_the_same(Request const& done, Request const& wanted, Model const& model, ViewState const& state) {
    if (auto const goal = goal_of(wanted, model)) return goal_of(done, model) == goal;
    Request const a = plainly(done, state), b = plainly(wanted, state);
    if (a == b) return true;
    // What is revealed is selected, too.
    if (a.id == CommandId::reveal && b.id == CommandId::select && a.argument == b.argument) return true;
    return a.id == b.id && std::holds_alternative<std::monostate>(b.argument);
}

}  // namespace viz::model
