// SPDX-License-Identifier: MIT
//
// Exercises of single parts of the kernel, for the labs: `practice=...` says of
// which, `seed=N` in which order, `rounds=N` for how long.
#include "kernel/apps/app.hpp"
#include "kernel/apps/practice/exercises.hpp"
#include "kernel/base/probe.hpp"

constinit char const apps::help[] =
    "  practice=frames|double-free|paging|interrupts|beyond-lazy  what to exercise\n"
    "  seed=N                        another order of the same (1)\n"
    "  rounds=N                      how long (1000)\n";

int apps::main(Boot const& boot) {
    std::string_view const what = boot.words.value("practice").value_or("");
    std::uint64_t const seed = boot.words.number("seed").value_or(1);
    std::uint64_t const rounds = boot.words.number("rounds").value_or(1000);
    PROBE_0(app_ready);
    if (what == "frames")
        practice::use_frames(seed, rounds);
    else if (what == "double-free")
        practice::free_twice();
    else if (what == "paging")
        practice::use_pages(seed, rounds);
    else if (what == "interrupts")
        practice::be_interrupted(rounds), practice::touch_lazy_pages(seed);
    else if (what == "beyond-lazy")
        practice::touch_beyond_lazy();
    else if (!what.empty())
        boot.words.refuse("practice", "one that help names");
    return 0;
}
