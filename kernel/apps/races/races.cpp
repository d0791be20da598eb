// SPDX-License-Identifier: MIT
//
// One of ten races, or its correct twin: race=N, race=N fixed. The status is 0
// when all went well, 1 when the race struck and was noticed; some end in a
// deadlock instead. What each does wrong is told in README.md.
#include "kernel/apps/app.hpp"
#include "kernel/apps/races/race.hpp"
#include "kernel/base/probe.hpp"

constinit char const apps::help[] =
    "  race=N  which of the ten\n"
    "  fixed  its correct twin\n";

namespace {

constexpr races::Race all[] = {
    races::lost_update,    races::check_then_act,
    races::use_after_free, races::missed_wake_up,
    races::deadlock,       races::double_checked,
    races::torn_read,      races::released_twice,
    races::two_sections,   races::aba,
};

}  // namespace

int apps::main(Boot const& boot) {
    std::uint64_t const number = boot.words.number("race").value_or(0);
    bool const fixed = boot.words.has("fixed");
    boot.words.warn_about_the_rest();
    if (number == 0 || number > std::size(all)) {
        base::log_error("races: say which on the command line: race=1 to race={}", std::size(all));
        return 2;
    }
    PROBE_0(app_ready);
    return all[number - 1](fixed) ? 0 : 1;
}
