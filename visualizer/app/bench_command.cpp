// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv bench ui`: what a frame costs this program's own thread while the HTTP server
// answers. The graphics card's part is not in it.
#include <fmt/format.h>
#include <imgui.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "simulator/bench/figures.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/links/self_request.hpp"
#include "visualizer/app/commands.hpp"
#include "visualizer/app/watch.hpp"
#include "visualizer/widgets/style.hpp"

namespace viz::app {

using namespace sim::cli;

namespace {

double processor_ms() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// The shell without a screen, which is all but the graphics card.
class Blind {
public:
    Blind(model::Door& door, float width, float height) {
        ImGui::CreateContext();
        ImGuiIO& io = ImGui::GetIO();
        io.IniFilename = nullptr;
        io.DisplaySize = {width, height};
        io.DeltaTime = 1.0f / 60;
        io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
        widgets::set_style({&model::dark_theme(), widgets::load_fonts(1), 1});
        unsigned char* pixels = nullptr;
        int w = 0, h = 0;
        io.Fonts->GetTexDataAsRGBA32(&pixels, &w, &h);
        shell = std::make_unique<Shell>(door);
    }
    ~Blind() {
        shell.reset();
        ImGui::DestroyContext();
    }
    double frame(std::shared_ptr<sim::debug::Snapshot const> snapshot) {
        double const before = processor_ms();
        ImGui::NewFrame();
        shell->draw(std::move(snapshot));
        ImGui::Render();
        return processor_ms() - before;
    }
    std::unique_ptr<Shell> shell;
};

constexpr std::string_view every = "every view";

// Of so many, sorted.
double share_of(std::vector<double> const& sorted, double share) {
    return sorted[std::min(sorted.size() - 1,
                           static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

}  // namespace

int bench_ui(UiBenchWords const& words) {
    if (words.name != "ui") throw std::runtime_error("this program measures: viv bench ui");
    RunWords run;
    run.application = "http";
    run.memory = "256M";
    run.forwards = {"0:80"};
    Watch watch = watch_live(check(run), "http, live");
    Interruption const interruption;
    SessionDoor door(*watch.session);
    Blind blind(door, 2560, 1440);
    watch.session->post(sim::debug::Run{});
    watch.session->start([] {});
    constexpr unsigned for_ever = 100'000'000;
    sim::links::SelfRequest visitor(static_cast<std::uint16_t>(watch.live->forwards().at(0).host_port),
                                    for_ever);
    auto rest = [] { std::this_thread::sleep_for(std::chrono::milliseconds(4)); };
    constexpr unsigned warm = 20;
    while (visitor.answered() < warm && !visitor.done() && !Interruption::requested())
        blind.frame(watch.session->snapshot()), rest();

    // The figure is of every view at once; the others tell where it comes from.
    std::vector<double> together;
    nlohmann::ordered_json views = nlohmann::ordered_json::array();
    std::string table;
    auto measure = [&](std::string_view kind, std::string_view name, unsigned frames) {
        for (unsigned i = 0; i < 3; ++i) blind.frame(watch.session->snapshot()), rest();  // its data arrive
        std::vector<double> times;
        for (unsigned i = 0; i < frames && !Interruption::requested(); ++i)
            times.push_back(blind.frame(watch.session->snapshot())), rest();
        if (times.empty()) return;
        if (kind == every) together = times;
        std::ranges::sort(times);
        double const median = share_of(times, 0.5), most = times.back();
        table += fmt::format("  {:<12} {:<14} {:>7.2f} {:>7.2f}\n", kind, name, median, most);
        views.push_back({{"kind", kind}, {"name", name}, {"median_ms", median}, {"most_ms", most}});
    };
    for (auto const& p : model::all_perspectives())
        blind.shell->show(p.id), measure("perspective", p.name, words.frames);
    for (auto const& v : model::all_views())
        blind.shell->show_alone(v.id), measure("view", v.name, words.frames);
    blind.shell->show(model::Perspective::overview);
    blind.shell->layout() = model::layout_of_all();
    constexpr unsigned often = 10;  // a hundredth of them is to be more than one
    measure(every, "at once", words.frames * often);
    unsigned const answered = visitor.answered();
    visitor.stop();
    watch.session->stop();
    if (Interruption::requested() || together.empty()) return status_interrupted;
    if (!visitor.problem().empty() && answered < warm) throw std::runtime_error(visitor.problem());

    std::ranges::sort(together);
    double const p99 = share_of(together, 0.99);
    char const* const root = std::getenv("VIV_ROOT");
    auto const figures =
        sim::bench::read_figures(std::filesystem::path(root ? root : ".") / "tests/bench/figures.json");
    auto const judged = sim::bench::judge(
        figures, "ui", {sim::bench::summary("ui.frame_p99", "", "ms", {p99}, "viv bench ui")});
    std::vector<std::string> missed;
    for (auto const& one : judged)
        if (!one.reached) missed.push_back(fmt::format("{}: {:.2f} ms", one.figure.what, p99));
    if (words.json)
        fmt::print("{}\n", nlohmann::ordered_json{{"bench", "ui"},
                                                  {"frames", together.size()},
                                                  {"median_ms", share_of(together, 0.5)},
                                                  {"p99_ms", p99},
                                                  {"most_ms", together.back()},
                                                  {"requests_meanwhile", answered},
                                                  {"views", views},
                                                  {"missed", missed}}
                               .dump());
    else
        fmt::print(
            "processor time of a frame in ms, 256 MiB guest, {} requests meanwhile\n"
            "  {:<27} {:>7} {:>7}\n{}  every view at once, {} frames: median {:.2f}, 99 % below {:.2f}, most {:.2f}\n{}",
            answered, "", "median", "most", table, together.size(), share_of(together, 0.5), p99, together.back(),
            missed.empty() ? "reached\n" : "missed: " + missed[0] + "\n");
    return words.check && !missed.empty() ? status_differs : status_right;
}

}  // namespace viz::app
