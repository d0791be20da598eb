// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the parts of a moment hold, and its memory.
#include <algorithm>

#include "simulator/album/fields.hpp"
#include "simulator/machine/power_on.hpp"

namespace sim::album {

namespace {

template <class T>
std::vector<std::uint8_t> encoded(T const& value) {
    Encoder out;
    out(value);
    return out.take();
}
template <class T>
T decoded(std::span<std::uint8_t const> bytes, char const* what) {
    Decoder in(bytes, what);
    T value;
    in(value);
    in.finish();
    return value;
}

void check(debug::FrameMap const& map, Decoder const& in) {
    if (map.owners.empty() || map.frames_by_owner.size() != map.owners.size() ||
        std::ranges::any_of(map.owner, [&](std::uint8_t o) { return o >= map.owners.size(); }))
        in.wrong("a frame of nobody's");
}

// One for each Part that the kernel fills.
template <class V>
void kernel_fields(V& v, Part part, debug::KernelView& k) {
    switch (part) {
        case Part::threads:
            return v(k.threads_health, k.threads, k.run_queue_health, k.run_queue, k.current_thread);
        case Part::frames: {
            bool there = k.frames != nullptr;
            v(k.frames_health, there);
            if (!there) return;
            auto const map = k.frames ? std::make_shared<debug::FrameMap>(*k.frames)
                                      : std::make_shared<debug::FrameMap>();
            v(*map);
            k.frames = map;
            return;
        }
        case Part::queues:
            return v(k.virtqueues_health, k.virtqueues);
        case Part::connections:
            return v(k.connections_health, k.connections);
        default:
            return v(k.problem, k.heap_health, k.heap, k.locks_health, k.locks, k.interrupts_health, k.interrupts,
                     k.others);
    }
}

}  // namespace

std::vector<std::uint8_t> processors_part(std::vector<debug::ProcessorInfo> const& list) { return encoded(list); }
std::vector<std::uint8_t> tlbs_part(std::vector<std::vector<engine::TlbEntry>> const& list) { return encoded(list); }
std::vector<std::uint8_t> devices_part(std::vector<machine::StateNode> const& list) { return encoded(list); }
std::vector<std::uint8_t> kernel_part(Part part, debug::KernelView const& view) {
    Encoder out;
    kernel_fields(out, part, const_cast<debug::KernelView&>(view));  // reads it only
    return out.take();
}

std::vector<debug::ProcessorInfo> read_processors(std::span<std::uint8_t const> bytes) {
    auto list = decoded<std::vector<debug::ProcessorInfo>>(bytes, "processors");
    if (list.empty() || list.size() > most_processors) throw AlbumError("the album is damaged: no processors, or too many");
    return list;
}
std::vector<std::vector<engine::TlbEntry>> read_tlbs(std::span<std::uint8_t const> bytes) {
    return decoded<std::vector<std::vector<engine::TlbEntry>>>(bytes, "TLBs");
}
std::vector<machine::StateNode> read_devices(std::span<std::uint8_t const> bytes) {
    return decoded<std::vector<machine::StateNode>>(bytes, "devices");
}
void read_kernel(Part part, std::span<std::uint8_t const> bytes, debug::KernelView& view) {
    Decoder in(bytes, "the kernel's objects");
    debug::KernelView read = view;
    kernel_fields(in, part, read);
    in.finish();
    if (part == Part::frames && read.frames) check(*read.frames, in);
    view = std::move(read);
}

Memory::Memory(Album const& album) : album_(album), as_at_power_on_(page_bytes) {
    machine::fill_as_at_power_on(album.seed, as_at_power_on_);
    for (std::size_t i = 0; i < album.moments.size(); ++i)
        for (auto const& [page, content] : album.moments[i].pages) {
            auto& history = history_[page];
            if (!history.empty() && history.back().first == i)
                history.back().second = content;
            else
                history.emplace_back(static_cast<std::uint32_t>(i), content);
        }
}

std::span<std::uint8_t const> Memory::page(std::size_t moment, std::uint64_t number) const {
    if (number == last_page_ && moment == last_moment_) return last_;
    last_page_ = number, last_moment_ = moment, last_ = {};
    std::uint64_t const address = number * page_bytes;
    bool const ram = std::ranges::any_of(album_.ram, [&](auto const& r) {
        return address >= r.start && address - r.start < r.length;
    });
    if (!ram) return {};
    last_ = as_at_power_on_;
    auto const found = history_.find(number);
    if (found == history_.end()) return last_;
    auto const& history = found->second;
    auto const after = std::upper_bound(history.begin(), history.end(), moment,
                                        [](std::size_t m, auto const& entry) { return m < entry.first; });
    if (after == history.begin()) return last_;
    constexpr std::size_t most_kept = 4096;
    if (kept_.size() > most_kept) kept_.clear();
    auto [kept, fresh] = kept_.try_emplace((after - 1)->second);
    if (fresh) {
        kept->second = album_.pages.get((after - 1)->second);
        kept->second.resize(page_bytes);
    }
    return last_ = kept->second;
}

bool Memory::read(std::size_t moment, std::uint64_t address, std::span<std::uint8_t> into) const {
    while (!into.empty()) {
        auto const bytes = page(moment, address / page_bytes);
        if (bytes.empty()) return false;
        std::size_t const offset = address % page_bytes, count = std::min(into.size(), page_bytes - offset);
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
        into = into.subspan(count);
        address += count;
    }
    return true;
}

}  // namespace sim::album
