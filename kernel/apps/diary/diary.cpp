// SPDX-License-Identifier: MIT
//
// Keeps a diary on the first disk: /diary grows by a line an entry, and an entry is
// kept once the next line of the log says so, whatever happens to the power then.
// Status 0; 1 when the disk does not do what it should.
#include <array>

#include "kernel/apps/app.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/platform/files.hpp"

constinit char const apps::help[] = "  entries=N  how many to add (5)\n";

namespace {

constexpr std::string_view path = "/diary";

// A line of text for entry n, of the same length for all.
std::size_t write_entry(std::uint64_t n, std::span<char> line) {
    base::BufferSink text(line);
    base::print(text, "entry {:6}\n", n);
    return text.text().size();
}

base::Result<fs::NodeNumber, fs::Error> find_or_create(fs::FileSystem& files) {
    if (auto const there = files.resolve(path); there || there.error() != fs::Error::not_found)
        return there ? base::Result<fs::NodeNumber, fs::Error>(there.value()) : base::fail(there.error());
    fs::NodeNumber const made = TRY(files.create(path));
    TRY(files.sync());
    return made;
}

bool add(fs::FileSystem& files, fs::NodeNumber diary, std::uint64_t n) {
    std::array<char, 32> line;
    std::size_t const length = write_entry(n, line);
    auto const bytes = std::as_bytes(std::span(line).first(length));
    return files.write(diary, n * length, bytes).ok() && files.sync().ok();
}

}  // namespace

int apps::main(Boot const& boot) {
    std::uint64_t const wanted = boot.words.number("entries").value_or(5);
    boot.words.warn_about_the_rest();
    PROBE_0(app_ready);
    platform::Files* const disk = platform::files(0);
    if (disk == nullptr || disk->own() == nullptr) {
        base::log_error("diary: there is no disk of ours; make one with viv mkfs");
        return 1;
    }
    threads::MutexGuard guard(disk->lock());
    fs::FileSystem& files = *disk->own();
    auto const diary = find_or_create(files);
    if (!diary) return 1;
    auto const info = files.info(diary.value());
    if (!info) return 1;
    std::array<char, 32> line;
    std::uint64_t const before = info.value().size / write_entry(0, line);
    base::log_info("diary: {} entries so far", before);
    for (std::uint64_t n = before; n < before + wanted; ++n) {
        if (!add(files, diary.value(), n)) {
            base::log_error("diary: entry {} could not be kept", n);
            return 1;
        }
        base::log_info("diary: entry {} is kept", n);
    }
    return 0;
}
