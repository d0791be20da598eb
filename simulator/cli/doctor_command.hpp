// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv doctor`: one life in every manner that must make no difference.
#pragma once

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace sim::cli {

struct DoctorWords {
    std::string subject;  // a recording, or an application
    std::uint64_t seed = 1;
    unsigned samples = 48;
    bool json = false;
};

void add_doctor(CLI::App&, DoctorWords&);

// 0: all agree; 1: they do not, and where is said; 130: interrupted. Throws
// std::runtime_error before the guest runs.
int doctor(DoctorWords const&);

}  // namespace sim::cli
