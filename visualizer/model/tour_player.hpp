// SPDX-License-Identifier: GPL-2.0-or-later
//
// Goes through a tour, step by step, at a Desk. It does what a step says, then
// waits: for an answer, for the learner's own action, for "next". Who wanders off
// is brought back to where the step stood. Nothing here draws: tour_page.hpp says
// what there is to read.
//
// Works over several pictures of the machine: update() goes on as soon as what was
// asked of it has been done.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "visualizer/model/desk.hpp"
#include "visualizer/model/tour.hpp"

namespace viz::model {

class TourPlayer {
public:
    enum class State : std::uint8_t {
        working,   // the machine is on its way
        asking,    // a prediction: answer()
        waiting,   // the learner shall do something, or next()
        offering,  // another future: next() begins it
        ready,     // all of the step is said; next() goes on
        over,      // behind the last step
        stuck,     // something could not be done: trouble()
    };

    // Both must outlive it.
    TourPlayer(TourPtr, Desk&, Door&);

    // From the first step; with another one all before it are gone through, unanswered.
    void begin(std::size_t step = 0);
    // After each new picture of the machine.
    void update();

    // What a learner does. False: not now, `trouble` of the desk says why.
    void next();
    void previous();
    void answer(unsigned choice);  // from 1
    void show_answer();            // without one: for who presents
    void come_back();              // from a detour
    // Before the desk carries it out.
    void heard(Request const&);

    Tour const& tour() const { return *tour_; }
    TourPtr const& shared() const { return tour_; }
    State state() const { return state_; }
    std::size_t step() const { return step_; }
    std::size_t action() const { return action_; }  // the first that is not done
    std::optional<unsigned> chosen() const { return chosen_; }
    std::optional<unsigned> right() const { return right_; }  // of the last prediction, once revealed
    std::string const& trouble() const { return trouble_; }
    // Elsewhere than the step stands: come_back() leads there.
    bool strayed() const;
    // The desk performs its commands, not a person's.
    bool performing() const { return performing_; }
    bool waits_for_text() const { return wants_text_; }
    // What it asked the machine last, for itself.
    std::string const& last_question() const { return last_question_; }
    // Predictions: how many were answered, and how many of them right.
    unsigned answered() const { return answered_; }
    unsigned answered_rightly() const { return rightly_; }

    // For a rehearsal: expectations are looked at, too. Empty: a learner's tour.
    struct Rehearsal {
        std::function<void(TourAction const&, bool holds, std::string const& instead)> expected;
        // Of each prediction which choices are right.
        std::function<void(TourAction const&, std::vector<unsigned> const& right)> revealed;
    };
    void rehearse(Rehearsal rehearsal) { rehearsal_ = std::move(rehearsal); }

private:
    // Where a person stands, and what stands in front of them.
    struct Stand {
        sim::machine::Moment moment;
        sim::debug::BranchNumber branch = sim::debug::original;
        ViewState state;
        Perspective perspective = Perspective::overview;
        Layout layout;
        bool one_view = false;
    };
    Stand here() const;
    void put_back(Stand const&);
    bool settled() const;
    void work();
    bool act(TourAction const&);  // false: to be called again
    bool perform(std::string const& line);
    bool has_all_texts();
    bool run_until(TourRunUntil const&);
    bool end_try();
    // None: the picture that tells is still to come.
    std::optional<bool> holds(TourCheck const&);
    bool reveal();
    void pause(State);
    void enter(std::size_t step, Stand begin);
    void leave(Stand const& to);
    void get_stuck(std::string why);
    bool did_its_part();

    TourPtr tour_;
    Desk& desk_;
    Door& door_;
    State state_ = State::over;
    std::size_t step_ = 0, action_ = 0;
    std::size_t skip_until_ = 0;  // steps that are gone through without a pause
    unsigned part_ = 0;           // of an action that takes several pictures
    bool performing_ = false, wants_text_ = false, done_by_learner_ = false;
    std::optional<unsigned> chosen_, right_;
    std::vector<unsigned> right_ones_;
    std::string trouble_, instead_, last_question_;
    Stand stand_;                // of this pause
    std::vector<Stand> begins_;  // of each step that was entered
    std::optional<Stand> before_try_;
    sim::debug::BranchNumber try_branch_ = sim::debug::original;
    unsigned answered_ = 0, rightly_ = 0;
    Rehearsal rehearsal_;
};

}  // namespace viz::model
