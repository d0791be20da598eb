// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/event_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "simulator/debug/packet_decode.hpp"
#include "simulator/debug/registers.hpp"
#include "simulator/debug/text.hpp"

namespace sim::debug {

namespace {

constexpr std::size_t chunk_events = 1024;
std::string const no_name;

std::string describe_numbered(Event const&, std::uint64_t number, EventView const&);

std::string numbered_name(std::vector<std::string> const* names, std::uint64_t number) {
    if (names && number < names->size() && !(*names)[number].empty()) return (*names)[number];
    return fmt::format("{}", number);
}

// "write, sector 8, 4096 bytes, disk 0" of a request, "sector 8, 4096 bytes, disk 0" of what is done.
std::string disk_text(Event const& e) {
    static constexpr std::string_view actions[] = {"read", "write", "flush"};
    std::string text;
    std::uint64_t const low = e.c & 255;
    bool const request = e.kind == EventKind::disk_request;
    if (request) text = fmt::format("{}, ", low < 3 ? actions[low] : "?");
    if (e.kind != EventKind::disk_flush && !(request && low == 2))
        text += fmt::format("sector {}, {} bytes, ", e.a, e.b);
    text += fmt::format("disk {}", e.c >> 8);
    if (!request && low) text += ", failed";
    return text;
}

bool same(Event const& a, Event const& b) {
    return a.at == b.at && a.kind == b.kind && a.a == b.a && a.b == b.b && a.c == b.c;
}

}  // namespace

std::optional<EventGroup> group_of(EventKind kind) {
    switch (kind) {
        case EventKind::interrupt:
        case EventKind::exception:
            return EventGroup::interrupts;
        case EventKind::page_fault:
            return EventGroup::faults;
        case EventKind::thread_switch:
            return EventGroup::switches;
        case EventKind::packet_in:
        case EventKind::packet_out:
            return EventGroup::packets;
        case EventKind::tcp_state:
        case EventKind::http_request:
            return EventGroup::connections;
        case EventKind::thread_create:
        case EventKind::thread_exit:
        case EventKind::thread_wake:
            return EventGroup::threads;
        case EventKind::disk_request:
        case EventKind::disk_read:
        case EventKind::disk_write:
        case EventKind::disk_flush:
            return EventGroup::disk;
        default:
            return std::nullopt;
    }
}

char const* name_of(EventKind kind) {
    switch (kind) {
        case EventKind::interrupt:
            return "interrupt";
        case EventKind::exception:
            return "exception";
        case EventKind::page_fault:
            return "page fault";
        case EventKind::interrupt_exit:
            return "interrupt exit";
        case EventKind::thread_create:
            return "thread create";
        case EventKind::thread_exit:
            return "thread exit";
        case EventKind::thread_switch:
            return "switch";
        case EventKind::thread_wake:
            return "wake";
        case EventKind::lock_wait:
            return "lock wait";
        case EventKind::lock_acquire:
            return "lock acquire";
        case EventKind::lock_release:
            return "lock release";
        case EventKind::frame_alloc:
            return "frame alloc";
        case EventKind::frame_free:
            return "frame free";
        case EventKind::heap_alloc:
            return "heap alloc";
        case EventKind::heap_free:
            return "heap free";
        case EventKind::packet_in:
            return "packet in";
        case EventKind::packet_out:
            return "packet out";
        case EventKind::tcp_state:
            return "tcp state";
        case EventKind::tcp_window:
            return "tcp window";
        case EventKind::tcp_round_trip:
            return "tcp round trip";
        case EventKind::tcp_send_window:
            return "peer's window";
        case EventKind::tcp_receive_window:
            return "our window";
        case EventKind::http_request:
            return "http request";
        case EventKind::app_ready:
            return "ready";
        case EventKind::halt:
            return "halt";
        case EventKind::input:
            return "input";
        case EventKind::shutdown:
            return "triple fault";
        case EventKind::disk_request:
            return "disk request";
        case EventKind::disk_read:
            return "disk read";
        case EventKind::disk_write:
            return "disk write";
        case EventKind::disk_flush:
            return "disk flush";
        case EventKind::count_:
            break;
    }
    return "?";
}

char const* name_of(EventGroup group) {
    switch (group) {
        case EventGroup::interrupts:
            return "interrupts";
        case EventGroup::faults:
            return "page faults";
        case EventGroup::switches:
            return "thread switches";
        case EventGroup::packets:
            return "packets";
        case EventGroup::connections:
            return "connections";
        case EventGroup::threads:
            return "threads";
        case EventGroup::disk:
            return "disk";
        case EventGroup::count_:
            break;
    }
    return "?";
}

char const* word_of(EventGroup group) {
    switch (group) {
        case EventGroup::interrupts:
            return "interrupt";
        case EventGroup::faults:
            return "fault";
        case EventGroup::switches:
            return "switch";
        case EventGroup::packets:
            return "packet";
        case EventGroup::connections:
            return "connection";
        case EventGroup::threads:
            return "thread";
        case EventGroup::disk:
            return "disk";
        case EventGroup::count_:
            break;
    }
    return "?";
}

// ---- EventView ----

std::optional<std::uint64_t> EventView::nth(EventGroup which, std::uint64_t n) const {
    NumberLog const& numbers = group(which);
    return n > 0 && numbers.holds(n - 1) ? std::optional(numbers[n - 1]) : std::nullopt;
}

std::uint64_t EventView::first_at_or_after(machine::Moment moment) const {
    return all.partition_point([&](Event const& e) { return e.at < moment; });
}

std::uint64_t EventView::first_at_or_after_ns(std::uint64_t virtual_ns) const {
    return all.partition_point([&](Event const& e) { return e.virtual_ns < virtual_ns; });
}

std::optional<std::uint64_t> EventView::next(EventGroup which, machine::Moment moment) const {
    NumberLog const& numbers = group(which);
    std::uint64_t const at = numbers.partition_point([&](std::uint64_t n) { return all[n].at <= moment; });
    if (at == numbers.end()) return std::nullopt;
    return numbers[at];
}

std::optional<std::uint64_t> EventView::previous(EventGroup which, machine::Moment moment) const {
    NumberLog const& numbers = group(which);
    std::uint64_t const at = numbers.partition_point([&](std::uint64_t n) { return all[n].at < moment; });
    if (at == numbers.begin()) return std::nullopt;
    return numbers[at - 1];
}

EventView EventView::since(std::uint64_t first) const {
    EventView v = *this;
    v.all = all.since(first);
    v.forgotten = v.all.begin();
    for (NumberLog& numbers : v.groups)
        numbers = numbers.since(
            numbers.partition_point([&](std::uint64_t number) { return number < v.forgotten; }));
    return v;
}

std::string const& EventView::name(std::uint32_t index) const {
    return names && index < names->size() ? (*names)[index] : no_name;
}

std::string const& EventView::thread_name(std::uint64_t thread) const {
    if (!thread_names) return no_name;
    auto at = std::lower_bound(thread_names->begin(), thread_names->end(), thread,
                               [](auto const& pair, std::uint64_t t) { return pair.first < t; });
    return at != thread_names->end() && at->first == thread ? name(at->second) : no_name;
}

std::string const& EventView::thread_name(std::uint64_t thread, std::uint64_t event) const {
    if (!namings) return no_name;
    auto at = std::upper_bound(namings->begin(), namings->end(), Naming{thread, event, UINT32_MAX});
    if (at == namings->begin() || (at - 1)->thread != thread) return no_name;
    return name((at - 1)->name);
}

std::string const& EventView::thread_name(std::uint64_t thread, machine::Moment at) const {
    std::string const& then = thread_name(thread, first_at_or_after(at));
    return then.empty() ? thread_name(thread) : then;
}

std::string describe(Event const& e, EventView const& view) {
    // Which of the events it is, for the names that were right then.
    std::uint64_t n = view.first_at_or_after(e.at);
    while (n < view.all.end() && view.all[n].at == e.at && !same(view.all[n], e)) ++n;
    return describe_numbered(e, n, view);
}

std::string EventView::state_name(std::uint64_t state) const { return numbered_name(states.get(), state); }
std::string EventIndex::state_name(std::uint64_t state) const { return numbered_name(states_.get(), state); }

std::string describe(std::uint64_t number, EventView const& view) {
    return describe_numbered(view.all[number], number, view);
}

namespace {

std::string describe_numbered(Event const& e, std::uint64_t number, EventView const& view) {
    auto thread = [&](std::uint64_t address) {
        std::string const& known = view.thread_name(address, number);
        std::string const& name = known.empty() ? view.thread_name(address) : known;
        return name.empty() ? (address ? fmt::format("{:#x}", address) : std::string("none")) : name;
    };
    std::string text;
    switch (e.kind) {
        case EventKind::interrupt:
            text = fmt::format("vector {}, at {:#x}", e.a, e.b);
            break;
        case EventKind::exception:
            text = fmt::format("{} ({}), at {:#x}, error {:#x}", e.a,
                               exception_name(static_cast<std::uint8_t>(e.a)), e.b, e.c);
            break;
        case EventKind::page_fault:
            text = fmt::format("{:#x}, at {:#x}: {}", e.a, e.b,
                               explain_page_fault(static_cast<std::uint32_t>(e.c)));
            break;
        case EventKind::interrupt_exit:
            text = fmt::format("vector {}", e.a);
            break;
        case EventKind::thread_create:
        case EventKind::thread_exit:
        case EventKind::thread_wake:
            text = thread(e.a);
            break;
        case EventKind::thread_switch:
            text = fmt::format("{} -> {}", thread(e.a), thread(e.b));
            break;
        case EventKind::lock_wait:
        case EventKind::lock_acquire:
        case EventKind::lock_release:
            text = fmt::format("{:#x} by {}", e.a, thread(e.b));
            break;
        case EventKind::frame_alloc:
            text = fmt::format("frame {:#x}, {} pages, owner {}", e.a,
                               1ULL << std::min<std::uint64_t>(e.b, 63), e.c);
            break;
        case EventKind::frame_free:
            text = fmt::format("frame {:#x}, {} pages", e.a, 1ULL << std::min<std::uint64_t>(e.b, 63));
            break;
        case EventKind::heap_alloc:
            text = fmt::format("{:#x}, {} bytes", e.a, e.b);
            break;
        case EventKind::heap_free:
            text = fmt::format("{:#x}", e.a);
            break;
        case EventKind::packet_in:
        case EventKind::packet_out: {
            text = fmt::format("{} bytes", e.a);
            if (e.packet) {
                DecodedPacket const p = decode_packet(*e.packet, e.kind == EventKind::packet_out);
                text +=
                    fmt::format(", {}, {} -> {}: {}", name_of(p.protocol), p.source, p.destination, p.info);
            }
            break;
        }
        case EventKind::tcp_state:
            text = fmt::format("{} -> {}, {}", view.state_name(e.b), view.state_name(e.c), thread(e.a));
            break;
        case EventKind::tcp_window:
            text = fmt::format("congestion window {}, {}, {}", e.b,
                               e.c >= UINT32_MAX ? "no threshold yet" : fmt::format("threshold {}", e.c),
                               thread(e.a));
            break;
        case EventKind::tcp_round_trip:
            text = fmt::format("smoothed {}, timeout {}, {}", format_ns(e.b), format_ns(e.c), thread(e.a));
            break;
        case EventKind::tcp_send_window:
        case EventKind::tcp_receive_window:
            text = fmt::format("{} offers {} bytes, up to byte {}, {}",
                               e.kind == EventKind::tcp_send_window ? "the peer" : "the guest", e.b, e.c,
                               thread(e.a));
            break;
        case EventKind::http_request:
            text = fmt::format("status {}, stream {:#x}", e.b, e.a);
            break;
        case EventKind::input:
            text = fmt::format("{} bytes", e.b);
            break;
        case EventKind::disk_request:
        case EventKind::disk_read:
        case EventKind::disk_write:
        case EventKind::disk_flush:
            text = disk_text(e);
            break;
        default:
            break;
    }
    return fmt::format("{:>14}  {:<14}  {}", format_ns(e.virtual_ns), name_of(e.kind), text);
}

}  // namespace

// ---- EventIndex ----

EventIndex::EventIndex(std::size_t max_events)
    : all_(max_events / chunk_events + 1),
      names_(std::make_shared<std::vector<std::string>>(1)),
      thread_names_(std::make_shared<std::vector<std::pair<std::uint64_t, std::uint32_t>>>()),
      namings_(std::make_shared<std::vector<EventView::Naming>>()) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(EventGroup::count_); ++i)
        groups_.emplace_back(max_events / chunk_events + 1);
}

