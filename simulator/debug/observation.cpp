// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/observation.hpp"

#include <algorithm>

#include "simulator/debug/machine_memory.hpp"
#include "simulator/debug/words.hpp"

namespace sim::debug {

namespace {

constexpr std::size_t max_console = 1U << 20;
// What a guest calls threads and connections may be any address: of so many it is
// remembered whether the name is known. Then it is asked for again.
constexpr std::size_t max_known = 1U << 16;

// Probes that become events. Packets do not come from probes: the wire itself is
// observed, which works for every image and cannot be wrong.
std::optional<EventKind> kind_of(std::string_view name) {
    static constexpr std::pair<std::string_view, EventKind> kinds[] = {
        {"thread_create", EventKind::thread_create},
        {"thread_exit", EventKind::thread_exit},
        {"thread_switch", EventKind::thread_switch},
        {"thread_wake", EventKind::thread_wake},
        {"lock_wait", EventKind::lock_wait},
        {"lock_acquire", EventKind::lock_acquire},
        {"lock_release", EventKind::lock_release},
        {"irq_exit", EventKind::interrupt_exit},
        {"frame_alloc", EventKind::frame_alloc},
        {"frame_free", EventKind::frame_free},
        {"heap_alloc", EventKind::heap_alloc},
        {"heap_free", EventKind::heap_free},
        {"tcp_state", EventKind::tcp_state},
        {"http_request", EventKind::http_request},
        {"tcp_window", EventKind::tcp_window},
        {"tcp_round_trip", EventKind::tcp_round_trip},
        {"tcp_send_window", EventKind::tcp_send_window},
        {"tcp_receive_window", EventKind::tcp_receive_window},
        {"app_ready", EventKind::app_ready},
    };
    for (auto const& [known, kind] : kinds)
        if (known == name) return kind;
    return std::nullopt;
}

// The older half goes.
void drop_old_text(std::vector<Printed>& printed, std::string& text, std::uint64_t& dropped) {
    if (text.size() <= 2 * max_console) return;
    std::size_t const drop = text.size() - max_console;
    text.erase(0, drop);
    dropped += drop;
    std::erase_if(printed, [&](Printed const& p) { return p.end <= dropped; });
}

}  // namespace

Observation::Observation(machine::Machine& machine, std::vector<Probe> probes, KernelReader const* kernel,
                         std::size_t max_events)
    : machine_(machine), kernel_(kernel), events_(max_events) {
    for (Probe& p : probes) {
        if (p.provider != "viv") continue;
        if (auto const kind = kind_of(p.name)) watched_[p.address] = {*kind, std::move(p.arguments)};
    }
    if (kernel_) events_.name_states(kernel_->connection_states());
    machine_.add_observer(*this);
    interrupts_.resize(machine_.processors());
    for (unsigned i = 0; i < machine_.processors(); ++i) {
        ears_.push_back(std::make_unique<Ear>(*this, i));
        machine_.cpu(i).set_observer(ears_.back().get());
    }
    watch();
}

Observation::~Observation() {
    for (unsigned i = 0; i < machine_.processors(); ++i) {
        machine_.cpu(i).set_observer(nullptr);
        machine_.cpu(i).set_watched_addresses({});
    }
    machine_.remove_observer(*this);
}

GuestMemory Observation::memory(unsigned cpu) const {
    return memory_of(machine_, cpu);
}

void Observation::watch() {
    std::vector<engine::VirtAddr> addresses;
    for (auto const& [address, what] : watched_) addresses.push_back(address);
    if (temporary_ && !watched_.contains(temporary_->address)) addresses.push_back(temporary_->address);
    std::sort(addresses.begin(), addresses.end());
    for (unsigned i = 0; i < machine_.processors(); ++i) machine_.cpu(i).set_watched_addresses(addresses);
}

void Observation::set_temporary(std::optional<Temporary> t) {
    bool const changed = temporary_.has_value() != t.has_value() || (t && temporary_->address != t->address);
    temporary_ = t;
    if (changed) watch();
}

bool Observation::add(EventKind kind, std::uint64_t a, std::uint64_t b, std::uint64_t c,
                      std::shared_ptr<std::vector<std::uint8_t> const> packet, unsigned cpu) {
    Event e;
    e.cpu = static_cast<std::uint8_t>(cpu);
    e.at = machine_.moment();
    e.virtual_ns = machine_.virtual_ns();
    e.kind = kind;
    e.a = a;
    e.b = b;
    e.c = c;
    e.packet = std::move(packet);
    if (collecting_) return collecting_->add(std::move(e)), false;
    if (e.at < since_) return false;
    bool const is_new = events_.add(std::move(e));
    if (is_new && interrupt_at_ && group_of(kind) == interrupt_at_) machine_.interrupt();
    return is_new;
}

bool Observation::on_address(unsigned cpu, engine::VirtAddr address) {
    auto const at = watched_.find(address);
    engine::CpuState const state = machine_.cpu(cpu).state();
    if (at != watched_.end() && at->second.kind != EventKind::count_) probe(at->second, cpu, state);
    if (ignoring_ || machine_.moment() == began_) return false;
    if (!temporary_ || temporary_->address != address || temporary_->cpu != cpu) return false;
    if (temporary_->stack_pointer && *temporary_->stack_pointer != state[engine::Gpr::rsp]) return false;
    stop_ = Stop::temporary;
    return true;
}

void Observation::probe(Watched const& w, unsigned cpu, engine::CpuState const& state) {
    std::uint64_t values[3] = {};
    GuestMemory const guest = memory(cpu);
    for (std::size_t i = 0; i < 3 && i < w.arguments.size(); ++i)
        values[i] = evaluate(w.arguments[i], state, [&](std::uint64_t address, std::span<std::uint8_t> into) {
                        return guest.read(address, into);
                    }).value_or(0);
    std::uint64_t const number = events_.next_number();
    bool const is_new = add(w.kind, values[0], values[1], values[2], {}, cpu);
    if (collecting_) return;
    if (w.kind == EventKind::thread_create && is_new) {
        named_.erase(values[0]);  // a new thread may live where an old one was
        learn_name(values[0], number);
    } else if (w.kind == EventKind::thread_switch) {
        learn_name(values[0], 0);
        learn_name(values[1], 0);
    } else if (w.kind == EventKind::tcp_state && is_new) {
        learn_connection(values[0], values[1], number);
    }
}

// Once in a connection's life: finding it among all costs a walk over them. The
// object's next life, which begins where it is closed, is another connection.
void Observation::learn_connection(std::uint64_t connection, std::uint64_t from, std::uint64_t event) {
    if (!kernel_ || connection == 0) return;
    if (connections_.size() >= max_known) connections_.clear();
    bool& known = connections_[connection];
    if (events_.state_name(from) == "Closed") known = false;
    if (known) return;
    std::string const name = kernel_->connection_name(connection, memory());
    known = !name.empty();
    if (known) events_.name_connection(connection, name, event);
}

void Observation::learn_name(std::uint64_t thread, std::uint64_t since) {
    if (named_.size() >= max_known) named_.clear();
    bool& known = named_[thread];
    if (known || !kernel_ || thread == 0) return;
    std::string const name = kernel_->thread_name(thread, memory());
    known = !name.empty() && name != "?" && name != "none";
    if (known) events_.name_thread(thread, name, since);
}

void Observation::on_interrupt(unsigned cpu, std::uint8_t vector, bool external, std::uint32_t error_code,
                               engine::VirtAddr address) {
    ++interrupts_[cpu];
    std::uint64_t const rip = machine_.cpu(cpu).state().rip;
    if (external)
        add(EventKind::interrupt, vector, rip, 0, {}, cpu);
    else if (vector == 14)
        add(EventKind::page_fault, address, rip, error_code, {}, cpu);
    else
        add(EventKind::exception, vector, rip, error_code, {}, cpu);
}

std::uint64_t Observation::ordinal() {
    machine::Moment const now = machine_.moment();
    if (now != outputs_at_) {
        outputs_at_ = now;
        outputs_ = 0;
    }
    return outputs_++;
}

void Observation::on_input(machine::Machine&, machine::Input const& input) {
    if (input.kind == machine::InputKind::frame)
        add(EventKind::packet_in, input.bytes.size(), 0, 0,
            std::make_shared<std::vector<std::uint8_t>>(input.bytes));
    else
        add(EventKind::input, static_cast<std::uint64_t>(input.kind), input.bytes.size());
}

void Observation::on_halt(machine::Machine& machine) {
    add(EventKind::halt, 0, 0, 0, {}, machine.current_processor());
}

void Observation::on_disk(machine::Machine& machine, machine::Device const& disk,
                          machine::DiskAccess const& access) {
    constexpr std::string_view prefix = "disk";
    std::string_view const name = disk.name();
    std::uint64_t const number =
        name.starts_with(prefix) ? parse_number(name.substr(prefix.size())).value_or(0) : 0;
    constexpr EventKind kinds[] = {EventKind::disk_read, EventKind::disk_write, EventKind::disk_flush};
    auto const action = static_cast<std::uint64_t>(access.action);
    add(access.done ? kinds[action] : EventKind::disk_request, access.sector, access.bytes,
        number << 8 | (access.done ? std::uint64_t{access.failed} : action), {}, machine.current_processor());
}

void Observation::on_output(machine::Machine&, machine::Device const&, machine::OutputKind kind,
                            std::span<std::uint8_t const> bytes) {
    std::uint64_t const which = ordinal();
    if (kind == machine::OutputKind::frame) {
        add(EventKind::packet_out, bytes.size(), which, 0,
            std::make_shared<std::vector<std::uint8_t>>(bytes.begin(), bytes.end()));
        return;
    }
    machine::Moment const now = machine_.moment();
    if (now < since_) return;
    if (!printed_.empty()) {
        Printed const& last = printed_.back();
        if (std::pair(now, which) <= std::pair(last.at, last.ordinal)) return;  // run again
    }
    text_.append(reinterpret_cast<char const*>(bytes.data()), bytes.size());
    printed_.push_back({now, which, text_dropped_ + text_.size()});
    drop_old_text(printed_, text_, text_dropped_);
}

std::shared_ptr<std::string const> Observation::console(machine::Moment moment) {
    // Output at (n, 0) came from the instruction after n: it is there from n + 1 on.
    auto const after = std::partition_point(printed_.begin(), printed_.end(),
                                            [&](Printed const& p) { return p.at < moment; });
    std::uint64_t const end = after == printed_.begin() ? text_dropped_ : (after - 1)->end;
    if (end == console_end_) return console_;
    console_end_ = end;
    std::size_t const length = end - text_dropped_;
    std::size_t const start = length > max_console ? length - max_console : 0;
    console_ = std::make_shared<std::string>(text_.substr(start, length - start));
    return console_;
}

void Observation::truncate_after(machine::Moment moment) {
    events_.truncate_after(moment);
    while (!printed_.empty() && printed_.back().at >= moment) printed_.pop_back();
    std::uint64_t const end = printed_.empty() ? text_dropped_ : printed_.back().end;
    text_.resize(end - text_dropped_);
    console_end_ = ~std::uint64_t{0};
    named_.clear();
    connections_.clear();
}

std::shared_ptr<Observation::Past> Observation::fork(machine::Moment moment) {
    EventIndex common = events_.until(moment);
    auto past = std::make_shared<Past>(Past{std::move(events_), printed_, text_, text_dropped_, since_});
    events_ = std::move(common);
    truncate_after(moment);
    since_ = std::min(since_, moment);
    return past;
}

std::shared_ptr<Observation::Past> Observation::exchange(std::shared_ptr<Past> other) {
    std::swap(events_, other->events);
    std::swap(printed_, other->printed);
    std::swap(text_, other->text);
    std::swap(text_dropped_, other->text_dropped);
    std::swap(since_, other->since);
    console_end_ = ~std::uint64_t{0};
    named_.clear();
    connections_.clear();
    rewind();
    return other;
}

void Observation::begin_in_the_middle(HeardBefore const& heard) {
    since_ = machine_.moment();
    events_.start_at(heard.events, heard.groups);
    text_ = heard.console;
    // As if it had been printed by what happened last.
    machine::Moment before{since_.retired - 1, UINT64_MAX};
    if (since_.sub > 0 || since_.retired == 0) before = {since_.retired, since_.sub ? since_.sub - 1 : 0};
    if (!text_.empty()) printed_.push_back({before, 0, text_.size()});
    console_end_ = ~std::uint64_t{0};
}

HeardBefore Observation::heard_before(machine::Moment moment) {
    HeardBefore heard;
    EventView const known = events_.view();
    heard.events = known.first_at_or_after(moment);
    for (std::size_t i = 0; i < heard.groups.size(); ++i)
        heard.groups[i] =
            known.groups[i].partition_point([&](std::uint64_t number) { return number < heard.events; });
    heard.console = *console(moment);
    if (heard.console.size() > HeardBefore::most_console)
        heard.console.erase(0, heard.console.size() - HeardBefore::most_console);
    return heard;
}

void Observation::join(Past const& before, machine::Moment moment) {
    Past here{std::move(events_), std::move(printed_), std::move(text_), text_dropped_, since_};
    join(before, here, moment);
    events_ = std::move(here.events);
    printed_ = std::move(here.printed);
    text_ = std::move(here.text);
    text_dropped_ = here.text_dropped;
    since_ = here.since;
    console_end_ = ~std::uint64_t{0};
    rewind();
}

void Observation::join(Past const& before, Past& later, machine::Moment moment) {
    Past all{before.events.joined(later.events, moment), before.printed, before.text, before.text_dropped, {}};
    while (!all.printed.empty() && all.printed.back().at >= moment) all.printed.pop_back();
    all.text.resize((all.printed.empty() ? all.text_dropped : all.printed.back().end) - all.text_dropped);
    std::uint64_t begin = later.text_dropped;
    for (Printed const& one : later.printed) {
        if (one.at >= moment) {
            all.text.append(later.text, begin - later.text_dropped, one.end - begin);
            all.printed.push_back({one.at, one.ordinal, all.text_dropped + all.text.size()});
        }
        begin = one.end;
    }
    drop_old_text(all.printed, all.text, all.text_dropped);
    later = std::move(all);
}

}  // namespace sim::debug
