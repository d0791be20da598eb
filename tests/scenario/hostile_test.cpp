// SPDX-License-Identifier: MIT
#include "tests/scenario/hostile.hpp"

namespace scenario {
namespace {

class Hostile : public testing::TestWithParam<std::uint64_t> {};
TEST_P(Hostile, images_come_to_an_orderly_end) { run_hostile_images(GetParam(), 200); }
INSTANTIATE_TEST_SUITE_P(Seeds, Hostile, testing::Range<std::uint64_t>(100, 110));

}  // namespace
}  // namespace scenario
