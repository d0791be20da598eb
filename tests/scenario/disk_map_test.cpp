// SPDX-License-Identifier: MIT
//
// The map of a disk: what the debugger reads of a file system that the kernel's own
// code made, and of one that the diary's kernel is writing at this moment.
#include "simulator/debug/disk_map.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <sstream>

#include "simulator/board/pc.hpp"
#include "simulator/debug/disk_history.hpp"
#include "simulator/debug/session.hpp"
#include "simulator/debug/text.hpp"
#include "simulator/machine/world.hpp"
#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using namespace sim::debug;
using sim::machine::Moment;
using testing::HasSubstr;

using Bytes = std::vector<std::uint8_t>;

std::string build() {
    char const* const folder = std::getenv("VIV_BUILD");
    return folder ? folder : "build/dev";
}

Bytes bytes_of(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>{});
}

DiskMap map_of(Bytes const& disk) {
    return read_disk_map((disk.size() + 4095) / 4096, [&](std::uint64_t block, std::span<std::uint8_t> into) {
        std::fill(into.begin(), into.end(), std::uint8_t{0});
        std::size_t const at = block * 4096;
        if (at < disk.size())
            std::copy_n(disk.begin() + static_cast<std::ptrdiff_t>(at), std::min(into.size(), disk.size() - at),
                        into.begin());
    });
}

// A disk made by the tool, which runs the kernel's own sources.
class MadeDisk {
public:
    MadeDisk(std::string const& size, bool with_files) : folder_(::testing::TempDir() + "disk_map") {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_ + "/tree/sub");
        std::ofstream(folder_ + "/tree/index.html") << "<p>from a disk";
        std::ofstream(folder_ + "/tree/sub/large.txt") << std::string(3 * 4096 + 5, 'x');
        std::vector<std::string> words{build() + "/bin/viv-disk", "mkfs", path(), "--size", size};
        if (with_files) words.insert(words.end(), {"--from", folder_ + "/tree"});
        EXPECT_EQ(run(words).status, 0);
    }
    ~MadeDisk() { std::filesystem::remove_all(folder_); }
    std::string path() const { return folder_ + "/disk"; }
    Bytes bytes() const { return bytes_of(path()); }

private:
    std::string folder_;
};

std::uint64_t count(DiskMap const& map, std::string const& owner) {
    auto const& names = map.owner.owners;
    auto const at = std::find(names.begin(), names.end(), owner) - names.begin();
    return static_cast<std::size_t>(at) < names.size() ? map.owner.frames_by_owner[static_cast<std::size_t>(at)] : 0;
}

TEST(DiskMap, says_whose_each_block_is) {
    DiskMap const map = map_of(MadeDisk("2M", true).bytes());
    EXPECT_EQ(map.problem, "");
    EXPECT_EQ(map.blocks, 512u);
    EXPECT_EQ(map.owner_of(0), "superblock");
    EXPECT_EQ(map.owner_of(1), "journal");
    EXPECT_EQ(count(map, "superblock"), 1u);
    EXPECT_EQ(count(map, "inode bitmap"), 1u);
    EXPECT_EQ(count(map, "block bitmap"), 1u);
    EXPECT_GE(count(map, "inode table"), 4u);
    EXPECT_EQ(count(map, "/index.html"), 1u);
    EXPECT_EQ(count(map, "/sub/large.txt"), 4u);
    EXPECT_EQ(count(map, "directories"), 2u);
    EXPECT_EQ(count(map, "unknown"), 0u) << "every block is somebody's or free";
    EXPECT_EQ(count(map, "used by no file"), 0u);
    ASSERT_EQ(map.files.size(), 4u);
    EXPECT_EQ(map.files[0].path, "/");
    auto const large = std::ranges::find(map.files, "/sub/large.txt", &DiskFile::path);
    ASSERT_NE(large, map.files.end());
    EXPECT_EQ(large->size, 3 * 4096 + 5u);
    auto const place = map.place_of(large->extents.front().first + 2);
    ASSERT_TRUE(place);
    EXPECT_EQ(place->file, &*large);
    EXPECT_EQ(map.describe(large->extents.front().first + 2), "block 2 of /sub/large.txt");
    EXPECT_EQ(map.journal.state, DiskJournal::State::done) << "the tool committed, and put all in place";
}

