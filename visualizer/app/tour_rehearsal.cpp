// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/tour_rehearsal.hpp"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>

#include "simulator/cli/interruption.hpp"
#include "simulator/machine/odometer.hpp"
#include "visualizer/app/screen.hpp"
#include "visualizer/app/shell.hpp"
#include "visualizer/model/tour_reader.hpp"
#include "visualizer/widgets/style.hpp"

namespace viz::app {

using model::TourAction;
using model::TourPlayer;
using sim::machine::Odometer;

namespace {

// Frames that nobody sees: Dear ImGui without a graphics card. With a screen, real ones.
class Frames {
public:
    Frames(RehearsalOptions const& options) {
        if (options.pictures.empty()) {
            ImGui::CreateContext();
            ImGuiIO& io = ImGui::GetIO();
            io.IniFilename = nullptr;
            io.DisplaySize = {static_cast<float>(options.width), static_cast<float>(options.height)};
            io.DeltaTime = 1.0f / 60;
            io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
        } else {
            std::string why;
            screen_ = Screen::open({"Vivarium", options.width, options.height, true}, why);
            if (!screen_) throw std::runtime_error(fmt::format("no pictures: {}", why));
        }
        widgets::set_style({options.theme, widgets::load_fonts(options.scale), options.scale});
        if (screen_)
            screen_->fonts_changed();
        else {
            unsigned char* pixels = nullptr;
            int width = 0, height = 0;
            ImGui::GetIO().Fonts->GetTexDataAsRGBA32(&pixels, &width, &height);
        }
    }
    ~Frames() {
        if (!screen_) ImGui::DestroyContext();
    }
    Frames(Frames const&) = delete;
    Frames& operator=(Frames const&) = delete;

    void frame(std::function<void()> const& draw) {
        if (screen_) return screen_->frame(draw);
        ImGui::NewFrame();
        draw();
        ImGui::Render();
    }
    void picture(std::string const& file) {
        if (!screen_) return;
        if (std::string const why = write_png(screen_->read(), file); !why.empty())
            throw std::runtime_error(why);
    }

private:
    std::unique_ptr<Screen> screen_;
};

class Rehearsing {
public:
    Rehearsing(Watch& watch, model::TourPtr tour, RehearsalOptions const& options)
        : session_(*watch.session),
          options_(options),
          frames_(options),
          door_(session_),
          shell_(std::make_unique<Shell>(door_)),
          tour_(std::move(tour)) {}

    RehearsalReport run() {
        report_.steps.resize(tour_->steps.size());
        for (std::size_t i = 0; i < tour_->steps.size(); ++i) {
            report_.steps[i].title = tour_->steps[i].title;
            look_for_bound_places(tour_->steps[i], report_.steps[i]);
        }
        shell_->window().theme = options_.theme;
        shell_->window().zoom = options_.scale;
        shell_->guide().presenter = true;
        shell_->guide().notes = false;
        frame();
        shell_->guide().play(tour_);
        player().rehearse(
            {[this](TourAction const& a, bool holds, std::string const& instead) {
                 expected(a, holds, instead);
             },
             [this](TourAction const& a, std::vector<unsigned> const& right) { revealed(a, right); }});
        while (go_on()) {
        }
        return std::move(report_);
    }

private:
    TourPlayer& player() { return *shell_->guide().player(); }
    RehearsedStep& step() { return report_.steps[std::min(player().step(), report_.steps.size() - 1)]; }
    void problem(unsigned line, std::string const& what) {
        step().problems.push_back(fmt::format("{}.tour:{}: {}", tour_->name, line, what));
    }
    void frame() {
        frames_.frame([&] { shell_->draw(session_.snapshot()); });
    }

