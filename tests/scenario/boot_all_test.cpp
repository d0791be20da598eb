// SPDX-License-Identifier: MIT
//
// The long half of boot_test.cpp: each model of processor, and UEFI.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/boot.hpp"
#include "tests/scenario/http_client.hpp"

namespace scenario {
namespace {

using testing::HasSubstr;

class Processors : public testing::TestWithParam<char const*> {};

TEST_P(Processors, hello_and_threads_on_this_processor) {
    for (char const* machine : {"q35", "pc"})
        for (char const* app : {"hello", "threads"}) {
            Result const result =
                qemu({"-machine", machine, "-cpu", GetParam(), "-m", "64M", "-kernel", image(app)});
            EXPECT_EQ(result.status, guest_said_0) << machine << " " << app << result.out << result.err;
        }
}

INSTANTIATE_TEST_SUITE_P(Model, Processors,
                         testing::Values("qemu64", "Conroe", "Nehalem", "Opteron_G1", "SandyBridge", "EPYC",
                                         "Skylake-Client-v1", "max"),
                         [](auto const& each) {
                             std::string name = each.param;
                             for (char& c : name)
                                 if (!isalnum(c)) c = '_';
                             return name;
                         });

TEST(BootAll, a_disc_boots_by_uefi) {
    Folder folder;
    ASSERT_EQ(make_image({"hello", "--iso", "-o", folder / "hello.iso"}).status, 0);
    for (char const* machine : {"q35", "pc"}) {
        Result const result = qemu({"-machine", machine, "-m", "128M", "-bios", "/usr/share/ovmf/OVMF.fd",
                                    "-cdrom", folder / "hello.iso"});
        EXPECT_EQ(result.status, guest_said_0) << machine << result.err;
        EXPECT_THAT(result.out, HasSubstr("hello, world")) << machine;
    }
}

// Free a moment ago: QEMU does not say which one it took.
std::string free_port() {
    int const listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof own;
    EXPECT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&own), length), 0);
    EXPECT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&own), &length), 0);
    close(listener);
    return std::to_string(ntohs(own.sin_port));
}

TEST(BootAll, the_servers_disc_serves_by_bios_and_by_uefi) {
    Folder folder;
    ASSERT_EQ(make_image({"http", "--iso", "-o", folder / "http.iso"}).status, 0);
    for (char const* machine : {"q35", "pc"})
        for (char const* firmware : {"", "/usr/share/ovmf/OVMF.fd"}) {
            std::string const port = free_port();
            std::vector<std::string> words = qemu_words(
                {"-machine", machine, "-m", "128M", "-device", "virtio-net-pci,netdev=n", "-netdev",
                 "user,id=n,hostfwd=tcp:127.0.0.1:" + port + "-:80", "-cdrom", folder / "http.iso"});
            if (*firmware != 0) words.insert(words.end(), {"-bios", firmware});
            Program program(words);
            EXPECT_TRUE(program.prints("http: serving up to")) << machine << firmware << program.err();
            Client client(port);
            client.ask("/");
            Answer const answer = client.answer();
            EXPECT_EQ(answer.status, 200) << machine << firmware;
            EXPECT_THAT(answer.body, HasSubstr("Vivarium")) << machine << firmware;
            program.send_signal(SIGTERM);
            (void)program.finish();
        }
}

// Half of the second lies above the devices' hole below 4 GiB.
TEST(BootAll, memory_up_to_sixteen_gibibytes) {
    for (auto const& [size, says] : {std::pair{"5G", "memory: 523"}, {"16G", "memory: 1676"}}) {
        Result const result = qemu({"-machine", "q35", "-m", size, "-kernel", image("hello")});
        EXPECT_EQ(result.status, guest_said_0) << size << result.out << result.err;
        EXPECT_THAT(result.out, HasSubstr(says)) << size;
    }
}

}  // namespace
}  // namespace scenario