bool EventIndex::add(Event event) {
    EventLog const held = all_.view();
    // Run again: everything up to the last moment is there; at that very moment
    // there may be new events beside the known ones.
    for (std::uint64_t n = held.end(); n-- > held.begin() && held[n].at >= event.at;)
        if (held[n].at > event.at || same(held[n], event)) return false;
    restore(std::move(event));
    return true;
}

void EventIndex::restore(Event event) {
    auto const group = group_of(event.kind);
    std::uint64_t const number = all_.append(std::move(event));
    if (group) groups_[static_cast<std::size_t>(*group)].append(number);
}

std::uint32_t EventIndex::intern(std::string_view name) {
    auto const at = std::find(names_->begin(), names_->end(), name);
    if (at != names_->end()) return static_cast<std::uint32_t>(at - names_->begin());
    if (names_->size() >= most_names) return 0;
    auto next = std::make_shared<std::vector<std::string>>(*names_);
    next->emplace_back(name);
    names_ = std::move(next);
    return static_cast<std::uint32_t>(names_->size() - 1);
}

void EventIndex::name_thread(std::uint64_t thread, std::string_view name, std::uint64_t since) {
    if (namings_->size() >= most_namings) forget_namings();
    std::uint32_t const index = intern(name);
    // Copied only while a snapshot holds the old list.
    if (thread_names_.use_count() > 1)
        thread_names_ =
            std::make_shared<std::vector<std::pair<std::uint64_t, std::uint32_t>>>(*thread_names_);
    auto at =
        std::lower_bound(thread_names_->begin(), thread_names_->end(), std::pair{thread, std::uint32_t{0}});
    if (at != thread_names_->end() && at->first == thread)
        at->second = index;
    else
        thread_names_->insert(at, {thread, index});

    if (namings_.use_count() > 1) namings_ = std::make_shared<std::vector<EventView::Naming>>(*namings_);
    EventView::Naming const naming{thread, since, index};
    auto const place = std::lower_bound(namings_->begin(), namings_->end(), naming);
    if (place == namings_->end() || *place != naming) namings_->insert(place, naming);
}

