// SPDX-License-Identifier: GPL-2.0-or-later
//
// Albums in the window's shell, or as text: the same views as of a machine, with an
// album as the source of their snapshots. No engine is linked into what uses this alone.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "simulator/album/album_life.hpp"
#include "visualizer/app/shell.hpp"
#include "visualizer/model/desk.hpp"

namespace viz::viewer {

class AlbumDoor : public model::Door {
public:
    explicit AlbumDoor(sim::album::AlbumLife& life) : life_(life) {}
    void post(sim::debug::Command command) override { posted_ = life_.post(std::move(command)); }
    void request(sim::debug::ViewRequest request) override { life_.request(std::move(request)); }
    sim::debug::CommandNumber last_posted() const override { return posted_; }

private:
    sim::album::AlbumLife& life_;
    sim::debug::CommandNumber posted_ = 0;
};

// To a place as FILE@MOMENT has it, and selects what it names besides. Empty: done;
// else one line that says why not, or that it is somewhere near.
std::string go_to(sim::album::AlbumLife&, model::Desk&, std::string const& place);
// A view's text twin at the moment that is shown; "" where there is no such view.
std::string print(sim::album::AlbumLife&, model::Door&, model::Desk&, std::string_view view, bool json);

// Without a window.
struct Reader {
    explicit Reader(std::shared_ptr<sim::album::Album const> album)
        : life(std::move(album)), door(life), desk(door) {
        desk.update(life.snapshot());
    }
    sim::album::AlbumLife life;
    AlbumDoor door;
    model::Desk desk;
};

// With one: between frames of Dear ImGui, whose context is there.
class Viewer {
public:
    // Throws AlbumError; then what was open stays open.
    explicit Viewer(std::shared_ptr<sim::album::Album const>);

    // Between NewFrame and Render. `play`: while it plays, go on by a moment.
    void frame(bool play);
    bool playing() const { return playing_; }
    // True once: something changed since the last frame, another one is worth drawing.
    bool restless();

    std::string go_to(std::string const& place) { return viewer::go_to(life_, shell_.desk(), place); }
    std::string print(std::string_view view, bool json) {
        return viewer::print(life_, door_, shell_.desk(), view, json);
    }
    // A line of the command table, such as "view.memory": see viv open --repl. Empty:
    // done; else why not.
    std::string obey(std::string_view line);
    app::Shell& shell() { return shell_; }
    sim::album::AlbumLife& life() { return life_; }

private:
    sim::album::AlbumLife life_;
    AlbumDoor door_;
    app::Shell shell_;
    std::uint64_t drawn_ = 0;  // number of the snapshot
    bool playing_ = false;
};

}  // namespace viz::viewer
