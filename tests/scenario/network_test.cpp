// SPDX-License-Identifier: MIT
//
// Two Vivarium guests talk to one another through a bad link: a server, and a
// client that knows every byte that it must get.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>

#include "tests/scenario/program.hpp"
#include "tests/scenario/tiny_image.hpp"

namespace scenario {
namespace {

std::string file_with(Folder const& folder, std::string const& name, std::string const& text) {
    std::string const path = folder / name;
    std::ofstream(path) << text;
    return path;
}

std::string const server =
    R"({"name": "server", "app": "http", "append": "ip=10.0.0.1/24", "service": true, "memory": "16M"})";
std::string const client =
    R"({"name": "client", "app": "fetch", "append": "ip=10.0.0.2/24 peer=10.0.0.1 count=4 bytes=6000",
        "memory": "16M"})";

std::string topology(std::string const& machines, unsigned seed, std::string const& more = "") {
    return R"({"seed": )" + std::to_string(seed) + R"(, "machines": [)" + machines +
           R"(], "links": [{"name": "wire", "between": ["client", "server"], "delay": "2ms", "loss": "5%"}])" +
           more + "}";
}

// In the place of `server`, on the textbook's TCP.
std::string const textbook_server = [] {
    std::string text = server;
    return text.replace(text.find("http"), 4, "http-textbook");
}();

std::string hash_in(std::string const& out) {
    std::smatch found;
    return std::regex_search(out, found, std::regex("\"hash\":\"([0-9a-f]{16})\"")) ? found[1].str() : "none";
}

TEST(Network, two_guests_talk_through_a_link_that_loses_five_percent) {
    Folder folder;
    std::string const one = file_with(folder, "one.json", topology(server + "," + client, 1));
    Result const first = run(viv({"run", "--topology", one, "--json"}));
    EXPECT_EQ(first.status, 0) << first.out << first.err;
    EXPECT_NE(first.out.find("client | "), std::string::npos) << first.out;
    EXPECT_NE(first.out.find("answer 4 of 4 is right"), std::string::npos) << first.out;
    EXPECT_TRUE(std::regex_search(first.out, std::regex("\"lost\":[1-9]"))) << "nothing was lost";

    Result const again = run(viv({"run", "--topology", one, "--json"}));
    EXPECT_EQ(again.out, first.out);
    std::string const other = file_with(folder, "other.json", topology(client + "," + server, 1));
    EXPECT_EQ(hash_in(run(viv({"run", "--topology", other, "--json"})).out), hash_in(first.out))
        << "the order in the file matters";
    Result const seed = run(viv({"run", "--topology", one, "--seed", "2", "--json"}));
    EXPECT_EQ(seed.status, 0) << seed.out << seed.err;
    EXPECT_NE(hash_in(seed.out), hash_in(first.out));
    EXPECT_NE(hash_in(first.out), "none");
}

TEST(Network, two_guests_talk_over_ipv6_and_find_one_another_by_themselves) {
    Folder folder;
    std::string const six_server =
        R"({"name": "server", "app": "http", "append": "ip=10.0.0.1/24 ipv6=fd00::1/64", "service": true,
            "memory": "16M"})";
    std::string const six_client =
        R"({"name": "client", "app": "fetch",
            "append": "ip=10.0.0.2/24 ipv6=fd00::2/64 peer=[fd00::1]:80 count=4 bytes=6000", "memory": "16M"})";
    std::string const file = file_with(folder, "six.json", topology(six_server + "," + six_client, 1));
    std::string const capture = folder / "six.pcapng";
    Result const first = run(viv({"run", "--topology", file, "--json", "--pcap", capture}));
    EXPECT_EQ(first.status, 0) << first.out << first.err;
    EXPECT_NE(first.out.find("answer 4 of 4 is right"), std::string::npos) << first.out;
    EXPECT_NE(first.out.find("our address is fd00::2/64"), std::string::npos) << first.out;
    // TCP over IPv6: version 6, and the number of TCP as the next header.
    std::ifstream pcap(capture, std::ios::binary);
    std::string const bytes{std::istreambuf_iterator<char>(pcap), {}};
    EXPECT_TRUE(std::regex_search(bytes, std::regex("\x86\xdd`[^]{5}\x06")));
    Result const again = run(viv({"run", "--topology", file, "--json"}));
    EXPECT_EQ(hash_in(again.out), hash_in(first.out));
}

