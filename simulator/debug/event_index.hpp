// SPDX-License-Identifier: GPL-2.0-or-later
//
// What happened, and when. The machine's Observer and the kernel's probes append
// to the index while the machine runs for the first time; running the same
// stretch again (after a seek) adds nothing. Snapshots share it (see
// append_log.hpp). Ordered by moment.
//
// Bounded: when `max_events` are held the oldest are forgotten; event numbers
// stay. Bytes of a packet live as long as its event.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "simulator/debug/append_log.hpp"
#include "simulator/machine/moment.hpp"

namespace sim::debug {

// What `a`, `b` and `c` of an Event mean stands beside each kind.
enum class EventKind : std::uint8_t {
    interrupt,       // external: a = vector, b = rip
    exception,       // a = vector, b = rip, c = error code
    page_fault,      // a = address, b = rip, c = error code
    interrupt_exit,  // a = vector
    thread_create,   // a = thread
    thread_exit,     // a = thread
    thread_switch,   // a = from, b = to
    thread_wake,     // a = thread
    lock_wait,       // a = lock, b = thread
    lock_acquire,    // a = lock, b = thread
    lock_release,    // a = lock, b = thread
    frame_alloc,     // a = frame number, b = order, c = owner
    frame_free,      // a = frame number, b = order
    heap_alloc,      // a = address, b = size
    heap_free,       // a = address
    packet_in,       // to the network card: a = length, b = which of this moment; bytes in `packet`
    packet_out,      // from it: the same
    tcp_state,       // a = connection, b = old state, c = new state
    tcp_window,      // a = connection, b = congestion window, c = slow start threshold, in bytes
    tcp_round_trip,  // a = connection, b = smoothed round trip, c = retransmission timeout, in ns
    // What the peer of a connection offers, and what we do: b = bytes, c = behind the last byte of
    // the stream that may come, the SYN being 0.
    tcp_send_window,
    tcp_receive_window,
    http_request,  // a = connection, b = status
    app_ready,
    halt,      // the processor went to sleep
    input,     // something from outside: a = kind of input, b = length
    shutdown,  // triple fault
    // Of disk c >> 8. Handed over: a = first sector, b = bytes, c & 255 = machine::DiskAction.
    disk_request,
    disk_read,  // done: the same of what moved, c & 255 = it failed
    disk_write,
    disk_flush,
    count_,  // how many kinds there are
};
char const* name_of(EventKind);

struct Event {
    machine::Moment at;
    std::uint64_t virtual_ns = 0;
    EventKind kind = EventKind::count_;
    std::uint8_t cpu = 0;  // which processor, of what a processor does
    std::uint64_t a = 0, b = 0, c = 0;
    std::shared_ptr<std::vector<std::uint8_t> const> packet;
};

// Groups of kinds that views list and that stepping stops at.
enum class EventGroup : std::uint8_t {
    interrupts,
    faults,
    switches,
    packets,
    connections,
    threads,
    disk,
    count_
};
char const* name_of(EventGroup);
char const* word_of(EventGroup);  // of one event: "packet", as in packet:17
std::optional<EventGroup> group_of(EventKind);

using EventLog = LogView<Event>;
using NumberLog = LogView<std::uint64_t>;

// An immutable view of the index, part of every Snapshot.
class EventView {
public:
    EventLog all;
    // Event numbers, of events that are held. The n-th of a group stays the n-th
    // when older ones are forgotten: the group then begins later.
    std::array<NumberLog, static_cast<std::size_t>(EventGroup::count_)> groups;
    std::shared_ptr<std::vector<std::string> const> names;
    std::uint64_t forgotten = 0;   // how many old events are no longer held
    std::uint64_t generation = 0;  // changes when a branch replaces the future: numbers start anew

