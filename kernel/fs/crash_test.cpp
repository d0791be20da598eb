// SPDX-License-Identifier: MIT
//
// The power is cut at every single write of a workload. Whatever of the writes
// since the last barrier has reached the disk, in whatever order, and the last of
// them in pieces: the file system mounts, is whole, and holds what the operations
// up to some moment left behind, a moment not before the last sync().
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "kernel/fs/file_system_under_test.hpp"

namespace fs {
namespace {

constexpr std::size_t sector = 512;

struct History {
    std::vector<std::string> trees;  // after each operation; the first: before all
    struct Mark {
        std::size_t steps;        // of the device, when
        std::size_t least, most;  // which trees the disk may hold from here on
    };
    std::vector<Mark> marks;
};

// Which writes of those since the last barrier have reached the medium.
enum class Cut { in_order, random, torn };

MemoryDevice::Bytes disk_after_cut(MemoryDevice::Bytes bytes, std::vector<MemoryDevice::Step> const& steps,
                                   std::size_t cut, Cut how, std::mt19937& random) {
    std::size_t barrier = 0;
    for (std::size_t i = 0; i < cut; ++i)
        if (steps[i].barrier) barrier = i + 1;
    auto const apply = [&](MemoryDevice::Step const& step, std::size_t sectors) {
        std::memcpy(bytes.data() + step.number * block_size, step.content.data(), sectors * sector);
    };
    for (std::size_t i = 0; i < cut; ++i) {
        if (steps[i].barrier) continue;
        if (i >= barrier && how == Cut::random && random() % 2) continue;
        bool const torn = i + 1 == cut && how == Cut::torn;
        apply(steps[i], torn ? random() % 8 : 8);
    }
    return bytes;
}

void try_cuts(unsigned seed, unsigned operations, std::size_t places, std::uint64_t& tried) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    MemoryDevice device(256);
    MUST(mkfs(device, {.inodes = 64}));
    MemoryDevice::Bytes const fresh = device.bytes();
    device.noting = true;
    History history;
    Model model;
    history.trees.push_back(model.tree());
    history.marks.push_back({0, 0, 0});
    {
        Mounted fs(device, places);
        std::mt19937 random(seed);
        std::size_t synced = 0;
        for (unsigned i = 0; i < operations; ++i) {
            // While it runs the disk may come to hold this one, too.
            history.marks.push_back({device.steps.size(), synced, history.trees.size()});
            model.random_step(random, fs);
            history.trees.push_back(model.tree());
            if (random() % 8 == 0) {
                MUST(fs->sync());
                synced = history.trees.size() - 1;
            }
            history.marks.push_back({device.steps.size(), synced, history.trees.size() - 1});
        }
        MUST(fs->sync());
    }
    ASSERT_FALSE(testing::Test::HasFailure());
    std::mt19937 random(seed + 1);
    for (std::size_t cut = 0; cut <= device.steps.size(); ++cut) {
        std::size_t least = 0, most = 0;
        for (auto const& mark : history.marks) {
            if (mark.steps <= cut) least = mark.least;
            if (mark.steps <= cut) most = std::max(most, mark.most);
        }
        for (Cut const how : {Cut::in_order, Cut::random, Cut::torn}) {
            MemoryDevice after(disk_after_cut(fresh, device.steps, cut, how, random));
            Mounted fs(after);
            fs.expect_whole();
            std::string const found = fs.tree();
            auto const begin = history.trees.begin();
            bool const right = std::find(begin + static_cast<std::ptrdiff_t>(least),
                                         begin + static_cast<std::ptrdiff_t>(most) + 1,
                                         found) != begin + static_cast<std::ptrdiff_t>(most) + 1;
            ASSERT_TRUE(right) << "cut after write " << cut << " of " << device.steps.size()
                               << ": the disk holds none of the states " << least << " to " << most << ":\n"
                               << found.substr(0, 500);
            ASSERT_FALSE(testing::Test::HasFailure()) << "cut after write " << cut;
            ++tried;
        }
    }
}

TEST(PowerCut, after_every_write_the_disk_holds_a_prefix_of_the_history) {
    std::uint64_t tried = 0;
    for (unsigned seed = 1; seed <= 4; ++seed)
        try_cuts(seed, 70, seed % 2 ? 64 : FileSystem::least_places, tried);
    std::printf("tried %lu cut points\n", static_cast<unsigned long>(tried));
    EXPECT_GT(tried, 1000u);
}

// A cut during the replay after a cut.
TEST(PowerCut, a_replay_that_is_cut_is_done_again) {
    MemoryDevice device(256);
    MUST(mkfs(device, {.inodes = 64}));
    MemoryDevice::Bytes const fresh = device.bytes();
    device.noting = true;
    {
        Mounted fs(device);
        fs.put("/a", std::string(9000, 'a'));
        MUST(fs->sync());
    }
    // Up to the first barrier: all is in the journal, and nothing in its place.
    std::size_t cut = 0;
    while (!device.steps[cut].barrier) ++cut;
    std::mt19937 random(3);
    MemoryDevice once(disk_after_cut(fresh, device.steps, cut + 1, Cut::in_order, random));
    MemoryDevice::Bytes const before = once.bytes();
    once.noting = true;
    { Mounted fs(once); }
    ASSERT_GT(once.steps.size(), 3u) << "it was replayed";
    for (std::size_t second = 0; second <= once.steps.size(); ++second) {
        MemoryDevice twice(disk_after_cut(before, once.steps, second, Cut::random, random));
        Mounted fs(twice);
        fs.expect_whole();
        EXPECT_EQ(fs.get("/a"), std::string(9000, 'a'));
    }
}

}  // namespace
}  // namespace fs