bool EventIndex::restore_names(std::vector<std::string> names, std::vector<EventView::Naming> namings) {
    if (names.size() > most_names || namings.size() > most_namings || !std::ranges::is_sorted(namings))
        return false;
    auto last = std::make_shared<std::vector<std::pair<std::uint64_t, std::uint32_t>>>();
    for (EventView::Naming const& n : namings) {
        if (n.name >= names.size()) return false;
        if (last->empty() || last->back().first != n.thread) last->emplace_back(n.thread, n.name);
        last->back().second = n.name;
    }
    names_ = std::make_shared<std::vector<std::string>>(std::move(names));
    namings_ = std::make_shared<std::vector<EventView::Naming>>(std::move(namings));
    thread_names_ = std::move(last);
    return true;
}

// Of names that an object had before the oldest event that is held, its last one is
// enough. If that leaves too many, the guest has more objects than are remembered:
// the lower half of the addresses goes.
void EventIndex::forget_namings() {
    std::uint64_t const oldest = all_.view().begin();
    auto kept = std::make_shared<std::vector<EventView::Naming>>();
    for (EventView::Naming const& one : *namings_) {
        bool const replaced = !kept->empty() && kept->back().thread == one.thread && one.since <= oldest;
        if (replaced)
            kept->back() = one;
        else
            kept->push_back(one);
    }
    if (kept->size() >= most_namings / 2)
        kept->erase(kept->begin(), kept->end() - static_cast<std::ptrdiff_t>(most_namings / 2));
    namings_ = std::move(kept);
    if (thread_names_->size() < most_namings) return;
    auto names = std::make_shared<std::vector<std::pair<std::uint64_t, std::uint32_t>>>(*thread_names_);
    names->erase(names->begin(), names->end() - static_cast<std::ptrdiff_t>(most_namings / 2));
    thread_names_ = std::move(names);
}

