// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv open FILE --browser`: a recording as an album, served to this computer's browser
// together with the page that shows it.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "simulator/album/album_file.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/progress.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/exports/album_export.hpp"
#include "simulator/exports/page_folder.hpp"
#include "visualizer/app/commands.hpp"
#include "visualizer/app/page_server.hpp"
#include "visualizer/app/tour_files.hpp"
#include "visualizer/app/watch.hpp"

namespace viz::app {

using namespace sim::cli;
namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

namespace {

Bytes bytes_of(fs::path const& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool is_album(fs::path const& file) {
    char head[2] = {};
    std::ifstream(file, std::ios::binary).read(head, 2);
    return head[0] == '\x1f' && head[1] == '\x8b';
}

// As it stands behind the # of an address.
std::string escaped(std::string_view text) {
    std::string out;
    for (char c : text)
        if (std::isalnum(static_cast<unsigned char>(c)) || c == ':' || c == '.' || c == '-' || c == '_')
            out += c;
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    return out;
}

}  // namespace

Bytes album_of(fs::path const& file) {
    if (is_album(file)) {
        sim::album::open_album(file);  // refused here rather than there
        return bytes_of(file);
    }
    auto const line = std::make_shared<Progress>();
    Watch watch = watch_recording(file, {Interruption::requested, {}});
    sim::exports::AlbumOptions options;
    options.sources = repository_root();
    options.progress = [&](double share) {
        line->show("making the album", share);
        return !Interruption::requested();
    };
    sim::album::Album const album =
        sim::exports::make_album(dynamic_cast<sim::debug::Session&>(*watch.session), options);
    line->clear();
    if (album.moments.empty()) return {};
    say("{}", describe(album));
    return sim::album::packed(sim::album::write_album(album));
}

int open_in_browser(OpenWords const& words) {
    if (words.file.empty()) throw std::runtime_error("which recording? ./viv open FILE --browser");
    FileAndPlace const what = split_place(words.file);
    Interruption const interruption;
    Bytes page = sim::exports::browser_page();
    // A port that is taken is told before the work.
    std::vector<ServedFile> files;
    files.push_back({"/", "text/html; charset=utf-8", "", std::move(page)});
    files.push_back({"/album", "application/gzip", what.file.filename().string(), {}});
    PageServer server(words.port, std::move(files));
    Bytes album = album_of(what.file);
    if (album.empty()) return status_interrupted;
    say("{:.1f} MiB for the browser", static_cast<double>(album.size()) / (1 << 20));
    server.give("/album", std::move(album));
    fmt::print("{}{}\n", server.url(), what.place.empty() ? "" : "#" + escaped(what.place));
    std::fflush(stdout);
    say("open this address in a browser on this computer; Ctrl-C ends it");
    server.run(Interruption::requested);
    return status_right;
}

}  // namespace viz::app