TEST(DiskMap, tells_a_transaction_that_has_happened_from_one_that_has_not) {
    Bytes const whole = MadeDisk("2M", true).bytes();
    DiskMap const map = map_of(whole);
    ASSERT_FALSE(map.journal.targets.empty());
    Bytes disk = whole;
    disk[map.journal.targets[0] * 4096u + 100] ^= 1;  // not yet in its place
    DiskMap const pending = map_of(disk);
    EXPECT_EQ(pending.journal.state, DiskJournal::State::pending);
    EXPECT_FALSE(pending.journal.in_place[0]);
    disk = whole;
    disk[(map.journal.start + 1) * 4096 + 7] ^= 1;  // the power failed before its commit
    EXPECT_EQ(map_of(disk).journal.state, DiskJournal::State::torn);
    disk = whole;
    std::fill_n(disk.begin() + static_cast<std::ptrdiff_t>(map.journal.start * 4096), 4096, std::uint8_t{0});
    EXPECT_EQ(map_of(disk).journal.state, DiskJournal::State::empty);
}

TEST(DiskMap, says_why_it_cannot_read_a_disk) {
    EXPECT_EQ(map_of(Bytes(8 * 4096)).problem, "there is no file system of ours");
    EXPECT_EQ(map_of({}).problem, "the disk has no block");
    Bytes disk = MadeDisk("2M", false).bytes();
    disk[20] ^= 1;
    EXPECT_EQ(map_of(disk).problem, "the superblock's checksum is wrong");
    Bytes other(64 * 4096);
    other[1080] = 0x53, other[1081] = 0xEF;
    EXPECT_EQ(map_of(other).system, "ext2");
    EXPECT_EQ(map_of(other).problem, "the superblock's numbers cannot be");
    other[1024 + 76] = 1, other[1024 + 96] = 0x40;
    EXPECT_EQ(map_of(other).problem, "it has features that are not read here: ext3 or ext4?");
}

// Made by the ordinary tool, and its debugger says where the files are.
class Ext2Disk {
public:
    explicit Ext2Disk(std::string const& block_size) : folder_(::testing::TempDir() + "ext2_map") {
        setenv("PATH", (std::string(getenv("PATH")) + ":/sbin:/usr/sbin").c_str(), 1);
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_ + "/tree/sub");
        std::ofstream(folder_ + "/tree/index.html") << std::string(5000, 'i');
        // So large that its numbers have numbers of their own.
        std::ofstream(folder_ + "/tree/sub/large.txt") << std::string(1'300'000, 'x');
        EXPECT_EQ(run({"mke2fs", "-q", "-t", "ext2", "-b", block_size, "-d", folder_ + "/tree", path(), "16M"}).status, 0);
    }
    ~Ext2Disk() { std::filesystem::remove_all(folder_); }
    std::string path() const { return folder_ + "/disk"; }
    std::vector<std::uint64_t> blocks_of(std::string const& file) const {
        std::istringstream numbers(run({"debugfs", "-R", "blocks " + file, path()}).out);
        std::vector<std::uint64_t> blocks;
        for (std::uint64_t b = 0; numbers >> b;) blocks.push_back(b);
        return blocks;
    }

private:
    std::string folder_;
};

TEST(DiskMap, of_ext2_says_whose_each_block_is) {
    for (unsigned const size : {4096U, 1024U}) {
        Ext2Disk const disk(std::to_string(size));
        DiskMap const map = map_of(bytes_of(disk.path()));
        SCOPED_TRACE(size);
        EXPECT_EQ(map.system, "ext2");
        EXPECT_EQ(map.problem, "");
        EXPECT_EQ(map.blocks, 4096u);
        EXPECT_EQ(map.owner_of(0), "superblock");
        EXPECT_EQ(count(map, "unknown"), 0u);
        EXPECT_EQ(count(map, "used by no file"), 0u);
        EXPECT_GT(count(map, "free"), 3000u);
        for (std::string const file : {"/index.html", "/sub/large.txt"}) {
            auto const told = disk.blocks_of(file);
            ASSERT_GT(told.size(), file == "/index.html" ? 1u : 300u);
            for (std::uint64_t b : told) {
                // Small blocks share one of the map's, at the ends of a file.
                std::uint64_t const place = b * size / 4096;
                if (size == 4096)
                    EXPECT_EQ(map.owner_of(place), file) << b;
                else
                    EXPECT_NE(map.owner_of(place), "free") << b;
            }
            EXPECT_NEAR(static_cast<double>(count(map, file)), static_cast<double>(told.size()) * size / 4096, 3);
        }
        auto const large = std::ranges::find(map.files, "/sub/large.txt", &DiskFile::path);
        ASSERT_NE(large, map.files.end());
        EXPECT_EQ(large->size, 1'300'000u);
        std::uint64_t blocks = 0;
        for (auto const& e : large->extents) blocks += e.blocks;
        EXPECT_NEAR(static_cast<double>(blocks), 1'300'000.0 / 4096, 3);
        auto const& last = large->extents.back();
        // Of small blocks one of the file system's own can push them off the map's.
        EXPECT_THAT(map.describe(last.first + last.blocks - 1),
                    testing::AnyOf("block 317 of /sub/large.txt", "block 316 of /sub/large.txt"));
    }
}