    // To the next pause, and past it. False: that was the last one.
    bool go_on() {
        std::uint64_t const before = Odometer::executed();
        // Until the tour waits; a tour that never does is cut off.
        for (unsigned guard = 0; player().state() == TourPlayer::State::working; ++guard) {
            session_.advance();
            shell_->desk().update(session_.snapshot());
            if (sim::cli::Interruption::requested()) return report_.cancelled = true, false;
            if (guard > 1'000'000) throw std::runtime_error("the tour does not come to a pause");
        }
        RehearsedStep& here = step();
        if (player().state() == TourPlayer::State::over) return false;
        std::uint64_t const executed = Odometer::executed() - before;
        here.executed = std::max(here.executed, executed);
        if (executed > options_.budget)
            problem(tour_->steps[player().step()].line,
                    fmt::format(
                        "slow: {} instructions until it waits, and the budget is {}; go a shorter way, or "
                        "ask less",
                        executed, options_.budget));
        look();
        ++here.pauses;
        switch (player().state()) {
            case TourPlayer::State::asking:
                player().show_answer();
                break;
            case TourPlayer::State::stuck:
                here.problems.push_back(player().trouble());
                player().next();
                break;
            default:
                player().next();
        }
        return player().state() != TourPlayer::State::over;
    }

    // As it would be seen: frames until the views have what they ask for.
    void look() {
        for (int settled = 0, tries = 0; settled < 3 && tries < 30; ++tries) {
            frame();
            auto const snapshot = session_.snapshot();
            if (snapshot->request && *snapshot->request == door_.last())
                ++settled;
            else
                session_.advance();
        }
        TourFit const& fit = shell_->tour_fit();
        unsigned const line = tour_->steps[player().step()].line;
        if (!fit.fits())
            problem(line, fmt::format(
                              "the text is cut off at {}x{}: it is {:.0f} pixels high, and there are {:.0f}; "
                              "say less, or make two steps of it",
                              options_.width, options_.height, fit.needed, fit.available));
        if (fit.smallest_text > 0 && fit.smallest_text < options_.least_text)
            problem(line, fmt::format("text of {:.0f} pixels, and the last row reads none below {:.0f}{}",
                                      fit.smallest_text, options_.least_text,
                                      widgets::fonts().missing.empty()
                                          ? ""
                                          : "; fonts are missing: " + widgets::fonts().missing));
        if (!options_.pictures.empty())
            frames_.picture(
                fmt::format("{}/{:02}-{}.png", options_.pictures, player().step() + 1, step().pauses + 1));
    }

    void expected(TourAction const& action, bool holds, std::string const& instead) {
        auto const& check = std::get<model::TourExpect>(action.what).check;
        ++report_.expectations;
        ++step().expectations;
        if (!holds) problem(action.line, fmt::format("expected {}; but {}", to_string(check), instead));
    }
    void revealed(TourAction const& action, std::vector<unsigned> const& right) {
        ++report_.predictions;
        if (right.size() == 1) return;
        std::string which;
        for (unsigned const r : right) which += fmt::format("{}{}", which.empty() ? "" : ", ", r);
        problem(action.line, right.empty() ? "no choice is right when the answer is shown"
                                           : fmt::format("several choices are right: {}", which));
    }

    void look_for_bound_places(model::TourStep const& s, RehearsedStep& into) {
        for (TourAction const& a : s.actions) {
            std::string place;
            if (auto const* d = std::get_if<model::TourDo>(&a.what)) {
                std::string const line = model::table_line(d->line);
                if (line.starts_with("go.place ") || line.starts_with("go.moment ") ||
                    line.starts_with("run.until "))
                    place = line.substr(line.find(' ') + 1);
            }
            if (auto const* r = std::get_if<model::TourRunUntil>(&a.what); r && !r->stop) place = r->text;
            if (!place.empty() && model::bound_to_build(place))
                into.problems.push_back(
                    fmt::format("{}.tour:{}: \"{}\" is another place in the next build; name an event: "
                                "segment:SYN, fault:1, "
                                "probe:lock_wait:1",
                                tour_->name, a.line, place));
        }
    }

    sim::debug::WatchedMachine& session_;
    RehearsalOptions const& options_;
    Frames frames_;
    SessionDoor door_;
    std::unique_ptr<Shell> shell_;
    model::TourPtr tour_;
    RehearsalReport report_;
};

}  // namespace

bool RehearsalReport::passed() const { return problems() == 0 && !cancelled; }

std::size_t RehearsalReport::problems() const {
    std::size_t count = 0;
    for (auto const& s : steps) count += s.problems.size();
    return count;
}

RehearsalReport rehearse(Watch& watch, model::TourPtr tour, RehearsalOptions const& options) {
    return Rehearsing(watch, std::move(tour), options).run();
}

}  // namespace viz::app
