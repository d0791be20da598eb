// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "simulator/exports/table_columns.hpp"
#include "simulator/exports/table_export.hpp"
#include "simulator/exports/trace_check.hpp"
#include "simulator/exports/trace_export.hpp"

namespace sim::exports {
namespace {

using debug::Event;
using debug::EventKind;
using nlohmann::json;

Event event(std::uint64_t ns, EventKind kind, std::uint64_t a = 0, std::uint64_t b = 0) {
    Event e;
    e.at = {ns, 0};
    e.virtual_ns = ns;
    e.kind = kind;
    e.a = a;
    e.b = b;
    return e;
}

// These events, exported.
json trace_of(std::vector<Event> const& events, std::uint64_t end_ns) {
    debug::EventIndex index;
    index.name_thread(0x100, "idle");
    index.name_thread(0x200, "worker \"1\"");
    std::ostringstream out;
    TraceExport trace(out, "a \"title\"");
    for (Event const& e : events) {
        std::uint64_t const number = index.next_number();
        index.add(e);
        trace.event(e, number, index.view());
    }
    trace.finish(end_ns);
    return json::parse(out.str());
}

std::vector<json> of_phase(json const& trace, std::string const& phase) {
    std::vector<json> found;
    for (json const& e : trace["traceEvents"])
        if (e["ph"] == phase) found.push_back(e);
    return found;
}

TEST(TraceExport, threads_are_tracks_and_switches_their_edges) {
    json const trace = trace_of(
        {event(1000, EventKind::thread_switch, 0, 0x100), event(2500, EventKind::thread_switch, 0x100, 0x200),
         event(4001, EventKind::thread_switch, 0x200, 0x100)},
        6000);
    EXPECT_EQ(trace_problems(trace), std::vector<std::string>{});
    auto const stretches = of_phase(trace, "X");
    ASSERT_EQ(stretches.size(), 3u);
    EXPECT_EQ(stretches[1]["name"], "worker \"1\"");
    EXPECT_DOUBLE_EQ(stretches[1]["ts"].get<double>(), 2.5);
    EXPECT_DOUBLE_EQ(stretches[1]["dur"].get<double>(), 1.501);
    EXPECT_EQ(stretches[0]["tid"], stretches[2]["tid"]);
    EXPECT_NE(stretches[0]["tid"], stretches[1]["tid"]);
}

TEST(TraceExport, a_packet_flows_through_the_interrupt_to_the_thread) {
    json const trace = trace_of(
        {event(1000, EventKind::thread_switch, 0, 0x100), event(2000, EventKind::packet_in, 60),
         event(2100, EventKind::interrupt, 33), event(2300, EventKind::interrupt_exit, 33),
         event(2400, EventKind::thread_switch, 0x100, 0x200), event(3000, EventKind::packet_out, 60)},
        6000);
    EXPECT_EQ(trace_problems(trace), std::vector<std::string>{});
    EXPECT_EQ(of_phase(trace, "s").size(), 2u);
    ASSERT_EQ(of_phase(trace, "t").size(), 1u);
    EXPECT_EQ(of_phase(trace, "f").size(), 2u);
    EXPECT_EQ(of_phase(trace, "t")[0]["id"], of_phase(trace, "s")[0]["id"]);
}

TEST(TraceExport, what_never_ends_is_an_instant) {
    json const trace =
        trace_of({event(100, EventKind::interrupt, 33), event(200, EventKind::interrupt, 33),
                  event(300, EventKind::interrupt, 34), event(400, EventKind::interrupt_exit, 33)},
                 1000);
    EXPECT_EQ(trace_problems(trace), std::vector<std::string>{});
    EXPECT_EQ(of_phase(trace, "i").size(), 1u);
    ASSERT_EQ(of_phase(trace, "X").size(), 1u);
    EXPECT_DOUBLE_EQ(of_phase(trace, "X")[0]["dur"].get<double>(), 0.2);
}

// Each is in its own handler at once, and neither lies inside the other.
TEST(TraceExport, each_processor_has_a_track_of_interrupts) {
    auto const on = [](unsigned cpu, Event e) {
        e.cpu = static_cast<std::uint8_t>(cpu);
        return e;
    };
    json const trace = trace_of(
        {on(0, event(100, EventKind::interrupt, 33)), on(1, event(200, EventKind::interrupt, 33)),
         on(0, event(300, EventKind::interrupt_exit, 33)), on(1, event(400, EventKind::interrupt_exit, 33)),
         on(1, event(500, EventKind::page_fault, 0x1000))},
        1000);
    EXPECT_EQ(trace_problems(trace), std::vector<std::string>{});
    auto const handlers = of_phase(trace, "X");
    ASSERT_EQ(handlers.size(), 2u);
    for (auto const& handler : handlers) EXPECT_DOUBLE_EQ(handler["dur"].get<double>(), 0.2);
    EXPECT_NE(handlers[0]["tid"], handlers[1]["tid"]);
    auto const faults = of_phase(trace, "i");
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_EQ(faults[0]["tid"], handlers[1]["tid"]);
    std::map<std::string, json> names;
    for (json const& one : of_phase(trace, "M"))
        if (one["name"] == "thread_name" && one["pid"] == handlers[0]["pid"])
            names[one["args"]["name"]] = one["tid"];
    EXPECT_EQ(names["interrupts and exceptions"], handlers[0]["tid"]);
    EXPECT_EQ(names["interrupts and exceptions of processor 1"], handlers[1]["tid"]);
}

TEST(TraceCheck, finds_what_is_wrong) {
    auto const with = [](char const* events) {
        return trace_problems(json::parse(std::string("{\"traceEvents\":[") + events + "]}"));
    };
    EXPECT_TRUE(with(R"({"ph":"X","name":"a","pid":1,"tid":1,"ts":1,"dur":5},
                        {"ph":"X","name":"b","pid":1,"tid":1,"ts":2,"dur":3})")
                    .empty());
    EXPECT_FALSE(with(R"({"ph":"X","name":"a","pid":1,"tid":1,"ts":1,"dur":5},
                         {"ph":"X","name":"b","pid":1,"tid":1,"ts":2,"dur":9})")
                     .empty());
    EXPECT_FALSE(with(R"({"ph":"X","name":"a","pid":1,"tid":1,"ts":1})").empty());
    EXPECT_FALSE(with(R"({"ph":"f","name":"a","cat":"c","id":1,"pid":1,"tid":1,"ts":1})").empty());
    EXPECT_FALSE(with(R"({"ph":"?","pid":1,"tid":1,"ts":1})").empty());
    EXPECT_FALSE(trace_problems(json::array()).empty());
}

std::string csv_of(std::string const& view) {
    std::ostringstream out;
    write_csv(view, out);
    return out.str();
}

TEST(Csv, rows_are_objects_and_columns_their_fields) {
    EXPECT_EQ(csv_of(R"({"threads":[{"id":1,"name":"a, \"b\""},{"id":2,"fields":{"x":true},"list":[1,2]}]})"),
              "id,name,fields.x,list\r\n1,\"a, \"\"b\"\"\",,\r\n2,,true,\"[1,2]\"\r\n");
    EXPECT_EQ(csv_of(R"([{"a":1}])"), "a\r\n1\r\n");
    EXPECT_EQ(csv_of(R"({"title":"x","deep":{"y":null}})"), "name,value\r\ntitle,x\r\ndeep.y,\r\n");
    EXPECT_EQ(csv_of("[]"), "");
    EXPECT_EQ(csv_of(R"("a line\r\na \"second\"\n\nlast")"),
              "line\r\na line\r\n\"a \"\"second\"\"\"\r\n\r\nlast\r\n");
    EXPECT_EQ(csv_of(R"("")"), "line\r\n");
    EXPECT_THROW(csv_of("{"), std::runtime_error);
}

