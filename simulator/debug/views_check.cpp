// SPDX-License-Identifier: GPL-2.0-or-later
//
// viv-views-check IMAGE...: does everything that kernel/views.query names still
// exist? Runs after the images are linked, so that renaming a field breaks the
// build and not a lecture. An entity may be absent from some images, not from all.
#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <string>

#include "simulator/debug/views_query.hpp"

int main(int argc, char** argv) {
    using namespace sim::debug;
    if (argc < 2) {
        fmt::print(stderr, "usage: viv-views-check IMAGE...\n");
        return 2;
    }
    int problems = 0;
    std::map<std::string, std::string> missing;  // entity -> what to say
    std::map<std::string, unsigned> absent_from;
    for (int i = 1; i < argc; ++i) {
        auto const symbols = Symbols::from_file(argv[i]);
        if (!symbols->has_debug_info() || symbols->views().empty()) {
            fmt::print(stderr, "{}: {}\n", argv[i],
                       symbols->has_debug_info() ? "carries no views.query (section .viv.views)"
                                                 : symbols->problem());
            return 1;
        }
        auto const views = Views::make(symbols->views(), symbols);
        for (std::string const& p : views->problems()) {
            fmt::print(stderr, "{}: {}\n", argv[i], p);
            ++problems;
        }
        for (Views::Missing const& m : views->missing()) {
            missing[m.entity] = m.text;
            ++absent_from[m.entity];
        }
    }
    for (auto const& [entity, count] : absent_from) {
        if (count < static_cast<unsigned>(argc - 1)) continue;
        fmt::print(stderr, "{} (nor in any other)\n", missing[entity]);
        ++problems;
    }
    if (problems) fmt::print(stderr, "kernel/views.query no longer fits the kernel: rename there, too\n");
    return problems ? 1 : 0;
}
