// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/disk_map.hpp"
#include "simulator/debug/words.hpp"
#include "simulator/machine/config.hpp"
#include "visualizer/model/change_text.hpp"
#include "visualizer/model/place.hpp"

namespace viz::model {

using sim::debug::parse_number;
using sim::debug::StepUnit;
using sim::debug::take_word;
using sim::debug::trimmed;

namespace {

using ParsedEntity = std::variant<Entity, std::string>;
using Parsed = std::variant<Argument, std::string>;

std::optional<StepUnit> unit_named(std::string_view name) {
    static constexpr std::pair<std::string_view, StepUnit> units[] = {
        {"instruction", StepUnit::instruction}, {"line", StepUnit::line_over},
        {"line-into", StepUnit::line},          {"function", StepUnit::function},
        {"interrupt", StepUnit::interrupt},     {"packet", StepUnit::packet},
        {"switch", StepUnit::context_switch}};
    for (auto const& [known, unit] : units)
        if (known == name) return unit;
    return std::nullopt;
}

// Counted from 1, as "packet:3" is.
ParsedEntity event_of(std::string_view what, std::string_view number, Model const& model) {
    Place const place = find_place(fmt::format("{}:{}", what, number), model.now());
    if (auto const* event = std::get_if<EventPlace>(&place))
        return entity_of_event(event->number, model.now().events);
    if (auto const* none = std::get_if<NoSuchPlace>(&place)) return none->why;
    return fmt::format("\"{} {}\" is no event", what, number);
}

ParsedEntity thread_of(std::string_view name, Model const& model) {
    if (auto const address = parse_number(name); address && model.thread(*address))
        return Entity{EntityKind::thread, *address, 0};
    std::string names;
    for (auto const& t : model.now().kernel.threads) {
        if (t.name == name) return Entity{EntityKind::thread, t.address, 0};
        names += (names.empty() ? "" : ", ") + t.name;
    }
    return fmt::format("no thread is called \"{}\"{}", name, names.empty() ? "" : "; there are " + names);
}

// "48", of the first disk, or "1:48".
ParsedEntity block_of(std::string_view text) {
    std::size_t const colon = text.find(':');
    auto const disk = colon == std::string_view::npos ? std::optional<std::uint64_t>(0)
                                                      : parse_number(text.substr(0, colon));
    auto const block = parse_number(colon == std::string_view::npos ? text : text.substr(colon + 1));
    if (!disk || !block || *disk >= sim::machine::most_disks || *block >> 32)
        return fmt::format("\"{}\" is no block: want a number, or DISK:NUMBER", text);
    return Entity{EntityKind::disk_block, sim::debug::disk_block_id(static_cast<unsigned>(*disk), *block), 0};
}

}  // namespace

ParsedEntity parse_entity(std::string_view text, Model const& model) {
    std::string_view const kind = take_word(text);
    text = trimmed(text);
    if (kind == "packet" || kind == "fault" || kind == "interrupt" || kind == "switch" ||
        kind == "connection")
        if (kind != "connection" || !text.starts_with("0x")) return event_of(kind, text, model);
    if (kind == "disk") return event_of(kind, text, model);
    if (kind == "thread") return thread_of(text, model);
    if (kind == "block") return block_of(text);
    if (kind == "bytes" || kind == "function") {
        Place const place = find_place(take_word(text), model.now());
        auto const* address = std::get_if<AddressPlace>(&place);
        if (!address) return "that is no address, nor a name of the kernel's";
        if (kind == "function") return Entity{EntityKind::function, address->address, 0};
        auto const length = text.empty() ? std::optional<std::uint64_t>(8) : parse_number(text);
        if (!length) return fmt::format("\"{}\" is no length", text);
        return Entity{EntityKind::virtual_range, address->address, *length};
    }
    static constexpr std::pair<std::string_view, EntityKind> numbered[] = {
        {"frame", EntityKind::frame},
        {"lock", EntityKind::lock},
        {"event", EntityKind::event},
        {"connection", EntityKind::connection},
        {"vector", EntityKind::interrupt_vector}};
    for (auto const& [name, is] : numbered) {
        if (name != kind) continue;
        auto const number = parse_number(text);
        if (!number) return fmt::format("\"{}\" is no number of a {}", text, name);
        return Entity{is, *number, 0};
    }
    return fmt::format(
        "\"{}\" is nothing to select: want packet 3, fault 1, interrupt 2, switch 4, thread NAME, frame, block, "
        "lock, event, connection or vector NUMBER, bytes ADDRESS [LENGTH], function NAME",
        kind);
}

Parsed parse_argument(CommandInfo const& command, std::string_view typed, Model const& model) {
    std::string_view const text = trimmed(typed);
    auto const& now = model.now();
    if (command.takes == Takes::nothing) {
        if (text.empty()) return Argument{};
        return fmt::format("{} takes nothing, not \"{}\"", command.name, text);
    }
    if (text.empty()) {
        if (!command.needs_argument()) return Argument{};
        return fmt::format("{} {}: {}", command.name, command.usage, command.help);
    }
    auto const wrong = [&](std::string_view wanted) {
        return Parsed(fmt::format("\"{}\" is no {}", text, wanted));
    };
    switch (command.takes) {
        case Takes::text:
            return Argument{std::string(text)};
        case Takes::moment: {
            Place const place = find_place(text, now);
            if (auto const moment = moment_of(place)) return Argument{*moment};
            if (auto const* none = std::get_if<NoSuchPlace>(&place)) return none->why;
            return wrong("moment, such as 123456, 12.5ms, packet:3, end");
        }
        case Takes::address: {
            Place const place = find_place(text, now);
            if (auto const* address = std::get_if<AddressPlace>(&place)) return Argument{address->address};
            return wrong("address, such as 0xffffffff80000000 or the name of a function or variable");
        }
        case Takes::number:
            if (auto const number = parse_number(text)) return Argument{*number};
            return wrong("number");
        case Takes::branch:
            if (auto const* branch = find_branch(text, now)) return Argument{std::uint64_t{branch->number}};
            return wrong("branch: see the view branches");
        case Takes::view:
            if (auto const view = view_named(text)) return Argument{*view};
            return wrong("view");
        case Takes::perspective:
            if (auto const perspective = perspective_named(text)) return Argument{*perspective};
            return wrong("perspective: overview, boot, memory, scheduling, network, compare, disk");
        case Takes::unit:
            if (auto const unit = unit_named(text)) return Argument{*unit};
            return wrong("unit: instruction, line, line-into, function, interrupt, packet, switch");
        case Takes::entity: {
            auto entity = parse_entity(text, model);
            if (auto* why = std::get_if<std::string>(&entity)) return std::move(*why);
            return Argument{std::get<Entity>(entity)};
        }
        case Takes::command:
            for (CommandInfo const& c : all_commands())
                if (c.name == text) return Argument{c.id};
            return wrong("command");
        case Takes::nothing:
            break;
    }
    return Argument{};
}

std::variant<Request, std::string> parse_request(std::string_view line, Model const& model) {
    std::string_view rest = line;
    std::string_view const name = take_word(rest);
    CommandInfo const* found = nullptr;
    std::string also;
    for (CommandInfo const& c : all_commands()) {
        if (c.name == name) {
            found = &c;
            also.clear();
            break;
        }
        if (!c.name.starts_with(name)) continue;
        also += (also.empty() ? "" : ", ") + std::string(c.name);
        found = found ? found : &c;
    }
    if (!found) return fmt::format("no command is called \"{}\"; help lists them", name);
    if (also.find(',') != std::string::npos) return fmt::format("\"{}\" may be {}", name, also);
    auto argument = parse_argument(*found, rest, model);
    if (auto* why = std::get_if<std::string>(&argument)) return std::move(*why);
    Request request;
    request.id = found->id;
    request.argument = std::move(std::get<Argument>(argument));
    return request;
}

}  // namespace viz::model
