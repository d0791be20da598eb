// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/request_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "simulator/debug/disk_map.hpp"
#include "simulator/debug/event_index.hpp"
#include "visualizer/model/segment_place.hpp"

namespace viz::model {

using sim::debug::EventGroup;
using sim::debug::StepUnit;

namespace {

constexpr std::array groups{EventGroup::packets, EventGroup::faults, EventGroup::connections,
                            EventGroup::interrupts, EventGroup::switches, EventGroup::disk};

// Its number among its like, from 1.
std::uint64_t count_of(std::uint64_t event, EventGroup group, Model const& model) {
    auto const& numbers = model.now().events.group(group);
    return numbers.partition_point([&](std::uint64_t n) { return n < event; }) + 1;
}

bool named_group(EventGroup group) { return std::ranges::find(groups, group) != groups.end(); }

std::string_view word_of(StepUnit unit) {
    switch (unit) {
        case StepUnit::instruction:
            return "instruction";
        case StepUnit::line:
            return "line-into";
        case StepUnit::line_over:
            return "line";
        case StepUnit::function:
            return "function";
        case StepUnit::interrupt:
            return "interrupt";
        case StepUnit::packet:
            return "packet";
        case StepUnit::context_switch:
            return "switch";
    }
    return "instruction";
}

std::string address_text(std::uint64_t address, Model const& model) {
    if (auto const& symbols = model.now().symbols) {
        if (auto const* function = symbols->function_at(address); function && function->low == address)
            return function->name;
        if (std::string const name = model.symbol(address);
            !name.empty() && name.find('+') == std::string::npos)
            if (auto const* object = symbols->object_named(name); object && object->address == address)
                return name;
    }
    return fmt::format("{:#x}", address);
}

}  // namespace

PlaceText place_text(sim::machine::Moment moment, Model const& model) {
    auto const& events = model.now().events;
    if (moment == sim::machine::Moment{}) return {"start", true};
    PlaceText best{"start", false};
    sim::machine::Moment best_at;
    for (EventGroup const group : groups) {
        auto const& numbers = events.group(group);
        std::uint64_t const after =
            numbers.partition_point([&](std::uint64_t n) { return events.all[n].at <= moment; });
        if (after == numbers.begin()) continue;
        auto const at = events.all[numbers[after - 1]].at;
        if (at <= best_at) continue;
        // The first of those that share the moment.
        std::uint64_t const first =
            numbers.partition_point([&](std::uint64_t n) { return events.all[n].at < at; });
        best_at = at;
        best = {fmt::format("{}:{}", sim::debug::word_of(group), first + 1), at == moment};
    }
    if (!best.exact && moment >= model.now().end) return {"end", true};
    // A segment by what it is: how many frames came before it is TCP's affair.
    if (best.text.starts_with("packet:"))
        if (auto const event = model.now().events.first_at_or_after(best_at); event < events.all.end())
            for (std::uint64_t n = event; n < events.all.end() && events.all[n].at == best_at; ++n)
                if (sim::debug::group_of(events.all[n].kind) == EventGroup::packets) {
                    if (auto const segment = segment_text(n, model.flows())) best.text = *segment;
                    break;
                }
    return best;
}

std::string entity_text(Entity const& entity, Model const& model) {
    auto const& events = model.now().events;
    switch (entity.kind) {
        case EntityKind::thread:
            return "thread " + model.thread_name(entity.id);
        case EntityKind::packet:
        case EntityKind::event:
            if (entity.id >= events.all.begin() && entity.id < events.all.end()) {
                auto const group = sim::debug::group_of(events.all[entity.id].kind);
                if (group && named_group(*group))
                    return fmt::format("{} {}", sim::debug::word_of(*group),
                                       count_of(entity.id, *group, model));
            }
            return fmt::format("event {}", entity.id);
        case EntityKind::function:
            return "function " + address_text(entity.id, model);
        case EntityKind::virtual_range:
            return fmt::format("bytes {} {}", address_text(entity.id, model), entity.length);
        case EntityKind::frame:
            return fmt::format("frame {:#x}", entity.id);
        case EntityKind::disk_block:
            return fmt::format("block {}:{}", sim::debug::disk_of(entity.id), sim::debug::block_of(entity.id));
        case EntityKind::lock:
            return fmt::format("lock {:#x}", entity.id);
        case EntityKind::connection:
            return fmt::format("connection {:#x}", entity.id);
        case EntityKind::interrupt_vector:
            return fmt::format("vector {}", entity.id);
        default:
            return {};
    }
}

std::string request_text(Request const& request, Model const& model) {
    CommandInfo const& command = info(request.id);
    std::string const argument = [&]() -> std::string {
        if (auto const* moment = std::get_if<sim::machine::Moment>(&request.argument))
            return place_text(*moment, model).text;
        if (auto const* number = std::get_if<std::uint64_t>(&request.argument))
            return command.takes == Takes::address ? address_text(*number, model)
                                                   : fmt::format("{}", *number);
        if (auto const* view = std::get_if<ViewId>(&request.argument)) return std::string(info(*view).name);
        if (auto const* p = std::get_if<Perspective>(&request.argument)) return std::string(info(*p).name);
        if (auto const* unit = std::get_if<StepUnit>(&request.argument)) return std::string(word_of(*unit));
        if (auto const* entity = std::get_if<Entity>(&request.argument)) return entity_text(*entity, model);
        if (auto const* other = std::get_if<CommandId>(&request.argument))
            return std::string(info(*other).name);
        if (auto const* text = std::get_if<std::string>(&request.argument)) return *text;
        return {};
    }();
    return argument.empty() ? std::string(command.name) : fmt::format("{} {}", command.name, argument);
}

}  // namespace viz::model
