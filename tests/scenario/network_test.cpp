// SPDX-License-Identifier: MIT
//
// Two Vivarium guests talk to one another through a bad link: a server, and a
// client that knows every byte that it must get.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>

#include "tests/scenario/program.hpp"

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

TEST(Network, every_machine_of_a_world_is_recorded_by_itself) {
    Folder folder;
    std::string const file = file_with(
        folder, "net.json",
        topology(server + "," + client, 3, R"(, "faults": ["drop tcp syn 1", "duplicate tcp data 2"])"));
    std::string const capture = folder / "net.pcapng";
    Result const made =
        run(viv({"run", "--topology", file, "--record", folder / "net.run", "--pcap", capture}));
    EXPECT_EQ(made.status, 0) << made.out << made.err;
    for (char const* const name : {"server", "client"}) {
        Result const verified =
            run(viv({"replay", folder / ("net-" + std::string(name) + ".run"), "--verify"}));
        EXPECT_EQ(verified.status, 0) << name << verified.out << verified.err;
    }
    std::ifstream pcap(capture, std::ios::binary);
    std::string const bytes{std::istreambuf_iterator<char>(pcap), {}};
    EXPECT_NE(bytes.find("wire"), std::string::npos);
    EXPECT_GT(bytes.size(), 20'000u);
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
