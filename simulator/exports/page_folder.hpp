// SPDX-License-Identifier: GPL-2.0-or-later
//
// A folder that any web server can hand out: the browser's viewer as index.html, albums,
// and albums.json, from which the page lists them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sim::exports {

// The browser's viewer, one HTML file: build/PRESET/browser/viewer.html beside the program, or
// $VIV_BROWSER_PAGE. Throws std::runtime_error that says how it is built.
std::vector<std::uint8_t> browser_page();

// "demo.run": "demo.album", of signs that stand for themselves in any file system and address.
std::string album_name(std::string_view recording);

struct ListedAlbum {
    std::string file;   // as album_name() makes it
    std::string title;  // "demo.run"
    std::string about;  // what it holds
};

// Makes the folder when it is missing, replaces its page and the album of the same name,
// keeps the others. Throws std::runtime_error; also where an index.html or albums.json of
// somebody else lies.
void put_on_page(std::filesystem::path const& folder, std::span<std::uint8_t const> page, ListedAlbum const&,
                 std::span<std::uint8_t const> album);

}  // namespace sim::exports
