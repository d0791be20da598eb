// SPDX-License-Identifier: MIT
//
// No page is writable and executable, nor is there a second way to write what can be
// executed: in every image, from the kernel's own page tables on to the end. Before
// them boot.S's tables allow everything (docs/decisions, "Boot's first tables allow
// everything"), which is looked at, too: else nobody would know that this test can see.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "simulator/board/pc.hpp"
#include "simulator/debug/guest_memory.hpp"
#include "simulator/debug/page_walk.hpp"
#include "simulator/recording/images.hpp"

namespace scenario {
namespace {

using namespace sim::machine;
namespace filesystem = std::filesystem;

// Every image that was built, but the copies that keep their symbols apart.
std::vector<std::string> images() {
    std::vector<std::string> found;
    for (auto const& entry :
         filesystem::directory_iterator(std::string(std::getenv("VIV_BUILD")) + "/images"))
        if (entry.path().extension() == ".elf") found.push_back(entry.path().string());
    std::sort(found.begin(), found.end());
    return found;
}

struct Found {
    std::uint64_t pages = 0;       // writable and executable
    std::uint64_t alias = 0;       // a physical address that one page may write and another execute
    std::uint64_t executable = 0;  // bytes
    std::string problem;           // of the tables
};

// None before there is paging.
std::optional<Found> look_at(Machine& machine) {
    using namespace sim::debug;
    Paging const paging = paging_of(machine.cpu().state());
    if (!paging.enabled || !paging.long_mode) return std::nullopt;
    GuestMemory const memory(paging, [&](std::uint64_t address, std::span<std::uint8_t> into) {
        return machine.peek(address, into);
    });
    PageTree const tree = page_tree(paging, memory.words());
    Found found{tree.write_and_execute_pages, 0, 0, tree.problem};
    for (MappedRange const& code : tree.ranges) {
        if (!code.executable) continue;
        found.executable += code.length;
        for (MappedRange const& data : tree.ranges) {
            bool const overlaps = data.writable && data.physical_start < code.physical_start + code.length &&
                                  code.physical_start < data.physical_start + data.length;
            if (overlaps) found.alias = std::max(data.physical_start, code.physical_start);
        }
    }
    return found;
}

struct Life {
    unsigned looks_before = 0, looks_after = 0;  // before and with the kernel's own tables
    bool ended = false;
};

// In small steps through boot, then in large ones to the end, or for as long as a server
// is worth looking at.
Life walk_through(std::string const& image) {
    constexpr std::uint64_t small_step = 10'000, large_step = 4'000'000, boot_is_over = 400'000,
                            long_enough = 40'000'000;
    MachineConfig config;
    config.image = sim::recording::read_blob(image);
    config.console = true;
    auto const machine = sim::board::make_pc(config);
    Life life;
    bool strict = false;
    for (std::uint64_t at = 0; at < long_enough && !life.ended;) {
        at += at < boot_is_over ? small_step : large_step;
        machine->run({.moment = {at, 0}});
        life.ended = machine->ended().has_value();
        auto const found = look_at(*machine);
        if (!found) continue;
        EXPECT_EQ(found->problem, "");
        strict = strict || found->pages == 0;
        ++(strict ? life.looks_after : life.looks_before);
        if (!strict) continue;
        EXPECT_EQ(found->pages, 0u) << "writable and executable, at " << at;
        EXPECT_EQ(found->alias, 0u) << "executable, and writable elsewhere, at " << at;
        EXPECT_GT(found->executable, 0u);
        if (testing::Test::HasFailure()) break;
    }
    return life;
}

TEST(WriteOrExecute, holds_in_every_image_from_its_own_tables_to_its_end) {
    std::vector<std::string> const all = images();
    ASSERT_GT(all.size(), 10u);
    unsigned ended = 0;
    for (std::string const& image : all) {
        SCOPED_TRACE(image);
        Life const life = walk_through(image);
        EXPECT_GT(life.looks_after, 0u) << "it never had tables of its own";
        if (!life.ended) {
            EXPECT_GT(life.looks_after, 10u);
        }
        ended += life.ended;
    }
    EXPECT_GT(ended, 8u);
}

TEST(WriteOrExecute, boots_first_tables_allow_everything_and_are_seen_to) {
    Life const life = walk_through(std::string(std::getenv("VIV_BUILD")) + "/images/hello.elf");
    EXPECT_GT(life.looks_before, 0u);
    EXPECT_TRUE(life.ended);
}

}  // namespace
}  // namespace scenario
