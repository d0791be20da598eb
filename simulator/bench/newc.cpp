// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/newc.hpp"

#include <fmt/format.h>

namespace sim::bench {
namespace {

constexpr unsigned executable = 0100755;

void pad(std::string& text) { text.append((4 - text.size() % 4) % 4, '\0'); }

void add(std::string& archive, unsigned number, unsigned mode, RamFile const& file) {
    unsigned const links = 1, device = 0, none = 0;
    unsigned const fields[] = {number,
                               mode,
                               none,
                               none,
                               links,
                               none,
                               static_cast<unsigned>(file.bytes.size()),
                               device,
                               device,
                               device,
                               device,
                               static_cast<unsigned>(file.name.size() + 1),
                               none};
    archive += "070701";
    for (unsigned const field : fields) archive += fmt::format("{:08X}", field);
    archive += file.name;
    archive += '\0';
    pad(archive);
    archive += file.bytes;
    pad(archive);
}

}  // namespace

std::string newc_archive(std::vector<RamFile> const& files) {
    std::string archive;
    unsigned number = 1;
    for (RamFile const& file : files) add(archive, number++, executable, file);
    add(archive, 0, 0, {"TRAILER!!!", ""});
    return archive;
}

}  // namespace sim::bench
