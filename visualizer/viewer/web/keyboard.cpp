// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/viewer/web/keyboard.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace viz::viewer {

ImGuiKey key_of(std::string_view code, std::string_view key) {
    if (key.size() == 1) {
        char const c = key[0];
        if (c >= 'a' && c <= 'z') return static_cast<ImGuiKey>(ImGuiKey_A + (c - 'a'));
        if (c >= 'A' && c <= 'Z') return static_cast<ImGuiKey>(ImGuiKey_A + (c - 'A'));
        if (c >= '0' && c <= '9') return static_cast<ImGuiKey>(ImGuiKey_0 + (c - '0'));
        // Written with Shift, or AltGr, on some boards: the command table knows them by sign.
        static constexpr std::pair<char, ImGuiKey> signs[] = {
            {'[', ImGuiKey_LeftBracket}, {']', ImGuiKey_RightBracket}, {'\\', ImGuiKey_Backslash},
            {'=', ImGuiKey_Equal},       {'+', ImGuiKey_Equal},        {'-', ImGuiKey_Minus},
            {'/', ImGuiKey_Slash},       {'?', ImGuiKey_Slash},        {' ', ImGuiKey_Space},
            {'.', ImGuiKey_Period},      {',', ImGuiKey_Comma},        {';', ImGuiKey_Semicolon}};
        for (auto const& [sign, name] : signs)
            if (sign == c) return name;
    }
    static constexpr std::pair<std::string_view, ImGuiKey> names[] = {
        {"ArrowLeft", ImGuiKey_LeftArrow}, {"ArrowRight", ImGuiKey_RightArrow}, {"ArrowUp", ImGuiKey_UpArrow},
        {"ArrowDown", ImGuiKey_DownArrow}, {"Home", ImGuiKey_Home},             {"End", ImGuiKey_End},
        {"PageUp", ImGuiKey_PageUp},       {"PageDown", ImGuiKey_PageDown},     {"Escape", ImGuiKey_Escape},
        {"Enter", ImGuiKey_Enter},         {"NumpadEnter", ImGuiKey_Enter},     {"Tab", ImGuiKey_Tab},
        {"Backspace", ImGuiKey_Backspace}, {"Delete", ImGuiKey_Delete},         {"Insert", ImGuiKey_Insert},
        {"Space", ImGuiKey_Space},         {"F1", ImGuiKey_F1},                 {"F2", ImGuiKey_F2},
        {"F3", ImGuiKey_F3},               {"F4", ImGuiKey_F4},                 {"F5", ImGuiKey_F5},
        {"F6", ImGuiKey_F6},               {"F7", ImGuiKey_F7},                 {"F8", ImGuiKey_F8},
        {"F9", ImGuiKey_F9},               {"F10", ImGuiKey_F10},               {"F11", ImGuiKey_F11},
        {"F12", ImGuiKey_F12}};
    for (auto const& [name, found] : names)
        if (name == code) return found;
    return ImGuiKey_None;
}

bool is_character(std::string_view key) {
    // One character of UTF-8: names of keys are longer than one, and ASCII.
    if (key.empty()) return false;
    auto const continues = [](char c) { return (c & 0xc0) == 0x80; };
    return std::count_if(key.begin(), key.end(), [&](char c) { return !continues(c); }) == 1;
}

bool tell(ImGuiIO& io, KeyStroke const& stroke) {
    bool const control = stroke.control || stroke.command;
    io.AddKeyEvent(ImGuiMod_Ctrl, control);
    io.AddKeyEvent(ImGuiMod_Shift, stroke.shift);
    io.AddKeyEvent(ImGuiMod_Alt, stroke.alt);
    ImGuiKey const key = key_of(stroke.code, stroke.key);
    if (key != ImGuiKey_None) io.AddKeyEvent(key, stroke.down);
    if (key != ImGuiKey_None && stroke.down && stroke.command) io.AddKeyEvent(key, false);
    std::string const text(stroke.key);
    if (stroke.down && !control && !stroke.alt && is_character(text)) io.AddInputCharactersUTF8(text.c_str());
    return key != ImGuiKey_None;
}

bool stays_with_browser(std::string_view code, bool control) {
    static constexpr std::string_view plain[] = {"F5", "F12", "Tab"};
    static constexpr std::string_view with_control[] = {"KeyR", "KeyT", "KeyW", "KeyN", "KeyC", "KeyV", "KeyL"};
    if (control) return std::find(std::begin(with_control), std::end(with_control), code) != std::end(with_control);
    return std::find(std::begin(plain), std::end(plain), code) != std::end(plain);
}

}  // namespace viz::viewer