// A full sender and a full receiver at one end, those of the textbook at the other: SACK is not
// agreed, and every byte arrives.
TEST(Network, the_textbooks_tcp_serves_a_full_one_through_a_bad_link) {
    Folder folder;
    for (unsigned seed = 1; seed <= 3; ++seed) {
        std::string const file =
            file_with(folder, "textbook.json", topology(textbook_server + "," + client, seed));
        Result const first = run(viv({"run", "--topology", file, "--json"}));
        EXPECT_EQ(first.status, 0) << first.out << first.err;
        EXPECT_NE(first.out.find("answer 4 of 4 is right"), std::string::npos) << first.out;
        EXPECT_TRUE(std::regex_search(first.out, std::regex("\"lost\":[1-9]"))) << "nothing was lost";
    }
}

TEST(Network, who_waits_for_somebody_that_knows_names_says_so) {
    Folder folder;
    auto const run_client = [&](std::string const& words) {
        std::string const alone =
            R"({"name": "client", "app": "fetch", "memory": "16M", "append": ")" + words + "\"}";
        return run(
            viv({"run", "--topology", file_with(folder, "names.json", topology(server + "," + alone, 1))}));
    };
    // When a line was printed, in seconds; none: it was not.
    auto const time_of = [](std::string const& line, std::string const& out) {
        std::smatch found;
        bool const is_there = std::regex_search(out, found, std::regex(R"(\[(\d+)\.\d+\] )" + line));
        return is_there ? std::stoi(found[1].str()) : -1;
    };
    Result const six = run_client("ipv6=fd00::2/64 peer=page.test:80");
    EXPECT_NE(six.status, 0);
    int const told = time_of("fetch: waiting for DHCP: no router names a name server", six.out);
    EXPECT_GE(told, 1) << six.out << six.err;
    EXPECT_LE(told, 4) << six.out;
    EXPECT_GE(time_of("error: fetch: cannot find page.test: ", six.out), 29) << six.out;

    Result const four = run_client("ip=10.0.0.2/24 ipv6=auto peer=page.test:80");
    EXPECT_NE(four.status, 0);
    EXPECT_NE(four.out.find("fetch: waiting for an IPv6 router"), std::string::npos) << four.out;
    EXPECT_NE(four.out.find("fetch: waiting for a router that names a name server"), std::string::npos)
        << four.out;

    Result const none = run_client("peer=10.0.0.1:80");
    EXPECT_NE(none.out.find("fetch: waiting for an address of our own"), std::string::npos) << none.out;
}

