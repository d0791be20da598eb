// SPDX-License-Identifier: MIT
//
// What several processors do to one another, each shown by a verdict on the
// serial line. The same image runs in the simulator and in QEMU, and says the
// same in both. Words of the command line: "x2apic" uses that mode, "short" does
// everything a few times only, "unlocked" leaves all but one verdict out.
#include "tests/smp/guest.hpp"

extern "C" void guest_main();

namespace guest {
namespace {

void start_all() {
    find_processors();
    if (processors < 2) {
        say("this needs two processors or more\n");
        out32(0xF4, 3);
    }
    for (unsigned n = 1; n < processors; ++n) start(n);
    say("processors: ");
    say_number(processors);
    say("\n");
    bool each_once = true;
    for (unsigned n = 1; n < processors; ++n) each_once = each_once && online_of[n] == 1;
    expect("start-up", each_once && online == processors);
}

void start_one_again() {
    start(1);  // out of its loop by INIT, and again
    expect("started again", online_of[1] == 2 && online == processors + 1);
}

}  // namespace
}  // namespace guest

void guest_main() {
    using namespace guest;
    x2apic = has_word("x2apic");
    if (has_word("short")) rounds = 400;
    fill_idt();
    load_idt();
    apic_on();
    start_all();

    check_unlocked_counter();  // and with the word "unlocked" no more
    check_locked_counters();
    check_rewritten_code();
    check_changed_page();
    check_ping_and_pong();
    check_nmi();
    check_timers();
    check_groups();
    start_one_again();
    finish();
}
