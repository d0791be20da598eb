// SPDX-License-Identifier: GPL-2.0-or-later
//
// The answers as text for a person and as JSON for a program.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "simulator/debug/queries/accesses.hpp"
#include "simulator/debug/queries/first_true.hpp"
#include "simulator/debug/queries/history.hpp"
#include "simulator/debug/queries/last_write.hpp"
#include "simulator/debug/queries/packet_touch.hpp"
#include "simulator/debug/queries/why_mapped.hpp"

namespace sim::debug::queries {

std::string text_of(LastWrite const&, Symbols const&);
std::string text_of(WhyMapped const&, Symbols const&);
std::string text_of(FrameHistory const&, Symbols const&);
std::string text_of(LockHistory const&, Symbols const&);
std::string text_of(PacketTouch const&, Symbols const&);
std::string text_of(FirstTrue const&, Symbols const&);
std::string text_of(Accesses const&, Symbols const&);

nlohmann::json json_of(LastWrite const&, Symbols const&);
nlohmann::json json_of(WhyMapped const&, Symbols const&);
nlohmann::json json_of(FrameHistory const&, Symbols const&);
nlohmann::json json_of(LockHistory const&, Symbols const&);
nlohmann::json json_of(PacketTouch const&, Symbols const&);
nlohmann::json json_of(FirstTrue const&, Symbols const&);
nlohmann::json json_of(Accesses const&, Symbols const&);
// A value and its parts.
nlohmann::json json_of(ValueTree const&);

}  // namespace sim::debug::queries
