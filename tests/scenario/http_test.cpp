// SPDX-License-Identifier: MIT
//
// The HTTP server image behind a forwarded port, asked by a real curl: in the
// simulator and on QEMU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using testing::HasSubstr;
using Words = std::vector<std::string>;

// curl until the guest is up: the port is open before the guest is.
Words curl(Words const& more) {
    Words all = {"curl",    "--silent", "--show-error",        "--max-time",         "60",
                 "--retry", "20",       "--retry-connrefused", "--retry-all-errors", "--retry-delay",
                 "1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

class Http : public testing::TestWithParam<std::string> {
protected:
    Words words(unsigned answers, Words const& more = {}) {
        Words all = {"run",       "http", "--on",         GetParam(),
                     "--forward", "0:80", "--exit-after", std::to_string(answers)};
        all.insert(all.end(), more.begin(), more.end());
        return viv(all);
    }
    Folder folder;
};

TEST_P(Http, curl_gets_the_page) {
    Program server(words(1));
    ASSERT_TRUE(server.says("leads to"));
    Result const page = run(curl({"http://127.0.0.1:" + forwarded_port(server.err()) + "/"}));
    EXPECT_EQ(page.status, 0) << page.err;
    EXPECT_THAT(page.out, HasSubstr("<html"));
    EXPECT_THAT(page.out, HasSubstr("</html>"));
    EXPECT_EQ(server.finish().status, 0);
}

// What the guest serves as /bytes/LENGTH.
std::string expected_bytes(std::size_t length) {
    std::string bytes(length, '\0');
    for (std::size_t i = 0; i < length; ++i) bytes[i] = static_cast<char>(i ^ i >> 8 ^ i >> 16 ^ i >> 24);
    return bytes;
}

TEST_P(Http, every_byte_of_a_large_body_is_right) {
    Program server(words(1));
    ASSERT_TRUE(server.says("leads to"));
    Result const bytes = run(curl({"http://127.0.0.1:" + forwarded_port(server.err()) + "/bytes/1000000"}));
    EXPECT_TRUE(bytes.out == expected_bytes(1'000'000)) << bytes.out.size() << " bytes; " << bytes.err;
    EXPECT_EQ(server.finish().status, 0);
}

TEST_P(Http, a_thousand_in_a_row_and_two_hundred_at_once) {
    Program server(words(1200));
    ASSERT_TRUE(server.says("leads to"));
    std::string const base = "http://127.0.0.1:" + forwarded_port(server.err()) + "/bytes/";
    std::string const into = folder / "#1";
    Result const kept = run(curl({base + "[1001-1500]", "-o", into}));
    EXPECT_EQ(kept.status, 0) << kept.err;
    Result const closed = run(curl({"-H", "Connection: close", base + "[1501-2000]", "-o", into}));
    EXPECT_EQ(closed.status, 0) << closed.err;
    Result const at_once = run(curl(
        {"--parallel", "--parallel-immediate", "--parallel-max", "200", base + "[2001-2200]", "-o", into}));
    EXPECT_EQ(at_once.status, 0) << at_once.err;
    unsigned right = 0;
    for (unsigned length = 1001; length <= 2200; ++length)
        right += read_file(folder / std::to_string(length)) == expected_bytes(length);
    EXPECT_EQ(right, 1200u);
    Result const served = server.finish();
    EXPECT_EQ(served.status, 0);
    EXPECT_THAT(served.out, testing::Not(HasSubstr("were not freed")));
}

TEST_P(Http, asks_itself) {
    Result const result =
        run(viv({"run", "http", "--on", GetParam(), "--exit-after", "5", "--self-request", "--json"}));
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("\"answered\":5"));
}

// The server on the textbook's TCP: the same pages.
class HttpTextbook : public testing::TestWithParam<std::string> {};

TEST_P(HttpTextbook, serves_the_page_and_a_large_body) {
    Program server(
        viv({"run", "http-textbook", "--on", GetParam(), "--forward", "0:80", "--exit-after", "12"}));
    ASSERT_TRUE(server.says("leads to"));
    std::string const base = "http://127.0.0.1:" + forwarded_port(server.err());
    Result const page = run(curl({base + "/"}));
    EXPECT_EQ(page.status, 0) << page.err;
    EXPECT_THAT(page.out, HasSubstr("</html>"));
    Result const bytes = run(curl({base + "/bytes/1000000"}));
    EXPECT_TRUE(bytes.out == expected_bytes(1'000'000)) << bytes.out.size() << " bytes; " << bytes.err;
    Folder folder;
    Result const at_once =
        run(curl({"--parallel", "--parallel-immediate", base + "/bytes/[20001-20010]", "-o", folder / "#1"}));
    EXPECT_EQ(at_once.status, 0) << at_once.err;
    for (unsigned length = 20'001; length <= 20'010; ++length)
        EXPECT_TRUE(read_file(folder / std::to_string(length)) == expected_bytes(length)) << length;
    Result const served = server.finish();
    EXPECT_EQ(served.status, 0);
    EXPECT_THAT(served.out, testing::Not(HasSubstr("were not freed")));
}

INSTANTIATE_TEST_SUITE_P(On, HttpTextbook, testing::Values("sim", "qemu"),
                         [](auto const& info) { return info.param; });

// One application on one stack: its answers do not tell on what it runs.
TEST(HttpEverywhere, answers_the_same_octet_by_octet) {
    std::vector<Words> const requests = {{"/bytes/3000"},
                                         {"--head", "/bytes/3000"},
                                         {"/health"},
                                         {"/is-not-here"},
                                         {"--request", "BREW", "/"}};
    std::map<std::string, std::string> transcripts;
    for (char const* target : {"sim", "qemu", "host"}) {
        Program server(viv({"run", "http", "--on", target, "--forward", "0:80", "--exit-after",
                            std::to_string(requests.size())}));
        ASSERT_TRUE(server.says("leads to"));
        for (Words words : requests) {
            words.back() = "http://127.0.0.1:" + forwarded_port(server.err()) + words.back();
            words.insert(words.begin(), "--include");
            Result const answer = run(curl(words));
            EXPECT_EQ(answer.status, 0) << answer.err;
            transcripts[target] += answer.out;
        }
        EXPECT_EQ(server.finish().status, 0);
    }
    EXPECT_THAT(transcripts["sim"], HasSubstr("HTTP/1.1 200 "));
    EXPECT_THAT(transcripts["sim"], HasSubstr("HTTP/1.1 404 "));
    EXPECT_TRUE(transcripts["sim"] == transcripts["qemu"]) << transcripts["qemu"];
    EXPECT_TRUE(transcripts["sim"] == transcripts["host"]) << transcripts["host"];
}

class HttpRecording : public testing::Test {
protected:
    void expect_same_again() {
        for (int i = 0; i < 3; ++i) {
            Result const result = run(viv({"replay", folder / "a.run", "--verify"}));
            EXPECT_EQ(result.status, 0) << result.err;
            EXPECT_THAT(result.out, HasSubstr("the same life"));
        }
    }
    Folder folder;
};

TEST_F(HttpRecording, is_the_same_life_three_times_with_no_network) {
    Result const made = run(viv({"run", "http", "--exit-after", "5", "--self-request", "--record",
                                 folder / "a.run", "--pcap", folder / "a.pcapng"}));
    ASSERT_EQ(made.status, 0) << made.err;
    expect_same_again();
    // The capture of a replay is the capture of the run.
    Result const again = run(viv({"replay", folder / "a.run", "--pcap", folder / "b.pcapng"}));
    EXPECT_EQ(again.status, 0) << again.err;
    EXPECT_EQ(again.out, made.out);
    EXPECT_GT(read_file(folder / "a.pcapng").size(), 2000u);
    EXPECT_NE(read_file(folder / "a.pcapng").find("moment "), std::string::npos) << "no comments";
    EXPECT_TRUE(read_file(folder / "a.pcapng") == read_file(folder / "b.pcapng"));
}

TEST_F(HttpRecording, a_thousand_requests_fit_in_a_mebibyte) {
    Result const made =
        run(viv({"run", "http", "--exit-after", "1000", "--self-request", "--record", folder / "a.run"}));
    ASSERT_EQ(made.status, 0) << made.err;
    EXPECT_LE(std::filesystem::file_size(folder / "a.run"), 1u << 20);
    EXPECT_EQ(run(viv({"replay", folder / "a.run", "--verify"})).status, 0);
}

INSTANTIATE_TEST_SUITE_P(On, Http, testing::Values("sim", "qemu", "host"),
                         [](auto const& each) { return each.param; });

}  // namespace
}  // namespace scenario
