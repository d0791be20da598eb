// SPDX-License-Identifier: MIT
//
// Questions to recordings, as a user asks them: who wrote this, why is this
// mapped, who held the lock, what did the packet touch, when was it first true.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/scenario/program.hpp"

namespace {

using nlohmann::json;
using scenario::Folder;
using scenario::Result;

Result query(std::string const& file, std::vector<std::string> words) {
    words.insert(words.begin(), {"query", file});
    return scenario::run(scenario::viv(words));
}

json answer(std::string const& file, std::vector<std::string> words) {
    words.push_back("--json");
    Result const r = query(file, words);
    EXPECT_EQ(r.status, 0) << r.err;
    json line = json::parse(r.out, nullptr, false);
    EXPECT_TRUE(line.is_object()) << r.out;
    return line.value("answer", json::object());
}

std::string const& threads() {
    static Folder folder;
    static std::string const file = [] {
        std::string const name = folder / "threads.run";
        EXPECT_EQ(scenario::run(scenario::viv({"run", "threads", "--record", name})).status, 0);
        return name;
    }();
    return file;
}

std::string const& http() {
    static Folder folder;
    static std::string const file = [] {
        std::string const name = folder / "http.run";
        EXPECT_EQ(scenario::run(scenario::viv({"run", "http", "--forward", "0:80", "--self-request",
                                               "--exit-after", "1", "--record", name}))
                      .status,
                  0);
        return name;
    }();
    return file;
}

// The moment when the scheduler has switched so often.
std::string switched(std::string const& times) {
    json const a = answer(threads(), {"first-true", "threads::the_scheduler.switches_ == " + times});
    EXPECT_FALSE(a.value("from_the_start", true));
    EXPECT_NE(a["actor"].value("where", "").find("threads::Scheduler::switch_to_next"), std::string::npos)
        << a;
    return a.value("moment", "");
}

TEST(Query, finds_when_something_became_true_and_not_an_instruction_later) {
    std::string const at = switched("7");
    ASSERT_FALSE(at.empty());
    std::string const before = std::to_string(std::stoull(at) - 1);
    EXPECT_EQ(answer(threads() + "@" + at, {"print", "threads::the_scheduler.switches_"})["number"], 7);
    EXPECT_EQ(answer(threads() + "@" + before, {"print", "threads::the_scheduler.switches_"})["number"], 6);
    json const never =
        answer(threads() + "@" + before, {"first-true", "threads::the_scheduler.switches_ == 7"});
    EXPECT_FALSE(never.contains("moment"));
    EXPECT_NE(never.value("text", "").find("never true"), std::string::npos);
}

TEST(Query, names_the_last_writer_and_follows_the_value) {
    std::string const at = switched("7");
    json const a =
        answer(threads() + "@" + at, {"last-write", "threads::the_scheduler.switches_", "--chain", "3"});
    EXPECT_EQ(a["value"], "0700000000000000");
    ASSERT_EQ(a["links"].size(), 3u) << a;
    for (unsigned i = 0; i < 3; ++i) {
        json const& link = a["links"][i];
        EXPECT_EQ(link["writer"], "instruction");
        EXPECT_EQ(link["new"].get<std::string>().substr(0, 2), "0" + std::to_string(7 - i));
        EXPECT_EQ(link["old"].get<std::string>().substr(0, 2), "0" + std::to_string(6 - i));
        EXPECT_NE(link["actor"]["source"].get<std::string>().find("scheduler.cpp:"), std::string::npos);
        EXPECT_FALSE(link["actor"]["thread"].get<std::string>().empty());
        EXPECT_GE(link["actor"]["stack"].size(), 2u);
    }
    EXPECT_EQ(a["links"][0]["seen"], at);
    // The loader is a writer, too: code was never written since.
    json const code = answer(threads(), {"last-write", "kernel_main"});
    EXPECT_TRUE(code["links"].empty());
    EXPECT_NE(code["ending"].get<std::string>().find("loader"), std::string::npos);
}

TEST(Query, names_the_card_as_a_writer) {
    json packet = json::object();
    for (int n = 1; n < 12 && !packet.value("received", false); ++n)
        packet = answer(http(), {"packet", std::to_string(n)});
    ASSERT_TRUE(packet.value("received", false));
    std::string place;
    for (json const& r : packet["dma"])
        if (r["what"] == "packet") place = r["physical"];
    ASSERT_FALSE(place.empty()) << packet;
    // Right behind its arrival.
    std::string const moment = packet["moment"];
    std::string const after = std::to_string(std::stoull(moment) + 1);
    json const w = answer(http() + "@" + after, {"last-write", "phys:" + place});
    ASSERT_EQ(w["links"].size(), 1u) << w;
    EXPECT_EQ(w["links"][0]["writer"], "device");
    EXPECT_NE(w["links"][0]["device"].get<std::string>().find("net"), std::string::npos);
}

// Counted twice, of one stretch and of its halves; the first instruction that writes is seen.
TEST(Query, counts_the_accesses_to_each_page) {
    auto const total = [](json const& a, char const* what) {
        std::uint64_t sum = 0;
        for (json const& p : a["pages"]) sum += p[what].get<std::uint64_t>();
        return sum;
    };
    json const all = answer(http() + "@1100000", {"accesses", "20000"});
    EXPECT_EQ(all["from"], "1080000");
    ASSERT_GT(all["pages"].size(), 5u) << all;
    json const first = answer(http() + "@1090000", {"accesses", "10000"}),
               second = answer(http() + "@1100000", {"accesses", "10000"});
    for (char const* what : {"reads", "writes", "page_walker", "devices"})
        EXPECT_EQ(total(first, what) + total(second, what), total(all, what)) << what;
    EXPECT_GT(total(all, "reads"), 1000u);
    EXPECT_GT(total(all, "writes"), 500u);
    EXPECT_LT(total(all, "reads") + total(all, "writes"), 80'000u) << "an instruction has few operands";
    std::uint64_t last = UINT64_MAX;
    for (json const& p : all["pages"]) {
        std::uint64_t const busy = p["reads"].get<std::uint64_t>() + p["writes"].get<std::uint64_t>() +
                                   p["page_walker"].get<std::uint64_t>() + p["devices"].get<std::uint64_t>();
        EXPECT_GT(busy, 0u);
        EXPECT_LE(busy, last) << "the busiest comes first";
        last = busy;
    }
    EXPECT_EQ(all["pages"][0]["owner"].get<std::string>().empty(), false);
    for (json const& p : all["pages"])
        for (auto const& [what, by] : {std::pair{"reads", "most_reads"}, {"writes", "most_writes"}}) {
            ASSERT_EQ(p[by].is_null(), p[what] == 0) << p;
            if (p[by].is_null()) continue;
            EXPECT_FALSE(p[by]["function"].get<std::string>().empty()) << p;
            EXPECT_GE(p[by]["times"], 1) << p;
            EXPECT_LE(p[by]["times"], p[what]) << p;
        }
}

TEST(Query, tells_what_a_request_touched) {
    json request = json::object();
    for (int n = 8; n < 40; ++n) {
        request = answer(http(), {"packet", std::to_string(n)});
        if (request["summary"].get<std::string>().find("GET /") != std::string::npos) break;
    }
    ASSERT_NE(request["summary"].get<std::string>().find("GET /"), std::string::npos);
    EXPECT_TRUE(request.contains("interrupt"));
    EXPECT_TRUE(request["interrupt"].contains("until"));
    ASSERT_FALSE(request["woken"].empty());
    // Whoever waits in a poller takes the card's frames itself (decision 28).
    EXPECT_EQ(request["woken"][0]["thread"], "main");
    bool parsed = false;
    for (json const& r : request["readers"])
        parsed |= r["function"].get<std::string>().find("TcpHeader::parse") != std::string::npos;
    EXPECT_TRUE(parsed) << request;
    ASSERT_FALSE(request["answers"].empty());
    EXPECT_NE(request["answers"][0]["summary"].get<std::string>().find("200 OK"), std::string::npos);
}

TEST(Query, explains_a_mapping_with_the_writer_of_each_entry) {
    json const a = answer(threads() + "@" + switched("50"), {"why-mapped", "rsp"});
    EXPECT_TRUE(a.value("present", false)) << a;
    ASSERT_EQ(a["entries"].size(), 4u);
    json const& pte = a["entries"][3];
    EXPECT_EQ(pte["name"], "PTE");
    ASSERT_FALSE(pte["writer"]["links"].empty()) << pte;
    EXPECT_EQ(pte["writer"]["links"][0]["writer"], "instruction");
    EXPECT_NE(pte["writer"]["links"][0]["actor"]["where"].get<std::string>().find("PageTables::map"),
              std::string::npos);
    EXPECT_FALSE(pte["walker"].empty()) << "the processor set A and D";
    EXPECT_EQ(a["frame"]["owner"], "thread_stack");
    ASSERT_FALSE(a["frame"]["steps"].empty());
    EXPECT_EQ(a["frame"]["steps"].back()["what"], "allocated");
    EXPECT_EQ(a["frame"]["steps"].back()["owner"], "thread_stack");
    EXPECT_FALSE(a["other_mappings"].empty()) << "the direct map leads there, too";
    json const nothing = answer(threads(), {"why-mapped", "0"});
    EXPECT_FALSE(nothing.value("present", true));
}

TEST(Query, knows_the_owners_of_a_lock) {
    json const events = answer(threads() + "@" + switched("50"), {"events", "200"});
    std::string lock, taken;
    for (json const& e : events["events"])
        if (e["kind"] == "lock acquire") {
            std::string const text = e["text"];
            lock = text.substr(text.find("0x"), text.find(" by ") - text.find("0x"));
            taken = e["moment"];
        }
    ASSERT_FALSE(lock.empty()) << events;
    json const before = answer(threads() + "@" + taken, {"lock", lock});
    std::string const after = std::to_string(std::stoull(taken) + 1);
    json const held = answer(threads() + "@" + after, {"lock", lock});
    EXPECT_EQ(held["steps"].size() > before["steps"].size() || held["steps"].size() == 64, true);
    EXPECT_TRUE(held["held"]);
    EXPECT_FALSE(held["owner"].get<std::string>().empty());
    EXPECT_EQ(held["steps"].back()["what"], "acquires");
    EXPECT_NE(held["actor"]["where"].get<std::string>().find("Mutex"), std::string::npos);
}

// A lock that nobody holds has its name still, and its name comes before an object's.
TEST(Query, knows_a_free_lock_by_its_name) {
    for (auto const& [file, name] : {std::pair(threads(), "buffer"), std::pair(http(), "network")}) {
        json const locks = answer(file + "@end", {"locks"});
        for (json const& held : locks["locks"]) EXPECT_NE(held["name"], name) << "it is not free";
        json const lock = answer(file + "@end", {"lock", name});
        EXPECT_EQ(lock.value("name", ""), name) << lock;
        EXPECT_FALSE(lock.value("held", true)) << lock;
        EXPECT_FALSE(lock.value("steps", json::array()).empty()) << lock;
        for (json const& step : lock["steps"]) EXPECT_FALSE(step.value("thread", "").empty()) << step;
        // The same lock by its address, at a moment when it was held.
        std::string taken;
        for (json const& step : lock["steps"])
            if (step["what"] == "acquires") taken = step["moment"];
        ASSERT_FALSE(taken.empty()) << lock;
        json const then =
            answer(file + "@" + std::to_string(std::stoull(taken) + 1), {"lock", lock.value("lock", "")});
        EXPECT_EQ(then.value("name", ""), name) << then;
        EXPECT_TRUE(then.value("held", false)) << then;
    }
    Result const none = query(threads() + "@end", {"lock", "no_such_lock"});
    EXPECT_EQ(none.status, 2);
    EXPECT_NE(none.err.find("no lock of that name"), std::string::npos) << none.err;
}

// Whose frame an object's page is, and a physical address; one that never was.
TEST(Query, knows_the_life_of_a_frame) {
    std::string const moment = switched("50");
    json const stack = answer(threads() + "@" + moment, {"why-mapped", "rsp"});
    ASSERT_TRUE(stack.contains("frame")) << stack;
    std::uint64_t const first = stack["frame"]["frame"];
    json const by_place = answer(threads() + "@" + moment, {"frame", "rsp"});
    EXPECT_EQ(by_place, stack["frame"]);
    EXPECT_EQ(by_place["owner"], "thread_stack");
    json const by_number =
        answer(threads() + "@" + moment, {"frame", "phys:" + std::to_string(first * 4096)});
    EXPECT_EQ(by_number, by_place);
    json const& last = by_number["steps"].back();
    EXPECT_EQ(last["what"], "allocated");
    EXPECT_LE(last["first"].get<std::uint64_t>(), first);
    EXPECT_GT(last["first"].get<std::uint64_t>() + last["frames"].get<std::uint64_t>(), first);
    EXPECT_FALSE(by_number["actor"]["where"].get<std::string>().empty());
    // Before that moment nobody had been given it.
    json const before = answer(threads() + "@" + last["moment"].get<std::string>(),
                               {"frame", "phys:" + std::to_string(first * 4096)});
    EXPECT_EQ(before["steps"].size() + 1, by_number["steps"].size());
    json const zero = answer(threads() + "@" + moment, {"frame", "phys:0"});
    EXPECT_TRUE(zero["steps"].empty());
    EXPECT_NE(zero["problem"].get<std::string>().find("never allocated"), std::string::npos) << zero;
    EXPECT_EQ(query(threads() + "@" + moment, {"frame", "0x10"}).status, 2) << "not mapped";
}

TEST(Query, takes_every_way_to_write_a_moment) {
    for (char const* place : {"start", "end", "12,345", "12345.0", "1ms", "interrupt:1", "switch:2"}) {
        Result const r = query(threads() + "@" + place, {"threads"});
        EXPECT_EQ(r.status, 0) << place << r.err;
    }
    for (char const* wrong : {"lunch", "packet:0", "moon:3", "bookmark:none", "switch:999999"}) {
        Result const r = query(threads() + "@" + wrong, {"threads"});
        EXPECT_EQ(r.status, 2) << wrong << r.err;
    }
}

TEST(Query, says_what_is_wrong_with_a_question) {
    EXPECT_EQ(query(threads(), {"last-write", "no_such_thing"}).status, 2);
    EXPECT_EQ(query(threads(), {"last-write", "0x10"}).status, 2);
    EXPECT_EQ(query(threads(), {"what-time"}).status, 2);
    EXPECT_EQ(query(threads() + "@never", {"threads"}).status, 2);
    EXPECT_EQ(query(threads() + "@packet:5", {"threads"}).status, 2);
    EXPECT_EQ(query("/nowhere.run", {"threads"}).status, 2);
    EXPECT_NE(query(threads(), {"what-time"}).err.find("last-write"), std::string::npos);
}

}  // namespace
