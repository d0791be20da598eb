// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv export`: a recording for other tools.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace sim::cli {

struct ExportWords {
    std::string file;  // FILE or FILE@MOMENT
    std::string out;
    std::string table;
    bool pcap = false, trace = false, album = false;
    std::string page;          // a folder for a web server, with an album in it
    std::size_t moments = 1000;  // of an album, at most
    bool csv = false, json = false;
};

void add_export(CLI::App&, ExportWords&);

// 0, or 130 when interrupted. Throws std::runtime_error: one line.
int export_recording(ExportWords const&);

}  // namespace sim::cli
