// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 2's question: a sequence of requests that first fit can serve and the buddy
// system cannot. The answer is tried out on both, with 16 frames.
//
//   A5 B3 -A C4     A takes 5 frames, B takes 3, A gives its back, C takes 4
#include "labs/grader/answers.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cctype>
#include <map>
#include <optional>

#include "labs/02-physical-memory/checks/exams.hpp"

namespace lab::frames {
namespace {

constexpr unsigned frame_count = 16;
using Memory = std::array<char, frame_count>;  // whose each frame is; 0: free

bool free_from(Memory const& memory, unsigned first, unsigned count) {
    for (unsigned f = first; f < first + count; ++f)
        if (f >= frame_count || memory[f] != 0) return false;
    return true;
}

// Takes `count` frames at the first place that is a multiple of `step`.
bool take(Memory& memory, char name, unsigned count, unsigned step) {
    for (unsigned first = 0; first + count <= frame_count; first += step) {
        if (!free_from(memory, first, count)) continue;
        for (unsigned f = first; f < first + count; ++f) memory[f] = name;
        return true;
    }
    return false;
}

void give_back(Memory& memory, char name) {
    for (char& owner : memory)
        if (owner == name) owner = 0;
}

struct Request {
    char name = 0;
    unsigned frames = 0;  // 0: gives back
};

std::optional<Request> read(std::string const& word) {
    if (word.size() == 2 && word[0] == '-' && std::isupper(static_cast<unsigned char>(word[1])))
        return Request{word[1], 0};
    if (word.size() < 2 || word.size() > 3 || !std::isupper(static_cast<unsigned char>(word[0]))) return {};
    unsigned frames = 0;
    for (char const c : word.substr(1)) {
        if (!std::isdigit(static_cast<unsigned char>(c))) return {};
        frames = frames * 10 + static_cast<unsigned>(c - '0');
    }
    if (frames == 0 || frames > frame_count) return {};
    return Request{word[0], frames};
}

// A buddy block is rounded up to a power of two and starts at its multiple: on an
// empty or a merged memory the lowest free place is what splitting gives.
std::string objection(std::string const& answer, Subject const&) {
    Memory buddy{}, first_fit{};
    auto const words = words_of(answer);
    for (std::size_t i = 0; i < words.size(); ++i) {
        auto const request = read(words[i]);
        if (!request) return fmt::format("{} is no step: write A5 to take, -A to give back", words[i]);
        if (request->frames == 0) {
            give_back(buddy, request->name);
            give_back(first_fit, request->name);
            continue;
        }
        for (char const owner : first_fit)
            if (owner == request->name) return fmt::format("{} has its frames already", request->name);
        unsigned const size = std::bit_ceil(request->frames);
        bool const by_buddy = take(buddy, request->name, size, size);
        bool const by_first_fit = take(first_fit, request->name, request->frames, 1);
        bool const last = i + 1 == words.size();
        if (!by_first_fit) return fmt::format("first fit cannot serve {}", words[i]);
        if (!by_buddy && last) return {};
        if (!by_buddy) return fmt::format("the buddy system fails at {} already: end there", words[i]);
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
