// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/stops.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "simulator/debug/bytes.hpp"
#include "simulator/debug/words.hpp"

namespace sim::debug {

using engine::Access;
using machine::Moment;
using Range = engine::Cpu::MemoryRange;

namespace {

constexpr std::size_t max_hits = 20'000;
constexpr std::uint64_t max_watched = 1 << 20;  // bytes

}  // namespace

std::string StopPoint::describe() const {
    std::string text = fmt::format("{} {}: {}", name_of(spec.kind), number, spec.place);
    if (spec.kind == StopKind::watchpoint) text += fmt::format(", on {}", name_of(spec.access));
    if (spec.processor) text += fmt::format(", by processor {}", *spec.processor);
    if (!spec.condition.empty()) text += ", if " + spec.condition;
    if (spec.count > 1) text += fmt::format(", at each {}th hit", spec.count);
    return text;
}

std::vector<std::uint64_t> find_code(std::string_view text, Symbols const& symbols, std::string& why) {
    if (text.starts_with("0x"))
        if (auto const address = parse_number(text)) return {*address};
    if (auto const* function = symbols.function_named(text)) return {function->low};
    std::vector<std::uint64_t> found;
    for (Function const& f : symbols.functions())
        if (ends_in_name(f.name, text)) found.push_back(f.low);
    if (!found.empty()) return found;
    if (std::size_t const colon = text.rfind(':'); colon != std::string_view::npos && colon > 0) {
        auto const line = parse_number(text.substr(colon + 1));
        if (line && *line <= std::numeric_limits<std::uint32_t>::max()) {
            auto const file = symbols.file_named(text.substr(0, colon));
            if (!file) {
                why = fmt::format("no source file is called \"{}\"", text.substr(0, colon));
                return {};
            }
            // A line without code: the next one that has some.
            for (std::uint64_t n = *line; n < *line + 10; ++n)
                if (auto addresses = symbols.addresses_of(*file, static_cast<std::uint32_t>(n));
                    !addresses.empty())
                    return addresses;
            why = fmt::format("there is no code at {}", text);
            return {};
        }
    }
    if (auto const address = symbols.address_of_symbol(text)) return {*address};
    why = fmt::format("\"{}\" is no code: want an address (0x...), a function, or file.cpp:12", text);
    return {};
}

std::variant<StopNumber, std::string> Stops::add(StopSpec const& spec) {
    if (all_.size() >= max_stops) return std::string("there are too many stops: remove some first");
    if (spec.count == 0 || spec.count > max_count) return fmt::format("a hit count is 1 to {}", max_count);
    StopPoint stop;
    stop.spec = spec;
    auto const compile = [&](std::string const& text) -> std::variant<Expression, std::string> {
        auto compiled = Expression::compile(text, symbols_);
        if (!compiled) return compiled.error.explain();
        return std::move(*compiled.expression);
    };
    if (!spec.condition.empty()) {
        auto made = compile(spec.condition);
        if (auto* why = std::get_if<std::string>(&made)) return *why;
        stop.condition = std::get<Expression>(std::move(made));
    }
    switch (spec.kind) {
        case StopKind::breakpoint: {
            std::string why;
            stop.addresses = find_code(spec.place, *symbols_, why);
            if (stop.addresses.empty()) return why;
            break;
        }
        case StopKind::watchpoint: {
            auto made = compile(spec.place);
            if (auto* why = std::get_if<std::string>(&made)) return *why;
            stop.range = std::get<Expression>(std::move(made));
            if (stop.range->uses_registers() && spec.length == 0 && !stop.range->uses_memory())
                return std::string("a register cannot be watched: use a condition such as \"rax == 5\"");
            break;
        }
        case StopKind::condition: {
            auto made = compile(spec.place);
            if (auto* why = std::get_if<std::string>(&made)) return *why;
            stop.condition = std::get<Expression>(std::move(made));
            break;
        }
    }
    stop.number = ++last_;
    ++version_;
    all_.push_back(std::move(stop));
    return last_;
}

bool Stops::remove(StopNumber number) {
    ++version_;
    return std::erase_if(all_, [&](StopPoint const& s) { return s.number == number; }) != 0;
}

bool Stops::enable(StopNumber number, bool on) {
    ++version_;
    for (StopPoint& s : all_)
        if (s.number == number) return s.enabled = on, true;
    return false;
}

void Stops::set_breakpoint(std::uint64_t address, bool on) {
    ++version_;
    std::erase_if(all_, [&](StopPoint const& s) {
        return s.spec.kind == StopKind::breakpoint && s.addresses == std::vector{address};
    });
    if (!on || all_.size() >= max_stops) return;
    StopPoint stop;
    stop.number = ++last_;
    stop.spec.place = symbols_->describe(address);
    stop.addresses = {address};
    all_.push_back(std::move(stop));
}

bool Stops::any() const {
    return std::any_of(all_.begin(), all_.end(), [](StopPoint const& s) { return s.enabled; });
}

StopPoint const* Stops::find(StopNumber number) const {
    for (StopPoint const& s : all_)
        if (s.number == number) return &s;
    return nullptr;
}

// ---- StopListener ----

StopListener::StopListener(Stops const& stops, Search& search, Symbols const& symbols, bool first_only,
                           unsigned processor)
    : stops_(stops),
      search_(search),
      symbols_(symbols),
      machine_(search.machine()),
      first_only_(first_only),
      processor_(processor) {
    for (StopPoint const& s : stops_.all()) {
        if (!s.enabled) continue;
        if (s.spec.kind == StopKind::breakpoint) {
            breakpoints_.insert(breakpoints_.end(), s.addresses.begin(), s.addresses.end());
        } else if (s.spec.kind == StopKind::condition && s.condition->uses_registers()) {
            registers_.push_back({&s, RegisterCondition(*s.condition, machine_)});
        } else {
            memory_.push_back({});
            memory_.back().stop = &s;
        }
    }
}

GuestMemory StopListener::memory(unsigned cpu) const {
    return GuestMemory(
        paging_of(machine_.cpu(cpu).state()),
        [this](std::uint64_t at, std::span<std::uint8_t> into) { return machine_.peek(at, into); });
}

// A reader that writes down what was read.
GuestMemory StopListener::listening(unsigned cpu, std::vector<Range>& heard) const {
    return GuestMemory(paging_of(machine_.cpu(cpu).state()),
                       [this, &heard](std::uint64_t at, std::span<std::uint8_t> into) {
                           if (heard.size() < 4096) heard.push_back({at, into.size(), false, true});
                           return machine_.peek(at, into);
                       });
}

// Finds where a watchpoint or condition looks, and how it is now.
void StopListener::look(Memory& m) {
    StopPoint const& stop = *m.stop;
    m.data.clear();
    m.tables.clear();
    unsigned const whose = looks_for(stop);
    engine::CpuState const cpu = machine_.cpu(whose).state();
    if (stop.spec.kind == StopKind::condition) {
        GuestMemory const guest = listening(whose, m.tables);
        m.was_true = stop.condition->true_at(cpu, guest);
        return;
    }
    GuestMemory const guest = listening(whose, m.tables);
    Value const place = stop.range->evaluate(cpu, guest);
    std::uint64_t address = place.address.value_or(place.number);
    if (!place.problem.empty() && !place.address) return;  // it may become readable: the tables are watched
    std::uint64_t length = stop.spec.length ? stop.spec.length : place.address ? place.size : 8;
    length = std::min(length, max_watched);
    bool const physical = place.physical || stop.spec.space == AddressSpace::physical;
    std::vector<Range> walked;
    GuestMemory const walker = listening(whose, walked);
    m.old.clear();
    bool const reads = stop.spec.access == WatchFor::read || stop.spec.access == WatchFor::access;
    for (GuestMemory::Piece const& piece : walker.pieces(address, length, physical)) {
        if (!piece.physical) continue;
        m.data.push_back({*piece.physical, piece.length, reads, stop.spec.access != WatchFor::read});
        std::size_t const had = m.old.size();
        m.old.resize(had + piece.length);
        machine_.peek(*piece.physical, std::span(m.old).subspan(had, piece.length));
    }
    m.tables.insert(m.tables.end(), walked.begin(), walked.end());
}

void StopListener::rewatch() {
    std::vector<Range> ranges;
    for (Memory const& m : memory_) {
        ranges.insert(ranges.end(), m.data.begin(), m.data.end());
        ranges.insert(ranges.end(), m.tables.begin(), m.tables.end());
    }
    auto const key = [](Range const& r) { return std::tuple(r.start, r.length, r.read, r.write); };
    std::sort(ranges.begin(), ranges.end(), [&](Range const& a, Range const& b) { return key(a) < key(b); });
    ranges.erase(std::unique(ranges.begin(), ranges.end(),
                             [&](Range const& a, Range const& b) { return key(a) == key(b); }),
                 ranges.end());
    bool const same =
        std::equal(ranges.begin(), ranges.end(), watching_.memory.begin(), watching_.memory.end(),
                   [&](Range const& a, Range const& b) { return key(a) == key(b); });
    if (same) return;
    watching_.memory = std::move(ranges);
    search_.watch(watching_);
}

void StopListener::on_begin(Moment) {
    seen_ = 0;
    last_break_.reset();
    events_.clear();
    watching_ = {};
    watching_.addresses = breakpoints_;
    watching_.paging = !memory_.empty();
    for (Registers& r : registers_) {
        r.condition.begin();
        r.condition.watch(watching_);
    }
    for (Memory& m : memory_) look(m);
    rewatch();
    search_.watch(watching_);
}

void StopListener::on_paging(Moment, unsigned cpu) {
    for (Registers& r : registers_) r.condition.on_paging(cpu);
}

bool StopListener::holds(StopPoint const& stop, unsigned cpu) const {
    return !stop.condition || stop.spec.kind == StopKind::condition ||
           stop.condition->true_at(machine_.cpu(cpu).state(), memory(cpu));
}

// True: the run shall end here.
bool StopListener::hit(StopPoint const& stop, Moment at, unsigned cpu, std::string text) {
    ++seen_;
    if (machine_.processors() > 1) text += fmt::format(", processor {}", cpu);
    hits_.push_back({at, stop.number, cpu, std::move(text)});
    if (!first_only_) {
        if (hits_.size() > max_hits) hits_.pop_front();
        return false;
    }
    auto counted =
        std::find_if(counted_.begin(), counted_.end(), [&](auto const& c) { return c.first == stop.number; });
    if (counted == counted_.end()) counted = counted_.insert(counted_.end(), {stop.number, 0});
    if (++counted->second >= stop.spec.count) return true;
    hits_.clear();
    return false;
}

// The conditions over registers, looked at before each instruction and at the end
// of a run: the next one begins with how they are there.
bool StopListener::became_true(Moment at, unsigned cpu, std::optional<engine::VirtAddr> address) {
    for (Registers& r : registers_) {
        if (!concerns(*r.stop, cpu) || (address && !r.condition.concerns(*address))) continue;
        if (!r.condition.became_true(cpu)) continue;
        if (hit(*r.stop, at, cpu, fmt::format("{} became true", r.stop->spec.place))) return true;
    }
    return false;
}

bool StopListener::on_end(Moment at) {
    // The others are looked at when their turn comes.
    return became_true(at, machine_.current_processor(), std::nullopt);
}

bool StopListener::on_address(Moment at, unsigned cpu, engine::VirtAddr address) {
    if (at == ignored_) return false;
    if (became_true(at, cpu, address)) return true;
    for (StopPoint const& s : stops_.all()) {
        if (!s.enabled || s.spec.kind != StopKind::breakpoint || !concerns(s, cpu)) continue;
        if (std::find(s.addresses.begin(), s.addresses.end(), address) == s.addresses.end() || !holds(s, cpu))
            continue;
        // Begun again after a page fault at the same count: one hit.
        if (last_break_ == std::pair(at, s.number)) continue;
        last_break_ = {at, s.number};
        if (hit(s, at, cpu, fmt::format("breakpoint at {}", symbols_.describe(address)))) return true;
    }
    return false;
}

bool StopListener::on_memory(MemoryEvent const& e) {
    if (events_.size() < 256) events_.push_back(e);
    return false;
}

bool StopListener::on_rest(Moment after) {
    std::vector<MemoryEvent> events;
    events.swap(events_);
    bool stop_here = false;
    for (Memory& m : memory_) {
        StopPoint const& stop = *m.stop;
        Memory const before = m;
        look(m);
        if (stop.spec.kind == StopKind::condition) {
            if (m.was_true && !before.was_true)
                stop_here |=
                    hit(stop, after, looks_for(stop), fmt::format("{} became true", stop.spec.place));
            continue;
        }
        MemoryEvent const* by = nullptr;
        for (MemoryEvent const& e : events)
            for (Range const& r : before.data) {
                bool const wanted = e.access == Access::write ? r.write : r.read;
                if (wanted && concerns(stop, e.cpu) && e.address < r.start + r.length &&
                    e.address + e.length > r.start)
                    by = &e;
            }
        bool const changed = m.old != before.old;
        if (stop.spec.access == WatchFor::change ? !changed : !by) continue;
        if (stop.spec.processor && !by) continue;  // another's doing
        unsigned const who = by ? by->cpu : looks_for(stop);
        if (!holds(stop, who)) continue;
        std::string text = fmt::format("watchpoint {}: {}", stop.number, stop.spec.place);
        if (changed && m.old.size() <= 8 && before.old.size() == m.old.size())
            text += fmt::format(", {:#x} became {:#x}", little_endian(before.old), little_endian(m.old));
        else
            text += by && by->access == Access::read ? " was read" : " was written";
        if (by) {
            text += by->writer == Writer::device        ? fmt::format(" by {}", by->device)
                    : by->writer == Writer::instruction ? fmt::format(" by {}", symbols_.describe(by->rip))
                                                        : fmt::format(" by the {}", name_of(by->writer));
        }
        stop_here |= hit(stop, after, who, std::move(text));
    }
    rewatch();
    return stop_here;
}

}  // namespace sim::debug
