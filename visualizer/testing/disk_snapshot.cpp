// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <string_view>

#include "simulator/debug/event_index.hpp"
#include "visualizer/testing/sample_snapshot.hpp"

namespace viz::testing {

using namespace sim::debug;

namespace {

constexpr std::uint64_t worker = 0xffffffff80210c00, us = 1'000;
constexpr std::uint64_t blocks = 512, data = 70, diary = 75, page = 90;

std::shared_ptr<DiskMap> disk_map() {
    auto map = std::make_shared<DiskMap>();
    map->device = "disk0";
    map->blocks = blocks;
    map->system = "our file system";
    map->owner.owners = {"unknown",     "free",        "superblock", "journal",     "inode bitmap", "block bitmap",
                         "inode table", "used by no file", "directories", "/index.html", "/diary"};
    auto& owner = map->owner.owner;
    owner.assign(blocks, 1);
    auto const fill = [&](std::uint64_t first, std::uint64_t count, unsigned who) {
        std::fill_n(owner.begin() + static_cast<std::ptrdiff_t>(first), count, static_cast<std::uint8_t>(who));
    };
    fill(0, 1, 2), fill(1, 48, 3), fill(49, 1, 4), fill(50, 1, 5), fill(51, data - 51, 6);
    fill(data, 2, 8), fill(page, 40, 9), fill(diary, 3, 10);
    map->owner.frames_by_owner.assign(map->owner.owners.size(), 0);
    for (auto o : owner) ++map->owner.frames_by_owner[o];
    map->files = {{"/", true, 1, 4096, {{data, 2, 0}}},
                  {"/index.html", false, 2, 160'000, {{page, 40, 0}}},
                  {"/diary", false, 3, 9'000, {{diary, 3, 0}}}};
    map->find_stretches();
    map->journal = {DiskJournal::State::pending, 1, 48, 7, {50, 51, diary}, {true, true, false}};
    map->at_risk.assign(blocks, false);
    map->at_risk[50] = map->at_risk[51] = true;
    map->blocks_at_risk = 2;
    return map;
}

}  // namespace

std::shared_ptr<Snapshot> disk_snapshot() {
    auto s = sample_snapshot();
    EventIndex index;
    index.name_thread(worker, "worker 1");
    std::uint64_t ns = 1'000 * us;
    auto const add = [&](EventKind kind, std::uint64_t block, std::uint64_t count, std::uint64_t c) {
        Event e;
        ns += 20 * us;
        e.at = {ns, 0};
        e.virtual_ns = ns;
        e.kind = kind;
        e.a = block * disk_block_sectors, e.b = count * disk_block_bytes, e.c = c;
        index.add(std::move(e));
    };
    Event runs;
    runs.at = {1'000 * us, 0};
    runs.virtual_ns = 1'000 * us;
    runs.kind = EventKind::thread_switch;
    runs.b = worker;
    index.add(std::move(runs));
    auto const whole = [&](std::uint64_t block, bool write) {
        add(EventKind::disk_request, block, 1, write);
        add(write ? EventKind::disk_write : EventKind::disk_read, block, 1, 0);
    };
    for (std::uint64_t b : {0, 51, 70, 90, 91, 92}) whole(b, false);
    whole(diary, true);
    for (std::uint64_t b = 1; b < 6; ++b) whole(b, true);
    add(EventKind::disk_request, 0, 0, 2);
    add(EventKind::disk_flush, 0, 0, 0);
    whole(50, true), whole(51, true);
    add(EventKind::disk_request, diary, 1, 1);
    s->moment = {ns + 5 * us, 0};
    s->virtual_ns = ns + 5 * us;
    add(EventKind::disk_write, diary, 1, 0);
    s->events = index.view();
    s->end = {ns, 0};
    s->end_ns = ns;
    s->disks = {disk_map()};
    s->disk_block.resize(disk_block_bytes);
    std::string_view constexpr line = "entry      0\nentry      1\nentry      2\n";
    std::ranges::copy(line, s->disk_block.begin());
    auto request = std::make_shared<ViewRequest>(*s->request);
    request->disk_block = disk_block_id(0, diary);
    s->request = std::move(request);
    s->kernel.block_caches = {{"disk0",
                               {{0, false, 0}, {50, true, 0}, {51, true, 0}, {data, false, 0}, {diary, true, 1}},
                               64,
                               3}};
    return s;
}

}  // namespace viz::testing