// Who runs on one processor is not ended by a switch on another.
TEST(TraceExport, each_processor_runs_a_thread_of_its_own) {
    auto const on = [](unsigned cpu, Event e) {
        e.cpu = static_cast<std::uint8_t>(cpu);
        return e;
    };
    json const trace = trace_of(
        {on(0, event(1000, EventKind::thread_switch, 0, 0x100)),
         on(1, event(2000, EventKind::thread_switch, 0, 0x200)),
         on(0, event(2500, EventKind::heap_alloc, 0x1000, 16)), on(0, event(2600, EventKind::packet_out, 60)),
         on(1, event(3000, EventKind::thread_switch, 0x200, 0))},
        6000);
    EXPECT_EQ(trace_problems(trace), std::vector<std::string>{});
    std::map<std::string, json> stretches;
    for (json const& one : of_phase(trace, "X")) stretches[one["name"]] = one;
    json const &idle = stretches["idle"], &worker = stretches["worker \"1\""];
    ASSERT_FALSE(idle.is_null() || worker.is_null()) << trace;
    EXPECT_DOUBLE_EQ(idle["ts"].get<double>(), 1.0);
    EXPECT_DOUBLE_EQ(idle["dur"].get<double>(), 5.0);
    EXPECT_DOUBLE_EQ(worker["ts"].get<double>(), 2.0);
    EXPECT_DOUBLE_EQ(worker["dur"].get<double>(), 1.0);
    ASSERT_EQ(of_phase(trace, "i").size(), 1u);
    EXPECT_EQ(of_phase(trace, "i")[0]["tid"], idle["tid"]) << "it is who allocated";
    ASSERT_EQ(of_phase(trace, "s").size(), 1u);
    EXPECT_EQ(of_phase(trace, "s")[0]["tid"], idle["tid"]) << "it is who sent";
}

// Lists of anything but objects are values as others are.
TEST(Csv, a_list_of_plain_values_hides_nothing) {
    EXPECT_EQ(csv_of(R"({"title":"x","numbers":[1,2]})"), "name,value\r\ntitle,x\r\nnumbers,\"[1,2]\"\r\n");
}

// What follows an empty list is another table.
TEST(Csv, an_empty_list_does_not_give_way_to_the_next) {
    std::ostringstream out;
    write_csv(R"({"from_ns":0,"tracks":[],"wakes":[{"at_ns":5,"from":"0x1"}]})", out, {"thread", "name"});
    EXPECT_EQ(out.str(), "thread,name\r\n");
}

// With no row a table has its header still.
TEST(Csv, an_empty_list_has_its_columns) {
    for (char const* empty : {"[]", "null", R"({"threads":[],"run_queue":[],"problem":""})"}) {
        std::ostringstream out;
        write_csv(empty, out, {"id", "name"});
        EXPECT_EQ(out.str(), "id,name\r\n") << empty;
    }
    auto const nothing = debug::Symbols::from_bytes({});
    EXPECT_EQ(columns_of("locks", nothing), std::vector<std::string>{"locks"});
}

}  // namespace
}  // namespace sim::exports
