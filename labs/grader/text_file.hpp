// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whole text files, read and written. A student's folder may hold anything: links,
// pipes, devices, a file without end. All throw UsageError with the file's name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace lab {

// No file of ours or of a student's is larger.
constexpr std::uint64_t most_text = 8 << 20;

// Reads regular files only, and links to them.
std::string read_text(std::filesystem::path const& file);

// What stood there under this name is gone, even when it was a link: nothing is ever
// written through one. A reader finds the old text or the new one, whole.
void write_text(std::filesystem::path const& file, std::string const& text);

// An empty folder of this name, that is no link. One that is there stays and loses all
// that is in it: somebody may have mounted it.
void require_empty_folder(std::filesystem::path const& folder);

// Whatever stands there goes: a file, a link (but not what it leads to), a folder with all in it.
void remove_entry(std::filesystem::path const& entry);

}  // namespace lab
