// SPDX-License-Identifier: GPL-2.0-or-later
//
// The rule for files that the user names as output: we replace what we could
// have written ourselves, and nothing else. A slip such as `--record thesis.tex`
// costs an error message, not a thesis.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

namespace sim::links {

// Throws std::runtime_error when `path` exists, is not empty and does not begin
// with `magic`, or when its folder is missing or not writable. `kind` names
// what we write: "recording", "packet capture".
void check_replaceable(std::filesystem::path const& path, std::string_view magic, std::string_view kind);

}  // namespace sim::links