TEST(Network, every_machine_of_a_world_is_recorded_by_itself) {
    Folder folder;
    std::string const file = file_with(
        folder, "net.json",
        topology(server + "," + client, 3, R"(, "faults": ["drop tcp syn 1", "duplicate tcp data 2"])"));
    std::string const capture = folder / "net.pcapng";
    Result const made =
        run(viv({"run", "--topology", file, "--record", folder / "net.run", "--pcap", capture, "--json"}));
    EXPECT_EQ(made.status, 0) << made.out << made.err;
    for (char const* const name : {"server", "client"}) {
        Result const verified =
            run(viv({"replay", folder / ("net-" + std::string(name) + ".run"), "--verify"}));
        EXPECT_EQ(verified.status, 0) << name << verified.out << verified.err;
    }
    // The world as a whole, too: lived again, and at a time of its past.
    Result const world = run(viv({"replay", folder / "net.run", "--verify"}));
    EXPECT_EQ(world.status, 0) << world.out << world.err;
    EXPECT_NE(world.out.find("the same life of 2 machines"), std::string::npos) << world.out;
    Result const early = run(viv({"replay", folder / "net.run@4ms", "--json"}));
    EXPECT_EQ(early.status, 0) << early.err;
    EXPECT_NE(early.out.find("\"virtual_ns\":4000000"), std::string::npos) << early.out;
    EXPECT_NE(early.err.find("viv open '" + (folder / "net-client.run") + "@"), std::string::npos)
        << early.err;
    std::ifstream pcap(capture, std::ios::binary);
    std::string const bytes{std::istreambuf_iterator<char>(pcap), {}};
    EXPECT_NE(bytes.find("wire"), std::string::npos);
    EXPECT_GT(bytes.size(), 20'000u);
    // Each frame says what became of it.
    auto const comments = [&](char const* pattern) {
        std::regex const words(pattern);
        return std::distance(std::sregex_iterator(bytes.begin(), bytes.end(), words), {});
    };
    std::regex const lost("\"lost\":([0-9]+)");
    long told = 0;
    for (std::sregex_iterator at(made.out.begin(), made.out.end(), lost), end; at != end; ++at)
        told += std::stol((*at)[1]);
    EXPECT_GE(told, 1);
    EXPECT_EQ(comments("moment [0-9]+[a-z]+(, thread [a-z]+)?, [a-z]+ to [a-z]+, lost"), told);
    EXPECT_EQ(comments("moment [0-9]+[a-z]+(, thread [a-z]+)?, [a-z]+ to [a-z]+, arrives [0-9]+[a-z]+ later, twice"), 1);
    EXPECT_GT(comments("moment [0-9]+[a-z]+, thread main, server to client, arrives "), 2);
    EXPECT_GT(comments("moment [0-9]+[a-z]+, thread network, server to client, arrives "), 2);
}

TEST(Network, a_world_whose_machine_lived_another_life_is_told_by_its_name) {
    Folder folder;
    for (auto const& [name, seed] : {std::pair{"one", 1u}, {"two", 2u}}) {
        std::string const file =
            file_with(folder, std::string(name) + ".json", topology(server + "," + client, seed));
        Result const made =
            run(viv({"run", "--topology", file, "--record", folder / (std::string(name) + ".run")}));
        ASSERT_EQ(made.status, 0) << made.err;
    }
    write_file(folder / "one-client.run", read_file(folder / "two-client.run"));
    Result const verdict = run(viv({"replay", folder / "one.run", "--verify"}));
    EXPECT_EQ(verdict.status, 1) << verdict.out << verdict.err;
    EXPECT_NE(verdict.err.find("client"), std::string::npos) << verdict.err;
    EXPECT_EQ(run(viv({"replay", folder / "one.run", "--trace"})).status, 2);
    EXPECT_EQ(run(viv({"replay", folder / "one.run@123456"})).status, 2) << "a count is one machine's";
}

TEST(Network, a_fault_on_the_command_line_is_part_of_the_recording) {
    Folder folder;
    std::string const file = file_with(folder, "net.json", topology(server + "," + client, 3));
    auto const with = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"run", "--topology", file, "--json"});
        return run(viv(words));
    };
    Result const peace = with({});
    Result const trouble = with({"--fault", "drop tcp data 1 from server", "--record", folder / "net.run"});
    EXPECT_EQ(trouble.status, 0) << trouble.err;
    EXPECT_NE(hash_in(trouble.out), hash_in(peace.out));
    EXPECT_EQ(run(viv({"replay", folder / "net.run", "--verify"})).status, 0);
    for (std::vector<std::string> const& wrong :
         {std::vector<std::string>{"--fault", "drop frame 1 from nobody"},
          {"--fault", "stall 3ms at 5ms on nobody"},
          {"--fault", "stall 3ms at 5ms"},
          {"--limit", "1000000"}}) {
        Result const refused = with(wrong);
        EXPECT_EQ(refused.status, 2) << wrong[1];
    }
    Result const limited = with({"--limit", "5ms"});
    EXPECT_EQ(limited.status, 124);
    EXPECT_NE(limited.out.find("\"virtual_ns\":5000000"), std::string::npos) << limited.out;
}

