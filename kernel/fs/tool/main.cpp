// SPDX-License-Identifier: MIT
//
// viv mkfs, viv fsck and viv disk: disks of our file system, made, examined and
// filled on the host by the code that the kernel runs.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernel/fs/check.hpp"
#include "kernel/fs/ext2.hpp"
#include "kernel/fs/file_system.hpp"
#include "kernel/fs/mkfs.hpp"
#include "kernel/fs/tool/file_device.hpp"
#include "kernel/fs/tool/overlay_device.hpp"

namespace {

namespace files = std::filesystem;
using Words = std::vector<std::string>;

constexpr char const* usage =
    "usage: ./viv mkfs FILE [--size N[K|M|G]] [--from FOLDER]   a new file system; size 16M\n"
    "       ./viv fsck FILE [--json] [--replay]                 is it whole? status 0 or 1; FILE is\n"
    "                                                           not written, but with --replay: what\n"
    "                                                           its journal holds goes to its places\n"
    "       ./viv disk ls FILE [PATH]                           what it holds (ext2, too)\n"
    "       ./viv disk get FILE PATH HOST-FILE                  copy out (ext2, too); - is stdout\n"
    "       ./viv disk put FILE HOST-FILE-OR-FOLDER PATH        copy in\n"
    "       ./viv disk rm FILE PATH\n";

[[noreturn]] void fail(std::string const& text) { throw std::runtime_error(text); }

// What is wrong with what: the value, or one line about why not.
template <class R>
auto check(R&& result, std::string const& what) {
    if (!result.ok()) fail(what + ": " + fs::name(result.error()));
    if constexpr (!std::is_void_v<typename std::decay_t<R>::Value>) return std::move(result).value();
}

bool is_ext2(fs::BlockDevice& device) {
    fs::OverlayDevice in_memory(device);
    std::vector<fs::CachedBlock> places(256);
    return std::make_unique<fs::Ext2>(in_memory, places)->mount().ok();
}

// Our file system in a file.
struct OurDisk {
    OurDisk(std::string const& path, bool writable) : device(path, writable) {
        auto const mounted = system->mount();
        if (!mounted && mounted.error() == fs::Error::not_ours && is_ext2(device))
            fail(path + ": ext2 is only read here; debugfs -w changes it");
        check(mounted, path);
    }
    fs::FileDevice device;
    std::vector<fs::CachedBlock> places{1100};  // room for the largest transaction
    std::unique_ptr<fs::FileSystem> system = std::make_unique<fs::FileSystem>(device, places);
};

// Whichever kind there is, to read.
struct AnyDisk {
    explicit AnyDisk(std::string const& path) : file(path, false) {
        auto const mounted = ours->mount();
        if (mounted) {
            volume = ours.get();
        } else if (mounted.error() == fs::Error::not_ours) {
            check(ext2->mount(), path);
            volume = ext2.get();
        } else {
            fail(path + ": " + fs::name(mounted.error()));
        }
    }
    fs::FileDevice file;
    fs::OverlayDevice device{file};  // a journal is replayed, in memory
    std::vector<fs::CachedBlock> places{256}, more{256};
    std::unique_ptr<fs::FileSystem> ours = std::make_unique<fs::FileSystem>(device, places);
    std::unique_ptr<fs::Ext2> ext2 = std::make_unique<fs::Ext2>(device, more);
    fs::Volume* volume = nullptr;
};

std::uint64_t parse_size(std::string const& text) {
    std::size_t end = 0;
    std::uint64_t size = 0;
    try {
        size = std::stoull(text, &end);
    } catch (std::exception const&) {
        end = std::string::npos;
    }
    std::string const unit = end == std::string::npos ? "?" : text.substr(end);
    if (unit == "K")
        size <<= 10;
    else if (unit == "M")
        size <<= 20;
    else if (unit == "G")
        size <<= 30;
    else if (!unit.empty())
        fail("--size " + text + ": a number, with K, M or G behind it");
    if (size < 512 << 10 || size > std::uint64_t{4} << 40) fail("--size " + text + ": from 512K to 4096G");
    return size;
}

// A file's bytes do not fit: what helps is another disk.
template <class R>
void check_room(R const& result, std::string const& what) {
    if (!result.ok() && result.error() == fs::Error::no_space)
        fail(what + ": there is no room left; make the disk larger: ./viv mkfs FILE --size N");
    check(result, what);
}

void put_file(fs::FileSystem& system, files::path const& from, std::string const& to) {
    std::ifstream in(from, std::ios::binary);
    if (!in) fail(from.string() + ": cannot be read");
    auto const made = system.create(to);
    if (!made && made.error() != fs::Error::exists) fail(to + ": " + fs::name(made.error()));
    fs::NodeNumber const node = check(system.resolve(to), to);
    check(system.truncate(node, 0), to);
    std::vector<char> buffer(1 << 16);
    for (std::uint64_t offset = 0; in;) {
        in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        auto const count = static_cast<std::size_t>(in.gcount());
        if (in.bad()) fail(from.string() + ": cannot be read");
        check_room(system.write(node, offset, std::as_bytes(std::span(buffer).first(count))), to);
        offset += count;
    }
}

// A file to that path, or all of a folder below it.
void put(fs::FileSystem& system, files::path const& from, std::string const& to) {
    if (!files::is_directory(from)) return put_file(system, from, to);
    std::vector<files::directory_entry> entries(files::directory_iterator(from), {});
    std::sort(entries.begin(), entries.end());
    for (auto const& entry : entries) {
        std::string const target = to + "/" + entry.path().filename().string();
        // A link to a folder may lead back up, for ever; a link to a file is read as one.
        if (entry.is_directory() && !entry.is_symlink()) {
            auto const made = system.make_directory(target);
            if (!made && made.error() != fs::Error::exists) fail(target + ": " + fs::name(made.error()));
            put(system, entry.path(), target);
        } else if (entry.is_regular_file()) {
            put_file(system, entry.path(), target);
        } else {
            std::fprintf(stderr, "viv: %s is neither a file nor a folder, or a link to one; left out\n",
                         entry.path().c_str());
        }
    }
}

int make(Words words) {
    std::string file, from;
    std::uint64_t size = 16 << 20;
    for (std::size_t i = 0; i < words.size(); ++i) {
        bool const has_value = i + 1 < words.size();
        if (words[i] == "--size" && has_value)
            size = parse_size(words[++i]);
        else if (words[i] == "--from" && has_value)
            from = words[++i];
        else if (file.empty() && !words[i].starts_with("-"))
            file = words[i];
        else
            fail("mkfs: what is " + words[i] + "? See ./viv mkfs --help");
    }
    if (file.empty()) fail("mkfs: which file? See ./viv mkfs --help");
    if (!from.empty() && !files::is_directory(from)) fail(from + ": is no folder");
    // Beside it, and renamed when it is complete.
    std::string const part = file + ".part";
    std::ofstream(part, std::ios::binary | std::ios::trunc).close();
    std::error_code wrong;
    files::resize_file(part, size / fs::block_size * fs::block_size, wrong);
    if (wrong) {
        std::error_code none;
        files::remove(part, none);
        fail(file + ": " + wrong.message());
    }
    try {
        fs::FileDevice device(part, true);
        check(fs::mkfs(device), file);
        if (!from.empty()) {
            std::vector<fs::CachedBlock> places(1100);
            auto const system = std::make_unique<fs::FileSystem>(device, places);
            check(system->mount(), file);
            put(*system, from, "");
            check(system->sync(), file);
        }
    } catch (...) {
        files::remove(part);
        throw;
    }
    files::rename(part, file);
    return 0;
}

int examine(Words const& words) {
    bool json = false, replay = false;
    std::string file;
    for (auto const& word : words) {
        if (word == "--json")
            json = true;
        else if (word == "--replay")
            replay = true;
        else if (file.empty() && !word.starts_with("-"))
            file = word;
        else
            fail("fsck: what is " + word + "? See ./viv fsck --help");
    }
    if (file.empty()) fail("fsck: which file? See ./viv fsck --help");
    // Mounting replays the journal, in memory unless asked; what else is wrong, check() says.
    fs::FileDevice on_disk(file, replay);
    fs::OverlayDevice in_memory(on_disk);
    fs::BlockDevice& device = replay ? static_cast<fs::BlockDevice&>(on_disk) : in_memory;
    std::vector<fs::CachedBlock> places(64);
    auto const mounted = std::make_unique<fs::FileSystem>(device, places)->mount();
    if (!mounted && mounted.error() == fs::Error::not_ours && is_ext2(device))
        fail(file + ": it is ext2; e2fsck -fn examines it");
    fs::CheckResult const result = fs::check(device);
    if (json) {
        std::printf(
            "{\"whole\":%s,\"files\":%llu,\"directories\":%llu,\"blocks\":%llu,\"used\":%llu,\"problems\":[",
            result.problems.empty() ? "true" : "false", static_cast<unsigned long long>(result.files),
            static_cast<unsigned long long>(result.directories),
            static_cast<unsigned long long>(result.blocks),
            static_cast<unsigned long long>(result.used_blocks));
        char const* comma = "";
        for (auto problem : result.problems) {
            for (char& c : problem)
                if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ') c = '?';
            std::printf("%s\"%s\"", comma, problem.c_str());
            comma = ",";
        }
        std::printf("]}\n");
    } else {
        for (auto const& problem : result.problems) std::printf("%s\n", problem.c_str());
        std::printf("%s: %s: %llu files, %llu directories, %llu of %llu blocks in use\n", file.c_str(),
                    result.problems.empty() ? "whole" : "damaged",
                    static_cast<unsigned long long>(result.files),
                    static_cast<unsigned long long>(result.directories),
                    static_cast<unsigned long long>(result.used_blocks),
                    static_cast<unsigned long long>(result.blocks));
    }
    return result.problems.empty() ? 0 : 1;
}

int list(std::string const& file, std::string const& path) {
    AnyDisk disk(file);
    struct Names final : fs::DirectoryVisitor {
        std::vector<std::pair<std::string, fs::NodeNumber>> found;
        bool entry(std::string_view name, fs::NodeNumber node) override {
            found.emplace_back(name, node);
            return true;
        }
    } names;
    check(disk.volume->list(check(disk.volume->resolve(path), path), names), path);
    std::sort(names.found.begin(), names.found.end());
    for (auto const& [name, node] : names.found) {
        fs::NodeInfo const info = check(disk.volume->info(node), name);
        std::printf("%12llu  %s%s\n", static_cast<unsigned long long>(info.size), name.c_str(),
                    info.is_directory ? "/" : "");
    }
    return 0;
}

int get(std::string const& file, std::string const& path, std::string const& to) {
    AnyDisk disk(file);
    fs::NodeNumber const node = check(disk.volume->resolve(path), path);
    // Before the host's file is touched.
    if (!check(disk.volume->info(node), path).is_file) fail(path + ": is no file");
    std::ofstream made;
    if (to != "-") made.open(to, std::ios::binary | std::ios::trunc);
    std::ostream& out = to == "-" ? std::cout : made;
    std::vector<std::byte> buffer(1 << 16);
    for (std::uint64_t offset = 0;;) {
        std::size_t const count = check(disk.volume->read(node, offset, buffer), path);
        if (count == 0) break;
        out.write(reinterpret_cast<char const*>(buffer.data()), static_cast<std::streamsize>(count));
        offset += count;
    }
    if (!out.flush()) fail(to + ": cannot be written");
    return 0;
}

int use_disk(Words const& words) {
    std::string const verb = words.empty() ? "" : words[0];
    if (verb == "ls" && (words.size() == 2 || words.size() == 3))
        return list(words[1], words.size() == 3 ? words[2] : "/");
    if (verb == "get" && words.size() == 4) return get(words[1], words[2], words[3]);
    if (verb == "put" && words.size() == 4) {
        OurDisk disk(words[1], true);
        put(*disk.system, words[2], words[3]);
        check(disk.system->sync(), words[1]);
        return 0;
    }
    if (verb == "rm" && words.size() == 3) {
        OurDisk disk(words[1], true);
        check(disk.system->remove(words[2]), words[2]);
        check(disk.system->sync(), words[1]);
        return 0;
    }
    bool const known = verb == "ls" || verb == "get" || verb == "put" || verb == "rm";
    if (known) fail("disk " + verb + ": too few words, or too many; see ./viv disk --help");
    fail((verb.empty() ? "disk: do what?" : "disk: what is " + verb + "?") + " There are ls, get, put and rm; see ./viv disk --help");
}

}  // namespace

int main(int count, char** arguments) {
    Words words(arguments + 1, arguments + count);
    if (words.empty() || std::find(words.begin(), words.end(), "--help") != words.end() ||
        words.back() == "-h") {
        std::fputs(usage, words.empty() ? stderr : stdout);
        return words.empty() ? 2 : 0;
    }
    std::string const command = words[0];
    words.erase(words.begin());
    try {
        if (command == "mkfs") return make(words);
        if (command == "fsck") return examine(words);
        if (command == "disk") return use_disk(words);
        std::fputs(usage, stderr);
    } catch (std::exception const& error) {
        std::fprintf(stderr, "viv: %s\n", error.what());
    }
    return 2;
}
