// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/bench_net.hpp"

#include <cstdlib>
#include <filesystem>

#include "simulator/bench/net.hpp"
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

// A folder that goes with this object.
class Scratch {
public:
    Scratch() {
        std::string name = (std::filesystem::temp_directory_path() / "viv-bench-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder can be made");
        path_ = name;
    }
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Scratch(Scratch const&) = delete;
    Scratch& operator=(Scratch const&) = delete;
    std::filesystem::path const& path() const { return path_; }

private:
    std::filesystem::path path_;
};

std::string least_or_most(bench::Figure const& figure) {
    return figure.most ? fmt::format("at most {:.2f}", *figure.most)
                       : fmt::format("at least {:.2f}", figure.least.value_or(0));
}

json spread_of(bench::Measurement const& one) {
    return {{"median", one.value}, {"low", one.low}, {"high", one.high}};
}

// The images that one would ship, where they are built; else those of this program's preset.
struct Images {
    std::filesystem::path folder = recording::images_folder();
    std::string preset() const { return folder.parent_path().filename().string(); }
    std::filesystem::path operator()(std::string const& application) const {
        return folder / (application + ".elf");
    }
};

Images images_to_measure() {
    for (char const* name : {"http", "bulk", "hello"}) (void)recording::image_of(name);  // or it says why
    Images own, release;
    release.folder = own.folder.parent_path().parent_path() / "release/images";
    for (char const* name : {"http", "bulk", "hello"})
        if (!exists(release(name))) return own;
    return release;
}

void print(bench::NetResult const& result) {
    fmt::print("{:<52} {:>12} {:>12} {:>8}   spread\n", "", "Vivarium", "Linux", "ratio");
    for (auto const& line : result.lines) {
        std::string const what = line.ours.unit == "instructions" || line.ours.unit == "a second"
                                     ? line.ratio.what
                                     : line.ratio.what + ", " + line.ours.unit;
        int const digits = line.ours.unit == "ms" || line.ours.unit == "us" ? 1 : 0;
        fmt::print("{:<52} {:>12.{}f} {:>12.{}f} {:>8.{}f}   {:.2f} to {:.2f}\n", what, line.ours.value,
                   digits, line.theirs.value, digits, line.ratio.value, line.ratio.value < 0.1 ? 4 : 2,
                   line.ratio.low, line.ratio.high);
    }
}

}  // namespace

int bench_net(BenchWords const& words) {
    if (words.write || !words.costs.empty())
        throw std::runtime_error("--write and --costs belong to: viv bench kernel");
    auto const figures = bench::read_figures(figures_file(words));
    Scratch const scratch;
    bench::NetOptions options;
    Images const images = images_to_measure();
    options.http_image = images("http");
    options.bulk_image = images("bulk");
    options.hello_image = images("hello");
    options.folder = scratch.path();
    options.repeats = words.quick ? 1 : words.repeats;
    if (words.quick) options.seconds = 1;
    Interruption const interruption;
    bench::NetResult result;
    {
        Progress progress;
        double const steps = 1 + 3 * options.repeats;
        double step = 0;
        result = bench::measure_net(options, [&](std::string const& what) {
            progress.show(what, step++ / steps);
            return !Interruption::requested();
        });
    }
    if (Interruption::requested()) {
        say("interrupted");
        return status_interrupted;
    }
    std::vector<bench::Measurement> ratios;
    for (auto const& line : result.lines) ratios.push_back(line.ratio);
    auto const judged = bench::judge(figures, words.name, ratios);
    std::vector<std::string> missed;
    for (auto const& one : judged)
        if (!one.reached)
            missed.push_back(
                fmt::format("{}: {}, wanted {}", one.figure.what,
                            one.measured ? fmt::format("{:.3f}", one.measured->value) : "not measured",
                            least_or_most(one.figure)));
    if (words.json) {
        json line = {{"bench", words.name},         {"quick", words.quick},
                     {"linux", result.version},     {"images", images.preset()},
                     {"failures", result.failures}, {"measured", json::array()},
                     {"figures", json::array()},    {"missed", missed},
                     {"commands", result.commands}};
        for (auto const& one : result.lines)
            line["measured"].push_back({{"id", one.ratio.id},
                                        {"what", one.ratio.what},
                                        {"unit", one.ours.unit},
                                        {"ratio", spread_of(one.ratio)},
                                        {"ours", spread_of(one.ours)},
                                        {"linux", spread_of(one.theirs)}});
        for (auto const& one : judged)
            line["figures"].push_back(
                {{"id", one.figure.id}, {"wanted", least_or_most(one.figure)}, {"reached", one.reached}});
        print_line(line);
    } else {
        print(result);
        fmt::print("\n");
        for (auto const& one : judged)
            fmt::print("{}  {}: {}\n", one.reached ? "reached" : "MISSED ", one.figure.what,
                       least_or_most(one.figure));
        for (auto const& failure : result.failures)
            fmt::print("\nThe Linux guest was started again: {}\n", failure);
        fmt::print("\nVivarium's {} images; Linux {}. The guests, in turns:\n", images.preset(),
                   result.version);
        for (auto const& command : result.commands) fmt::print("{}\n", command);
    }
    if (!words.check) return status_right;
    for (auto const& line : missed) say_error("missed: {}", line);
    return missed.empty() ? status_right : status_differs;
}

}  // namespace sim::cli
