// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/tour_player.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "simulator/debug/stop_text.hpp"
#include "visualizer/model/command_line.hpp"
#include "visualizer/model/same_request.hpp"
#include "visualizer/model/tour_reader.hpp"
#include "visualizer/model/twin.hpp"

namespace viz::model {

namespace debug = sim::debug;
using debug::RunState;

namespace {

// Columns are wide or narrow by what else stands in them.
std::string squeezed(std::string_view text) {
    std::string out;
    for (char const c : text)
        if (c != ' ' || out.empty() || (out.back() != ' ' && out.back() != '\n')) out += c;
    return out;
}

// "print EXPRESSION" as it was answered.
bool true_answer(debug::QuestionAnswer const& answer) {
    auto const json = nlohmann::json::parse(answer.json, nullptr, false);
    auto const number = json.is_object() ? json.find("number") : json.end();
    return json.is_object() && number != json.end() && number->is_number() && *number != 0;
}

}  // namespace

TourPlayer::TourPlayer(TourPtr tour, Desk& desk, Door& door)
    : tour_(std::move(tour)), desk_(desk), door_(door) {}

TourPlayer::Stand TourPlayer::here() const {
    auto const& now = desk_.model().now();
    return {now.moment, now.branch, desk_.state(), desk_.perspective(), desk_.layout(), desk_.one_view()};
}

void TourPlayer::put_back(Stand const& stand) {
    auto const& now = desk_.model().now();
    desk_.show(stand.perspective);
    if (stand.one_view)
        desk_.show_alone(stand.layout.nodes.at(0).tabs.at(0));
    else if (stand.layout.nodes.size() == desk_.layout().nodes.size())
        desk_.layout() = stand.layout;
    desk_.state() = stand.state;
    desk_.state().revealed = stand.state.selected;
    if (desk_.model().running()) door_.post(debug::Pause{});
    if (now.branch != stand.branch) door_.post(debug::SwitchBranch{stand.branch});
    if (now.branch != stand.branch || now.moment != stand.moment || desk_.model().running())
        door_.post(debug::SeekTo{stand.moment});
}

bool TourPlayer::strayed() const {
    if (state_ == State::working || state_ == State::over) return false;
    auto const& now = desk_.model().now();
    return now.moment != stand_.moment || now.branch != stand_.branch ||
           desk_.perspective() != stand_.perspective || desk_.one_view() != stand_.one_view ||
           desk_.state().selected != stand_.state.selected;
}

// What was posted has been done, and nothing is under way.
bool TourPlayer::settled() const {
    auto const& now = desk_.model().now();
    return now.last_command.number >= door_.last_posted() && now.state != RunState::running &&
           now.state != RunState::seeking;
}

void TourPlayer::get_stuck(std::string why) {
    trouble_ =
        fmt::format("{}.tour:{}: {}", tour_->name,
                    action_ < tour_->steps[step_].actions.size() ? tour_->steps[step_].actions[action_].line
                                                                 : tour_->steps[step_].line,
                    why);
    stand_ = here();
    state_ = State::stuck;
}

void TourPlayer::pause(State state) {
    if (skip_until_ > step_ && state != State::ready) return;
    stand_ = here();
    state_ = state;
}

void TourPlayer::enter(std::size_t step, Stand begin) {
    step_ = step;
    action_ = 0;
    part_ = 0;
    chosen_.reset();
    right_.reset();
    right_ones_.clear();
    trouble_.clear();
    done_by_learner_ = false;
    begins_.resize(std::min(begins_.size(), step));
    begins_.push_back(std::move(begin));
    state_ = State::working;
}

void TourPlayer::begin(std::size_t step) {
    begins_.clear();
    answered_ = rightly_ = 0;
    skip_until_ = std::min(step, tour_->steps.size() - 1);
    enter(0, here());
    work();
}

void TourPlayer::update() {
    if (state_ != State::working) return;
    desk_.take_notices();  // of what a tour does the tour speaks
    work();
}

void TourPlayer::work() {
    // Nothing a step does takes more than a few pictures; a tour cannot hold the window.
    for (unsigned guard = 0; guard < 4096 && state_ == State::working; ++guard) {
        if (!settled()) return;
        auto const& actions = tour_->steps[step_].actions;
        if (action_ < actions.size()) {
            if (!did_its_part()) return;
            if (state_ != State::working) return;
            if (!act(actions[action_])) {
                if (state_ != State::working || !settled() || wants_text_) return;
                continue;
            }
            ++action_;
            part_ = 0;
            continue;
        }
        if (skip_until_ > step_) {
            enter(step_ + 1, here());
            continue;
        }
        pause(State::ready);
    }
}

// Of the command before: it was not refused.
bool TourPlayer::did_its_part() {
    auto const& outcome = desk_.model().now().last_command;
    if (part_ == 0 || outcome.done || outcome.number < door_.last_posted()) return true;
    get_stuck(outcome.text);
    return false;
}

bool TourPlayer::act(TourAction const& action) {
    if (auto const* a = std::get_if<TourDo>(&action.what)) {
        // Threads are known by name only where somebody asked for them.
        if (part_ == 0 && table_line(a->line).starts_with("select ") && !has_all_texts()) return false;
        return part_++ > 0 || !perform(a->line);
    }
    if (auto const* a = std::get_if<TourRunUntil>(&action.what)) return run_until(*a);
    if (auto const* a = std::get_if<TourRunFor>(&action.what)) {
        if (part_++ > 0) return true;
        auto const now = desk_.model().now().moment;
        door_.post(debug::RunUntil{{now.retired + a->instructions, 0}});
        return false;
    }
    if (std::holds_alternative<TourPredict>(action.what)) {
        chosen_.reset();
        right_.reset();
        right_ones_.clear();
        pause(State::asking);  // behind the question: what comes next waits
        return true;
    }
    if (std::holds_alternative<TourReveal>(action.what)) return reveal();
    if (auto const* a = std::get_if<TourWait>(&action.what)) {
        if (part_ == 1) return true;  // done, by the learner or for them
        if (skip_until_ > step_) {
            part_ = 1;
            return !perform(table_line(a->line));
        }
        pause(State::waiting);
        return false;
    }
    if (auto const* a = std::get_if<TourTry>(&action.what)) {
        if (skip_until_ > step_) {  // straight past it
            auto const& actions = tour_->steps[step_].actions;
            while (!std::holds_alternative<TourTryEnd>(actions[action_].what)) ++action_;
            return true;
        }
        if (part_ == 0) {
            pause(State::offering);
            return false;
        }
        if (part_ == 1) {
            part_ = 2;
            before_try_ = here();
            door_.post(debug::Fork{a->name});
            return false;
        }
        try_branch_ = desk_.model().now().branch;
        return true;
    }
    if (std::holds_alternative<TourTryEnd>(action.what)) return end_try();
    if (auto const* a = std::get_if<TourExpect>(&action.what)) {
        if (!rehearsal_.expected) return true;
        auto const is = holds(a->check);
        if (!is) return false;
        rehearsal_.expected(action, *is, instead_);
        return true;
    }
    return true;  // say, note
}

// True: it could not be done.
bool TourPlayer::perform(std::string const& line) {
    auto const request = parse_request(table_line(line), desk_.model());
    if (auto const* why = std::get_if<std::string>(&request)) return get_stuck(*why), true;
    desk_.take_notices();
    unsigned const refused = desk_.refused();
    performing_ = true;
    desk_.perform(std::get<Request>(request));
    performing_ = false;
    if (desk_.refused() == refused) return false;
    auto const notices = desk_.take_notices();
    get_stuck(notices.empty() ? "the command was refused" : notices.back());
    return true;
}

bool TourPlayer::run_until(TourRunUntil const& run) {
    auto const& now = desk_.model().now();
    if (!run.stop) {
        if (part_++ > 0) return true;
        auto const place = find_place(run.text, now);
        auto const moment = moment_of(place);
        if (!moment) {
            auto const* none = std::get_if<NoSuchPlace>(&place);
            return get_stuck(none ? none->why : run.text + " is no moment"), false;
        }
        door_.post(debug::RunUntil{*moment});
        return false;
    }
    // A stop for this run only.
    auto const spec = debug::parse_stop(run.text);
    switch (part_++) {
        case 0:
            door_.post(debug::AddStop{std::get<debug::StopSpec>(spec)});
            return false;
        case 1:
            door_.post(debug::Run{});
            return false;
        case 2: {
            if (now.stops.empty()) return true;
            bool const hit = now.stopped_by == now.stops.back().number;
            door_.post(debug::RemoveStop{now.stops.back().number});
            if (!hit) get_stuck(fmt::format("\"{}\" did not happen: {}", run.text, now.stop_reason));
            return false;
        }
        default:
            return true;
    }
}

bool TourPlayer::end_try() {
    if (!before_try_) return true;
    switch (part_++) {
        case 0: {
            auto const& now = desk_.model().now();
            debug::CompareBranches compare;
            compare.one = before_try_->branch;
            compare.other = try_branch_;
            compare.one_at = compare.other_at = now.moment;
            door_.post(compare);
            desk_.bring_forward(ViewId::comparison);
            return false;
        }
        default:
            return true;
    }
}

// The picture has everything that a text twin can show; else it is asked for.
bool TourPlayer::has_all_texts() {
    auto const& now = desk_.model().now();
    auto const wanted = request_for_text(desk_.state(), now.cpu);
    wants_text_ = !now.request || *now.request != wanted;
    if (wants_text_) door_.request(wanted);
    return !wants_text_;
}

std::optional<bool> TourPlayer::holds(TourCheck const& check) {
    auto const& now = desk_.model().now();
    if (check.kind == TourCheck::Kind::at) {
        auto const place = find_place(check.text, now);
        auto const moment = moment_of(place);
        auto const* none = std::get_if<NoSuchPlace>(&place);
        instead_ = moment ? fmt::format("it stands at {}, and {} is at {}", to_string(now.moment), check.text,
                                        to_string(*moment))
                          : (none ? none->why : check.text);
        return moment == now.moment;
    }
    if (check.kind == TourCheck::Kind::expression) {
        if (part_ == 0) {
            part_ = 1;
            last_question_ = "print " + check.text;
            door_.post(debug::Ask{last_question_});
            return std::nullopt;
        }
        part_ = 0;
        ++desk_.state().answers_back;  // what the learner asked stays in front
        if (!now.answer || now.answer->number != now.last_command.number) return false;
        std::string_view const text = now.answer->text;
        instead_ = text.substr(0, text.find('\n'));
        if (!now.answer->understood) instead_ = now.answer->text;
        return true_answer(*now.answer);
    }
    if (!has_all_texts()) return std::nullopt;
    std::string const text = print_twin(check.view, false, desk_.model(), desk_.state());
    bool const found = squeezed(text).find(squeezed(check.text)) != std::string::npos;
    instead_ = fmt::format("{} {}", check.view, found ? "shows it" : "does not show it");
    return found == (check.kind == TourCheck::Kind::shows);
}

// The choices of the question before, one after the other.
bool TourPlayer::reveal() {
    auto const& actions = tour_->steps[step_].actions;
    TourPredict const* predict = nullptr;
    TourAction const* asked = nullptr;
    for (std::size_t i = 0; i < action_; ++i)
        if (auto const* p = std::get_if<TourPredict>(&actions[i].what)) predict = p, asked = &actions[i];
    if (!predict) return true;
    while (right_ones_.size() < predict->choices.size()) {
        auto const is = holds(predict->choices[right_ones_.size()].right_if);
        if (!is) return false;
        right_ones_.push_back(*is ? 1 : 0);
    }
    std::vector<unsigned> right;
    for (unsigned i = 0; i < right_ones_.size(); ++i)
        if (right_ones_[i]) right.push_back(i + 1);
    if (rehearsal_.revealed) rehearsal_.revealed(*asked, right);
    if (!right.empty()) right_ = right.front();
    if (chosen_ && right_) {
        ++answered_;
        // Where several are right each of them is.
        if (std::ranges::find(right, *chosen_) != right.end()) right_ = chosen_, ++rightly_;
    }
    return true;
}

void TourPlayer::answer(unsigned choice) {
    if (state_ != State::asking) return desk_.refuse("the tour asks nothing now");
    auto const& predict = std::get<TourPredict>(tour_->steps[step_].actions[action_ - 1].what);
    if (choice < 1 || choice > predict.choices.size())
        return desk_.refuse(fmt::format("answer with a number from 1 to {}", predict.choices.size()));
    chosen_ = choice;
    if (strayed()) put_back(stand_);
    part_ = 0;
    state_ = State::working;
    work();
}

void TourPlayer::show_answer() {
    if (state_ != State::asking) return desk_.refuse("the tour asks nothing now");
    if (strayed()) put_back(stand_);
    part_ = 0;
    state_ = State::working;
    work();
}

void TourPlayer::next() {
    switch (state_) {
        case State::working:
            return;
        case State::asking:
            return desk_.refuse("first answer, with a number");
        case State::waiting:
            // Done for who cannot find it.
            if (strayed()) {
                put_back(stand_);
                part_ = 0;
                done_by_learner_ = false;
            }
            state_ = State::working;
            part_ = 1;
            perform(table_line(std::get<TourWait>(tour_->steps[step_].actions[action_].what).line));
            return work();
        case State::offering:
            if (strayed()) put_back(stand_);
            state_ = State::working;
            part_ = 1;
            return work();
        case State::over:
            return desk_.refuse("the tour is over");
        case State::stuck:
        case State::ready:
            break;
    }
    Stand const from = before_try_.value_or(stand_);
    leave(from);
    if (step_ + 1 >= tour_->steps.size()) {
        state_ = State::over;
        return;
    }
    enter(step_ + 1, from);
    work();
}

// What was tried is done with.
void TourPlayer::leave(Stand const& to) {
    auto const& now = desk_.model().now();
    bool const tried = std::exchange(before_try_, std::nullopt).has_value();
    if (tried || now.moment != to.moment || now.branch != to.branch || strayed()) put_back(to);
    if (tried) door_.post(debug::DropBranch{try_branch_});
}

void TourPlayer::previous() {
    if (state_ == State::working && skip_until_ > step_) return;
    bool const over = state_ == State::over;
    std::size_t const to = over ? step_ : step_ == 0 ? 0 : step_ - 1;
    Stand const stand = begins_.at(to);
    leave(stand);
    enter(to, stand);
    work();
}

void TourPlayer::come_back() {
    if (!strayed()) return desk_.refuse("you stand where the tour does");
    put_back(stand_);
}

void TourPlayer::heard(Request const& request) {
    if (performing_ || state_ != State::waiting) return;
    auto const& wait = std::get<TourWait>(tour_->steps[step_].actions[action_].what);
    auto const wanted = parse_request(table_line(wait.line), desk_.model());
    if (!std::holds_alternative<Request>(wanted)) return;
    if (!does_the_same(request, std::get<Request>(wanted), desk_.model(), desk_.state())) return;
    auto const& now = desk_.model().now();
    if (now.moment != stand_.moment || now.branch != stand_.branch)
        return desk_.notice("done elsewhere: R brings you back to the tour, then do it there");
    part_ = 1;
    state_ = State::working;  // goes on when the machine has got there
}

}  // namespace viz::model