void EventIndex::truncate_after(machine::Moment moment) {
    EventLog const held = all_.view();
    if (!held.empty() && held.back().at > moment) *this = until(moment);
}

EventIndex EventIndex::until(machine::Moment moment) const {
    static std::atomic<std::uint64_t> last_generation{1};
    EventIndex index(*this);
    index.generation_ = ++last_generation;
    std::uint64_t const end = all_.view().partition_point([&](Event const& e) { return e.at <= moment; });
    index.all_ = all_.until(end);
    for (auto& g : index.groups_)
        g = g.until(g.view().partition_point([&](std::uint64_t number) { return number < end; }));
    index.namings_ = std::make_shared<std::vector<EventView::Naming>>(*namings_);
    std::erase_if(*index.namings_,
                  [&](EventView::Naming const& n) { return n.since != 0 && n.since >= end; });
    index.thread_names_ =
        std::make_shared<std::vector<std::pair<std::uint64_t, std::uint32_t>>>(*thread_names_);
    return index;
}

EventIndex EventIndex::joined(EventIndex const& later, machine::Moment moment) const {
    EventIndex all = until(moment);
    EventView const more = later.view();
    for (std::uint64_t n = more.all.begin(); n < more.all.end(); ++n) all.add(more.all[n]);
    for (EventView::Naming const& one : *later.namings_)
        all.name_thread(one.thread, more.name(one.name), one.since);
    return all;
}

EventView EventIndex::view() const {
    EventView v;
    v.all = all_.view();
    for (std::size_t i = 0; i < groups_.size(); ++i) v.groups[i] = groups_[i].view();
    v.names = names_;
    v.thread_names = thread_names_;
    v.namings = namings_;
    v.states = states_;
    v.generation = generation_;
    // A group's numbers outlive the events: each log has room for as many.
    return v.since(v.all.begin());
}

}  // namespace sim::debug
