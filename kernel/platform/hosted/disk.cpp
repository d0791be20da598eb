// SPDX-License-Identifier: MIT
//
// The disks of a process are files of the host.
#include "kernel/platform/disk.hpp"

#include <map>
#include <memory>
#include <stdexcept>

#include "kernel/base/log.hpp"
#include "kernel/fs/tool/file_device.hpp"
#include "kernel/platform/hosted/options.hpp"

namespace platform {
namespace {

constexpr std::string_view readonly = ",readonly";

std::map<Disk const*, std::unique_ptr<fs::FileDevice>>& files_of_disks() {
    static std::map<Disk const*, std::unique_ptr<fs::FileDevice>> files;
    return files;
}
fs::FileDevice& file_of(Disk const& disk) { return *files_of_disks().at(&disk); }

Disk* open_disk(std::string path) {
    bool const writable = !path.ends_with(readonly);
    if (!writable) path.resize(path.size() - readonly.size());
    try {
        auto file = std::make_unique<fs::FileDevice>(path, writable);
        auto* const disk = new Disk;  // for as long as the process lives
        files_of_disks()[disk] = std::move(file);
        return disk;
    } catch (std::runtime_error const& error) {
        base::log_error("disk: {}", error.what());
        return nullptr;
    }
}

}  // namespace

std::uint64_t Disk::blocks() const { return file_of(*this).blocks(); }
bool Disk::read_only() const { return file_of(*this).read_only(); }
base::Result<void, fs::Error> Disk::read(std::uint64_t number, fs::BlockBytes into) {
    return file_of(*this).read(number, into);
}
base::Result<void, fs::Error> Disk::write(std::uint64_t number, fs::ConstBlockBytes from) {
    return file_of(*this).write(number, from);
}
base::Result<void, fs::Error> Disk::flush() { return file_of(*this).flush(); }

Disk* disk(unsigned n) {
    static std::map<unsigned, Disk*> found;
    auto const& names = hosted::options().disks;
    if (n >= names.size() || n >= most_disks) return nullptr;
    auto const [at, is_new] = found.try_emplace(n, nullptr);
    if (is_new) at->second = open_disk(names[n]);
    return at->second;
}

}  // namespace platform
