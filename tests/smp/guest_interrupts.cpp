// SPDX-License-Identifier: MIT
//
// Processors that interrupt one another.
#include "tests/smp/guest.hpp"

extern "C" void on_interrupt(guest::u64 vector);

namespace guest {

void forget_window();  // guest_memory.cpp

namespace {

// 6. Interrupts there and back, both halted while they wait.
u32 volatile pings, pongs;
u32 volatile pong_stop;
void be_pinged(unsigned number) {
    if (number != 1) return;
    while (!pong_stop) halt();
}

// 7. NMI: also with interrupts off.
u32 volatile nmis[most], nmi_ready;
void be_nmied(unsigned number) {
    count_one(nmi_ready);
    while (!nmis[number]) pause();
}

// 8. Each its own timer.
u32 volatile ticks[most];
void tick(unsigned number) {
    apic_write(0x3E0, 0xB);
    for (u32 i = 1; i <= 5; ++i) {
        apic_write(0x320, tick_vector);
        apic_write(0x380, 20'000 + 1000 * number);
        while (ticks[number] < i) halt();
    }
}

// 9. Addressed as a group.
u32 volatile shots, shot[most], group_stop;
void be_grouped(unsigned) {
    enable();
    while (!group_stop) pause();
    disable();
}

// In the flat model there are eight bits for all; in x2APIC's clusters sixteen
// for each cluster.
bool in_group(unsigned number) { return x2apic ? ids[number] < 2 : (ids[number] & 7) < 2; }

}  // namespace

void check_ping_and_pong() {
    begin_on_others(be_pinged);
    u32 const times = rounds > 1000 ? 200 : 20;
    for (u32 i = 1; i <= times; ++i) {
        send(ids[1], ping_vector);
        while (pongs < i) halt();
    }
    pong_stop = 1;
    send(ids[1], ping_vector);
    enable();
    wait_for_all();
    disable();
    expect("ping and pong", pings == times + 1);
}

void check_nmi() {
    begin_on_others(be_nmied);
    while (nmi_ready != processors - 1) pause();
    for (unsigned n = 1; n < processors; ++n) send(ids[n], 0x4400);
    wait_for_all();
    bool once = nmis[0] == 0;
    for (unsigned n = 1; n < processors; ++n) once = once && nmis[n] == 1;
    expect("NMI", once);
}

void check_timers() {
    on_all(tick);
    bool five = true;
    for (unsigned n = 0; n < processors; ++n) five = five && ticks[n] == 5;
    expect("timers", five);
}

void check_groups() {
    for (unsigned n = 0; n < most; ++n) shot[n] = 0;
    shots = 0;
    begin_on_others(be_grouped);
    enable();
    send(0, 0x84000 | shoot_vector);  // all, oneself too
    while (shots != processors) pause();
    send(0b11, 0x4800 | shoot_vector);  // logically: the first two
    unsigned members = 0;
    for (unsigned n = 0; n < processors; ++n) members += in_group(n) ? 1 : 0;
    while (shots != processors + members) pause();
    send(0, 0x44000 | shoot_vector);  // oneself
    while (shots != processors + members + 1) pause();
    disable();
    group_stop = 1;
    wait_for_all();
    bool grouped = shot[0] == 3;
    for (unsigned n = 1; n < processors; ++n) grouped = grouped && shot[n] == (in_group(n) ? 2 : 1);
    expect("groups", grouped);
}

}  // namespace guest

void on_interrupt(guest::u64 vector) {
    using namespace guest;
    unsigned const number = my_number();
    switch (vector) {
        case 2:
            nmis[number] = nmis[number] + 1;
            return;
        case shoot_vector:
            forget_window();
            shot[number] = shot[number] + 1;
            count_one(shots);
            break;
        case ping_vector:
            pings = pings + 1;
            send(ids[0], pong_vector);
            break;
        case pong_vector:
            pongs = pongs + 1;
            break;
        case tick_vector:
            ticks[number] = ticks[number] + 1;
            break;
        default:
            say("unexpected vector ");
            say_number(vector);
            say("\n");
            out32(0xF4, 2);
    }
    apic_write(0xB0, 0);
}
