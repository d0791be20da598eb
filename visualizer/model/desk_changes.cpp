// SPDX-License-Identifier: GPL-2.0-or-later
//
// Writing to the machine, and the branches that come of it.
#include <fmt/format.h>

#include "visualizer/model/change_text.hpp"
#include "visualizer/model/desk.hpp"

namespace viz::model {

using sim::debug::BranchNumber;

void Desk::perform_change(Request const& request) {
    auto const& now = model_.now();
    auto const* const text = std::get_if<std::string>(&request.argument);
    auto const* const number = std::get_if<std::uint64_t>(&request.argument);
    // Of the texts that begin with one.
    auto const branch_and_rest = [&](auto const& go_on) {
        auto parsed = parse_branch_and_rest(*text, now);
        if (auto const* why = std::get_if<std::string>(&parsed)) return refuse(*why);
        auto const& [branch, rest] = std::get<0>(parsed);
        go_on(branch, rest);
    };
    switch (request.id) {
        case CommandId::type_text:
            if (text) door_.post(sim::debug::TypeText{*text + "\n"});
            break;
        case CommandId::poke:
            if (text) {
                auto parsed = parse_bytes(*text, now);
                if (auto const* why = std::get_if<std::string>(&parsed)) return refuse(*why);
                door_.post(std::get<sim::debug::Poke>(std::move(parsed)));
            }
            break;
        case CommandId::fork:
            door_.post(sim::debug::Fork{text ? *text : ""});
            layout_.show(ViewId::branches);
            break;
        case CommandId::switch_branch:
            if (number) {
                remember_place();
                door_.post(sim::debug::SwitchBranch{static_cast<BranchNumber>(*number)});
            }
            break;
        case CommandId::rename_branch:
            if (text)
                branch_and_rest([&](BranchNumber branch, std::string const& name) {
                    door_.post(sim::debug::RenameBranch{branch, name});
                });
            break;
        case CommandId::drop_branch:
            if (number) door_.post(sim::debug::DropBranch{static_cast<BranchNumber>(*number)});
            break;
        case CommandId::save_branch:
            if (text)
                branch_and_rest([&](BranchNumber branch, std::string const& file) {
                    if (file.empty()) return refuse("where to? Want BRANCH FILE, such as 1 what-if.run");
                    door_.post(sim::debug::SaveBranch{branch, file});
                });
            break;
        case CommandId::compare:
            if (text) {
                auto const parsed = parse_comparison(*text, now);
                if (auto const* why = std::get_if<std::string>(&parsed)) return refuse(*why);
                door_.post(std::get<sim::debug::CompareBranches>(parsed));
                bring_forward(ViewId::comparison);
            }
            break;
        case CommandId::processor:
            if (number && *number >= now.processors.size())
                return refuse(fmt::format("there are only {} processors, from 0 on", now.processors.size()));
            door_.post(sim::debug::SelectProcessor{number ? std::optional(static_cast<unsigned>(*number))
                                                          : std::nullopt});
            break;
        case CommandId::next_processor:
            if (now.processors.size() < 2) return refuse("this machine has one processor");
            door_.post(sim::debug::SelectProcessor{
                static_cast<unsigned>((now.processor + 1) % now.processors.size())});
            break;
        default:
            break;
    }
}

}  // namespace viz::model
