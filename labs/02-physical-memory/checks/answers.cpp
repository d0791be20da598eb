// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 2's question: a sequence of requests that first fit can serve and the buddy
// system cannot, whose last one each student is given. It is tried out on both, with 16 frames.
//
//   A5 B3 -A C4     A takes 5 frames, B takes 3, A gives its back, C takes 4
#include "labs/grader/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "labs/02-physical-memory/checks/buddy_model.hpp"
#include "labs/02-physical-memory/checks/exams.hpp"

namespace lab::frames {
namespace {

constexpr unsigned frame_count = BuddyModel::frame_count;
constexpr std::size_t most_words = 100;

// Exactly as many frames as asked for, at the lowest place.
class FirstFit {
public:
    bool holds(char name) const { return std::count(memory_.begin(), memory_.end(), name) != 0; }
    bool take(char name, unsigned count) {
        auto const place = std::search_n(memory_.begin(), memory_.end(), count, char{0});
        if (place == memory_.end()) return false;
        std::fill_n(place, count, name);
        return true;
    }
    void give_back(char name) { std::replace(memory_.begin(), memory_.end(), name, char{0}); }

private:
    std::array<char, frame_count> memory_{};  // whose each frame is; 0: free
};

struct Request {
    char name = 0;
    unsigned frames = 0;  // 0: gives back
};

std::optional<Request> read(std::string const& word) {
    auto const is_name = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (word.size() == 2 && word[0] == '-' && is_name(word[1])) return Request{word[1], 0};
    if (word.size() < 2 || word.size() > 3 || !is_name(word[0])) return {};
    unsigned frames = 0;
    for (char const c : word.substr(1)) {
        if (c < '0' || c > '9') return {};
        frames = frames * 10 + static_cast<unsigned>(c - '0');
    }
    if (frames == 0 || frames > frame_count) return {};
    return Request{word[0], frames};
}

std::string objection(std::string const& answer, Subject const& subject) {
    auto const wanted = personal_number(subject.definition, "last", subject.seed);
    BuddyModel buddy;
    FirstFit first_fit;
    auto const words = words_of(answer);
    if (words.size() > most_words) return fmt::format("more than {} steps are not tried out", most_words);
    for (std::size_t i = 0; i < words.size(); ++i) {
        auto const request = read(words[i]);
        if (!request)
            return fmt::format("{} is no step: write A5 to take, -A to give back", words[i].substr(0, 20));
        auto const [name, frames] = *request;
        if (frames == 0) {
            if (!first_fit.holds(name)) return fmt::format("{} has nothing to give back", name);
            buddy.give_back(name);
            first_fit.give_back(name);
            continue;
        }
        if (first_fit.holds(name)) return fmt::format("{} has its frames already", name);
        if (!first_fit.take(name, frames)) return fmt::format("first fit cannot serve {}", words[i]);
        auto const served = buddy.take(name, frames);
        bool const last = i + 1 == words.size();
        if (served == BuddyModel::Served::sometimes)
            return fmt::format("whether the buddy system can serve {} depends on which blocks it took before",
                               words[i]);
        if (served == BuddyModel::Served::never) {
            if (!last) return fmt::format("the buddy system fails at {} already: end there", words[i]);
            if (frames != wanted) return fmt::format("your last request is to take {} frames", wanted);
            return {};
        }
        if (last) return "both serve all of it";
    }
    return "the last step must be a request";
}

}  // namespace

void examine_answers(Subject const& subject, Judgement& judgement) {
    examine_answer(
        subject, judgement, "buddy-fails",
        "A sequence that first fit serves to its end, and whose last request the buddy system must refuse.",
        objection);
}

}  // namespace lab::frames
