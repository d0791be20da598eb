// SPDX-License-Identifier: GPL-2.0-or-later
//
// The build's notes about itself, for the grader: images/NAME.link and
// labs/NN.host ("compiler=...", "object=..." lines) and compile_commands.json. In a
// course's bundle, which may be put anywhere, @VIV_ROOT@ stands for its folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lab {

constexpr char const* root_word = "@VIV_ROOT@";

// The text with the repository's folder in the place of the word. `build` lies two
// folders below it wherever the word is used. Throws UsageError: no such file.
std::string read_manifest(std::filesystem::path const& file, std::filesystem::path const& build);

// All values of a key, in order.
std::vector<std::string> values_of(std::string const& manifest, std::string const& key);

}  // namespace lab