    NumberLog const& group(EventGroup g) const { return groups[static_cast<std::size_t>(g)]; }
    // Number of the nth event of a group, from 1; none: there are not so many, or it
    // is no longer held.
    std::optional<std::uint64_t> nth(EventGroup, std::uint64_t n) const;
    // Number of the first event at or after a moment (all.end() when there is none).
    std::uint64_t first_at_or_after(machine::Moment) const;
    std::uint64_t first_at_or_after_ns(std::uint64_t virtual_ns) const;
    // The next or previous event of a group, strictly after or before a moment.
    std::optional<std::uint64_t> next(EventGroup, machine::Moment) const;
    std::optional<std::uint64_t> previous(EventGroup, machine::Moment) const;
    // The same without the events before number `first`: they count as forgotten.
    EventView since(std::uint64_t first) const;
    std::string const& name(std::uint32_t index) const;
    // Name of the thread (or connection) object at this address, as last seen; "" if never.
    std::string const& thread_name(std::uint64_t thread) const;
    // Its name when this event happened: memory of a dead thread may hold another later.
    std::string const& thread_name(std::uint64_t thread, std::uint64_t event) const;
    // Its name at this moment; before its first, the last.
    std::string const& thread_name(std::uint64_t thread, machine::Moment) const;
    std::shared_ptr<std::vector<std::pair<std::uint64_t, std::uint32_t>> const>
        thread_names;  // sorted by address

    struct Naming {
        std::uint64_t thread = 0, since = 0;  // from this event on
        std::uint32_t name = 0;
        friend auto operator<=>(Naming const&, Naming const&) = default;
    };
    std::shared_ptr<std::vector<Naming> const> namings;  // sorted
    // Of a TCP connection, by number; "3" where the image names none.
    std::string state_name(std::uint64_t state) const;
    std::shared_ptr<std::vector<std::string> const> states;  // may be null
};

// One line of text: "12.345 us  switch  idle -> worker 1".
std::string describe(Event const&, EventView const&);
std::string describe(std::uint64_t number, EventView const&);

class EventIndex {
public:
    explicit EventIndex(std::size_t max_events = std::size_t{1} << 20);

    // Of an empty one: how many events, and how many of each group, came before the first.
    void start_at(std::uint64_t events,
                  std::array<std::uint64_t, static_cast<std::size_t>(EventGroup::count_)> const& groups) {
        all_.start_at(events);
        for (std::size_t i = 0; i < groups.size(); ++i) groups_[i].start_at(groups[i]);
    }
    // Appends, unless the same event is already there (a stretch run again).
    // Returns whether it was new.
    bool add(Event);
    // Of events that were stored: in order, and none of them here yet.
    void restore(Event);
    // The names and namings of a view that was stored. False: it cannot be one.
    bool restore_names(std::vector<std::string> names, std::vector<EventView::Naming> namings);
    std::uint32_t intern(std::string_view name);
    // The thread object at this address has this name from an event on.
    void name_thread(std::uint64_t thread, std::string_view name, std::uint64_t since = 0);
    // The same of a connection object.
    void name_connection(std::uint64_t connection, std::string_view name, std::uint64_t since) {
        name_thread(connection, name, since);
    }
    void name_states(std::vector<std::string> names) {
        states_ = std::make_shared<std::vector<std::string>>(std::move(names));
    }
    std::string state_name(std::uint64_t state) const;  // as EventView
    // Forgets all after `moment`: what follows is another future. Numbers stay.
    void truncate_after(machine::Moment);
    // Another index that holds the same up to `moment`, shares it, and goes on by
    // itself. Its views have another generation.
    EventIndex until(machine::Moment) const;
    // This one up to a moment, and from there on another one of the same life.
    EventIndex joined(EventIndex const& later, machine::Moment) const;
    EventView view() const;
    // The number that the next event will have.
    std::uint64_t next_number() const { return all_.view().end(); }

private:
    static constexpr std::size_t most_namings = 1U << 16, most_names = 1U << 16;

    void forget_namings();

    AppendLog<Event> all_;
    std::vector<AppendLog<std::uint64_t>> groups_;
    std::shared_ptr<std::vector<std::string> const> names_;
    std::shared_ptr<std::vector<std::pair<std::uint64_t, std::uint32_t>>> thread_names_;
    std::shared_ptr<std::vector<EventView::Naming>> namings_;
    std::shared_ptr<std::vector<std::string> const> states_;
    std::uint64_t generation_ = 1;
};

}  // namespace sim::debug
