// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/keys.hpp"

#include <utility>

namespace viz::app {

std::optional<Chord> parse_chord(std::string_view text) {
    Chord chord;
    auto take = [&](std::string_view prefix) {
        if (!text.starts_with(prefix)) return false;
        text.remove_prefix(prefix.size());
        return true;
    };
    while (true) {
        if (take("Ctrl+"))
            chord.control = true;
        else if (take("Shift+"))
            chord.shift = true;
        else if (take("Alt+"))
            chord.alt = true;
        else
            break;
    }
    static constexpr std::pair<std::string_view, ImGuiKey> names[] = {
        {"Space", ImGuiKey_Space},    {"Left", ImGuiKey_LeftArrow},    {"Right", ImGuiKey_RightArrow},
        {"Home", ImGuiKey_Home},      {"End", ImGuiKey_End},           {"Escape", ImGuiKey_Escape},
        {"=", ImGuiKey_Equal},        {"-", ImGuiKey_Minus},           {"[", ImGuiKey_LeftBracket},
        {"]", ImGuiKey_RightBracket}, {"\\", ImGuiKey_Backslash},      {"Enter", ImGuiKey_Enter},
        {"PageUp", ImGuiKey_PageUp},  {"PageDown", ImGuiKey_PageDown}, {"Tab", ImGuiKey_Tab},
        {"Up", ImGuiKey_UpArrow},     {"Down", ImGuiKey_DownArrow},
    };
    for (auto [name, key] : names)
        if (text == name) chord.key = key;
    if (text == "?") chord.key = ImGuiKey_Slash, chord.shift = true;
    if (text.size() == 1 && text[0] >= 'A' && text[0] <= 'Z')
        chord.key = static_cast<ImGuiKey>(ImGuiKey_A + (text[0] - 'A'));
    if (text.size() == 1 && text[0] >= '0' && text[0] <= '9')
        chord.key = static_cast<ImGuiKey>(ImGuiKey_0 + (text[0] - '0'));
    if (text.size() >= 2 && text[0] == 'F') {
        int number = 0;
        for (char c : text.substr(1)) number = c >= '0' && c <= '9' ? number * 10 + (c - '0') : 100;
        if (number >= 1 && number <= 12) chord.key = static_cast<ImGuiKey>(ImGuiKey_F1 + number - 1);
    }
    if (chord.key == ImGuiKey_None) return std::nullopt;
    return chord;
}

bool pressed(Chord const& chord, bool repeat) {
    ImGuiIO const& io = ImGui::GetIO();
    if (io.KeyCtrl != chord.control || io.KeyAlt != chord.alt) return false;
    if (io.KeyShift != chord.shift) return false;
    return ImGui::IsKeyPressed(chord.key, repeat);
}

}  // namespace viz::app
