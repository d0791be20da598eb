// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace viz::model {

using sim::debug::Event;
using sim::debug::EventGroup;
using sim::debug::EventKind;
using sim::debug::RunState;
using sim::debug::Snapshot;

namespace {

enum : unsigned {
    power_on,
    first_interrupt,
    first_switch,
    first_packet,
    application_ready,
    first_connection,
    first_page
};

std::vector<Milestone> no_milestones() {
    std::vector<Milestone> out;
    for (char const* title : {"Power on", "First interrupt", "Threads run", "First packet",
                              "Application ready", "First connection", "First page served"})
        out.push_back({title, {}, {}, 0, false});
    out[power_on].reached = true;
    return out;
}

}  // namespace

Model::Model() : snapshot_(std::make_shared<Snapshot>()), milestones_(no_milestones()) {}

void Model::update(std::shared_ptr<Snapshot const> next) {
    if (!next || next == snapshot_) return;
    bool back = next->moment < snapshot_->moment;
    snapshot_ = std::move(next);
    if (back || generation_ != now().events.generation) {
        counted_ = 0;
        generation_ = now().events.generation;
        tally_ = {};
        requests_.clear();
        milestones_ = no_milestones();
    }
    if (auto const& answer = now().answer; answer && (answers_.empty() || answers_.back() != answer)) {
        answers_.push_back(answer);
        if (answers_.size() > 32) answers_.pop_front();
    }
    look_through_events();
    learn_threads();
    count_new_events();
}

bool Model::running() const { return now().state == RunState::running || now().state == RunState::seeking; }

char const* Model::state_word() const {
    switch (now().state) {
        case RunState::paused:
            return "Paused";
        case RunState::running:
            return now().cpu.halted ? "Running, asleep" : "Running";
        case RunState::seeking:
            return "Seeking";
        case RunState::exited:
            return "Exited";
        case RunState::crashed:
            return "Crashed";
        case RunState::ended:
            return "End";
    }
    return "";
}

TimeWindow Model::window(std::optional<TimeWindow> chosen) const {
    if (chosen && chosen->length() > 0) return *chosen;
    return {0, std::max<std::uint64_t>(end_ns(), 1000)};
}

void Model::learn_thread(std::uint64_t address) {
    if (address && thread_numbers_.try_emplace(address, thread_order_.size()).second)
        thread_order_.push_back(address);
}

// Those that no event has told of, in the kernel's own order.
void Model::learn_threads() {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> known;
    for (auto const& thread : now().kernel.threads) known.emplace_back(thread.id, thread.address);
    std::ranges::sort(known);
    for (auto const& [id, address] : known) learn_thread(address);
}

// Threads get their numbers in the order in which events first tell of them, so
// that a live machine and its recording agree. Awake, one nanosecond is one
// instruction: what is missing was slept.
void Model::look_through_events() {
    constexpr std::uint64_t shortest_ns = 20'000;
    auto const& all = now().events.all;
    if (looked_generation_ != now().events.generation || looked_until_ > all.end()) {
        sleeps_.clear();
        tail_asleep_ = false;
        looked_until_ = 0;
        looked_generation_ = now().events.generation;
    }
    if (std::exchange(tail_asleep_, false)) sleeps_.pop_back();
    auto look = [&](std::uint64_t from_ns, std::uint64_t from_retired, std::uint64_t to_ns,
                    std::uint64_t to_retired) {
        std::uint64_t passed = to_ns > from_ns ? to_ns - from_ns : 0,
                      worked = to_retired > from_retired ? to_retired - from_retired : 0;
        if (passed < worked + shortest_ns) return false;
        sleeps_.push_back({from_ns + worked, to_ns});
        return true;
    };
    for (looked_until_ = std::max(looked_until_, all.begin()); looked_until_ < all.end(); ++looked_until_) {
        Event const& event = all[looked_until_];
        if (event.kind == EventKind::thread_create || event.kind == EventKind::thread_switch)
            learn_thread(event.a);
        if (event.kind == EventKind::thread_switch) learn_thread(event.b);
        if (looked_until_ == all.begin())
            look(0, 0, event.virtual_ns, event.at.retired);
        else
            look(all[looked_until_ - 1].virtual_ns, all[looked_until_ - 1].at.retired, event.virtual_ns,
                 event.at.retired);
    }
    auto end = std::max(now().end, now().moment);
    if (!all.empty())
        tail_asleep_ = look(all.back().virtual_ns, all.back().at.retired, end_ns(), end.retired);
}

