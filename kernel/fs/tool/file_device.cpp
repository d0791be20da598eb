// SPDX-License-Identifier: MIT
#include "kernel/fs/tool/file_device.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace fs {

FileDevice::FileDevice(std::string const& path, bool writable) : writable_(writable) {
    file_ = open(path.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    struct stat info {};
    if (file_ < 0 || fstat(file_, &info) != 0) {
        std::string const why = strerror(errno);
        if (file_ >= 0) close(file_);
        throw std::runtime_error(path + ": " + why);
    }
    size_ = static_cast<std::uint64_t>(info.st_size);
    blocks_ = (size_ + block_size - 1) / block_size;
}

FileDevice::~FileDevice() { close(file_); }

base::Result<void, Error> FileDevice::read(std::uint64_t number, BlockBytes into) {
    auto const at = static_cast<off_t>(number * block_size);
    if (number >= blocks_) return base::fail(Error::io);
    std::size_t const length = std::min<std::uint64_t>(block_size, size_ - number * block_size);
    if (pread(file_, into.data(), length, at) != static_cast<ssize_t>(length)) return base::fail(Error::io);
    std::fill(into.begin() + static_cast<std::ptrdiff_t>(length), into.end(), std::byte{0});
    return {};
}

base::Result<void, Error> FileDevice::write(std::uint64_t number, ConstBlockBytes from) {
    if (!writable_) return base::fail(Error::read_only);
    auto const at = static_cast<off_t>(number * block_size);
    if (number >= size_ / block_size ||
        pwrite(file_, from.data(), block_size, at) != static_cast<ssize_t>(block_size))
        return base::fail(Error::io);
    return {};
}

base::Result<void, Error> FileDevice::flush() {
    if (writable_ && fdatasync(file_) != 0) return base::fail(Error::io);
    return {};
}

}  // namespace fs
