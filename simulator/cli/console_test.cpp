// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/console.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/board/pc.hpp"
#include "tests/fakes/fake_cpu.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace sim::cli {
namespace {

using fakes::Op;

struct Told final : machine::MachineObserver {
    Reports reports;
    std::vector<std::string> lines;
    void on_report(machine::Machine& machine, std::string_view device, std::string_view text) override {
        lines.push_back(reports.line(machine, device, text));
    }
};

// Whose doing it is: an instruction's, or an input's that makes no sense.
TEST(Reports, name_an_instruction_where_one_did_it) {
    std::string const elf = scenario::TinyImage{scenario::code::halt}.elf();
    machine::MachineConfig config;
    config.memory_bytes = 4 << 20;
    config.image = {"tiny.elf", "",
                    std::make_shared<std::vector<std::uint8_t> const>(elf.begin(), elf.end())};
    std::vector<Op> program(0x100000, Op{});
    program.insert(program.end(), {{Op::in, 0x1234}, {Op::add, 1}, {Op::hlt}});
    auto const machine = board::make_pc(config, fakes::fake_cpu(std::move(program), 0));
    Told told;
    machine->add_observer(told);
    machine->run({.moment = {2, 0}});
    ASSERT_EQ(told.lines.size(), 1u);
    EXPECT_THAT(told.lines[0], testing::HasSubstr("port 0x1234"));
    EXPECT_THAT(told.lines[0], testing::HasSubstr("; at moment 0, by "));
    machine->give({"memory", machine::InputKind::poke, {1, 2, 3}});
    ASSERT_EQ(told.lines.size(), 2u);
    EXPECT_THAT(told.lines[1], testing::EndsWith("; at moment 2"));
    machine->remove_observer(told);
}

}  // namespace
}  // namespace sim::cli