TEST(Network, options_for_one_machine_are_refused_by_name) {
    Folder folder;
    std::string const file = file_with(folder, "net.json", topology(server + "," + client, 3));
    for (std::vector<std::string> const& words : {std::vector<std::string>{"--memory", "32M"},
                                                  {"--cpus", "2"},
                                                  {"--virtio", "mmio"},
                                                  {"--console"},
                                                  {"--log-access", "uart0"},
                                                  {"--log-limit", "3"},
                                                  {"--machine", "pc"},
                                                  {"--accel", "kvm"},
                                                  {"--gdb", "0"},
                                                  {"--gdb-wait"},
                                                  {"--trace"},
                                                  {"--link", "loss=1%"},
                                                  {"--disk", file},
                                                  {"--append", "x"},
                                                  {"--on", "sim"}}) {
        std::vector<std::string> all = {"run", "--topology", file};
        all.insert(all.end(), words.begin(), words.end());
        Result const refused = run(viv(all));
        EXPECT_EQ(refused.status, 2) << words[0];
        EXPECT_NE(refused.err.find(words[0] + " does not go together with --topology"), std::string::npos)
            << refused.err;
    }
}

// A server in a world with a way to the host: what came from there is recorded.
TEST(Network, the_host_reaches_a_machine_of_a_world_and_the_world_is_lived_again_without_it) {
    Folder folder;
    std::string const file = file_with(folder, "net.json", R"({
        "machines": [
            {"name": "server", "app": "http", "append": "exit-after=3", "memory": "16M"},
            {"name": "other", "app": "http", "append": "ip=10.0.2.30/24", "service": true, "memory": "16M"}],
        "switches": [{"name": "s"}],
        "uplinks": [{"name": "host", "forward": ["0:80"]}],
        "links": [{"between": ["server", "s"], "delay": "1ms"}, {"between": ["other", "s"]},
                  {"between": ["host", "s"]}]})");
    Program program(viv({"run", "--topology", file, "--record", folder / "net.run", "--json"}));
    ASSERT_TRUE(program.says("leads to port 80 of 10.0.2.15")) << program.err();
    for (int i = 0; i < 3; ++i) {
        Result const page = run({"curl", "--silent", "--show-error", "--max-time", "30",
                                 "http://127.0.0.1:" + forwarded_port(program.err()) + "/"});
        EXPECT_EQ(page.status, 0) << page.err;
        EXPECT_NE(page.out.find("<html"), std::string::npos) << page.out;
    }
    Result const ended = program.finish();
    EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
    Result const again = run(viv({"replay", folder / "net.run", "--verify"}));
    EXPECT_EQ(again.status, 0) << again.out << again.err;
    EXPECT_EQ(run(viv({"replay", folder / "net-server.run", "--verify"})).status, 0);
    Result const doctor = run(viv({"doctor", folder / "net.run", "--samples", "5"}));
    EXPECT_EQ(doctor.status, 0) << doctor.out << doctor.err;
}

TEST(Network, the_doctor_examines_a_world) {
    Folder folder;
    std::string const file = file_with(
        folder, "net.json", topology(server + "," + client, 3, R"(, "faults": ["delay tcp data 1 7ms"])"));
    Result const verdict = run(viv({"doctor", file, "--samples", "4", "--json"}));
    EXPECT_EQ(verdict.status, 0) << verdict.out << verdict.err;
    EXPECT_NE(verdict.out.find("\"same\":true"), std::string::npos) << verdict.out;
    EXPECT_NE(verdict.out.find("built in the other order"), std::string::npos) << verdict.out;
}

