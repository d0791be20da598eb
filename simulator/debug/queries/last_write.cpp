// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/queries/last_write.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/expression.hpp"
#include "simulator/debug/queries/value_origin.hpp"

namespace sim::debug::queries {

using machine::Moment;

namespace {

constexpr std::uint64_t page = 4096;
constexpr std::size_t shown_bytes = 16;

std::vector<std::uint8_t> bytes_of(Scene const& scene, WrittenRange const& range) {
    std::vector<std::uint8_t> bytes(std::min<std::uint64_t>(range.length, shown_bytes));
    std::size_t done = 0;
    for (auto const& piece : range.pieces) {
        std::size_t const n = std::min<std::size_t>(piece.length, bytes.size() - done);
        scene.machine.peek(piece.start, std::span(bytes).subspan(done, n));
        done += n;
    }
    return bytes;
}

// Keeps the last write of the stretch that is running.
class LastEvent final : public SearchListener {
public:
    bool on_memory(MemoryEvent const& e) override {
        if (e.access == engine::Access::write) last = e;
        return false;
    }
    std::optional<MemoryEvent> last;
};

// Pages that are one object in two pictures were not written in between.
bool changed(machine::PhysicalMemory const& memory, WrittenRange const& range, machine::RamImage const& a,
             machine::RamImage const& b) {
    for (auto const& piece : range.pieces)
        for (std::uint64_t at = piece.start / page; at <= (piece.start + piece.length - 1) / page; ++at) {
            std::size_t const index = memory.index_of(at);
            if (index < a.pages() && index < b.pages() && a.page(index) != b.page(index)) return true;
        }
    return false;
}

// The newest write before `before`: stretches in which no page of the range
// changed are not run.
std::optional<MemoryEvent> newest_write(Scene& scene, Search& search, WrittenRange const& range,
                                        Moment before, bool& cancelled) {
    machine::CheckpointStore& store = scene.machine.checkpoints();
    std::vector<Moment> starts = store.moments();
    std::erase_if(starts, [&](Moment m) { return m >= before; });
    Moment end = before;
    machine::CheckpointPtr later;  // at `end`, when known
    for (std::size_t i = starts.size(); i-- > 0;) {
        if (scene.cancelled()) {
            cancelled = true;
            return std::nullopt;
        }
        if (scene.control.progress)
            scene.control.progress(
                1.0 - static_cast<double>(starts[i].retired) / static_cast<double>(before.retired + 1),
                starts[i]);
        machine::CheckpointPtr const earlier = store.at_or_before(starts[i]);
        if (!later || !earlier || changed(scene.machine.memory(), range, earlier->ram, later->ram)) {
            LastEvent listener;
            search.watch({.addresses = {}, .memory = range.pieces});
            if (search.back({starts[i], end}, listener, [&](Interval) {
                    return listener.last.has_value();
                }) == SearchOutcome::cancelled) {
                cancelled = true;
                return std::nullopt;
            }
            if (listener.last) return listener.last;
        }
        end = starts[i];
        later = earlier;
    }
    return std::nullopt;
}

std::string untouched(Scene const& scene, WrittenRange const& range) {
    std::uint64_t const at = range.pieces.empty() ? 0 : range.pieces[0].start;
    return fmt::format(
        "never written since moment 0: as the loader left it (or the seeded pattern of fresh RAM, "
        "seed {}), physical {:#x}",
        scene.machine.config().seed, at);
}

}  // namespace

Resolved resolve(Scene const& scene, AddressSpace space, std::uint64_t address, std::uint64_t length) {
    Resolved r;
    r.range = {space, address, length, {}};
    if (length == 0 || length > max_written_range) {
        r.problem = fmt::format("{} bytes: want 1 to {}", length, max_written_range);
        return r;
    }
    GuestMemory const memory = scene.memory();
    for (std::uint64_t done = 0; done < length;) {
        std::uint64_t const at = address + done;
        std::uint64_t const n = std::min(length - done, page - (at & (page - 1)));
        auto const physical = space == AddressSpace::physical ? std::optional(at) : memory.translate(at);
        std::array<std::uint8_t, 1> byte{};
        if (!physical || !scene.machine.peek(*physical, byte)) {
            r.problem = fmt::format("{:#x} is {} at this moment", at, physical ? "no RAM" : "not mapped");
            return r;
        }
        r.range.pieces.push_back({*physical, n, false, true});
        done += n;
    }
    return r;
}

LastWrite last_write(Scene& scene, WrittenRange range, unsigned links) {
    LastWrite answer;
    answer.range = range;
    answer.value = bytes_of(scene, range);
    if (range.space == AddressSpace::virtual_) answer.object = describe_object(*scene.symbols, range.address);
    Moment before = scene.machine.moment();
    Search search(scene.machine, scene.control);
    for (unsigned i = 0; i < links; ++i) {
        auto const event = newest_write(scene, search, range, before, answer.cancelled);
        if (answer.cancelled) {
            answer.ending = "cancelled";
            break;
        }
        if (!event) {
            answer.ending = untouched(scene, range);
            break;
        }
        search.watch({});
        WriteLink link;
        link.range = range;
        link.writer = event->writer;
        link.device = event->device;
        link.at = event->at;
        link.seen = event->after;
        link.address = event->address;
        link.length = event->length;
        link.actor = actor_at(scene, event->at);
        link.before = bytes_of(scene, range);
        std::optional<ValueOrigin> origin;
        if (event->writer == Writer::instruction && i + 1 <= links) {
            origin = origin_of_store(scene, search, event->at, event->address);
            link.origin = origin->text;
        }
        go_to(scene, event->after);
        link.after = bytes_of(scene, range);
        answer.links.push_back(std::move(link));
        if (!origin || !origin->memory) {
            answer.ending =
                origin ? "the value begins there" : "it came from outside the guest's instructions";
            break;
        }
        before = origin->at;
        range = *origin->memory;
    }
    return answer;
}

}  // namespace sim::debug::queries
