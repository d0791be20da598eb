// SPDX-License-Identifier: MIT
//
// The small servers, in the simulator and in QEMU: echo gives back every byte to
// everybody, the shell answers.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <thread>

#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using Words = std::vector<std::string>;

// A socket that is connected to that port of this host, and waits at most so long for an answer.
int connect_to(std::string const& port, int type = SOCK_STREAM, int seconds = 60) {
    int const socket = ::socket(AF_INET, type, 0);
    timeval const patience{seconds, 0};
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        ADD_FAILURE() << "no connection";
    return socket;
}

// Sends all of it, then reads to the end.
std::string talk(std::string const& port, std::string const& text) {
    int const socket = connect_to(port);
    std::thread sender([&] {
        for (std::size_t at = 0; at < text.size();) {
            ssize_t const sent = send(socket, text.data() + at, text.size() - at, MSG_NOSIGNAL);
            if (sent <= 0) break;
            at += static_cast<std::size_t>(sent);
        }
        shutdown(socket, SHUT_WR);
    });
    std::string answer;
    char buffer[65536];
    ssize_t got;
    while ((got = recv(socket, buffer, sizeof buffer, 0)) > 0)
        answer.append(buffer, static_cast<std::size_t>(got));
    EXPECT_EQ(got, 0) << strerror(errno);
    sender.join();
    close(socket);
    return answer;
}

// Somebody at a TCP terminal, line by line.
class Visitor {
public:
    explicit Visitor(std::string const& port) : socket_(connect_to(port)) {}
    ~Visitor() { close(socket_); }
    Visitor(Visitor const&) = delete;
    void say(std::string const& line) { send(socket_, line.data(), line.size(), MSG_NOSIGNAL); }
    // Reads until it has heard this; what came before is forgotten.
    bool hears(std::string const& text) {
        for (;;) {
            std::size_t const at = heard_.find(text);
            if (at != std::string::npos) {
                heard_.erase(0, at + text.size());
                return true;
            }
            char buffer[4096];
            ssize_t const got = recv(socket_, buffer, sizeof buffer, 0);
            if (got <= 0) return false;
            heard_.append(buffer, static_cast<std::size_t>(got));
        }
    }

private:
    int socket_;
    std::string heard_;
};

// A UDP socket of this host, and its port.
struct DatagramPeer {
    DatagramPeer() : socket(::socket(AF_INET, SOCK_DGRAM, 0)) {
        timeval const patience{60, 0};
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_in own{};
        own.sin_family = AF_INET;
        own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(bind(socket, reinterpret_cast<sockaddr*>(&own), sizeof own), 0);
        socklen_t length = sizeof own;
        getsockname(socket, reinterpret_cast<sockaddr*>(&own), &length);
        port = std::to_string(ntohs(own.sin_port));
    }
    ~DatagramPeer() { close(socket); }
    // The next datagram, whose sender hears what is said from then on.
    std::string hear() {
        char buffer[2048];
        sockaddr_in from{};
        socklen_t length = sizeof from;
        ssize_t const got =
            recvfrom(socket, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &length);
        if (got < 0) return "nothing";
        EXPECT_EQ(connect(socket, reinterpret_cast<sockaddr*>(&from), length), 0);
        return {buffer, static_cast<std::size_t>(got)};
    }
    void say(std::string const& text) { send(socket, text.data(), text.size(), 0); }
    int socket;
    std::string port;
};

class Apps : public testing::TestWithParam<char const*> {
protected:
    Words start(Words words) const {
        words.insert(words.end(), {"--on", GetParam()});
        return viv(words);
    }
};

TEST_P(Apps, echo_gives_back_every_byte_to_everybody) {
    Program program(start({"run", "echo", "--forward", "0:7", "--append", "exit-after=4"}));
    ASSERT_TRUE(program.prints("echo: listening")) << program.err();
    std::string const port = forwarded_port(program.err());
    std::vector<std::thread> clients;
    for (unsigned seed = 1; seed <= 4; ++seed)
        clients.emplace_back([&port, seed] {
            std::mt19937 random(seed);
            std::string text(20'000 * seed, '\0');
            for (char& c : text) c = static_cast<char>(random());
            std::string const answer = talk(port, text);
            auto const differs = std::mismatch(answer.begin(), answer.end(), text.begin(), text.end()).first;
            EXPECT_TRUE(answer == text) << "client " << seed << ": " << answer.size() << " of " << text.size()
                                        << " bytes, the first " << differs - answer.begin() << " are right";
        });
    for (auto& client : clients) client.join();
    Result const result = program.finish();
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.out, Not(HasSubstr("were not freed")));
}

