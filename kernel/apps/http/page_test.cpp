// SPDX-License-Identifier: MIT
#include "kernel/apps/http/page.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kernel/http/session.hpp"

namespace apps {
namespace {

Facts sample() {
    Facts facts;
    facts.uptime = base::Duration::milliseconds(12'345);
    facts.memory_total = 63 * 1024 * 1024 + 512 * 1024;
    facts.memory_free = 60 * 1024 * 1024;
    facts.machine = "QEMU \"TCG\" <CPU>";
    facts.address = 0x0a00020f;
    facts.mac = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    facts.requests = 1'234'567;
    facts.connections = 1000;
    facts.open = 6;
    facts.frames_in = 999;
    facts.frames_out = 0;
    facts.interrupts = 77;
    facts.threads[0] = {"http", "running", base::Duration::microseconds(1'500), 12};
    facts.threads[1] = {"network <0>", "waiting", base::Duration::microseconds(99), 34};
    facts.thread_count = 2;
    return facts;
}

using Write = void (*)(Facts const&, http::ResponseWriter&);

std::string body(Write write, Facts const& facts) {
    std::vector<char> buffer(http::Session::output_size);
    http::ResponseWriter response(buffer);
    write(facts, response);
    response.finish(true, false);
    std::string const text(response.bytes().data(), response.bytes().size());
    EXPECT_TRUE(text.starts_with("HTTP/1.1 200 OK\r\n")) << "it must fit into a session's buffer";
    return text.substr(text.find("\r\n\r\n") + 4);
}

TEST(Page, tells_the_facts) {
    std::string const page = body(write_page, sample());
    for (char const* fact : {"12.3</span> s", "1,234,567", "60.0</span> MiB", "of 63.5 MiB", "10.0.2.15",
                             "52:54:00:12:34:56", "999</span></b><small><span id=\"out\">0<",
                             "network &lt;0&gt;", "QEMU &quot;TCG&quot; &lt;CPU&gt;", "<td>1.5</td>"})
        EXPECT_NE(page.find(fact), std::string::npos) << fact;
}

TEST(Page, closes_every_element_it_opens) {
    std::string const page = body(write_page, sample());
    std::vector<std::string> open;
    std::string const markup = page.substr(0, page.find("<script>"));
    for (std::size_t at = markup.find('<'); at != std::string::npos; at = markup.find('<', at + 1)) {
        if (markup[at + 1] == '!') continue;
        bool const closes = markup[at + 1] == '/';
        std::size_t const begin = at + 1 + closes;
        std::string const name = markup.substr(begin, markup.find_first_of(" >", begin) - begin);
        if (name == "meta" || name == "link") continue;  // these have no end
        if (!closes) {
            open.push_back(name);
        } else {
            ASSERT_FALSE(open.empty()) << name;
            ASSERT_EQ(open.back(), name);
            open.pop_back();
        }
    }
    EXPECT_EQ(open, (std::vector<std::string>{"html", "body"})) << "closed behind the script";
    EXPECT_TRUE(page.ends_with("</script>\n</body>\n</html>\n"));
}

TEST(Page, leaves_room_for_every_thread) {
    Facts facts = sample();
    facts.thread_count = Facts::most_threads;
    for (ThreadFact& thread : facts.threads)
        thread = {"a thread with a long name <&>", "waiting for a lock", base::Duration::seconds(100'000'000),
                  UINT64_MAX};
    facts.requests = facts.connections = facts.open = facts.frames_in = facts.frames_out = facts.bytes_in =
        UINT64_MAX;
    body(write_page, facts);
    auto const json = nlohmann::json::parse(body(write_json, facts));
    EXPECT_EQ(json["threads"].size(), Facts::most_threads);
}

TEST(Page, says_the_same_in_json) {
    auto const json = nlohmann::json::parse(body(write_json, sample()));
    EXPECT_DOUBLE_EQ(json["uptime_seconds"], 12.345);
    EXPECT_EQ(json["memory_free"], 62914560);
    EXPECT_EQ(json["requests"], 1234567);
    EXPECT_EQ(json["address"], "10.0.2.15");
    EXPECT_EQ(json["mac"], "52:54:00:12:34:56");
    EXPECT_EQ(json["machine"], "QEMU \"TCG\" <CPU>");
    EXPECT_EQ(json["threads"][1]["name"], "network <0>");
    EXPECT_DOUBLE_EQ(json["threads"][0]["processor_ms"], 1.5);
}

TEST(Page, has_every_element_that_its_script_speaks_of) {
    std::string const page = body(write_page, sample());
    unsigned uses = 0;
    for (std::size_t at = page.find("$('"); at != std::string::npos; at = page.find("$('", at + 1), ++uses) {
        std::string const name = page.substr(at + 3, page.find('\'', at + 3) - at - 3);
        EXPECT_NE(page.find("id=\"" + name + "\""), std::string::npos) << name;
    }
    EXPECT_GT(uses, 8u);
}

}  // namespace
}  // namespace apps
