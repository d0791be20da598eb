// SPDX-License-Identifier: MIT
//
// What a debugger needs of the built images: views.query resolves whole against
// their debug information, and every probe of the contract is there.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "simulator/debug/probes.hpp"
#include "simulator/debug/symbols.hpp"
#include "simulator/debug/views_query.hpp"

namespace {

class Image : public testing::TestWithParam<char const*> {
protected:
    std::string const path = std::string(std::getenv("VIV_BUILD")) + "/images/" + GetParam() + ".elf";
    std::string const bytes = [this] {
        std::ifstream file(path, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    }();
    std::shared_ptr<sim::debug::Symbols const> const symbols = sim::debug::Symbols::from_file(path);
};

TEST_P(Image, carries_views_that_its_debug_information_knows) {
    ASSERT_EQ(symbols->problem(), "");
    ASSERT_NE(symbols->views(), "");
    auto const views = sim::debug::Views::make(symbols->views(), symbols);
    for (std::string const& problem : views->problems()) ADD_FAILURE() << problem;
    for (char const* name : {"cpus", "threads", "run_queue", "locks", "frames", "heap", "interrupts"})
        EXPECT_NE(views->query(name), nullptr) << name;
}

TEST_P(Image, marks_what_happens_with_probes) {
    std::set<std::string> names;
    auto const* const data = reinterpret_cast<std::uint8_t const*>(bytes.data());
    for (auto const& probe : sim::debug::read_probes({data, bytes.size()}))
        if (probe.provider == "viv") names.insert(probe.name);
    for (char const* name : {"app_ready", "frame_alloc", "frame_free", "irq_entry", "irq_exit", "page_fault",
                             "thread_create", "thread_exit", "thread_switch", "thread_wake"})
        EXPECT_TRUE(names.count(name) == 1) << name;
}

// Two builds of one source are one image: nothing of the building machine is in it.
TEST_P(Image, names_no_folder_of_the_building_machine) {
    ASSERT_FALSE(bytes.empty());
    EXPECT_EQ(bytes.find(std::getenv("VIV_ROOT")), std::string::npos);
    EXPECT_NE(bytes.find("kernel/main.cpp"), std::string::npos) << "sources are named from the root";
}

INSTANTIATE_TEST_SUITE_P(All, Image, testing::Values("hello", "crash", "threads"));

}  // namespace
