// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/disk_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/devices/virtio_blk.hpp"

namespace sim::debug {

namespace {

devices::VirtioBlk* disk_device(machine::Machine& machine, unsigned number) {
    return dynamic_cast<devices::VirtioBlk*>(machine.find_device(fmt::format("disk{}", number)));
}

std::uint64_t blocks_of(devices::Disk const& disk) {
    return (disk.sectors() + disk_block_sectors - 1) / disk_block_sectors;
}

void read_block(devices::Disk const& disk, std::uint64_t block, std::span<std::uint8_t> into) {
    std::fill(into.begin(), into.end(), std::uint8_t{0});
    std::uint64_t const first = block * disk_block_sectors;
    if (first >= disk.sectors()) return;
    std::uint64_t const sectors = std::min(disk_block_sectors, disk.sectors() - first);
    disk.read(first, into.first(sectors * devices::Disk::sector_bytes));
}

}  // namespace

std::vector<std::shared_ptr<DiskMap const>> DiskReader::read(machine::Machine& machine) {
    std::vector<std::shared_ptr<DiskMap const>> maps;
    for (unsigned n = 0; auto* const device = disk_device(machine, n); ++n) {
        devices::Disk const& disk = device->disk();
        if (known_.size() <= n) known_.resize(n + 1);
        Known& known = known_[n];
        if (!known.map || known.hash != disk.written().hash()) {
            auto map = std::make_shared<DiskMap>(read_disk_map(
                blocks_of(disk), [&](std::uint64_t b, std::span<std::uint8_t> into) { read_block(disk, b, into); }));
            map->disk = n;
            map->device = device->name();
            map->read_only = device->read_only();
            map->at_risk.assign(map->blocks, false);
            disk.written().for_each_new(nullptr, [&](std::size_t page, machine::PagePtr const&) {
                if (page >= map->blocks || disk.durable(page)) return;
                map->at_risk[page] = true;
                ++map->blocks_at_risk;
            });
            known = {disk.written().hash(), std::move(map)};
        }
        maps.push_back(known.map);
    }
    return maps;
}

std::vector<std::uint8_t> DiskReader::block(machine::Machine& machine, unsigned number, std::uint64_t block) {
    auto* const device = disk_device(machine, number);
    if (!device || block >= blocks_of(device->disk())) return {};
    std::vector<std::uint8_t> bytes(disk_block_bytes);
    read_block(device->disk(), block, bytes);
    return bytes;
}

}  // namespace sim::debug
