// SPDX-License-Identifier: GPL-2.0-or-later
//
// viv-album: what an album shows, as text. It is the browser's viewer without its
// browser: the same library, linked with no engine, libdw, Capstone or SDL; the tests
// compare what it prints with the recording's own views.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "simulator/album/album_file.hpp"
#include "simulator/debug/place.hpp"
#include "visualizer/viewer/viewer.hpp"

int main(int count, char** words) {
    CLI::App app("Prints what an album shows (./viv export RECORDING --album makes one).", "viv-album");
    std::string file, view;
    bool json = false;
    app.add_option("FILE[@MOMENT]", file, "an album; at 123456, 12.5ms, packet:3, bookmark:NAME")->required();
    app.add_option("--print", view, "which view: overview, threads, packets, ...; none: what is in the album");
    app.add_flag("--json", json, "as JSON");
    CLI11_PARSE(app, count, words);
    try {
        auto const what = sim::debug::split_place(file);
        viz::viewer::Reader reader(sim::album::open_album(what.file));
        if (view.empty()) {
            fmt::print("{}\n", describe(reader.life.album()));
            return 0;
        }
        if (std::string const why = viz::viewer::go_to(reader.life, reader.desk, what.place); !why.empty())
            fmt::print(stderr, "viv-album: {}\n", why);
        std::string const text = viz::viewer::print(reader.life, reader.door, reader.desk, view, json);
        if (text.empty()) throw std::runtime_error(fmt::format("no view is called \"{}\"", view));
        fmt::print("{}", text);
        return 0;
    } catch (std::exception const& error) {
        fmt::print(stderr, "viv-album: error: {}\n", error.what());
        return 2;
    }
}
