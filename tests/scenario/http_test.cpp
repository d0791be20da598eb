// SPDX-License-Identifier: MIT
//
// The HTTP server image behind a forwarded port, asked by a real curl: in the
// simulator and on QEMU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/scenario/program.hpp"

namespace scenario {
namespace {

using testing::HasSubstr;
using Words = std::vector<std::string>;

class Http : public testing::TestWithParam<std::string> {
protected:
    Words words(unsigned answers, Words const& more = {}) {
        Words all = {"run",       "http", "--on",         GetParam(),
                     "--forward", "0:80", "--exit-after", std::to_string(answers)};
        all.insert(all.end(), more.begin(), more.end());
        return viv(all);
    }
    // curl until the guest is up: the port is open before the guest is.
    static Words curl(Words const& more) {
        Words all = {"curl",    "--silent", "--show-error",        "--max-time",         "60",
                     "--retry", "20",       "--retry-connrefused", "--retry-all-errors", "--retry-delay",
                     "1"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
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

TEST_P(Http, every_byte_of_a_large_body_is_right) {
    Program server(words(1));
    ASSERT_TRUE(server.says("leads to"));
    Result const bytes = run(curl({"http://127.0.0.1:" + forwarded_port(server.err()) + "/bytes/100000"}));
    ASSERT_EQ(bytes.out.size(), 100000u) << bytes.err;
    EXPECT_EQ(server.finish().status, 0);
}

TEST_P(Http, asks_itself) {
    Result const result =
        run(viv({"run", "http", "--on", GetParam(), "--exit-after", "5", "--self-request", "--json"}));
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("\"answered\":5"));
}

INSTANTIATE_TEST_SUITE_P(On, Http, testing::Values("sim", "qemu"),
                         [](auto const& each) { return each.param; });

}  // namespace
}  // namespace scenario
