// SPDX-License-Identifier: MIT
//
// The power is cut at every single write of a workload. Whatever of the writes
// since the last barrier has reached the disk, in whatever order, and the last of
// them in pieces: the file system mounts, is whole, and holds what the operations
// up to some moment left behind, a moment not before the last sync().
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "kernel/fs/file_system_under_test.hpp"

namespace fs {
namespace {

constexpr std::size_t sector = 512;

struct History {
    std::vector<std::string> trees;  // after each part of an operation; the first: before all
    struct Mark {
        std::size_t steps;        // of the device, when
        std::size_t least, most;  // which trees the disk may hold from here on
    };
    std::vector<Mark> marks;
};

// Which writes of those since the last barrier have reached the medium.
enum class Cut { in_order, random, torn };

// Disks as a power cut leaves them, each a little later than the one before. One is
// there at a time.
class CutDisk {
public:
    CutDisk(MemoryDevice::Bytes const& fresh, std::vector<MemoryDevice::Step> const& steps)
        : steps_(steps), settled_(fresh), disk_(fresh) {}

    MemoryDevice& after(std::size_t cut, Cut how, std::mt19937& random) {
        std::size_t barrier = settled_steps_;
        for (std::size_t i = settled_steps_; i < cut; ++i)
            if (steps_[i].barrier) barrier = i + 1;
        for (; settled_steps_ < barrier; ++settled_steps_) apply(settled_, steps_[settled_steps_], 8);
        disk_.bytes() = settled_;
        disk_.steps.clear();
        disk_.noting = false;
        for (std::size_t i = barrier; i < cut; ++i) {
            if (how == Cut::random && random() % 2) continue;
            bool const torn = i + 1 == cut && how == Cut::torn;
            apply(disk_.bytes(), steps_[i], torn ? random() % 8 : 8);
        }
        return disk_;
    }

private:
    static void apply(MemoryDevice::Bytes& bytes, MemoryDevice::Step const& step, std::size_t sectors) {
        if (step.barrier) return;
        std::memcpy(bytes.data() + step.number * block_size, step.content.data(), sectors * sector);
    }
    std::vector<MemoryDevice::Step> const& steps_;
    MemoryDevice::Bytes settled_;  // after all steps before the last barrier
    std::size_t settled_steps_ = 0;
    MemoryDevice disk_;
};

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
            // While it runs the disk may come to hold what it passes through, too.
            std::size_t const begun = device.steps.size();
            model.random_step(random, fs);
            history.trees.insert(history.trees.end(), model.between().begin(), model.between().end());
            history.trees.push_back(model.tree());
            history.marks.push_back({begun, synced, history.trees.size() - 1});
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
    CutDisk disk(fresh, device.steps);
    for (std::size_t cut = 0; cut <= device.steps.size(); ++cut) {
        std::size_t least = 0, most = 0;
        for (auto const& mark : history.marks) {
            if (mark.steps <= cut) least = mark.least;
            if (mark.steps <= cut) most = std::max(most, mark.most);
        }
        for (Cut const how : {Cut::in_order, Cut::random, Cut::torn}) {
            Mounted fs(disk.after(cut, how, random));
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

// CTest hides what a test prints. What is in this folder `./viv test` shows at its end.
void tell(std::string const& name, std::string const& line) {
    std::printf("%s: %s\n", name.c_str(), line.c_str());
    if (char const* const build = std::getenv("VIV_BUILD")) {
        auto const folder = std::filesystem::path(build) / "Testing/told";
        std::filesystem::create_directories(folder);
        std::ofstream(folder / name) << line << "\n";
    }
}

TEST(PowerCut, after_every_write_the_disk_holds_a_prefix_of_the_history) {
    std::uint64_t tried = 0;
    for (unsigned seed = 1; seed <= 4; ++seed)
        try_cuts(seed, 70, seed % 2 ? 64 : FileSystem::least_places, tried);
    tell("power_cuts", std::to_string(tried) + " cut points tried");
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
    CutDisk first(fresh, device.steps);
    MemoryDevice& once = first.after(cut + 1, Cut::in_order, random);
    MemoryDevice::Bytes const before = once.bytes();
    once.noting = true;
    { Mounted fs(once); }
    ASSERT_GT(once.steps.size(), 3u) << "it was replayed";
    CutDisk twice(before, once.steps);
    for (std::size_t second = 0; second <= once.steps.size(); ++second) {
        Mounted fs(twice.after(second, Cut::random, random));
        fs.expect_whole();
        EXPECT_EQ(fs.get("/a"), std::string(9000, 'a'));
    }
}

// The machine dies alone, after step `died` of the device, and the disk keeps what is in
// its cache; the machine starts again and works on; then the power fails, too, and of what
// no barrier has ordered any part may be lost.
void die_and_lose_power(MemoryDevice::Bytes const& fresh, std::vector<MemoryDevice::Step> const& steps,
                        std::size_t died, MemoryDevice& device, std::mt19937& random) {
    device.steps.assign(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(died));
    device.noting = true;
    std::vector<std::string> trees;
    std::vector<std::size_t> synced;  // how many steps there were
    {
        Mounted fs(device);
        trees.push_back(fs.tree());
        synced.push_back(device.steps.size());
        for (std::string const name : {"/new", "/more"}) {
            fs.put(name, std::string(5000, name[1]));
            MUST(fs->sync());
            trees.push_back(fs.tree());
            synced.push_back(device.steps.size());
        }
    }
    CutDisk disk(fresh, device.steps);
    for (std::size_t cut = synced[0]; cut <= device.steps.size(); ++cut) {
        Mounted fs(disk.after(cut, Cut::random, random));
        fs.expect_whole();
        std::size_t least = 0;
        while (least + 1 < synced.size() && synced[least + 1] <= cut) ++least;
        std::string const found = fs.tree();
        bool const right = found == trees[least] || (least + 1 < trees.size() && found == trees[least + 1]);
        ASSERT_TRUE(right && !testing::Test::HasFailure())
            << "died after step " << died << ", power lost after step " << cut << ": found\n"
            << found.substr(0, 300);
    }
}

TEST(PowerCut, a_disk_that_outlives_the_machine_with_its_cache_loses_nothing) {
    MemoryDevice device(256);
    MUST(mkfs(device, {.inodes = 64}));
    MemoryDevice::Bytes const fresh = device.bytes();
    device.noting = true;
    {
        Mounted fs(device);
        fs.put("/a", std::string(9000, 'a'));
        MUST(fs->sync());
        fs.put("/b", std::string(9000, 'b'));
        MUST(fs->rename("/b", "/a"));
        MUST(fs->sync());
    }
    for (unsigned seed = 1; seed <= 2; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        std::mt19937 random(seed);
        CutDisk disk(fresh, device.steps);
        for (std::size_t died = 0; died <= device.steps.size(); ++died)
            ASSERT_NO_FATAL_FAILURE(die_and_lose_power(fresh, device.steps, died,
                                                       disk.after(died, Cut::in_order, random), random));
    }
}

}  // namespace
}  // namespace fs
