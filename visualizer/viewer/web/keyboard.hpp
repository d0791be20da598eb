// SPDX-License-Identifier: GPL-2.0-or-later
//
// Keys as a browser names them, and as Dear ImGui does. Plain functions: tested without
// a browser.
#pragma once

#include <imgui.h>

#include <string_view>

namespace viz::viewer {

// `code` is the key's place on the board ("KeyA"), `key` what is written on it ("a"):
// letters go by what is written, for keyboards differ.
ImGuiKey key_of(std::string_view code, std::string_view key);
// One character, not the name of a key.
bool is_character(std::string_view key);
struct KeyStroke {
    std::string_view code, key;
    bool down = false;
    bool control = false, shift = false, alt = false;
    bool command = false;  // of a Mac, where it does what Ctrl does elsewhere; its browsers do not tell
                           // of a key that is let go below it
};
// False: Dear ImGui knows no such key.
bool tell(ImGuiIO&, KeyStroke const&);
// Reload, new tab, developer tools and the like.
bool stays_with_browser(std::string_view code, bool control);

}  // namespace viz::viewer
