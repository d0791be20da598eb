// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/topology.hpp"

#include <gtest/gtest.h>

namespace sim::links {
namespace {

char const* const good = R"({
  // two machines and a switch
  "seed": 7, "until": "5s",
  "machines": [
    {"name": "server", "app": "http", "append": "ip=10.0.0.1/24", "service": true, "cpus": 2},
    {"name": "client", "kernel": "own.elf", "memory": "32M", "mac": "52:54:00:00:00:0a", "seed": 3}
  ],
  "switches": [{"name": "s", "table": 4}],
  "links": [
    {"between": ["server", "s"], "delay": "1ms", "loss": "5%", "queue": 10},
    {"name": "up", "between": ["s", "client"], "rate": "10M", "burst": "1%/3"}
  ],
  "faults": ["drop tcp syn 1"]
})";

TEST(Topology, is_read_as_written) {
    Topology const t = parse_topology("net.json", good);
    EXPECT_EQ(t.seed, 7u);
    EXPECT_EQ(t.until_ns, 5'000'000'000u);
    ASSERT_EQ(t.machines.size(), 2u);
    EXPECT_EQ(t.machines[0].app, "http");
    EXPECT_TRUE(t.machines[0].service);
    EXPECT_EQ(t.machines[0].cpus, 2u);
    EXPECT_EQ(t.machines[0].mac >> 40, 0x02u);
    EXPECT_EQ(t.machines[1].mac, 0x5254'0000'000Au);
    EXPECT_EQ(t.machines[1].kernel, "own.elf");
    EXPECT_EQ(t.machines[1].memory_bytes, 32u << 20);
    EXPECT_EQ(t.switches[0].table, 4u);
    EXPECT_EQ(t.links[0].name, "s-server");
    EXPECT_EQ(t.links[0].properties.loss, 50'000u);
    EXPECT_EQ(t.links[0].properties.queue_frames, 10u);
    EXPECT_EQ(t.links[1].name, "up");
    EXPECT_EQ(t.links[1].a, "client");
    EXPECT_EQ(t.faults.size(), 1u);
}

void expect_refused(std::string const& text, std::string const& where) {
    try {
        parse_topology("net.json", text);
        ADD_FAILURE() << text;
    } catch (std::runtime_error const& error) {
        std::string const what = error.what();
        EXPECT_EQ(what.find("net.json: "), 0u) << what;
        EXPECT_NE(what.find(where), std::string::npos) << what << " lacks " << where;
        EXPECT_EQ(what.find('\n'), std::string::npos) << what;
    }
}

TEST(Topology, errors_name_the_line_or_the_key) {
    expect_refused("{\n  \"seed\": ,\n}", "line 2");
    expect_refused("", "line 1");
    expect_refused("[]", "the whole file");
    expect_refused("{}", "machines");
    expect_refused(R"({"machine": []})", "machine: no such key");
    expect_refused(R"({"machines": {}})", "machines: want a list");
    expect_refused(R"({"machines": [7]})", "machines[0]");
    expect_refused(R"({"machines": [{"app": "http"}]})", "machines[0].name: is missing");
    expect_refused(R"({"machines": [{"name": "a/b", "app": "http"}]})", "machines[0].name");
    expect_refused(R"({"machines": [{"name": "a"}]})", "machines[0].app");
    expect_refused(R"({"machines": [{"name": "a", "app": "x", "kernel": "y"}]})", "machines[0].app");
    expect_refused(R"({"machines": [{"name": "a", "app": "x", "cpus": 17}]})", "machines[0].cpus");
    expect_refused(R"({"machines": [{"name": "a", "app": "x", "memory": "lots"}]})", "machines[0].memory");
    expect_refused(R"({"machines": [{"name": "a", "app": "x", "mac": "53:00:00:00:00:00"}]})",
                   "machines[0].mac");
    expect_refused(R"({"machines": [{"name": "a", "app": "x"}, {"name": "a", "app": "x"}]})",
                   "machines[1].name");
    expect_refused(R"({"until": "soon", "machines": [{"name": "a", "app": "x"}]})", "until");
    std::string const two = R"({"machines": [{"name": "a", "app": "x"}, {"name": "b", "app": "x"}], )";
    expect_refused(two + R"("links": [{"between": ["a"]}]})", "links[0].between");
    expect_refused(two + R"("links": [{"between": ["a", "c"]}]})",
                   "no machine, switch or uplink is called c");
    expect_refused(two + R"("links": [{"between": ["a", "b"], "loss": "5"}]})", "links[0].loss");
    expect_refused(two + R"("links": [{"between": ["a", "b"], "speed": "5"}]})",
                   "links[0].speed: no such key");
    expect_refused(two + R"("links": [{"between": ["a", "b"]}, {"between": ["b", "a"]}]})", "links[1].name");
    expect_refused(two + R"("links": [{"between": ["a", "a"]}]})", "links[0].between: joins a to itself");
    expect_refused(two + R"("links": [{"between": ["a", "b"], "delay": "10ns"}]})", "links[0].delay");
    expect_refused(two + R"("uplinks": [{"name": "u", "forward": ["80"]}]})", "uplinks[0].forward");
    expect_refused(two + R"("uplinks": [{"name": "u", "forward": ["8080:10.9.9.9:80"]}]})",
                   "uplinks[0].forward");
    expect_refused(two + R"("uplinks": [{"name": "u"}, {"name": "v"}]})", "uplinks: at most 1");
    expect_refused(two + R"("faults": ["drop"]})", "faults[0]");
    expect_refused(two + R"("switches": [{"name": "a"}]})", "switches[0].name");
}

std::string with_switches(std::string const& links, std::string const& more = "") {
    return R"({"machines": [{"name": "a", "app": "x"}, {"name": "b", "app": "x"}],
               "switches": [{"name": "s"}, {"name": "t"}, {"name": "u"}], "uplinks": [{"name": "net"}],
               "links": [)" +
           links + "]" + more + "}";
}

TEST(Topology, loops_of_switches_are_refused) {
    std::string const line = R"({"between": ["s", "t"]}, {"between": ["t", "u"]}, {"between": ["a", "s"]})";
    EXPECT_EQ(parse_topology("net.json", with_switches(line)).links.size(), 3u);
    expect_refused(with_switches(line + R"(, {"between": ["u", "s"]})"), "links[3].between: closes a loop");
    expect_refused(with_switches(line + R"(, {"name": "second", "between": ["t", "s"]})"),
                   "links[3].between: closes a loop");
    expect_refused(with_switches(line + R"(, {"between": ["a", "u"]})"), "links[3].between: closes a loop");
    expect_refused(with_switches(R"({"between": ["a", "b"]}, {"between": ["a", "s"]})"),
                   "links[1].between: a has a link already");
    expect_refused(with_switches(R"({"between": ["net", "b"]}, {"between": ["net", "s"]})"),
                   "links[1].between: net has a link already");
}

TEST(Topology, faults_name_somebody) {
    std::string const line = R"({"between": ["a", "s"]}, {"between": ["net", "s"]})";
    auto const with = [&](std::string const& fault) {
        return with_switches(line, R"(, "faults": [")" + fault + R"("])");
    };
    for (char const* right : {"drop frame 1 from a", "drop frame 1 from s", "drop frame 1 from net",
                              "partition s a from 1ms to 2ms"})
        EXPECT_EQ(parse_topology("net.json", with(right)).faults.size(), 1u) << right;
    expect_refused(with("drop frame 1 from nobody"), "nobody is called nobody");
    expect_refused(with("partition a x from 1ms to 2ms"), "nobody is called x");
    expect_refused(with("partition a b from 1ms to 2ms"), "no link joins a and b");
    EXPECT_EQ(parse_topology("net.json", with("corrupt tcp 1 byte 3 from s to a")).faults.at(0).to, "a");
    expect_refused(with("drop frame 1 to nobody"), "nobody is called nobody");
    expect_refused(with("drop frame 1 from a to net"), "no link joins a and net");
    expect_refused(with("drop frame 1 from a to a"), "no link joins a and a");
    // Of a machine: what it means is for others to say.
    Topology const of_machine = parse_topology("net.json", with("stall 3ms at 12ms on b"));
    EXPECT_TRUE(of_machine.faults.empty());
    ASSERT_EQ(of_machine.machine_faults.size(), 1u);
    EXPECT_EQ(of_machine.machine_faults[0].line, "stall 3ms at 12ms");
    EXPECT_EQ(of_machine.machine_faults[0].machine, "b");
    expect_refused(with("stall 3ms at 12ms on s"), "no machine is called s");
    expect_refused(with("stall 3ms at 12ms"), "faults[0]");
}

TEST(Topology, machines_have_disks) {
    auto const with = [](std::string const& disks) {
        return R"({"machines": [{"name": "a", "app": "x", "disks": )" + disks + "}]}";
    };
    EXPECT_EQ(parse_topology("net.json", with(R"(["a.img", "b.img,readonly"])")).machines[0].disks,
              (std::vector<std::string>{"a.img", "b.img,readonly"}));
    expect_refused(with("7"), "machines[0].disks");
    expect_refused(with("[7]"), "machines[0].disks");
    expect_refused(with(R"(["1", "2", "3", "4", "5"])"), "machines[0].disks");
}

TEST(Forward, leads_to_the_first_guest_or_to_another) {
    EXPECT_EQ(parse_forward("8080:80"), (Forward{8080, 80}));
    EXPECT_EQ(parse_forward("0:10.0.2.16:80"), (Forward{0, 80, 0x0A00'0210}));
    EXPECT_EQ(parse_forward("5007:7/udp"), (Forward{5007, 7, 0x0A00'020F, true}));
    for (char const* wrong :
         {"", ":", "8080", "8080:", ":80", "8080:0", "65536:80", "1:10.0.2:80", "1::80", "1:10.0.2.2:80",
          "1:10.0.3.16:80", "1:2:3:4", "-1:80", "1:2/tcp", "/udp", "1/udp"})
        EXPECT_EQ(parse_forward(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace sim::links
