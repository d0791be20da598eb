// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/board/disk_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "simulator/devices/virtio_blk.hpp"

namespace sim::board {

DiskFile parse_disk_file(std::string const& text) {
    DiskFile disk;
    std::size_t comma = text.find(',');
    disk.path = text.substr(0, comma);
    while (comma != std::string::npos) {
        std::size_t const start = comma + 1;
        comma = text.find(',', start);
        std::string const word = text.substr(start, comma == std::string::npos ? comma : comma - start);
        if (word == "readonly")
            disk.read_only = true;
        else if (word == "write-back")
            disk.write_back = true;
        else if (word != "format=raw")
            throw std::runtime_error(fmt::format(
                "--disk {}: unknown word \"{}\"; there are readonly, write-back and format=raw", text, word));
    }
    if (disk.path.empty()) throw std::runtime_error(fmt::format("--disk {}: want FILE first", text));
    if (disk.read_only && disk.write_back)
        throw std::runtime_error(
            fmt::format("--disk {}: a read-only disk has nothing to write back; leave one out", text));
    return disk;
}

void write_back(machine::Machine& machine, unsigned index, std::filesystem::path const& path) {
    std::string const name = fmt::format("disk{}", index);
    auto const* const device = dynamic_cast<devices::VirtioBlk*>(machine.find_device(name));
    if (!device) throw std::runtime_error("the machine has no " + name);
    devices::Disk const& disk = device->disk();
    std::error_code ignored;
    std::filesystem::path const real = std::filesystem::weakly_canonical(path, ignored);
    std::filesystem::path const part = fmt::format("{}.{}.part", real.string(), getpid());
    errno = 0;
    {
        std::ofstream out(part, std::ios::binary | std::ios::trunc);
        std::vector<std::uint8_t> piece(1 << 20);
        for (std::uint64_t sector = 0; out && sector < disk.sectors();) {
            auto const count =
                std::min<std::uint64_t>(disk.sectors() - sector, piece.size() / devices::Disk::sector_bytes);
            auto const bytes = std::span(piece).first(count * devices::Disk::sector_bytes);
            disk.read(sector, bytes);
            out.write(reinterpret_cast<char const*>(bytes.data()),
                      static_cast<std::streamsize>(bytes.size()));
            sector += count;
        }
        out.close();
        if (out) {
            std::error_code failure;
            std::filesystem::permissions(part, std::filesystem::status(real).permissions(), ignored);
            std::filesystem::rename(part, real, failure);
            if (!failure) return;
            errno = failure.value();
        }
    }
    int const cause = errno;
    std::filesystem::remove(part, ignored);
    throw std::runtime_error(fmt::format("cannot write the disk back to {}: {}; the file is as it was",
                                         path.string(), strerror(cause)));
}

}  // namespace sim::board
