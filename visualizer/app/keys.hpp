// SPDX-License-Identifier: GPL-2.0-or-later
//
// The keys of the command table as Dear ImGui knows them.
#pragma once

#include <imgui.h>

#include <optional>
#include <string_view>

namespace viz::app {

struct Chord {
    ImGuiKey key = ImGuiKey_None;
    bool control = false, shift = false, alt = false;
    bool operator==(Chord const&) const = default;
};

// "Ctrl+Shift+R". None for a name that no keyboard has.
std::optional<Chord> parse_chord(std::string_view);
bool pressed(Chord const&, bool repeat);

}  // namespace viz::app
