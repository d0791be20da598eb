// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/bench_kernel.hpp"

#include <cstdlib>
#include <filesystem>

#include "simulator/bench/cost_table.hpp"
#include "simulator/bench/costs.hpp"
#include "simulator/cli/bench_command.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/json_line.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/progress.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/recording/images.hpp"

namespace sim::cli {
namespace {

using nlohmann::json;

struct Measured {
    bool with_checks = false;
    std::vector<bench::Cost> costs;
};

// "at most 65536 bytes", "at least 3 requests".
std::string bound_of(bench::Figure const& figure) {
    return figure.most ? fmt::format("at most {:.0f} {}", *figure.most, figure.unit)
                       : fmt::format("at least {:.0f} {}", figure.least.value_or(0), figure.unit);
}

// False: interrupted.
bool measure(Measured& into, Progress& progress) {
    auto const image = [](char const* name) { return recording::image_of(name); };
    double part = 0;
    auto const next = [&](char const* what) {
        progress.show(what, part);
        part += 0.2;
        return !Interruption::requested();
    };
    if (!next("threads, locks, memory, packets")) return false;
    auto marked = bench::count_marked(image("costs"));
    into.with_checks = marked.with_checks;
    into.costs = std::move(marked.costs);
    if (!next("boot")) return false;
    for (auto& stage : bench::count_boot(image("hello"))) into.costs.push_back(std::move(stage));
    into.costs.push_back(bench::count_to_ready(image("hello"), "", "boot_hello", "boot: `hello`, to ready"));
    if (!next("boot of the server")) return false;
    into.costs.push_back(bench::count_to_ready(image("http"), "ip=10.0.2.15/24", "boot_http",
                                               "boot: `http` with an address of its own, to ready"));
    if (!next("requests")) return false;
    into.costs.push_back(bench::count_request(image("http"), "/bytes/100", "http_bytes",
                                              "HTTP: a request for 100 bytes on a connection that stays"));
    into.costs.push_back(
        bench::count_request(image("http"), "/", "http_page", "HTTP: the same for the page"));
    if (!next("sizes")) return false;
    into.costs.push_back(bench::stripped_size(image("hello"), "size_hello"));
    into.costs.push_back(bench::stripped_size(image("http"), "size_http"));
    return true;
}

json to_json(bench::Cost const& cost) {
    return {{"id", cost.id},       {"what", cost.what}, {"unit", cost.unit},      {"usual", cost.usual},
            {"least", cost.least}, {"most", cost.most}, {"samples", cost.samples}};
}

void print(bench::Cost const& cost) {
    fmt::print("{:>9}  {:>9}  {:<12}  {}\n", cost.usual, cost.most, cost.unit, cost.what);
}

}  // namespace

int bench_kernel(BenchWords const& words) {
    if (words.quick) throw std::runtime_error("--quick belongs to: viv bench sim");
    char const* const root = std::getenv("VIV_ROOT");
    std::filesystem::path const page =
        words.costs.empty() ? std::filesystem::path(root ? root : ".") / "docs/reference/costs.md"
                            : std::filesystem::path(words.costs);
    auto const figures = bench::read_figures(figures_file(words));
    bench::CostTable table = bench::read_costs(page);
    Interruption const interruption;
    Measured measured;
    bool whole = false;
    {
        Progress progress;
        whole = measure(measured, progress);
    }
    if (!whole) {
        say("interrupted");
        return status_interrupted;
    }
    std::vector<bench::Measurement> values;
    for (auto const& cost : measured.costs)
        values.push_back({"kernel." + cost.id, cost.what, cost.unit, static_cast<double>(cost.usual),
                          static_cast<double>(cost.least), static_cast<double>(cost.most), ""});
    auto const judged = bench::judge(figures, words.name, values);
    std::vector<std::string> missed;
    for (auto const& one : judged)
        if (!one.reached)
            missed.push_back(fmt::format("{}: {}, wanted {}", one.figure.what,
                                         one.measured ? fmt::format("{:.0f}", one.measured->value) : "none",
                                         bound_of(one.figure)));
    std::vector<std::string> changed;
    for (auto const& change : bench::changes(table.of(measured.with_checks), measured.costs))
        changed.push_back(bench::describe(change));

    if (words.json) {
        json line = {{"bench", words.name},
                     {"build", measured.with_checks ? "development" : "release"},
                     {"costs", json::array()},
                     {"missed", missed},
                     {"changed", changed}};
        for (auto const& cost : measured.costs) line["costs"].push_back(to_json(cost));
        print_line(line);
    } else {
        fmt::print("{:>9}  {:>9}\n", "usual", "most");
        for (auto const& cost : measured.costs) print(cost);
        for (auto const& one : judged)
            fmt::print("{}  {}: {}{}\n", one.reached ? "reached" : "MISSED ", one.figure.what,
                       bound_of(one.figure),
                       one.figure.goal ? fmt::format(", wanted {:.0f}", *one.figure.goal) : "");
    }
    if (words.write) {
        table.of(measured.with_checks) = measured.costs;
        bench::write_costs(page, table);
        say("{}: the {} build's part is new", page.string(),
            measured.with_checks ? "development" : "release");
        return missed.empty() || !words.check ? status_right : status_differs;
    }
    if (!words.check) return status_right;
    for (auto const& line : missed) say_error("missed: {}", line);
    for (auto const& line : changed) say_error("{}", line);
    if (!changed.empty())
        say_error("{} is no longer true; if the change is meant: ./viv bench kernel --write", page.string());
    return missed.empty() && changed.empty() ? status_right : status_differs;
}

}  // namespace sim::cli
