// SPDX-License-Identifier: MIT
//
// A disk made on the host, served by the guest: our own file system and ext2, in
// the simulator and in QEMU. And the host's tools as a user calls them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "tests/scenario/http_client.hpp"
#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Words = std::vector<std::string>;

Result disk_tool(Words words) {
    words.insert(words.begin(), std::string(getenv("VIV_BUILD")) + "/bin/viv-disk");
    return run(words);
}

std::string const large = [] {
    std::string text;
    while (text.size() < 400'000) text += std::to_string(text.size()) + "\n";
    return text;
}();

std::string fmt_entry(unsigned n) {
    std::string const number = std::to_string(n);
    return "entry " + std::string(6 - number.size(), ' ') + number + "\n";
}

// A folder with two files.
struct Site : Folder {
    Site() {
        run({"mkdir", "-p", *this / "site/sub"});
        write_file(*this / "site/index.html", "<p>from a disk");
        write_file(*this / "site/sub/large.txt", large);
    }
};

// Many requests at once: the answers come whole and in their order, however long each one
// takes, a refusal among them.
void expect_served_in_order(std::string const& port) {
    auto const get = [](std::string const& path, std::string const& fields = "") {
        return "GET /files/" + path + " HTTP/1.1\r\nHost: vivarium\r\n" + fields + "\r\n";
    };
    Client client(port);
    client.say(get("sub/large.txt") + get("") + get("none") + get("sub/large.txt", "Range: bytes=-8\r\n") +
               get("sub/large.txt", "Range: bytes=9999999-\r\n") + get("sub/large.txt") +
               get("", "Connection: close\r\n"));
    auto const expect_next = [&client](int status, std::string const& body) {
        Answer const answer = client.answer();
        EXPECT_EQ(answer.status, status);
        EXPECT_TRUE(answer.body == body) << answer.body.size() << " bytes for " << body.size();
    };
    expect_next(200, large);
    expect_next(200, "<p>from a disk");
    EXPECT_EQ(client.answer().status, 404);
    expect_next(206, large.substr(large.size() - 8));
    EXPECT_EQ(client.answer().status, 416);
    expect_next(200, large);
    expect_next(200, "<p>from a disk");
    EXPECT_TRUE(client.ended());
}

void expect_served(std::string const& disk, Words const& target) {
    Words words{"run", "http", "--disk", disk, "--forward", "0:80"};
    words.insert(words.end(), target.begin(), target.end());
    Program program(viv(words));
    ASSERT_TRUE(program.prints("http: serving")) << program.err();
    std::string const base = "http://127.0.0.1:" + forwarded_port(program.err()) + "/files/";
    auto const curl = [&](Words more) {
        more.insert(more.begin(), {"curl", "-s", "-S", "-m", "60"});
        return run(more);
    };
    EXPECT_EQ(curl({base}).out, "<p>from a disk");
    EXPECT_EQ(curl({base + "sub/large.txt"}).out, large);
    Result const part = curl({"-i", "-r", "1000-1009", base + "sub/large.txt"});
    EXPECT_THAT(part.out, AllOf(HasSubstr("206 Partial Content"),
                                HasSubstr("bytes 1000-1009/" + std::to_string(large.size())),
                                HasSubstr("\r\n\r\n" + large.substr(1000, 10))));
    EXPECT_THAT(curl({"-i", base + "none"}).out, HasSubstr("404 Not Found"));
    EXPECT_THAT(curl({"-i", "-r", "9999999-", base + "sub/large.txt"}).out,
                HasSubstr("416 Range Not Satisfiable"));
    expect_served_in_order(forwarded_port(program.err()));
    program.send_signal(SIGINT);
    (void)program.finish();
}

TEST(Files, our_file_system_is_served) {
    Site site;
    ASSERT_EQ(disk_tool({"mkfs", site / "disk", "--size", "8M", "--from", site / "site"}).status, 0);
    expect_served(site / "disk", {"--on", "sim"});
    expect_served(site / "disk", {"--on", "qemu"});
}

TEST(Files, ext2_made_by_the_ordinary_tool_is_served) {
    Site site;
    setenv("PATH", (std::string(getenv("PATH")) + ":/sbin:/usr/sbin").c_str(), 1);
    ASSERT_EQ(run({"mke2fs", "-q", "-t", "ext2", "-d", site / "site", site / "disk", "8M"}).status, 0);
    expect_served(site / "disk", {"--on", "sim"});
    expect_served(site / "disk", {"--on", "qemu"});
    EXPECT_THAT(disk_tool({"disk", "ls", site / "disk", "/sub"}).out, HasSubstr("large.txt"));
    // What is only for ours says whose business it is.
    Result const examined = disk_tool({"fsck", site / "disk"});
    EXPECT_EQ(examined.status, 2) << "no verdict: it is not damaged";
    EXPECT_THAT(examined.err, HasSubstr("it is ext2; e2fsck -fn examines it"));
    EXPECT_THAT(disk_tool({"disk", "put", site / "disk", site / "site", "/"}).err, HasSubstr("ext2 is only read here"));
}

// The power fails in the n-th write or flush, with or without what the disk's cache holds:
// what was kept is there, all of it is whole, and nothing came after. With `forget`, what no
// flush has made stay is lost: an empty flush would lose what was kept.
TEST(Diary, what_is_kept_survives_a_power_cut_in_any_write_or_flush) {
    Folder folder;
    std::string const disk = folder / "disk";
    for (char const* cut :
         {"write 1",        "write 2",          "write 3 3",       "write 4",         "write 6",
          "write 9 1",      "write 12",         "write 17",        "write 23 7",      "write 30",
          "write 5 forget", "write 9 1 forget", "write 17 forget", "write 26 forget", "flush 1",
          "flush 1 forget", "flush 2 forget",   "flush 3 forget",  "flush 4 forget",  "flush 7 forget",
          "flush 10 forget"}) {
        SCOPED_TRACE(cut);
        ASSERT_EQ(disk_tool({"mkfs", disk, "--size", "1M"}).status, 0);
        Result const result = run(viv({"run", "diary", "--disk", disk + ",write-back", "--append",
                                       "entries=6", "--fault", std::string("cut ") + cut}));
        unsigned kept = 0;
        for (std::size_t at = 0; (at = result.out.find(" is kept", at)) != std::string::npos; ++at) ++kept;
        EXPECT_EQ(disk_tool({"fsck", disk}).status, 0);
        Result const got = disk_tool({"disk", "get", disk, "/diary", folder / "copy"});
        std::string const diary = got.status == 0 ? read_file(folder / "copy") : "";
        std::string expected;
        unsigned count = 0;
        for (; expected.size() < diary.size(); ++count) expected += fmt_entry(count);
        EXPECT_EQ(diary, expected);
        EXPECT_GE(count, kept) << result.out;
        EXPECT_LE(count, kept + 1) << result.out;
        if (kept == 6) continue;
        EXPECT_EQ(result.status, 1) << result.err;
        // And it goes on where it was.
        Result const again = run(viv({"run", "diary", "--disk", disk, "--append", "entries=1"}));
        EXPECT_EQ(again.status, 0) << again.out << again.err;
        EXPECT_THAT(again.out, HasSubstr("diary: " + std::to_string(count) + " entries so far"));
    }
}

TEST(DiskTool, makes_fills_lists_and_examines) {
    Site site;
    std::string const disk = site / "disk";
    EXPECT_EQ(disk_tool({"mkfs", disk, "--size", "2M"}).status, 0);
    EXPECT_EQ(disk_tool({"disk", "put", disk, site / "site", "/"}).status, 0);
    EXPECT_THAT(disk_tool({"disk", "ls", disk}).out, AllOf(HasSubstr("14  index.html"), HasSubstr("sub/")));
    EXPECT_EQ(disk_tool({"disk", "get", disk, "/sub/large.txt", site / "copy"}).status, 0);
    EXPECT_EQ(read_file(site / "copy"), large);
    EXPECT_EQ(disk_tool({"disk", "get", disk, "/sub/large.txt", "-"}).out, large);
    EXPECT_EQ(disk_tool({"disk", "rm", disk, "/sub/large.txt"}).status, 0);
    Result const whole = disk_tool({"fsck", disk, "--json"});
    EXPECT_EQ(whole.status, 0);
    EXPECT_THAT(whole.out, HasSubstr("\"whole\":true,\"files\":1,\"directories\":2"));
    std::string bytes = read_file(disk);
    bytes[49 * 4096 + 10] = static_cast<char>(0xff);  // the inode bitmap, behind the journal
    bytes[4096] = 0;                                  // no journal, which would put it right
    write_file(disk, bytes);
    Result const damaged = disk_tool({"fsck", disk});
    EXPECT_EQ(damaged.status, 1);
    EXPECT_THAT(damaged.out, HasSubstr("is marked as used, and nothing uses it"));
    EXPECT_EQ(read_file(disk), bytes) << "fsck writes nothing";
}

TEST(DiskTool, harms_neither_the_host_nor_itself) {
    Site site;
    std::string const disk = site / "disk";
    write_file(site / "mine", "mine");
    run({"ln", "-s", "..", site / "site/sub/up"});
    ASSERT_EQ(disk_tool({"mkfs", disk, "--size", "2M"}).status, 0);
    Result const put = disk_tool({"disk", "put", disk, site / "site", "/"});
    EXPECT_EQ(put.status, 0);
    EXPECT_THAT(put.err, HasSubstr("left out"));
    EXPECT_EQ(disk_tool({"disk", "put", disk, site / "site/sub", "/new"}).status, 2) << "no such folder";
    for (char const* path : {"/none", "/sub"}) {
        EXPECT_EQ(disk_tool({"disk", "get", disk, path, site / "mine"}).status, 2) << path;
        EXPECT_EQ(read_file(site / "mine"), "mine") << path;
    }
    // A block of the last commit is not in its place: read as if it were.
    std::string const kept = read_file(disk);
    std::string bytes = kept;
    std::uint32_t target = 0;
    std::memcpy(&target, bytes.data() + 4096 + 16, sizeof target);
    ASSERT_LT((target + 1) * std::size_t{4096}, bytes.size());
    bytes.replace(target * std::size_t{4096}, 4096, std::string(4096, '\xff'));
    write_file(disk, bytes);
    EXPECT_EQ(disk_tool({"fsck", disk}).status, 0);
    EXPECT_EQ(disk_tool({"disk", "ls", disk}).status, 0);
    EXPECT_EQ(read_file(disk), bytes);
    EXPECT_EQ(disk_tool({"fsck", disk, "--replay"}).status, 0);
    EXPECT_EQ(read_file(disk), kept);
}

TEST(DiskTool, explains_what_is_wrong) {
    Site site;
    EXPECT_EQ(disk_tool({}).status, 2);
    EXPECT_EQ(disk_tool({"--help"}).status, 0);
    EXPECT_EQ(disk_tool({"fsck", site / "site/index.html"}).status, 1);
    for (Words const& words :
         {Words{"mkfs"}, Words{"mkfs", site / "x", "--size", "5Q"}, Words{"mkfs", site / "x", "--size", "1K"},
          Words{"mkfs", site / "x", "--from", site / "none"}, Words{"fsck", site / "none"},
          Words{"disk", "ls", site / "none"}, Words{"disk", "eat", "x"}}) {
        Result const result = disk_tool(words);
        EXPECT_EQ(result.status, 2) << words.back();
        EXPECT_FALSE(result.err.empty());
    }
    Result const full = disk_tool({"mkfs", site / "x", "--size", "512K", "--from", site / "site"});
    EXPECT_EQ(full.status, 2);
    EXPECT_THAT(full.err, HasSubstr("there is no room left; make the disk larger"));
    EXPECT_THAT(disk_tool({"mkfs", site / "none/x"}).err, HasSubstr("none/x: No such file"));
    EXPECT_THAT(disk_tool({"disk", "eat", "x"}).err, HasSubstr("what is eat? There are ls, get, put and rm"));
    EXPECT_EQ(run({"test", "-e", site / "x"}).status, 1) << "and nothing is left behind";
}

}  // namespace
}  // namespace scenario