TEST(DiskMap, of_ext2_believes_nothing) {
    Bytes const whole = bytes_of(Ext2Disk("1024").path());
    std::mt19937 random(7);
    unsigned problems = 0;
    for (int i = 0; i < 200; ++i) {
        Bytes disk = whole;
        for (int k = 0; k < 40; ++k) {
            // The superblock, what it leads to, and the tables behind.
            std::size_t const at = k < 4 ? 1024 + random() % 256 : 2048 + random() % 0x80000;
            disk[at] = static_cast<std::uint8_t>(random() % 3 ? random() : 0xFF);
        }
        disk[1080] = 0x53, disk[1081] = 0xEF;
        DiskMap const map = map_of(disk);
        problems += !map.problem.empty();
        ASSERT_EQ(map.owner.owner.size(), map.blocks);
        for (std::uint64_t b = 0; b < map.blocks; ++b) ASSERT_LT(map.owner.owner[b], map.owner.owners.size());
        for (DiskFile const& f : map.files)
            for (auto const& e : f.extents) ASSERT_LE(e.first + e.blocks, map.blocks);
    }
    EXPECT_GT(problems, 50u);
}

void put(Bytes& disk, std::size_t at, std::uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) disk[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}
std::uint32_t superblock_field(Bytes const& disk, std::size_t which) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{disk[8 + 4 * which + i]} << (8 * i);
    return value;
}

// A directory in each inode, each inside the one before.
TEST(DiskMap, follows_no_path_that_is_too_long) {
    Bytes disk = MadeDisk("8M", false).bytes();
    std::uint32_t const inodes = superblock_field(disk, 1), table = superblock_field(disk, 7),
                        data = superblock_field(disk, 9);
    ASSERT_GT(inodes, 100u);
    for (std::uint32_t i = 1; i < inodes; ++i) {
        std::size_t const inode = table * 4096u + i * 128u, block = (data + i) * 4096u;
        if (block + 4096 > disk.size()) break;
        put(disk, inode, 2), put(disk, inode + 4, 1);
        put(disk, inode + 16, data + i), put(disk, inode + 20, 1);
        std::fill_n(disk.begin() + static_cast<std::ptrdiff_t>(block), 4096, std::uint8_t{0});
        put(disk, block, i + 1);
        disk[block + 4] = 59;
        std::fill_n(disk.begin() + static_cast<std::ptrdiff_t>(block) + 5, 59, std::uint8_t{'d'});
    }
    DiskMap const map = map_of(disk);
    EXPECT_THAT(map.problem, HasSubstr("longer than"));
    EXPECT_GT(map.files.size(), 10u);
    for (DiskFile const& file : map.files) EXPECT_LE(file.path.size(), 1025u);
}

