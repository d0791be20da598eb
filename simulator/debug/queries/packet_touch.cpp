// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/queries/packet_touch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/packet_decode.hpp"

namespace sim::debug::queries {

using machine::Moment;

namespace {

constexpr std::uint64_t furthest = 2'000'000;  // instructions behind the packet that are looked at
constexpr std::size_t most_answers = 8, most_readers = 256;

std::string summary_of(Event const& e) {
    if (!e.packet) return "";
    DecodedPacket const p = decode_packet(*e.packet);
    return fmt::format("{} {} -> {} {}", name_of(p.protocol), p.source, p.destination, p.info);
}

// What the card writes while the packet is delivered.
class Dma final : public machine::MachineObserver {
public:
    Dma(machine::Machine& machine, std::vector<PacketTouch::Range>& ranges)
        : machine_(machine), ranges_(ranges) {
        machine_.add_observer(*this);
    }
    ~Dma() override { machine_.remove_observer(*this); }
    void on_dma_write(machine::Machine&, machine::Device const&, machine::PhysAddr address,
                      std::uint64_t length) override {
        if (!ranges_.empty() && ranges_.back().physical + ranges_.back().length == address)
            ranges_.back().length += length;
        else
            ranges_.push_back({address, length, false});
    }

private:
    machine::Machine& machine_;
    std::vector<PacketTouch::Range>& ranges_;
};

class Nothing final : public SearchListener {};

class Touches final : public SearchListener {
public:
    Touches(Scene& scene, PacketTouch& touch) : scene_(scene), touch_(touch) {}

    bool on_memory(MemoryEvent const& e) override {
        if (e.writer != Writer::instruction) {
            // The card has this buffer again: what follows is another packet's.
            return e.writer == Writer::device && e.at > touch_.at;
        }
        Symbols const& symbols = *scene_.symbols;
        Function const* const f = symbols.whole_at(e.rip);
        std::string const function = f ? f->name : symbols.describe(e.rip);
        auto const line = symbols.line_at(e.rip);
        std::string const where = line ? symbols.describe(*line) : "";
        auto at = std::find_if(touch_.readers.begin(), touch_.readers.end(),
                               [&](auto const& r) { return r.function == function && r.line == where; });
        if (at == touch_.readers.end()) {
            if (touch_.readers.size() == most_readers) return false;
            at = touch_.readers.insert(at, {function, where, 0, 0, e.at});
        }
        ++(e.access == engine::Access::write ? at->writes : at->reads);
        return false;
    }
    void on_interrupt(Moment at, unsigned, std::uint8_t vector, bool external) override {
        if (external && !touch_.interrupt) touch_.interrupt = PacketTouch::Interrupt{vector, at, {}};
    }

private:
    Scene& scene_;
    PacketTouch& touch_;
};

// The events between the packet and the next one that comes.
void read_events(EventView const& events, std::uint64_t from, Moment now, PacketTouch& touch) {
    std::uint64_t number = touch.packet;
    for (std::uint64_t n = from + 1; n < events.all.end(); ++n) {
        Event const& e = events.all[n];
        if (e.at >= now || e.at.retired > touch.at.retired + furthest) break;
        if (e.kind == EventKind::packet_in || e.kind == EventKind::packet_out) ++number;
        if (e.kind == EventKind::packet_in) break;
        touch.until = e.at;
        if (e.kind == EventKind::packet_out && touch.answers.size() < most_answers)
            touch.answers.push_back({number, e.at, summary_of(e)});
        if (e.kind == EventKind::thread_wake && touch.answers.empty())
            touch.woken.push_back({events.thread_name(e.a, n), e.at});
        if (e.kind == EventKind::interrupt_exit && touch.interrupt && !touch.interrupt->until &&
            e.a == touch.interrupt->vector && e.at > touch.interrupt->at)
            touch.interrupt->until = e.at;
    }
}

}  // namespace

PacketTouch packet_touch(Scene& scene, std::uint64_t packet) {
    PacketTouch touch;
    touch.packet = packet;
    EventView const events = scene.events();
    NumberLog const& packets = events.group(EventGroup::packets);
    if (packet == 0 || packet > packets.end()) {
        touch.problem = fmt::format("there are {} packets until here", packets.end());
        return touch;
    }
    if (packet - 1 < packets.begin()) {
        touch.problem = "this packet is no longer held";
        return touch;
    }
    std::uint64_t const number = packets[packet - 1];
    Event const& event = events.all[number];
    Moment const now = scene.machine.moment();
    touch.at = touch.until = event.at;
    touch.virtual_ns = event.virtual_ns;
    touch.received = event.kind == EventKind::packet_in;
    touch.summary = summary_of(event);
    if (touch.at >= now) {
        touch.problem = "this packet comes after the moment asked about";
        return touch;
    }
    Search search(scene.machine, scene.control);
    if (!touch.received) {
        touch.sender = actor_at(scene, event.at);
        return touch;
    }
    scene.observation.rewind();
    {
        Nothing nothing;
        search.run({event.at, event.at}, nothing);  // stands there
        Dma const dma(scene.machine, touch.dma);
        search.run({event.at, std::min(now, Moment{event.at.retired, event.at.sub + 1})}, nothing);
    }
    auto const payload = std::max_element(touch.dma.begin(), touch.dma.end(),
                                          [](auto const& a, auto const& b) { return a.length < b.length; });
    if (payload == touch.dma.end()) {
        touch.problem = "the card wrote nothing: no buffer was offered, or it waits for one";
        return touch;
    }
    payload->payload = true;
    read_events(events, number, now, touch);
    Touches touches(scene, touch);
    search.watch({.addresses = {}, .memory = {{payload->physical, payload->length, true, true}}});
    Moment const end = std::min(now, Moment{touch.until.retired + 1, 0});
    touch.cancelled = search.run({event.at, end}, touches) == SearchOutcome::cancelled;
    search.watch({});
    touch.woken.clear();
    touch.answers.clear();
    read_events(events, number, now, touch);  // again, now that the interrupt is known
    return touch;
}

}  // namespace sim::debug::queries