TEST(Network, a_machine_alone_has_a_link_with_properties) {
    Folder folder;
    std::string const spec = file_with(folder, "bad-line", "delay=5ms\nloss=2%\n");
    Result const made = run(viv({"run", "http", "--self-request", "--exit-after", "3", "--link", spec, "--fault",
                                 "drop tcp data 1 out", "--record", folder / "a.run", "--pcap",
                                 folder / "a.pcapng", "--json"}));
    EXPECT_EQ(made.status, 0) << made.out << made.err;
    // Its capture tells of each frame, as a world's does; that of a replay knows of no link.
    std::string const bytes = read_file(folder / "a.pcapng");
    EXPECT_TRUE(std::regex_search(bytes, std::regex("moment [0-9.]+, thread [a-z]+, arrives 5ms later")));
    EXPECT_NE(bytes.find(", thread network, "), std::string::npos);
    EXPECT_NE(bytes.find(", under way for 5ms"), std::string::npos);
    EXPECT_NE(bytes.find(", fault drop tcp data 1 out"), std::string::npos);
    EXPECT_EQ(run(viv({"replay", folder / "a.run", "--verify"})).status, 0);
    auto const refused = [](std::vector<std::string> words, std::string const& part) {
        words.insert(words.begin(), {"run", "http"});
        Result const result = run(viv(words));
        EXPECT_EQ(result.status, 2);
        EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
    };
    refused({"--link", "loss=1%"}, "add --forward");
    refused({"--forward", "0:80", "--link", "loss=lots"}, "loss=lots");
    refused({"--forward", "0:80", "--link", "/nowhere/link"}, "/nowhere/link");
    refused({"--forward", "0:80", "--link", "loss=1%", "--on", "qemu"}, "--link");
}

// What a single machine may suffer, each in one of a world; the recording and the
// doctor repeat it with no lines.
TEST(Network, machines_of_a_world_have_every_fault_of_a_single_one) {
    Folder folder;
    std::string const lines =
        R"(, "faults": ["stall 30ms at 15ms on client", "spurious irq 0x30 at 16ms on server",
                        "lose irq 2 of timer at ready on client", "late irq 1 of 0x32 2ms on server",
                        "flip rax bit 3 processor 1 at 5ms on client",
                        "flip 0xe00000 bit 1 at 200000 on client", "corrupt tcp data 2 byte 7 to client"])";
    std::string const file = file_with(folder, "net.json", topology(server + "," + client, 3, lines));
    std::string const peaceful = file_with(folder, "peace.json", topology(server + "," + client, 3));
    Result const made = run(viv({"run", "--topology", file, "--record", folder / "net.run", "--json",
                                 "--fault", "fail allocation 100000 on client"}));
    EXPECT_EQ(made.status, 0) << made.out << made.err;
    for (char const* const said :
         {"client: fault: stall 30ms", "server: fault: spurious irq 0x30",
          "client: fault: lose irq 2 of timer", "server: fault: late irq 1 of 0x32",
          "client: fault: flip 0xe00000 bit 1", "client: fault: fail allocation 100000",
          "the machine has 1 processor, counted from 0"})
        EXPECT_NE(made.err.find(said), std::string::npos) << said << "\n" << made.err;
    EXPECT_NE(hash_in(made.out), hash_in(run(viv({"run", "--topology", peaceful, "--json"})).out));
    Result const again = run(viv({"replay", folder / "net.run", "--verify"}));
    EXPECT_EQ(again.status, 0) << again.out << again.err;
    EXPECT_EQ(run(viv({"replay", folder / "net-client.run", "--verify"})).status, 0);
    Result const doctor = run(viv({"doctor", folder / "net.run", "--samples", "3"}));
    EXPECT_EQ(doctor.status, 0) << doctor.out << doctor.err;
    Result const fresh = run(viv({"doctor", file, "--samples", "2"}));
    EXPECT_EQ(fresh.status, 0) << fresh.out << fresh.err;

    for (char const* const wrong :
         {"stall 3ms on client", "drop frame 1 in on client", "stall 3ms at 1ms on s"}) {
        Result const refused = run(viv({"run", "--topology", peaceful, "--fault", wrong}));
        EXPECT_EQ(refused.status, 2) << wrong;
        EXPECT_NE(refused.err.find(wrong), std::string::npos) << refused.err;
    }
}

