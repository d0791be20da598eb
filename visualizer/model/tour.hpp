// SPDX-License-Identifier: GPL-2.0-or-later
//
// A tour: steps through a machine's life that say what there is to see, ask what
// will happen, and wait for the learner's own action. The file format is in
// docs/reference/tours.md, tour_reader.hpp reads it, tour_player.hpp goes through it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace viz::model {

// Something that is true of a moment or not.
struct TourCheck {
    enum class Kind : std::uint8_t {
        expression,  // docs/reference/expressions.md
        shows,       // a view's text twin has this text; blanks in a row count as one
        hides,       // it has not
        at,          // the machine stands at this place
    } kind = Kind::expression;
    std::string view;  // of shows and hides: the text twin's name
    std::string text;  // expression, text or place
    friend bool operator==(TourCheck const&, TourCheck const&) = default;
};
std::string to_string(TourCheck const&);

struct TourChoice {
    TourCheck right_if;
    std::string text;
    friend bool operator==(TourChoice const&, TourChoice const&) = default;
};

// What a step is made of, in order.
struct TourSay {
    std::string text;
    friend bool operator==(TourSay const&, TourSay const&) = default;
};
struct TourNote {  // for the presenter's eyes
    std::string text;
    friend bool operator==(TourNote const&, TourNote const&) = default;
};
struct TourDo {  // a command of the table, as a line of words
    std::string line;
    friend bool operator==(TourDo const&, TourDo const&) = default;
};
struct TourRunUntil {  // a place, or a stop such as "when CONDITION"
    std::string text;
    bool stop = false;
    friend bool operator==(TourRunUntil const&, TourRunUntil const&) = default;
};
struct TourRunFor {
    std::uint64_t instructions = 0;
    friend bool operator==(TourRunFor const&, TourRunFor const&) = default;
};
struct TourPredict {  // waits for an answer
    std::string question;
    std::vector<TourChoice> choices;
    friend bool operator==(TourPredict const&, TourPredict const&) = default;
};
struct TourReveal {  // which choice is right, now; and why
    std::string text;
    friend bool operator==(TourReveal const&, TourReveal const&) = default;
};
struct TourWait {  // until the learner does this
    std::string line;
    std::string text;  // how to say so; empty: the command's title
    friend bool operator==(TourWait const&, TourWait const&) = default;
};
struct TourTry {  // offers to begin another future; what follows happens there
    std::string name, text;
    friend bool operator==(TourTry const&, TourTry const&) = default;
};
struct TourTryEnd {  // it is compared with the one that is known
    friend bool operator==(TourTryEnd const&, TourTryEnd const&) = default;
};
struct TourExpect {  // looked at by rehearsals and tests, not while a learner plays
    TourCheck check;
    friend bool operator==(TourExpect const&, TourExpect const&) = default;
};

struct TourAction {
    std::variant<TourSay, TourNote, TourDo, TourRunUntil, TourRunFor, TourPredict, TourReveal, TourWait,
                 TourTry, TourTryEnd, TourExpect>
        what;
    unsigned line = 0;  // of the file
};

struct TourStep {
    std::string title;
    std::vector<TourAction> actions;
    unsigned line = 0;
};

// Whose life it leads through: made anew wherever the tour is taken, the same
// everywhere. A peer is a second machine at the other end of a cable.
struct TourMachine {
    std::string application, append;
    std::uint64_t memory_mib = 64, seed = 1;
    struct Peer {
        std::string application, append;
        friend bool operator==(Peer const&, Peer const&) = default;
    };
    std::vector<Peer> peer;  // none or one
    std::string link;        // "delay=1ms,loss=1%"
    std::vector<std::string> faults;
    std::uint64_t until_ns = 10'000'000'000;
    friend bool operator==(TourMachine const&, TourMachine const&) = default;
};

struct Tour {
    std::string name, title, about;
    unsigned minutes = 0;  // 0: not said
    TourMachine machine;
    std::vector<TourStep> steps;
};
using TourPtr = std::shared_ptr<Tour const>;

// The file again: what the reader makes of it is the same tour. The head; one
// action; the whole.
std::string head_text(Tour const&);
std::string action_text(TourAction const&);
std::string to_text(Tour const&);

}  // namespace viz::model
