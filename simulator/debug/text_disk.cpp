// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/text_disk.hpp"

#include <algorithm>

#include "simulator/debug/text_printers.hpp"

namespace sim::debug {

namespace {

constexpr std::size_t newest = 12;

std::string blocks_text(std::uint64_t first, std::uint64_t count) {
    return count == 1 ? fmt::format("block {}", first) : fmt::format("blocks {}..{}", first, first + count - 1);
}

std::string when(std::uint64_t event, Snapshot const& s) { return format_ns(s.events.all[event].virtual_ns); }

}  // namespace

std::vector<DiskRun> disk_runs(DiskMap const& map) {
    std::vector<DiskRun> runs;
    auto const& owner = map.owner.owner;
    for (std::uint64_t b = 0; b < owner.size(); ++b) {
        // Directories, and files beyond those that have a number of their own, by name.
        auto const place = map.place_of(b);
        std::string const& name = place ? place->file->path : map.owner_of(b);
        if (!runs.empty() && runs.back().owner == name)
            ++runs.back().blocks;
        else
            runs.push_back({b, 1, name});
        if (place) {  // the rest of the extent is the same
            auto const& extents = place->file->extents;
            auto const extent = std::ranges::find_if(
                extents, [&](auto const& e) { return b >= e.first && b - e.first < e.blocks; });
            runs.back().blocks += extent->blocks - 1;
            b += extent->blocks - 1;
        }
    }
    return runs;
}

std::string journal_text(DiskMap const& map) {
    DiskJournal const& j = map.journal;
    auto const transaction = [&] {
        return fmt::format("transaction {} ({} block{})", j.sequence, j.targets.size(),
                           j.targets.size() == 1 ? "" : "s");
    };
    switch (j.state) {
        case DiskJournal::State::none:
            return "there is none";
        case DiskJournal::State::empty:
            return "empty: no transaction was ever begun";
        case DiskJournal::State::torn:
            return transaction() + " is not whole: it has not happened";
        case DiskJournal::State::pending:
            return transaction() + fmt::format(" has happened; {} in place, the others come from here after a cut",
                                               std::ranges::count(j.in_place, true));
        case DiskJournal::State::done:
            return transaction() + " is done: every block is in its place";
    }
    return "";
}

std::string use_text(DiskUse const& use, DiskMap const& map, Snapshot const& s) {
    std::string text = fmt::format("{:>12}  {:<5}", when(use.event(), s),
                                   use.kind == EventKind::disk_write  ? "write"
                                   : use.kind == EventKind::disk_read ? "read"
                                                                      : "flush");
    if (use.kind != EventKind::disk_flush && use.blocks) {
        text += "  " + blocks_text(use.first, use.blocks);
        if (std::string const what = map.describe(use.first); !what.empty()) text += fmt::format(" ({})", what);
    }
    if (use.thread) text += ", by " + printers::thread_name(s, use.thread);
    if (!use.done) text += ", on its way";
    if (use.failed) text += ", failed";
    return text;
}

std::vector<std::string> block_lines(DiskMap const& map, std::uint64_t block, Snapshot const& s) {
    std::vector<std::string> lines{fmt::format("block {}: {}", block, map.describe(block))};
    if (block >= map.blocks) return {fmt::format("there is no block {}", block)};
    if (auto const place = map.place_of(block))
        lines.push_back(fmt::format("inode {}, {} bytes in all", place->file->inode, place->file->size));
    for (std::size_t i = 0; i < map.journal.targets.size() && i < map.journal.in_place.size(); ++i)
        if (map.journal.targets[i] == block)
            lines.push_back(fmt::format("the journal's transaction {} changes it: {}", map.journal.sequence,
                                        map.journal.in_place[i] ? "it is as the journal has it"
                                                                : "not yet as the journal has it"));
    if (block < map.at_risk.size() && map.at_risk[block])
        lines.push_back("written and not flushed: a power cut may take it");
    if (BlockCache const* cache = s.kernel.block_cache(map.device)) {
        auto const* cached = cache->find(block);
        lines.push_back(!cached          ? "not in the kernel's cache"
                        : cached->dirty ? "in the kernel's cache, dirty: the disk does not have it yet"
                                         : "in the kernel's cache, as on the disk");
    }
    auto const write = last_disk_use(s.events, map.disk, block, EventKind::disk_write, s.moment);
    auto const read = last_disk_use(s.events, map.disk, block, EventKind::disk_read, s.moment);
    auto const last = [&](char const* what, std::optional<DiskUse> const& use) {
        if (!use) return lines.push_back(fmt::format("never {} so far", what));
        std::string line = fmt::format("last {} at {}", what, when(*use->done, s));
        if (use->thread) line += ", for " + printers::thread_name(s, use->thread);
        if (use->request) line += ", asked for at " + to_string(s.events.all[*use->request].at);
        lines.push_back(std::move(line));
    };
    last("written", write);
    last("read", read);
    return lines;
}

namespace printers {

void disk(Out out, Snapshot const& s, TextOptions const& o) {
    if (!s.request || !s.request->disks) {
        fmt::format_to(out, "{}", not_asked);
        return;
    }
    if (!s.disks_problem.empty()) fmt::format_to(out, "({})\n", s.disks_problem);
    if (s.disks.empty() && s.disks_problem.empty()) fmt::format_to(out, "this machine has no disk; give it one with --disk FILE\n");
    for (auto const& one : s.disks) {
        DiskMap const& map = *one;
        fmt::format_to(out, "{}: {} blocks of 4 KiB, {}{}\n", map.device, map.blocks,
                       map.system.empty() ? "no file system" : map.system, map.read_only ? ", read-only" : "");
        if (!map.problem.empty()) fmt::format_to(out, "problem: {}\n", map.problem);
        if (map.journal.state != DiskJournal::State::none)
            fmt::format_to(out, "journal: {}\n", journal_text(map));
        if (BlockCache const* cache = s.kernel.block_cache(map.device)) {
            fmt::format_to(out, "cache: {} of {} places hold a block, {} dirty", cache->blocks.size(),
                           cache->places, cache->dirty);
            for (auto const& b : cache->blocks)
                if (b.dirty) fmt::format_to(out, " {}", b.number);
            fmt::format_to(out, "\n");
        }
        if (map.blocks_at_risk)
            fmt::format_to(out, "a power cut may take {} blocks: written, not flushed\n", map.blocks_at_risk);
        auto const runs = disk_runs(map);
        for (std::size_t i = 0; i < runs.size(); ++i) {
            if (i == o.max_rows) {
                fmt::format_to(out, "  ... and {} more\n", runs.size() - i);
                break;
            }
            fmt::format_to(out, "  {:>8}..{:<8} {:>8}  {}\n", runs[i].first, runs[i].first + runs[i].blocks - 1,
                           runs[i].blocks, runs[i].owner);
        }
        auto const uses = newest_disk_uses(s.events, map.disk, s.moment, newest);
        if (!uses.empty()) fmt::format_to(out, "newest first:\n");
        for (DiskUse const& use : uses) fmt::format_to(out, "  {}\n", use_text(use, map, s));
        if (!o.disk_block || disk_of(*o.disk_block) != map.disk) continue;
        for (std::string const& line : block_lines(map, block_of(*o.disk_block), s))
            fmt::format_to(out, "{}\n", line);
        if (s.request->disk_block == o.disk_block && !s.disk_block.empty()) {
            MemoryBlock bytes;
            bytes.request = {AddressSpace::physical, 0, static_cast<std::uint32_t>(s.disk_block.size())};
            bytes.bytes = s.disk_block;
            bytes.pages.assign(1, {true, 0});
            fmt::format_to(out, "{}", hex_dump(bytes));
        }
    }
}

}  // namespace printers

}  // namespace sim::debug