TEST_P(Apps, bulk_takes_all_bytes_and_gives_characters) {
    Program program(start({"run", "bulk", "--forward", "0:9", "--forward", "0:19"}));
    ASSERT_TRUE(program.prints("bulk: taking")) << program.err();
    ASSERT_TRUE(program.says("leads to port 19")) << program.err();
    std::string const taking = forwarded_port(program.err());
    std::string const giving = forwarded_port(program.err().substr(program.err().find(taking + " leads")));
    EXPECT_EQ(talk(taking, std::string(100'000, 'x')), "");
    EXPECT_TRUE(program.prints("bulk: took 100000 bytes")) << program.err();
    int const socket = connect_to(giving);
    constexpr std::size_t piece = 64 * 1024;
    std::string got(2 * piece, '\0');
    ASSERT_EQ(recv(socket, got.data(), got.size(), MSG_WAITALL), static_cast<ssize_t>(got.size()));
    close(socket);
    EXPECT_EQ(got.substr(0, 74 + 3),
              " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg\r\n !\"");
    // 64 KiB are no whole number of lines: each piece begins anew.
    EXPECT_TRUE(got.substr(0, piece) == got.substr(piece));
}

TEST_P(Apps, echo_gives_back_datagrams_too) {
    Program program(
        start({"run", "echo", "--forward", "0:7", "--forward", "0:7/udp", "--append", "exit-after=1"}));
    ASSERT_TRUE(program.prints("echo: listening")) << program.err();
    ASSERT_TRUE(program.says("by UDP")) << program.err();
    std::string const tcp_port = forwarded_port(program.err());
    std::string const udp_port =
        forwarded_port(program.err().substr(program.err().find(tcp_port + " leads")));
    int const socket = connect_to(udp_port, SOCK_DGRAM, 1);
    // Nobody promises that a datagram arrives: it is sent until its answer comes. The
    // last one leaves in pieces.
    for (std::size_t const size : {1u, 100u, 1472u, 4000u}) {
        std::string const sent(size, static_cast<char>('a' + size % 26));
        std::string got(70'000, '\0');
        ssize_t length = -1;
        for (int tries = 0; tries < 20 && length != static_cast<ssize_t>(size); ++tries) {
            send(socket, sent.data(), sent.size(), 0);
            length = recv(socket, got.data(), got.size(), 0);
        }
        ASSERT_EQ(length, static_cast<ssize_t>(size));
        EXPECT_TRUE(got.substr(0, size) == sent) << size;
    }
    close(socket);
    EXPECT_EQ(talk(tcp_port, "the end"), "the end");
    EXPECT_EQ(program.finish().status, 0);
}

// The words of echo are options of its sockets; also as a process of this host.
class EchoOptions : public Apps {};

TEST_P(EchoOptions, a_connection_is_as_the_words_say_and_tells_what_it_was_like) {
    Program program(start({"run", "echo", "--forward", "0:7", "--append",
                           "exit-after=1 report no-delay keep-alive=60 user-timeout=30 buffers=2048"}));
    ASSERT_TRUE(program.prints("echo: listening")) << program.err();
    std::string const text(50'000, 'e');
    EXPECT_TRUE(talk(forwarded_port(program.err()), text) == text);
    Result const result = program.finish();
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(
        result.out,
        AllOf(ContainsRegex("echo: 10.0.2.2:[0-9]+: the end"),
              ContainsRegex("echo: CLOSE-WAIT, rtt [0-9]+/[0-9]+ us, rto [0-9]+ ms, cwnd [0-9]+, .*mss "
                            "1460, again [0-9]+, sent [0-9]+, acknowledged [0-9]+, received 50000")));
}

TEST_P(EchoOptions, a_silent_connection_is_closed_and_what_cannot_be_is_einval) {
    Program program(
        start({"run", "echo", "--forward", "0:7", "--append", "exit-after=1 report idle-timeout=1"}));
    ASSERT_TRUE(program.prints("echo: listening")) << program.err();
    int const socket = connect_to(forwarded_port(program.err()));
    char octet = 0;
    EXPECT_EQ(recv(socket, &octet, 1, 0), 0) << "closed, and not reset";
    close(socket);
    Result const result = program.finish();
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, ContainsRegex("echo: 10.0.2.2:[0-9]+: ETIMEDOUT"));

    Result const wrong = run(start({"run", "echo", "--append", "buffers=1000"}));
    EXPECT_EQ(wrong.status, 1);
    EXPECT_THAT(wrong.out, HasSubstr("echo: EINVAL"));
}

INSTANTIATE_TEST_SUITE_P(On, EchoOptions, testing::Values("sim", "host"),
                         [](auto const& each) { return std::string(each.param); });

// The shell's machine with a disk of one file, and what its commands say.
class Shell : public Apps {
protected:
    Shell() {
        run({"mkdir", folder / "tree"});
        write_file(folder / "tree/note.txt", "written on the host\n");
        std::string const tool = std::string(getenv("VIV_BUILD")) + "/bin/viv-disk";
        EXPECT_EQ(run({tool, "mkfs", folder / "disk", "--size", "1M", "--from", folder / "tree"}).status, 0);
    }
    static testing::Matcher<std::string> knows_everything() {
        return AllOf(
            AllOf(HasSubstr("main"), HasSubstr("network"), HasSubstr("KiB free"), HasSubstr("vector  count"),
                  HasSubstr("0x0 is not mapped")),
            AllOf(HasSubstr("kernel image"), HasSubstr("thread stack"), HasSubstr("page table")),
            AllOf(HasSubstr("thread_switch"), HasSubstr("8@%"), HasSubstr("probes")),
            AllOf(HasSubstr("20  note.txt"), HasSubstr("written on the host"),
                  HasSubstr("cat: none: there is no such file"), HasSubstr("nonsense: no such command")),
            AllOf(HasSubstr("'hold' is at work"), HasSubstr("'tool' is held by 'hold' since kernel/"),
                  HasSubstr("run: much: want a number"), HasSubstr("run: dance: there is no such work")));
    }
    static constexpr char const* everything =
        "ps\nmem\nirq\nnetstat\nss\npages\npages 0\npages 0xffffffff80110000\nprobes\nls\ncat note.txt\ncat "
        "none\n"
        "nonsense\nrun\nrun hold 2000\nrun hold much\nrun dance\nlocks\n";
    Folder folder;
};

TEST_P(Shell, answers_over_tcp_and_ends_the_machine) {
    Program program(start({"run", "shell", "--forward", "0:23", "--disk", folder / "disk"}));
    ASSERT_TRUE(program.prints("shell: listening")) << program.err();
    std::string const port = forwarded_port(program.err());
    std::string const answer = talk(port, std::string(everything) + "exit\n");
    EXPECT_THAT(answer, knows_everything());
    EXPECT_THAT(answer, AllOf(HasSubstr("address 10.0.2.15/24"), HasSubstr("tcp  ")));
    EXPECT_THAT(answer,
                AllOf(ContainsRegex("10.0.2.15:23  10.0.2.2:[0-9]+\n  (ESTABLISHED|CLOSE-WAIT), rtt [0-9]+/[0-9]+ us"),
                      ContainsRegex("unread [0-9]+ of [0-9]+, unacknowledged [0-9]+ of [0-9]+; windows")));
    EXPECT_THAT(talk(port, std::string(5000, 'x') + "\nhalt\n"), HasSubstr("no such command"))
        << "a line too long is cut";
    Result const result = program.finish();
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.out, Not(HasSubstr("were not freed")));
}

TEST_P(Shell, answers_on_the_serial_line_and_ends_the_machine) {
    Program program(start({"run", "shell", "--stdin", "--disk", folder / "disk"}), Program::Stdin::typed);
    ASSERT_TRUE(program.prints("> ")) << program.err();
    program.type(everything);
    ASSERT_TRUE(program.prints("1 held")) << program.err();
    program.type(
        "uptimf\x7f"
        "e\r\n");  // a slip, taken back
    ASSERT_TRUE(program.prints("up for ")) << program.err();
    program.type(
        "mem nonsense\x15"
        "halt\n");
    Result const result = program.finish();
    EXPECT_EQ(result.status, 0) << result.err << result.out;
    EXPECT_THAT(result.out, knows_everything());
}

TEST_P(Shell, tells_what_is_lost_while_everybody_lives_on) {
    Program program(start({"run", "shell", "--stdin"}), Program::Stdin::typed);
    ASSERT_TRUE(program.prints("> ")) << program.err();
    program.type("leaks\nrun take 5\nrun forget 777\nrun forget 7777\nleaks\nhalt\n");
    Result const result = program.finish();
    EXPECT_EQ(result.status, 0) << result.err;
    std::string const by = " bytes allocated in apps::forget";
    EXPECT_THAT(result.out, AllOf(HasSubstr("\n0 lost"), HasSubstr("\n2 lost"), HasSubstr("\n777" + by),
                                  HasSubstr("\n8192" + by)));
    EXPECT_THAT(result.out, HasSubstr("memory: 777" + by)) << "and at the end once more";
}

// The report comes at the lock that closes the circle, whoever else lives: here the network,
// which an event wakes, and the shell.
TEST_P(Shell, tells_a_deadlock_while_everybody_else_lives_on) {
    Program program(start({"run", "shell", "--forward", "0:23"}));
    ASSERT_TRUE(program.prints("shell: listening")) << program.err();
    std::string const port = forwarded_port(program.err());
    EXPECT_THAT(talk(port, "run saw 100\nrun carve 100\nexit\n"),
                AllOf(HasSubstr("'saw' is at work"), HasSubstr("'carve' is at work")));
    ASSERT_TRUE(program.prints("deadlock: each of these threads waits for the next")) << program.err();
    std::string const place = " kernel/apps/shell/work.cpp:";
    EXPECT_TRUE(program.prints("'saw' waits at" + place));
    EXPECT_THAT(talk(port, "locks\nexit\n"), AllOf(HasSubstr("'tool' is held by 'saw' since" + place),
                                                   HasSubstr("'wood' is held by 'carve' since" + place)));
    EXPECT_THAT(talk(port, "halt\n"), HasSubstr("Vivarium"));
    Result const result = program.finish();
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.out,
                AllOf(ContainsRegex("'saw' waits at kernel/apps/shell/work.cpp:[0-9]+ for 'wood', which "
                                    "'carve' took at kernel/apps/shell/work.cpp:[0-9]+"),
                      ContainsRegex("'carve' waits at kernel/apps/shell/work.cpp:[0-9]+ for 'tool', which "
                                    "'saw' took at kernel/apps/shell/work.cpp:[0-9]+"),
                      Not(HasSubstr("every thread waits"))));
}

// A pipe has its text ready before the guest has a serial chip. QEMU gives it at once.
TEST_P(Shell, hears_the_first_letter_of_a_pipe) {
    if (GetParam() == std::string("qemu")) GTEST_SKIP() << "the simulator's alone";
    Program program(start({"run", "shell", "--stdin"}), Program::Stdin::typed);
    program.type("uptime\nhalt\n");
    Result const result = program.finish();
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, AllOf(HasSubstr("> uptime"), HasSubstr("up for ")));
}

// The visitor's sockets are there while it waits, and the serial line looks at them.
TEST_P(Shell, has_sockets_for_datagrams_which_netstat_shows) {
    Program program(start({"run", "shell", "--stdin", "--forward", "0:23", "--forward", "0:9999/udp"}),
                    Program::Stdin::typed);
    ASSERT_TRUE(program.prints("shell: listening")) << program.err();
    ASSERT_TRUE(program.says("by UDP")) << program.err();
    std::string const tcp_port = forwarded_port(program.err());
    std::string const udp_port =
        forwarded_port(program.err().substr(program.err().find(tcp_port + " leads")));
    Visitor visitor(tcp_port);
    visitor.say("udp 9999\n");
    ASSERT_TRUE(visitor.hears("listening on port 9999"));
    program.type("netstat\n");
    EXPECT_TRUE(program.prints("udp  bound         :9999  unread 0"));
    int const socket = connect_to(udp_port, SOCK_DGRAM);
    send(socket, "over here\n", 10, 0);
    EXPECT_TRUE(visitor.hears("10 bytes from 10.0.2.2:"));
    EXPECT_TRUE(visitor.hears(": over here."));
    close(socket);

    DatagramPeer peer;
    visitor.say("udp 10.0.2.2:" + peer.port + " hello you\n");
    EXPECT_EQ(peer.hear(), "hello");
    ASSERT_TRUE(visitor.hears("listening on port "));
    program.type("netstat\n");
    EXPECT_TRUE(program.prints("udp  connected     :"));
    EXPECT_TRUE(program.prints("  10.0.2.2:" + peer.port + "  unread 0"));
    peer.say("and you");
    EXPECT_TRUE(visitor.hears("7 bytes from 10.0.2.2:" + peer.port + ": and you"));

    visitor.say("udp\nudp 70000\nudp 10.0.2.2:7\nudp 10.0.2.2 hello\n");
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(visitor.hears("udp: want PORT, or ADDRESS:PORT WORD"));
    visitor.say("halt\n");
    EXPECT_EQ(program.finish().status, 0);
}

INSTANTIATE_TEST_SUITE_P(Target, Shell, testing::Values("sim", "qemu"),
                         [](auto const& each) { return std::string(each.param); });

INSTANTIATE_TEST_SUITE_P(Target, Apps, testing::Values("sim", "qemu", "host"),
                         [](auto const& each) { return std::string(each.param); });

}  // namespace
}  // namespace scenario
