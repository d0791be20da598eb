// SPDX-License-Identifier: MIT
//
// No memory: one allocation after the other fails, in one life after the other. Boot
// may end in a panic that names what is missing. From then on the kernel ends with a
// word or lives on without what it wanted; it never panics.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <sstream>

#include "simulator/board/pc.hpp"
#include "simulator/debug/symbols.hpp"
#include "simulator/recording/images.hpp"
#include "tests/scenario/cable.hpp"
#include "tests/scenario/console.hpp"
#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using namespace sim::machine;
using testing::HasSubstr;
using testing::Not;

enum class End { boot_panics, without_network, serves };

Blob const& empty_disk() {
    static Folder const folder;
    static Blob const disk = [] {
        write_file(folder / "disk", std::string(1 << 20, '\0'));
        return sim::recording::read_blob(folder / "disk");
    }();
    return disk;
}

// The server with a disk, a while after its start.
End life_without(unsigned failing) {
    static Blob const image =
        sim::recording::read_blob(std::string(std::getenv("VIV_BUILD")) + "/images/http.elf");
    MachineConfig config;
    config.image = image;
    config.command_line = "fail-allocation=" + std::to_string(failing);
    config.disks.push_back({empty_disk()});
    auto const machine = sim::board::make_pc(config);
    machine->set_checkpoint_interval(0);
    Console console;
    machine->add_observer(console);
    PingingHost host(std::vector<Bytes>(3, Bytes(56, 1)), 0);
    Cable cable(host);
    machine->set_outside(&cable);
    RunResult const result = machine->run({.virtual_ns = 3'000'000'000});
    if (console.text.find("panic: not enough memory for ") != std::string::npos) {
        EXPECT_THAT(console.text, Not(HasSubstr("apps::main"))) << failing << ": boot is over";
        return End::boot_panics;
    }
    EXPECT_THAT(console.text, Not(HasSubstr("panic"))) << failing;
    if (result.stop == RunStop::exited) {
        EXPECT_LE(result.status, 99u) << failing << console.text;
        EXPECT_THAT(console.text, testing::AnyOf(HasSubstr("error"), HasSubstr("warning"))) << failing;
    } else {
        EXPECT_EQ(result.stop, RunStop::reached) << failing << result.message << console.text;
    }
    return host.done() ? End::serves : End::without_network;
}

TEST(Exhaustion, of_one_of_the_first_sixty_allocations_is_an_error_and_never_a_panic) {
    std::map<End, unsigned> ends;
    for (unsigned failing = 1; failing <= 60; ++failing) ++ends[life_without(failing)];
    EXPECT_LT(ends[End::boot_panics], 15u);
    EXPECT_GT(ends[End::serves], 10u) << "it can do without some";
    EXPECT_GT(ends[End::without_network], 5u) << "and without others it cannot";
}

// Has the allocation been asked for and failed? By the kernel's own count.
bool has_failed(Machine const& machine, sim::debug::Symbols const& symbols) {
    constexpr std::uint64_t kernel_offset = 0xffff'ffff'8000'0000;
    auto const* const count = symbols.object_named("memory::failing_allocation");
    std::uint64_t left = 1;
    EXPECT_TRUE(count != nullptr && machine.peek(count->address - kernel_offset,
                                                 {reinterpret_cast<std::uint8_t*>(&left), sizeof left}));
    return left == 0;
}

// Of something else than words of the command line, which are not for every application.
bool complains(std::string const& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        for (char const* word : {"error: ", "warning: ", "panic: "})
            if (line.find(word) != line.npos && line.find("command line: ") == line.npos) return true;
    return false;
}

// The first twenty milliseconds of each application, which begins with all it wants.
std::string twenty_milliseconds_of(std::string const& app, unsigned failing) {
    struct Program {
        Blob image;
        std::shared_ptr<sim::debug::Symbols const> symbols;
    };
    static std::map<std::string, Program> programs;
    Program& program = programs[app];
    if (!program.symbols) {
        std::string const path = std::string(std::getenv("VIV_BUILD")) + "/images/" + app + ".elf";
        program = {sim::recording::read_blob(path), sim::debug::Symbols::from_file(path)};
    }
    MachineConfig config;
    config.image = program.image;
    config.disks.push_back({empty_disk()});
    config.command_line =
        "race=1 practice=interrupts crash=leak peer=10.0.2.2 fail-allocation=" + std::to_string(failing);
    auto const machine = sim::board::make_pc(config);
    machine->set_checkpoint_interval(0);
    Console console;
    machine->add_observer(console);
    RunResult const result = machine->run({.virtual_ns = 20'000'000});
    auto const says = [&](char const* text) { return console.text.find(text) != std::string::npos; };
    // Lazy memory is the exception: whoever touches it cannot be given an error.
    if (result.stop == RunStop::exited && result.status > 99 && !says("panic: not enough memory for ") &&
        !says("is lazy memory: not there; frames free: "))
        ADD_FAILURE() << app << " without allocation " << failing << ": " << console.text;
    // What is not there for lack of memory must not look as if it had never been there: no
    // application ends well, or runs on, without a word about it.
    bool const goes_on = result.stop != RunStop::exited || result.status == 0;
    if (goes_on && has_failed(*machine, *program.symbols) && !complains(console.text))
        ADD_FAILURE() << app << " says no word about allocation " << failing << ": " << console.text;
    return console.text;
}

// All of boot's, and of those who ask for what they can do without; of the others some.
unsigned every(std::string const& app) {
    for (char const* each : {"echo", "hello", "shell", "virtio"})
        if (app == each) return 1;
    return 4;
}

TEST(Exhaustion, ends_no_application_in_a_panic) {
    unsigned told = 0;
    for (char const* app : {"bench", "costs", "crash", "diary", "dining", "echo", "fetch", "hello", "matrix",
                            "practice", "races", "schedule", "shell", "tardy", "threads", "virtio"})
        for (unsigned failing = app == std::string("hello") ? 1 : 9; failing <= 30; failing += every(app))
            if (twenty_milliseconds_of(app, failing).find("there is no memory for this") != std::string::npos)
                ++told;
    EXPECT_GE(told, 10u) << "and some of them cannot do without";
}

}  // namespace
}  // namespace scenario