// Files in pieces that lie between each other's: each block is told apart.
TEST(DiskMap, finds_the_file_of_each_of_many_pieces) {
    Bytes disk = MadeDisk("8M", false).bytes();
    std::uint32_t const table = superblock_field(disk, 7), data = superblock_field(disk, 9);
    constexpr std::uint32_t files = 60, pieces = 12;
    std::size_t const root = table * 4096u + 128;
    put(disk, root, 2), put(disk, root + 4, 1), put(disk, root + 16, data), put(disk, root + 20, 1);
    for (std::uint32_t f = 0; f < files; ++f) {
        std::size_t const inode = table * 4096u + (f + 2) * 128u, entry = data * 4096u + f * 64u;
        put(disk, inode, 1), put(disk, inode + 4, pieces);
        for (std::uint32_t p = 0; p < pieces; ++p) {
            put(disk, inode + 16 + p * 8, data + 1 + p * files + (f * 7 + p) % files);
            put(disk, inode + 20 + p * 8, 1);
        }
        put(disk, entry, f + 2);
        disk[entry + 4] = 1, disk[entry + 5] = static_cast<std::uint8_t>('A' + f);
    }
    DiskMap const map = map_of(disk);
    ASSERT_EQ(map.files.size(), files + 1) << map.problem;
    for (std::uint64_t b = 0; b < map.blocks; ++b) {
        DiskFile const* file = nullptr;
        std::uint64_t index = 0;
        for (DiskFile const& f : map.files)
            for (auto const& e : f.extents)
                if (b >= e.first && b - e.first < e.blocks) file = &f, index = e.index + b - e.first;
        auto const place = map.place_of(b);
        ASSERT_EQ(place.has_value(), file != nullptr) << b;
        if (!file) continue;
        EXPECT_EQ(place->file, file) << b;
        EXPECT_EQ(place->index, index) << b;
    }
}

TEST(DiskMap, gives_no_block_to_two_files) {
    Bytes disk = MadeDisk("8M", false).bytes();
    std::uint32_t const table = superblock_field(disk, 7), data = superblock_field(disk, 9);
    struct Extent {
        std::uint32_t first, count;
    };
    for (Extent const second : {Extent{10, 5}, Extent{8, 3}, Extent{14, 3}, Extent{5, 40}, Extent{11, 1}}) {
        for (std::uint32_t f = 0; f < 3; ++f) {
            std::size_t const inode = table * 4096u + (f + 1) * 128u;
            Extent const at = f == 0 ? Extent{0, 1} : f == 1 ? Extent{10, 5} : second;
            put(disk, inode, f == 0 ? 2 : 1), put(disk, inode + 4, 1);
            put(disk, inode + 16, data + at.first), put(disk, inode + 20, at.count);
            if (f == 0) continue;
            std::size_t const entry = data * 4096u + f * 64u;
            put(disk, entry, f + 1);
            disk[entry + 4] = 1, disk[entry + 5] = static_cast<std::uint8_t>('0' + f);
        }
        DiskMap const map = map_of(disk);
        EXPECT_THAT(map.problem, HasSubstr("/2 has a block that another one has")) << second.first;
        EXPECT_EQ(count(map, "/1"), 5u);
    }
}

// Whatever stands on it: no crash, no endless loop, every block has an owner's number.
TEST(DiskMap, believes_nothing) {
    Bytes const whole = MadeDisk("1M", true).bytes();
    DiskMap const right = map_of(whole);
    std::uint64_t const metadata = right.files[0].extents.front().first + 4;  // and the first data
    std::mt19937 random(5);
    unsigned problems = 0;
    for (int i = 0; i < 300; ++i) {
        Bytes disk = whole;
        for (int k = 0; k < 12; ++k) {
            std::size_t const at = 4096 + random() % ((metadata - 1) * 4096);
            disk[at] = static_cast<std::uint8_t>(random() % 3 ? random() : 0xFF);
        }
        DiskMap const map = map_of(disk);
        problems += !map.problem.empty();
        ASSERT_EQ(map.owner.owner.size(), map.blocks);
        for (std::uint64_t b = 0; b < map.blocks; ++b) ASSERT_LT(map.owner.owner[b], map.owner.owners.size());
        for (DiskFile const& f : map.files)
            for (auto const& e : f.extents) ASSERT_LE(e.first + e.blocks, map.blocks);
    }
    EXPECT_GT(problems, 0u) << "damage that nobody sees?";
}

Subject diary(Bytes disk) {
    sim::machine::MachineConfig config;
    config.image.name = "diary";
    config.image.bytes = std::make_shared<Bytes const>(bytes_of(build() + "/images/diary.elf"));
    EXPECT_FALSE(config.image.bytes->empty()) << "diary is not built";
    config.command_line = "entries=3";
    config.disks.resize(1);
    config.disks[0].blob.name = "disk";
    config.disks[0].blob.bytes = std::make_shared<Bytes const>(std::move(disk));
    Subject s;
    s.title = "diary";
    s.world = std::make_unique<sim::machine::World>();
    s.world->add(sim::board::make_pc(std::move(config)));
    return s;
}