TEST(Network, machines_of_a_world_have_disks_that_go_wrong) {
    Folder folder;
    write_file(folder / "disk.img", std::string(1 << 20, '\0'));
    auto const with = [&](std::string const& disk, std::string const& faults) {
        return file_with(folder, "disk.json",
                         R"({"machines": [{"name": "a", "app": "virtio", "append": "scribble", "disks": [")" +
                             disk + R"("]}], "faults": [)" + faults + "]}");
    };
    std::string const image = folder / "disk.img";
    Result const peace = run(viv({"run", "--topology", with(image, "")}));
    EXPECT_EQ(peace.status, 0) << peace.out << peace.err;
    EXPECT_EQ(read_file(image), std::string(1 << 20, '\0')) << "a disk's file is not changed";
    Result const trouble = run(
        viv({"run", "--topology", with(image, R"("fail write 1 on a")"), "--record", folder / "disk.run"}));
    EXPECT_NE(trouble.status, 0) << trouble.out << trouble.err;
    EXPECT_NE(trouble.err.find("a: fault: fail write 1 of disk0"), std::string::npos) << trouble.err;
    EXPECT_EQ(run(viv({"replay", folder / "disk.run", "--verify"})).status, 0);
    EXPECT_EQ(run(viv({"run", "--topology", with(image + ",write-back", "")})).status, 0);
    EXPECT_NE(read_file(image), std::string(1 << 20, '\0'));
    Result const none = run(viv({"run", "--topology", with(folder / "none.img", "")}));
    EXPECT_EQ(none.status, 2);
    EXPECT_NE(none.err.find("none.img"), std::string::npos) << none.err;
}

// One sleeps with no timer armed while another lives on: nothing will ever wake it,
// and when the time is up somebody should hear why.
TEST(Network, a_guest_that_sleeps_for_ever_is_told_when_the_time_is_up) {
    Folder folder;
    write_file(folder / "sleeper.elf", TinyImage{"\xFB\xF4\xEB\xFD"}.elf());  // sti; hlt; and again
    write_file(folder / "spinner.elf", TinyImage{code::spin_open}.elf());
    std::string const file = file_with(
        folder, "net.json",
        R"({"until": "20ms", "machines": [{"name": "sleeper", "kernel": ")" + folder / "sleeper.elf" +
            R"("}, {"name": "spinner", "kernel": ")" + folder / "spinner.elf" +
            R"("}], "links": [{"between": ["sleeper", "spinner"], "delay": "1ms"}]})");
    Result const made = run(viv({"run", "--topology", file, "--json"}));
    EXPECT_EQ(made.status, 124) << made.out << made.err;
    EXPECT_NE(made.err.find("sleeper: the guest halted"), std::string::npos) << made.err;
    EXPECT_NE(made.out.find("\"diagnosis\""), std::string::npos) << made.out;
    EXPECT_EQ(made.err.find("spinner: the guest"), std::string::npos) << made.err;

    // All asleep, and nothing to come: over at once, unless a fault will wake them.
    std::string const alone = file_with(folder, "alone.json",
                                        R"({"until": "50s", "machines": [{"name": "sleeper", "kernel": ")" +
                                            folder / "sleeper.elf" + R"("}]})");
    Result const over = run(viv({"run", "--topology", alone, "--json"}));
    EXPECT_EQ(over.status, 124) << over.out << over.err;
    EXPECT_EQ(over.out.find("\"virtual_ns\":50000000000"), std::string::npos) << over.out;
    Result const woken =
        run(viv({"run", "--topology", alone, "--fault", "spurious irq 0x30 at 2s on sleeper"}));
    EXPECT_NE(woken.err.find("sleeper: fault: spurious irq 0x30 at 2s"), std::string::npos) << woken.err;
}

TEST(Network, a_topology_that_is_wrong_is_refused_by_its_key) {
    Folder folder;
    std::string const file = file_with(folder, "bad.json", topology(server + R"(, {"name": "client"})", 1));
    Result const refused = run(viv({"run", "--topology", file}));
    EXPECT_EQ(refused.status, 2);
    EXPECT_NE(refused.err.find("machines[1].app"), std::string::npos) << refused.err;
    EXPECT_EQ(run(viv({"run", "--topology", folder / "none.json"})).status, 2);
    EXPECT_EQ(run(viv({"run", "hello", "--topology", file})).status, 2);
}

}  // namespace
}  // namespace scenario
