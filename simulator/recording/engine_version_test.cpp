// SPDX-License-Identifier: GPL-2.0-or-later
//
// engine_version is a promise: recordings of one version lead to one life. This
// guest looks at everything that a guest can see of the machine; when it leads
// another life than before, the version must have been raised.
#include <gtest/gtest.h>

#include "simulator/board/pc.hpp"
#include "simulator/machine/hash.hpp"
#include "simulator/recording/run_file.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::recording {
namespace {

// The life that belongs to this version. When a test below fails, and the change
// was wanted: raise engine_version in run_file.hpp, and put that number and the
// hashes that the failure prints here.
constexpr std::uint32_t version = 14;
constexpr std::uint64_t seen_by_the_guest = 0x406be8a8b5c48572;
constexpr std::uint64_t whole_machine = 0xcb6fa484cb72e508;

// testdata/engine_version.S, assembled.
constexpr char const* guest =
    "fafcbc00001800e8000000005d83ed0c8d852002000089853a0200000f0195380200008d852d0000006a0850cb66b810"
    "008ed88ec08ed08ee08ee8bf0000200031f6e8ab0100004683fe1872f5be00000040e89b010000be00000080e8910100"
    "004681fe0900008072f2ba20000000ecaa4281fa0004000072f5be0000008089f0baf80c0000efbafc0c0000edab83c6"
    "0481fe0040008072e6be2000e0fe8b06ab83c61081fef003e0fe72f2c7050000c0fe01000000a11000c0feaba10000d0"
    "feab0f20c083e0fb83c8020f22c00f20e00d000600000f22e0dbe3d9ebd9fed9ebd9f2db3f83c710b839300000f20f2a"
    "c8f20f51d1f20f5eca0f110f83c7100f31abc70500001f0000000000c70504001f00000000008d8503020000bb000019"
    "00b90001000066890366c74302080066c74304008e89c2c1ea106689530683c308e2e38d851002000066a30000190066"
    "a330001900c1e81066a30600190066a3360019000f019d3e0200000f0b31c9f7f1cd30b011e620e6a0b020e621b028e6"
    "a1b004e621b002e6a1b001e621e6a1b0fee621b0ffe6a1b034e643b0a9e640b004e640fbb9e0930400b87856341289c2"
    "c1e20d31d089c2c1ea1131d089c2c1e20531d089c381e3fcff0000018300002800e2dbb905000000f4e2fdfabe000018"
    "00bf00001a00b900100000f3a5b02ae6f4f489f031c90fa2ab89d8ab89c8ab89d0abc350ff0500001f00b020e62058cf"
    "ff0504001f0083042402cf8d742600900000000000000000ffff0000009acf00ffff00000092cf00170000000000ff07"
    "00001900";

std::string bytes_of(std::string_view hexadecimal) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hexadecimal.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(hexadecimal.substr(i, 2)), nullptr, 16));
    return bytes;
}

struct Lived {
    std::uint64_t seen = 0, whole = 0;
    std::uint32_t ticks = 0, exceptions = 0;
    std::optional<machine::RunResult> ended;
};

Lived live() {
    std::string const elf = scenario::TinyImage{bytes_of(guest)}.elf();
    machine::MachineConfig config;
    config.image = {"guest.elf", "",
                    std::make_shared<std::vector<std::uint8_t> const>(elf.begin(), elf.end())};
    config.memory_bytes = 4 << 20;
    auto const machine = board::make_pc(config);
    Lived result;
    for (std::uint64_t at = 100'000; !machine->ended() && at < 20'000'000; at += 100'000) {
        machine->run({.moment = {at, 0}});
        result.whole = machine::scramble(result.whole ^ machine->hash().total);
    }
    result.ended = machine->ended();
    std::vector<std::uint8_t> seen(64 << 10);
    EXPECT_TRUE(machine->peek(0x200000, seen));
    result.seen = machine::hash_bytes(seen);
    std::uint8_t counts[8] = {};
    EXPECT_TRUE(machine->peek(0x1f0000, counts));
    result.ticks = counts[0] | counts[1] << 8;
    result.exceptions = counts[4];
    return result;
}

TEST(EngineVersion, its_guest_sees_and_does_what_it_should) {
    Lived const life = live();
    ASSERT_TRUE(life.ended);
    EXPECT_EQ(life.ended->stop, machine::RunStop::exited);
    EXPECT_EQ(life.ended->status, 42u);
    EXPECT_GT(life.ticks, 5u);       // while it computes, and five in HLT
    EXPECT_EQ(life.exceptions, 2u);  // #UD and #DE
}

TEST(EngineVersion, the_same_version_is_the_same_life) {
    Lived const life = live();
    EXPECT_EQ(version, engine_version);
    EXPECT_EQ(life.seen, seen_by_the_guest) << "the guest sees another machine: 0x" << std::hex << life.seen;
    EXPECT_EQ(life.whole, whole_machine) << "the machine has another state: 0x" << std::hex << life.whole;
}

}  // namespace
}  // namespace sim::recording
