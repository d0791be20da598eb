// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which ability of the machine a command or a view needs, and so why one of them cannot
// be had of a machine that lacks it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "simulator/debug/snapshot.hpp"
#include "visualizer/model/commands.hpp"

namespace viz::model {

std::optional<sim::debug::Ability> needed_by(CommandId);
std::optional<sim::debug::Ability> needed_by(ViewId);
// By the name of a text twin.
std::optional<sim::debug::Ability> needed_by_text(std::string_view text_view);

// "" when it can be done. A step is one of `unit`.
std::string_view why_not(CommandId, sim::debug::StepUnit unit, sim::debug::Snapshot const&);
std::string_view why_not(Request const&, sim::debug::StepUnit unit, sim::debug::Snapshot const&);
// A reason by itself: with a capital and a full stop.
std::string as_sentence(std::string_view reason);
// How much is known of what was before a session that began in the middle of a life.
std::string as_words(sim::debug::Snapshot::CatchingUp const&);
std::string_view why_empty(ViewId, sim::debug::Snapshot const&);

}  // namespace viz::model