std::optional<std::uint64_t> Model::application_ready_ns() const {
    Milestone const& m = milestones_[application_ready];
    return m.reached ? std::optional(m.virtual_ns) : std::nullopt;
}

void Model::count_new_events() {
    auto const& all = now().events.all;
    counted_ = std::max(counted_, all.begin());
    for (; counted_ < all.end(); ++counted_) {
        Event const& event = all[counted_];
        if (event.at > now().moment) break;
        count(counted_, event);
    }
}

void Model::reach(unsigned milestone, std::uint64_t number, Event const& event) {
    Milestone& m = milestones_[milestone];
    if (m.reached) return;
    m = {m.title, number, event.at, event.virtual_ns, true};
}

void Model::count(std::uint64_t number, Event const& event) {
    switch (event.kind) {
        case EventKind::interrupt:
            ++tally_.interrupts;
            ++tally_.by_vector[event.a];
            reach(first_interrupt, number, event);
            break;
        case EventKind::exception:
        case EventKind::page_fault:
            ++tally_.faults;
            break;
        case EventKind::thread_create:
            ++tally_.threads_created;
            break;
        case EventKind::thread_switch:
            ++tally_.switches;
            reach(first_switch, number, event);
            break;
        case EventKind::packet_in:
            ++tally_.packets_in;
            tally_.bytes_in += event.a;
            reach(first_packet, number, event);
            break;
        case EventKind::packet_out:
            ++tally_.packets_out;
            tally_.bytes_out += event.a;
            reach(first_packet, number, event);
            break;
        case EventKind::tcp_state:
            reach(first_connection, number, event);
            break;
        case EventKind::http_request:
            ++tally_.requests;
            reach(first_page, number, event);
            requests_.push_back({number, event.virtual_ns, event.b});
            if (requests_.size() > 1024) requests_.erase(requests_.begin(), requests_.begin() + 512);
            break;
        case EventKind::app_ready:
            reach(application_ready, number, event);
            break;
        case EventKind::halt:
            ++tally_.sleeps;
            break;
        default:
            break;
    }
}

unsigned Model::thread_number(std::uint64_t address) const {
    auto found = thread_numbers_.find(address);
    return found == thread_numbers_.end() ? 0 : found->second;
}

sim::debug::Thread const* Model::thread(std::uint64_t address) const {
    for (auto const& t : now().kernel.threads)
        if (t.address == address) return &t;
    return nullptr;
}

std::string Model::thread_name(std::uint64_t address) const {
    if (address == 0) return "nobody";
    if (auto const* t = thread(address); t && !t->name.empty()) return t->name;
    if (now().events.names && now().events.thread_names)
        if (std::string const& name = now().events.thread_name(address, now().moment); !name.empty())
            return name;
    return fmt::format("{:#x}", address);
}

Colour Model::thread_colour(std::uint64_t address, Theme const& theme) const {
    if (address == 0) return theme.idle;
    if (thread_name(address).starts_with("idle")) return mix(theme.idle, theme.faint, 0.4f);
    // The idle thread takes no number: the first colours go to those who work.
    unsigned number = 0;
    for (std::uint64_t other : thread_order_) {
        if (other == address) break;
        if (!thread_name(other).starts_with("idle")) ++number;
    }
    return theme.of_thread(number);
}

std::uint64_t Model::running_thread() const {
    if (now().kernel.current_thread) return now().kernel.current_thread;
    return running_thread_at(now().virtual_ns);
}

std::uint64_t Model::running_thread_at(std::uint64_t ns) const {
    auto const& view = now().events;
    auto const& switches = view.group(EventGroup::switches);
    std::uint64_t after =
        switches.partition_point([&](std::uint64_t n) { return view.all[n].virtual_ns <= ns; });
    return after > switches.begin() ? view.all[switches[after - 1]].b : 0;
}

std::uint64_t Model::packet_count() const { return now().events.group(EventGroup::packets).size(); }

PacketRow const& Model::packet(std::uint64_t index) const {
    auto const& numbers = now().events.group(EventGroup::packets);
    std::uint64_t number = numbers[numbers.begin() + index];
    // Event numbers start anew in another branch; and the memory is bounded.
    if (packets_generation_ != now().events.generation || packets_.size() > 8192) {
        packets_.clear();
        packets_generation_ = now().events.generation;
    }
    auto [found, fresh] = packets_.try_emplace(number);
    if (fresh) {
        Event const& event = now().events.all[number];
        found->second.event = number;
        found->second.outward = event.kind == EventKind::packet_out;
        if (event.packet)
            found->second.decoded = sim::debug::decode_packet(*event.packet, found->second.outward);
    }
    return found->second;
}

