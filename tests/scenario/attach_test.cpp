// SPDX-License-Identifier: MIT
//
// Images that run in QEMU, looked at through its gdb server: `viv attach`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "tests/scenario/http_client.hpp"
#include "tests/scenario/program.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace scenario {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string build() {
    char const* const folder = std::getenv("VIV_BUILD");
    return folder ? folder : ".";
}

std::vector<std::string> attach(std::vector<std::string> words) {
    words.insert(words.begin(), {build() + "/bin/viv-glass", "attach"});
    return words;
}

// Types a line again and again until something is printed.
bool asks_until(Program& program, std::string const& line, std::string const& text) {
    std::atomic<bool> there = false;
    std::thread asking([&] {
        while (!there) {
            program.type(line + "\n");
            usleep(200'000);
        }
    });
    bool const printed = program.prints(text);
    there = true;
    asking.join();
    return printed;
}

TEST(Attach, a_qemu_of_its_own_is_seen_from_its_first_instruction_to_a_page_served) {
    Program glass(attach({"--start", "http", "--forward", "0:80", "--repl"}), Program::Stdin::typed);
    ASSERT_TRUE(glass.prints("paused: ")) << glass.err();
    glass.type("run-pause\n");
    ASSERT_TRUE(asks_until(glass, "console", "http: serving")) << glass.err();
    {
        Client client(forwarded_port(glass.err()));
        client.ask("/");
        EXPECT_EQ(client.answer().status, 200);
    }
    glass.type(
        "run-pause\nregisters\nthreads\nmemory\nwalk\nprocessors\npackets\nconnections\n"
        "stop.add break http::Router::dispatch\nrun-pause\n");
    ASSERT_TRUE(glass.prints("breakpoint 1: http::Router::dispatch")) << glass.err();
    Client client(forwarded_port(glass.err()));
    client.ask("/");
    glass.type("wait 60\nbacktrace\nstep.instruction 5\nstep.line\nstep.out\nstop.remove 1\nrun-pause\n");
    EXPECT_EQ(client.answer().status, 200) << "it goes on where it was stopped";
    glass.type(
        "run-pause\ngo.start\nstep.back\nask.question last-write phys:0x1000\nhelp go.start\ngantt\n"
        "json overview\nquit\n");
    Result const result = glass.finish();
    EXPECT_THAT(result.out, AllOf(HasSubstr("CR3"), HasSubstr("PML4E"), HasSubstr("idle"),
                                  HasSubstr("network"), HasSubstr("GET / HTTP/1.1"), HasSubstr("DHCP")));
    EXPECT_THAT(result.out, HasSubstr("breakpoint at http::Router::dispatch"));
    EXPECT_THAT(result.out, HasSubstr("refused: going back needs the simulator: QEMU keeps no past"));
    EXPECT_THAT(result.out, HasSubstr("not here: going back needs the simulator"));
    EXPECT_THAT(result.out, HasSubstr("refused: questions about the past need the simulator"));
    EXPECT_THAT(result.out, HasSubstr("\"past\": \"going back"));
    EXPECT_THAT(result.out, testing::Not(HasSubstr("QEMU is gone")));
    EXPECT_EQ(result.status, 1) << "lines were refused: " << result.err;
}

class Foreign : public testing::Test {
protected:
    Foreign()
        : qemu({"qemu-system-x86_64",
                "-nodefaults",
                "-no-user-config",
                "-no-reboot",
                "-display",
                "none",
                "-machine",
                "q35,accel=tcg",
                "-m",
                "64M",
                "-kernel",
                build() + "/images/http.elf",
                "-chardev",
                "file,id=serial,path=" + serial(),
                "-serial",
                "chardev:serial",
                "-netdev",
                "user,id=net0",
                "-device",
                "virtio-net-pci,netdev=net0,disable-legacy=on,romfile=",
                "-object",
                "filter-dump,id=d,netdev=net0,file=" + capture(),
                "-gdb",
                "chardev:gdb",
                "-chardev",
                "socket,id=gdb,path=" + socket() + ",server=on,wait=off"}) {
        for (unsigned i = 0; i < 600 && !std::filesystem::exists(socket()); ++i) usleep(50'000);
    }
    std::string socket() const { return folder / "gdb"; }
    std::string serial() const { return folder / "serial"; }
    std::string capture() const { return folder / "frames.pcap"; }
    std::vector<std::string> to(std::vector<std::string> more) const {
        std::vector<std::string> words = {"unix:" + socket(), "--image", "http"};
        words.insert(words.end(), more.begin(), more.end());
        return attach(words);
    }
    Folder folder;
    Program qemu;
};

TEST_F(Foreign, is_left_running_standing_or_ended_as_asked) {
    // Until it serves: it goes on between one look and the next.
    std::string console;
    for (unsigned i = 0; i < 100 && console.find("serving") == std::string::npos; ++i) {
        usleep(100'000);
        Result const look = run(to({"--serial", serial(), "--print", "console"}));
        ASSERT_EQ(look.status, 0) << look.err;
        console = look.out;
    }
    EXPECT_THAT(console, HasSubstr("http: serving"));
    Result const threads = run(to({"--print", "threads", "--at-end", "stop"}));
    EXPECT_THAT(threads.out, HasSubstr("idle"));
    Result const packets = run(to({"--pcap", capture(), "--print", "packets", "--at-end", "stop"}));
    EXPECT_THAT(packets.out, HasSubstr("DHCP"));
    Result const none = run(to({"--print", "packets", "--at-end", "stop"}));
    EXPECT_THAT(none.out, HasSubstr("filter-dump"));
    Result const other =
        run(attach({"unix:" + socket(), "--image", "hello", "--print", "overview", "--at-end", "stop"}));
    EXPECT_THAT(other.out, HasSubstr("the guest does not run"));
    Result const nonsense =
        run(attach({"unix:" + socket(), "--image", "hello", "--print", "threads", "--at-end", "stop"}));
    EXPECT_THAT(nonsense.err, HasSubstr("the guest does not run"));
    EXPECT_THAT(threads.err, testing::Not(HasSubstr("does not run")));
    Result const gone = run(to({"--print", "overview", "--at-end", "end"}));
    EXPECT_EQ(gone.status, 0) << gone.err;
    EXPECT_THAT(gone.out, HasSubstr("QEMU keeps no past"));
    qemu.finish();
    Result const nobody = run(to({"--print", "overview"}));
    EXPECT_EQ(nobody.status, 2);
    EXPECT_THAT(nobody.err, HasSubstr("is QEMU running"));
}

}  // namespace
}  // namespace scenario
