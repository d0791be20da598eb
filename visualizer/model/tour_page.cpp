// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/tour_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/words.hpp"
#include "visualizer/model/tour_reader.hpp"

namespace viz::model {

using Role = TourLine::Role;
using Mark = TourLine::Mark;
using State = TourPlayer::State;

std::string instruction(TourWait const& wait) {
    std::string const line = table_line(wait.line);
    std::string_view rest = line;
    std::string_view const name = sim::debug::take_word(rest);
    for (CommandInfo const& c : all_commands()) {
        if (c.name != name) continue;
        std::string_view const key = c.keys.substr(0, c.keys.find(' '));
        std::string text = wait.text;
        if (text.empty()) text = rest.empty() ? std::string(c.title) : fmt::format("{}: {}", c.title, rest);
        return key.empty() ? text : fmt::format("{} (key {})", text, key);
    }
    return wait.text;
}

namespace {

Mark mark_of(unsigned number, TourPlayer const& player) {
    bool const chosen = player.chosen() == number;
    if (!player.right()) return chosen ? Mark::chosen : Mark::none;
    if (player.right() == number) return Mark::right;
    return chosen ? Mark::wrong : Mark::none;
}

}  // namespace

TourPage page_of(TourPlayer const& player, bool notes) {
    TourPage page;
    auto const add = [&](Role role, std::string text, unsigned number = 0, Mark mark = Mark::none) {
        page.lines.push_back({role, std::move(text), number, mark});
    };
    Tour const& tour = player.tour();
    State const state = player.state();
    page.strayed = player.strayed();
    if (state == State::over) {
        add(Role::title, "The end of the tour");
        add(Role::say, tour.title);
        if (player.answered())
            add(Role::say, fmt::format("{} of {} predictions were right.", player.answered_rightly(),
                                       player.answered()));
        return page;
    }
    TourStep const& step = tour.steps[player.step()];
    add(Role::title, fmt::format("{} of {}   {}", player.step() + 1, tour.steps.size(), step.title));
    for (std::size_t i = 0; i < player.action() && i < step.actions.size(); ++i) {
        auto const& what = step.actions[i].what;
        if (auto const* a = std::get_if<TourSay>(&what)) add(Role::say, a->text);
        if (auto const* a = std::get_if<TourNote>(&what); a && notes) add(Role::note, a->text);
        if (auto const* a = std::get_if<TourPredict>(&what)) {
            add(Role::question, a->question);
            for (unsigned k = 0; k < a->choices.size(); ++k)
                add(Role::choice, a->choices[k].text, k + 1, mark_of(k + 1, player));
        }
        if (auto const* a = std::get_if<TourReveal>(&what)) {
            // What led to the question has been read; of its choices two still count.
            std::erase_if(page.lines, [&](TourLine const& l) {
                return l.role == Role::say || l.role == Role::reveal || l.role == Role::verdict ||
                       (l.role == Role::choice && l.mark == Mark::none);
            });
            if (player.chosen() && player.right())
                add(Role::verdict, player.chosen() == player.right() ? "Right." : "Not so.");
            add(Role::reveal, a->text);
        }
    }
    switch (state) {
        case State::working:
            add(Role::task, "The machine is on its way ...");
            break;
        case State::asking:
            add(Role::task, "Your answer? Press its number.");
            break;
        case State::waiting:
            add(Role::task,
                "Your turn: " + instruction(std::get<TourWait>(step.actions[player.action()].what)));
            page.next = "Do it for me";
            break;
        case State::offering:
            add(Role::task, std::get<TourTry>(step.actions[player.action()].what).text);
            page.next = "Try it";
            break;
        case State::ready:
            page.next = player.step() + 1 < tour.steps.size() ? "Next" : "Finish";
            break;
        case State::stuck:
            add(Role::trouble, player.trouble());
            page.next = "Next";
            break;
        case State::over:
            break;
    }
    return page;
}

}  // namespace viz::model
