// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/exports/page_folder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace sim::exports {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Bytes = std::vector<std::uint8_t>;

constexpr std::string_view sign = "<title>Vivarium</title>";

Bytes bytes_of(fs::path const& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Who reads meanwhile finds the old one or the new one whole.
void replace(fs::path const& file, std::span<std::uint8_t const> bytes) {
    fs::path const part = file.string() + fmt::format(".{}.part", getpid());
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<char const*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    out.close();
    std::error_code failure;
    if (out) fs::rename(part, file, failure);
    if (!out || failure) {
        fs::remove(part, failure);
        throw std::runtime_error(fmt::format("cannot write {}; is the disk full?", file.string()));
    }
}

void check_ours(fs::path const& index) {
    if (!fs::exists(index)) return;
    Bytes const there = bytes_of(index);
    std::string_view const head(reinterpret_cast<char const*>(there.data()), std::min<std::size_t>(there.size(), 4096));
    if (head.find(sign) == std::string_view::npos)
        throw std::runtime_error(
            fmt::format("{} is no page of ours; it is left alone: choose another folder", index.string()));
}

Json listed_in(fs::path const& list) {
    if (!fs::exists(list)) return Json::array();
    Bytes const text = bytes_of(list);
    Json const known = Json::parse(text, nullptr, false);
    bool ours = known.is_array();
    if (ours)
        for (Json const& entry : known) ours = ours && entry.is_object() && entry.contains("file") && entry["file"].is_string();
    if (!ours)
        throw std::runtime_error(
            fmt::format("{} is no list of albums; it is left alone: choose another folder", list.string()));
    return known;
}

}  // namespace

Bytes browser_page() {
    char const* const own = std::getenv("VIV_BROWSER_PAGE");
    std::error_code ignored;
    fs::path const page = own ? fs::path(own)
                              : fs::read_symlink("/proc/self/exe", ignored).parent_path() / "../browser/viewer.html";
    Bytes bytes = bytes_of(page);
    if (bytes.empty())
        throw std::runtime_error(fmt::format("the browser's viewer is not built ({} is missing); ./viv build --target browser builds it",
                                             page.lexically_normal().string()));
    return bytes;
}

std::string album_name(std::string_view recording) {
    if (recording.ends_with(".run")) recording.remove_suffix(4);
    std::string name;
    for (char c : recording) {
        bool const plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        name += plain || c == '.' || c == '-' ? c : '_';
    }
    return name + ".album";
}

void put_on_page(fs::path const& folder, std::span<std::uint8_t const> page, ListedAlbum const& album,
                 std::span<std::uint8_t const> bytes) {
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (!fs::is_directory(folder))
        throw std::runtime_error(fmt::format("cannot make the folder {}; choose another", folder.string()));
    check_ours(folder / "index.html");
    Json list = listed_in(folder / "albums.json");
    Json const entry = {{"file", album.file}, {"title", album.title}, {"about", album.about}, {"bytes", bytes.size()}};
    // By name, so that the same albums give the same list in whatever order they came.
    auto at = list.begin();
    while (at != list.end() && (*at)["file"].get<std::string>() < album.file) ++at;
    if (at != list.end() && (*at)["file"] == album.file)
        *at = entry;
    else
        list.insert(at, entry);
    std::string const text = list.dump(1) + "\n";
    replace(folder / album.file, bytes);
    replace(folder / "index.html", page);
    replace(folder / "albums.json", {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()});
}

}  // namespace sim::exports
