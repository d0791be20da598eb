// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whole text files, read and written. Both throw UsageError with the file's name.
#pragma once

#include <filesystem>
#include <string>

namespace lab {

std::string read_text(std::filesystem::path const& file);
void write_text(std::filesystem::path const& file, std::string const& text);

}  // namespace lab
