// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where a person stood, kept while the program runs: which life, which moment, how
// the window was arranged. An orderly end takes it away. What a program leaves that
// was killed, or crashed, the start page offers.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "simulator/recording/near_file.hpp"
#include "visualizer/model/desk.hpp"

namespace viz::app {

struct LastState {
    std::filesystem::path state;      // the file that says all this
    std::filesystem::path recording;  // perhaps what its writer left unfinished
    std::string title;                // "http, live"
    sim::machine::Moment at;
    std::uint64_t virtual_ns = 0;
    std::string desk;                                 // Desk::saved()
    model::Entity selected;                           // of what survives a start: an event, an address
    std::vector<sim::recording::Bookmark> bookmarks;  // that are not in the recording yet
    std::vector<std::filesystem::path> near_files;    // checkpoints near there; the newest first
    bool branch = false;                              // `recording` is the newest of them
    std::filesystem::file_time_type when;
};

// vivarium/last in the user's folder for states ($XDG_STATE_HOME); nobody else may look
// into it. Empty: there is none.
std::filesystem::path state_folder();

// Of programs that no longer live, whose recording is still there; the newest first.
// Those older than a month are forgotten.
std::vector<LastState> left_behind();
// None: it cannot be read.
std::optional<LastState> read_last_state(std::filesystem::path const&);
// The state with its near files, and the recording if it was kept for this only.
void forget_last_state(LastState const&);

// A life that nobody records is recorded here, to come back to: give it to
// LiveOptions::record. Empty: there is no folder for it.
std::filesystem::path unasked_recording(std::string const& name);

// Where checkpoints near where one stands are kept (NearWriter). None: there is no folder.
std::optional<sim::recording::NearWriter::Options> near_files_of_this_program();

// Keeps the state of one life. The file is written when something has changed, once a
// second at most, and whole or not at all.
class Autosave {
public:
    // `recording`: what will open this life again. `bookmarks_kept`: they are in it.
    Autosave(std::filesystem::path recording, std::string title, bool bookmarks_kept);
    // The orderly end.
    ~Autosave();
    Autosave(Autosave const&) = delete;
    Autosave& operator=(Autosave const&) = delete;

    void update(model::Desk const&, bool at_once = false);

private:
    std::filesystem::path recording_, file_;
    std::string title_;
    bool bookmarks_kept_;
    std::string written_;
    std::chrono::steady_clock::time_point next_{};
};

}  // namespace viz::app
