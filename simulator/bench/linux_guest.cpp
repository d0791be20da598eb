// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/linux_guest.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "simulator/bench/newc.hpp"
#include "simulator/bench/program.hpp"
#include "simulator/recording/images.hpp"

namespace sim::bench {
namespace {

namespace fs = std::filesystem;

std::string read(fs::path const& path) {
    auto const blob = recording::read_blob(path);
    return {blob.bytes->begin(), blob.bytes->end()};
}

// Of the kernel in its own words: a pointer in the setup header leads to them. [linux-boot]
std::string version_of(std::string const& kernel) {
    constexpr std::size_t pointer = 0x20E, setup = 0x200;
    if (kernel.size() < pointer + 2) return "?";
    std::size_t const at = setup + static_cast<unsigned char>(kernel[pointer]) +
                           256u * static_cast<unsigned char>(kernel[pointer + 1]);
    return at < kernel.size() ? kernel.substr(at, kernel.find(' ', at) - at) : "?";
}

}  // namespace

LinuxGuest make_linux_guest(fs::path const& folder) {
    char const* const root = std::getenv("VIV_ROOT");
    fs::path const tests = fs::path(root ? root : ".") / "tests";
    fs::path const cache = recording::ImageCache().folder().parent_path() / "linux";
    try {
        run_program({(tests / "linux/fetch.sh").string(), cache.string()}, 0);
    } catch (std::runtime_error const&) {
        throw std::runtime_error(fmt::format("Debian's kernel cannot be had here; see why: {} {}",
                                             (tests / "linux/fetch.sh").string(), cache.string()));
    }
    fs::path const server = recording::images_folder().parent_path() / "bin/viv-linux-server";
    if (!fs::exists(server))
        throw std::runtime_error(
            fmt::format("{} is missing; build it: ./viv build --target linux_server", server.string()));
    std::string disk = read(cache / "initrd.img");
    disk.append((4 - disk.size() % 4) % 4, '\0');
    disk += newc_archive({{"init", read(tests / "bench/linux_init")}, {"server", read(server)}});
    LinuxGuest guest{cache / "vmlinuz", folder / "initrd.img", version_of(read(cache / "vmlinuz"))};
    std::ofstream file(guest.initrd, std::ios::binary);
    if (!file.write(disk.data(), static_cast<std::streamsize>(disk.size())).flush())
        throw std::runtime_error(fmt::format("cannot write {}", guest.initrd.string()));
    return guest;
}

}  // namespace sim::bench
