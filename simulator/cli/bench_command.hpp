// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv bench NAME`: side-by-side figures, held against their goals.
#pragma once

#include <filesystem>
#include <string>

namespace CLI {
class App;
}

namespace sim::cli {

struct BenchWords {
    std::string name = "sim";
    std::string figures;  // the list; empty: tests/bench/figures.json of the tree
    unsigned repeats = 3;
    bool check = false;
    bool quick = false;
    bool json = false;
    std::string costs;   // of kernel: the page; empty: docs/reference/costs.md of the tree
    bool write = false;  // of kernel: make the page anew
    std::string path = "/bytes/100";  // of request: what is asked for
};

// Where the list of figures is.
std::filesystem::path figures_file(BenchWords const&);

void add_bench(CLI::App&, BenchWords&);

// 0; with --check 1 when a figure is missed, and it is named; 130: interrupted.
// Throws std::runtime_error: one line.
int bench(BenchWords const&);

}  // namespace sim::cli