std::optional<std::uint64_t> Model::packet_index_of(std::uint64_t event) const {
    auto const& numbers = now().events.group(EventGroup::packets);
    std::uint64_t at = numbers.partition_point([&](std::uint64_t n) { return n < event; });
    if (at >= numbers.end() || numbers[at] != event) return std::nullopt;
    return at - numbers.begin();
}

sim::debug::Gantt const& Model::gantt(TimeWindow window, std::size_t max_spans) const {
    auto const& events = now().events;
    bool current = gantt_ && gantt_window_ == window && gantt_generation_ == events.generation &&
                   gantt_events_ == events.all.end() && gantt_now_ == end_ns();
    if (!current) {
        gantt_ = sim::debug::gantt(events, window.from_ns, window.to_ns, end_ns(), max_spans);
        gantt_window_ = window;
        gantt_generation_ = events.generation;
        gantt_events_ = events.all.end();
        gantt_now_ = end_ns();
    }
    return *gantt_;
}

std::string Model::symbol(std::uint64_t address) const {
    if (!now().symbols || !now().symbols->near(address)) return {};
    return now().symbols->describe(address);
}

std::string Model::with_names(std::string_view text) const {
    constexpr std::size_t shortest = 7;  // digits: less is a number, not an address
    std::string out;
    while (!text.empty()) {
        std::size_t const at = std::min(text.find("0x"), text.size());
        out += text.substr(0, at);
        text.remove_prefix(at);
        if (text.empty()) break;
        std::size_t end = 2;
        while (end < text.size() && std::isxdigit(static_cast<unsigned char>(text[end]))) ++end;
        std::uint64_t address = 0;
        auto const parsed = std::from_chars(text.data() + 2, text.data() + end, address, 16);
        std::string name;
        if (parsed.ec == std::errc() && end - 2 >= shortest) {
            for (auto const& lock : now().kernel.locks)
                if (lock.address == address) name = lock.name;
            if (name.empty()) name = symbol(address);
        }
        out += name.empty() ? std::string(text.substr(0, end)) : name;
        text.remove_prefix(end);
    }
    return out;
}

std::string name_of(Entity const& entity, Model const& model) {
    switch (entity.kind) {
        case EntityKind::none:
            return {};
        case EntityKind::thread:
            return "thread " + model.thread_name(entity.id);
        case EntityKind::packet:
            if (auto index = model.packet_index_of(entity.id)) {
                auto const& decoded = model.packet(*index).decoded;
                return fmt::format("packet {}, {}: {}", model.packet_number(*index),
                                   sim::debug::name_of(decoded.protocol), decoded.info);
            }
            return "a packet no longer held";
        case EntityKind::event:
            if (model.now().events.all.holds(entity.id))
                return model.with_names(sim::debug::describe(entity.id, model.now().events));
            return "an event no longer held";
        case EntityKind::frame:
            return fmt::format("frame {:#x} (physical {:#x})", entity.id, entity.id << 12);
        case EntityKind::function:
            return model.symbol(entity.id);
        case EntityKind::descriptor: {
            auto const& queues = model.now().kernel.virtqueues;
            std::uint64_t const queue = entity.id >> 32;
            return fmt::format("descriptor {} of {}", entity.id & 0xFFFF'FFFF,
                               queue < queues.size() && !queues[queue].name.empty()
                                   ? fmt::format("the {} queue", queues[queue].name)
                                   : fmt::format("queue {}", queue));
        }
        case EntityKind::interrupt_vector:
            return fmt::format("vector {:#x}", entity.id);
        case EntityKind::disk_block: {
            unsigned const disk = sim::debug::disk_of(entity.id);
            std::uint64_t const block = sim::debug::block_of(entity.id);
            std::string const what =
                disk < model.now().disks.size() ? model.now().disks[disk]->describe(block) : "";
            return fmt::format("block {} of disk{}{}{}", block, disk, what.empty() ? "" : ": ", what);
        }
        default:
            return fmt::format("{} {:#x}", sim::debug::name_of(entity.kind), entity.id);
    }
}

}  // namespace viz::model
