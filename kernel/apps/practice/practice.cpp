// SPDX-License-Identifier: MIT
//
// Exercises of single parts of the kernel, for the labs: `practice=...` says of
// which, `seed=N` in which order, `rounds=N` for how long.
#include "kernel/apps/app.hpp"
#include "kernel/apps/practice/exercises.hpp"
#include "kernel/base/probe.hpp"

#define SUBJECTS "frames|double-free|paging|interrupts|beyond-lazy"

constinit char const apps::help[] = "  practice=" SUBJECTS
                                    "  what to exercise\n"
                                    "  seed=N                        another order of the same (1)\n"
                                    "  rounds=N                      how long (1000)\n";

int apps::main(Boot const& boot) {
    auto const subject = boot.words.value("practice");
    std::string_view const what = subject.value_or("");
    std::uint64_t const seed = boot.words.number("seed").value_or(1);
    std::uint64_t const rounds = boot.words.number("rounds").value_or(1000);
    boot.words.warn_about_the_rest();
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
    else if (subject)
        boot.words.refuse("practice", SUBJECTS);
    return 0;
}