// The life of one entry: the transaction goes into the journal, happens, its blocks go to
// their places; the block of the diary was written by the diary's thread.
TEST(DiskMap, follows_a_kernel_that_writes) {
    Session session(diary(MadeDisk("1M", false).bytes()));
    session.request(ViewRequest::everything());
    session.post(sim::debug::Run{});
    session.settle();
    auto const end = session.snapshot();
    ASSERT_EQ(end->state, RunState::exited) << end->stop_reason;
    ASSERT_EQ(end->disks.size(), 1u);
    DiskMap const& map = *end->disks[0];
    EXPECT_EQ(map.problem, "");
    EXPECT_EQ(count(map, "/diary"), 1u);
    EXPECT_EQ(map.journal.state, DiskJournal::State::done);
    EXPECT_EQ(map.blocks_at_risk, 0u);
    ASSERT_TRUE(end->kernel.block_cache("disk0")) << "views.query declares the cache";
    EXPECT_EQ(end->kernel.block_cache("disk0")->dirty, 0u);

    auto const file = std::ranges::find(map.files, "/diary", &DiskFile::path);
    ASSERT_NE(file, map.files.end());
    std::uint64_t const block = file->extents.front().first;
    auto const write = last_disk_use(end->events, 0, block, EventKind::disk_write, end->moment);
    ASSERT_TRUE(write && write->request && write->done);
    EXPECT_EQ(end->events.thread_name(write->thread), "main");
    EXPECT_LT(end->events.all[*write->request].at, end->events.all[*write->done].at);

    // While it is on its way the block is dirty in the cache, and the transaction pending.
    auto const before = session.perform(SeekTo{end->events.all[*write->request].at});
    auto const uses = newest_disk_uses(before->events, 0, before->moment, 4);
    ASSERT_FALSE(uses.empty());
    EXPECT_FALSE(uses.front().done) << "handed over, and not done";
    EXPECT_TRUE(uses.front().touches(0, block));
    EXPECT_EQ(before->disks[0]->journal.state, DiskJournal::State::pending);
    ASSERT_TRUE(before->kernel.block_cache("disk0")->find(block));
    EXPECT_TRUE(before->kernel.block_cache("disk0")->find(block)->dirty);

    // And every state of the journal is seen on the way.
    std::set<DiskJournal::State> seen;
    auto const& group = end->events.group(EventGroup::disk);
    for (std::uint64_t n = group.begin(); n < group.end(); ++n) {
        Moment at = end->events.all[group[n]].at;
        ++at.retired;
        seen.insert(session.perform(SeekTo{at})->disks[0]->journal.state);
    }
    using State = DiskJournal::State;
    EXPECT_EQ(seen, (std::set<State>{State::empty, State::torn, State::pending, State::done}));
}

TEST(DiskMap, is_told_in_words_with_a_block_s_bytes_and_its_writer) {
    Session session(diary(MadeDisk("1M", false).bytes()));
    session.post(sim::debug::Run{});
    session.settle();
    auto request = ViewRequest::everything();
    session.request(request);
    auto s = session.perform(Pause{});
    std::uint64_t const block = s->disks[0]->files.back().extents.front().first;
    request.disk_block = disk_block_id(0, block);
    session.request(request);
    s = session.perform(Pause{});
    TextOptions options;
    options.disk_block = request.disk_block;
    std::string const text = print_view(*s, "disk", options).value();
    EXPECT_THAT(text, HasSubstr("disk0: 256 blocks of 4 KiB, our file system"));
    EXPECT_THAT(text, HasSubstr("is done: every block is in its place"));
    EXPECT_THAT(text, HasSubstr("  1  /diary"));
    EXPECT_THAT(text, HasSubstr("block 0 of /diary"));
    EXPECT_THAT(text, HasSubstr(", for main, asked for at "));
    EXPECT_THAT(text, HasSubstr("|entry      0.ent|")) << "its bytes";
    std::string const json = print_view_json(*s, "disk", options).value();
    EXPECT_THAT(json, HasSubstr("\"path\": \"/diary\""));
    EXPECT_THAT(json, HasSubstr("\"kind\": \"disk write\""));
}

}  // namespace
}  // namespace scenario
