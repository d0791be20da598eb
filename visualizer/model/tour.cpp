// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/tour.hpp"

#include <fmt/format.h>

#include "simulator/debug/words.hpp"

namespace viz::model {

namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

// One keyword and its text, the rest of a long one on lines that begin with blanks.
std::string folded(std::string_view keyword, std::string_view text) {
    constexpr std::size_t width = 96;
    std::string out(keyword);
    std::size_t column = out.size();
    while (!text.empty()) {
        std::string_view const word = sim::debug::take_word(text);
        if (word.empty()) break;
        if (column + 1 + word.size() > width) {
            out += "\n   ";
            column = 3;
        }
        out += ' ';
        out += word;
        column += 1 + word.size();
    }
    return out + "\n";
}

}  // namespace

std::string to_string(TourCheck const& check) {
    switch (check.kind) {
        case TourCheck::Kind::expression:
            return check.text;
        case TourCheck::Kind::shows:
            return fmt::format("{} shows {}", check.view, check.text);
        case TourCheck::Kind::hides:
            return fmt::format("{} hides {}", check.view, check.text);
        case TourCheck::Kind::at:
            return "at " + check.text;
    }
    return {};
}

std::string action_text(TourAction const& action) {
    return std::visit(Overloaded{
                          [](TourSay const& a) { return folded("say", a.text); },
                          [](TourNote const& a) { return folded("note", a.text); },
                          [](TourDo const& a) { return a.line + "\n"; },
                          [](TourRunUntil const& a) { return fmt::format("run until {}\n", a.text); },
                          [](TourRunFor const& a) { return fmt::format("run for {}\n", a.instructions); },
                          [](TourPredict const& a) {
                              std::string out = folded("predict", a.question);
                              for (TourChoice const& c : a.choices)
                                  out += fmt::format("choice {} => {}\n", to_string(c.right_if), c.text);
                              return out;
                          },
                          [](TourReveal const& a) { return folded("reveal", a.text); },
                          [](TourWait const& a) {
                              return fmt::format("wait {}{}{}\n", a.line, a.text.empty() ? "" : " => ",
                                                 a.text);
                          },
                          [](TourTry const& a) { return fmt::format("try {} => {}\n", a.name, a.text); },
                          [](TourTryEnd const&) { return std::string("end try\n"); },
                          [](TourExpect const& a) { return fmt::format("expect {}\n", to_string(a.check)); },
                      },
                      action.what);
}

std::string head_text(Tour const& tour) {
    std::string out = fmt::format("tour {}\ntitle {}\n", tour.name, tour.title);
    if (!tour.about.empty()) out += folded("about", tour.about);
    if (tour.minutes) out += fmt::format("minutes {}\n", tour.minutes);
    TourMachine const& m = tour.machine;
    TourMachine const usual;
    out += fmt::format("machine {}{}{}\n", m.application, m.append.empty() ? "" : " ", m.append);
    if (m.memory_mib != usual.memory_mib) out += fmt::format("memory {}\n", m.memory_mib);
    if (m.seed != usual.seed) out += fmt::format("seed {}\n", m.seed);
    for (auto const& p : m.peer)
        out += fmt::format("peer {}{}{}\n", p.application, p.append.empty() ? "" : " ", p.append);
    if (!m.link.empty()) out += fmt::format("link {}\n", m.link);
    for (std::string const& fault : m.faults) out += fmt::format("fault {}\n", fault);
    if (m.until_ns != usual.until_ns) out += fmt::format("until {}ns\n", m.until_ns);
    return out;
}

std::string to_text(Tour const& tour) {
    std::string out = head_text(tour);
    for (TourStep const& step : tour.steps) {
        out += fmt::format("\nstep {}\n", step.title);
        for (TourAction const& action : step.actions) out += action_text(action);
    }
    return out;
}

}  // namespace viz::model
