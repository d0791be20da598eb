// SPDX-License-Identifier: GPL-2.0-or-later
//
// The commands of viv-glass. Each returns the exit status; what is wrong before
// a guest runs is thrown as std::runtime_error: one line, status 2.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "simulator/cli/run_options.hpp"
#include "visualizer/model/model.hpp"

namespace viz::app {

// The guest's application has begun: a visitor may come.
inline bool ready_for_visitors(model::Model const& model) { return model.application_ready_ns().has_value(); }

struct DemoWords {
    bool headless = false;
    unsigned port = 8080;
    unsigned exit_after = 0;
    bool self_request = false;
    std::string memory = "64M";
    std::string kernel;   // an image of one's own instead of the built one
    std::string record;   // empty: build/demo.run, or ./demo.run; with a kernel always the latter
    std::string picture;  // empty: beside the recording
    std::string theme;    // empty: as the window was left
};
int demo(DemoWords const&);

struct OpenWords {
    std::string file;  // FILE[@MOMENT]; empty: the start page
    bool headless = false;
    std::string print;               // a view's name
    std::string question;            // --ask
    std::vector<std::string> stops;  // --stop
    bool json = false;
    bool repl = false;          // lines of commands on standard input
    bool browser = false;       // served on the loopback interface, as an album
    std::uint16_t port = 8081;  //   0: any free one
    // A state that a program left behind (last_state.hpp): its life, where it stood.
    std::string resume;
    std::string theme;  // empty: as the window was left
};
int open(OpenWords const&);
int open_in_browser(OpenWords const&);
// A recording (or an album) as a packed album; empty: it was given up.
std::vector<std::uint8_t> album_of(std::filesystem::path const&);

struct UiBenchWords {
    std::string name = "ui";
    unsigned frames = 60;  // of each perspective and view
    bool check = false, json = false;
};
int bench_ui(UiBenchWords const&);
// The same without a file: the start page.
int start(OpenWords const&);

struct ShotWords {
    std::string view = "overview";
    std::string application;  // neither: http
    std::string recording;    // FILE[@MOMENT]
    std::string place;        // --at
    std::string size = "1600x900";
    std::string address;             // --address: what page walk, bytes and code show
    std::string question;            // --ask
    std::vector<std::string> stops;  // --stop
    std::vector<std::string> commands;  // --do
    float scale = 1;
    bool bare = false;
    std::string theme = "dark";
    unsigned requests = 3;
    std::string output;
};
int shot(ShotWords const&);

// `viv attach ...`
struct AttachWords {
    std::string place;                // of QEMU's gdb server: HOST:PORT, unix:PATH
    std::string image, pcap, serial;  // what runs there, what QEMU writes
    std::string start;                // instead of a place: an application, in a QEMU of our own
    std::string machine = "q35", memory, append;
    unsigned cpus = 1;
    std::vector<std::string> forwards;
    bool headless = false, json = false, repl = false, run = false;
    std::string print;
    std::string picture, view = "overview";
    std::string at_end = "run";
    std::string theme;
};
int attach(AttachWords const&);

// `viv tour ...`
struct TourWords {
    std::string what;  // list, play, rehearse, record, edit
    std::vector<std::string> names;
    bool json = false;
    bool lines = false;      // play by lines of words: no window
    bool presenter = false;  // play
    bool notes = false;      // play: the presenter's notes on the terminal
    unsigned step = 1;       // play from this one
    std::string theme;
    std::string projector = "1024x768";  // rehearse
    std::string pictures;                //   a folder for them
    std::uint64_t budget = 150'000'000;  //   instructions a step
    std::string application, append;     // record: whose life
    unsigned memory_mib = 64;
    std::uint64_t seed = 1;  //   and the rest of a tour's head
    std::string peer, link, until;
    std::vector<std::string> faults;
};
int tour(TourWords const&);

// `viv run APP --gui`
int run_with_window(sim::cli::RunWords, std::string const& theme = {});

}  // namespace viz::app
