// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 2 on the host: small cases that each show one rule, then longer and longer
// random ones, so that the first that fails is a short one.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <random>
#include <sstream>

#include "labs/02-physical-memory/checks/bookkeeping.hpp"
#include "labs/02-physical-memory/checks/exams.hpp"
#include "labs/grader/host_program.hpp"

namespace lab::frames {
namespace {

using Steps = std::vector<std::string>;

constexpr char const* regions_rule =
    "add_region makes every frame of the region free, and no other, in the largest aligned blocks that fit.";
constexpr char const* merge_rule =
    "A freed block merges with its buddy while that is free, at once: no two free buddies are left apart.";

struct Meaning {
    char const *rule, *cause;
};
Meaning meaning_of(Breach::Rule rule) {
    switch (rule) {
        case Breach::Rule::alignment:
            return {"A block of order n starts at a multiple of 2^n frames.",
                    "The start of a block that was cut or merged: which of the two buddies is kept?"};
        case Breach::Rule::outside:
            return {
                "Only frames that add_region was given may be handed out.",
                "The ends of a region, or a merge over its end: is the buddy a free block of this order?"};
        case Breach::Rule::taken:
            return {
                "A frame has one owner until it is freed.",
                "A block that stays in a list although it was handed out or became part of a larger one."};
        case Breach::Rule::refused:
            return {"An allocation fails only when no aligned block of its size is free.",
                    "Blocks that are not merged, or orders that allocate does not look at."};
        case Breach::Rule::left_over:
            return {"What is freed is free again.", "A block that release does not put into a list."};
    }
    return {};
}

Objection objection(Breach const& breach) {
    Meaning const meaning = meaning_of(breach.rule);
    return {breach.seen, meaning.rule, meaning.cause};
}

std::string joined(std::vector<std::uint64_t> const& counts) {
    std::string text;
    for (auto const count : counts) text += (text.empty() ? "" : " ") + std::to_string(count);
    return text;
}

// The oracle: keeps the books along with the steps.
class Auditor {
public:
    // `blocks_rule` is what a wrong answer to "blocks" breaks in this case. `by_size`: is each
    // block cut from the smallest? That costs a look at all frames for each.
    explicit Auditor(char const* blocks_rule, bool by_size = true)
        : blocks_rule_(blocks_rule), by_size_(by_size) {}

    std::optional<Objection> operator()(std::string const& step, std::string const& answer) {
        std::istringstream words(step);
        std::string verb;
        std::uint64_t a = 0, b = 0;
        words >> verb >> a >> b;
        if (verb == "memory") books_ = Bookkeeping(a);
        if (verb == "region") books_.give(a, b);
        if (verb == "allocate") return allocated(static_cast<unsigned>(a), answer);
        if (verb == "free" && blocks_.at(a).first) books_.freed(*blocks_[a].first, blocks_[a].order);
        if (verb == "blocks" && answer != joined(books_.merged_blocks()))
            return Objection{fmt::format("free blocks by order are [{}], and should be [{}]", answer,
                                         joined(books_.merged_blocks())),
                             blocks_rule_, "How far the loop goes up, or which block it looks at."};
        if (verb == "bytes") return bytes(answer);
        if (verb == "owners") return owners(a, b, answer);
        if (verb == "count") return count(answer);
        return {};
    }

private:
    std::optional<Objection> allocated(unsigned order, std::string const& answer) {
        std::optional<std::uint64_t> first;
        if (answer != "none") first = std::strtoull(answer.c_str(), nullptr, 10);
        blocks_.push_back({first, order});
        if (auto const larger = too_large(order, first)) return larger;
        if (auto const breach = books_.allocated(order, first)) return objection(*breach);
        return {};
    }
    std::optional<Objection> too_large(unsigned order, std::optional<std::uint64_t> first) const {
        auto const cut = by_size_ && first ? books_.cut_for(order, *first) : std::nullopt;
        if (!cut || cut->from <= cut->smallest) return {};
        return Objection{
            fmt::format("a block of order {} was cut out of one of order {}, while one of order {} was free",
                        order, cut->from, cut->smallest),
            "allocate takes the smallest free block that is large enough: the large ones stay whole.",
            "The loop over the orders in allocate: where it begins, and which way it goes."};
    }
    std::optional<Objection> bytes(std::string const& answer) const {
        auto const right = books_.block_bytes();
        std::vector<std::uint8_t> is(right.size());
        std::istringstream words(answer);
        std::uint64_t frame = 0;
        unsigned byte = 0;
        for (char colon = 0; words >> std::hex >> frame >> colon >> byte;)
            if (frame < is.size()) is[frame] = static_cast<std::uint8_t>(byte);
        auto const [wrong, should] = std::mismatch(is.begin(), is.end(), right.begin());
        if (wrong == is.end()) return {};
        return Objection{
            fmt::format("blocks_[{}] is {}, and should be {}", wrong - is.begin(), named(*wrong),
                        named(*should)),
            "blocks_ has a byte for each frame at which a block starts, and 0 for all others: free believes "
            "what stands there, and hands a frame out twice when it is not so.",
            *should == 0
                ? "release: of two buddies that merge the upper one starts no block any more, "
                  "whichever of the two came back. Both bytes are cleared, and push writes the new one."
                : "allocate notes the block that it hands out, push a free one."};
    }
    static std::string named(std::uint8_t byte) {
        constexpr unsigned block_start = 0x80, block_free = 0x40;
        if ((byte & block_start) == 0) return fmt::format("{:#x}", byte);
        return fmt::format("{:#x} ({}, order {})", byte, (byte & block_free) != 0 ? "free" : "handed out",
                           byte & 0x3f);
    }
    std::optional<Objection> owners(std::uint64_t first, std::uint64_t end, std::string const& answer) const {
        std::string right;
        for (; first < end; ++first) right += books_.taken(first) ? 'h' : books_.given(first) ? 'f' : '-';
        if (answer == right) return {};
        return Objection{
            fmt::format("the owners of the frames are {}, and should be {} (- reserved, f free, h heap)",
                        answer, right),
            "Every frame has the owner that it was given to; free frames belong to nobody.",
            "set_owner is called for a whole block when it is handed out and when it comes back."};
    }
    std::optional<Objection> count(std::string const& answer) const {
        std::string const right = fmt::format("{} {}", books_.free_frames(), books_.total_frames());
        if (answer == right) return {};
        return Objection{
            fmt::format("free and total frames are {}, and should be {}", answer, right),
            "total_ counts what add_region gave; what is freed counts as free again.",
            "Is the total wrong: total_ grows in add_region alone. Is the number of free ones: "
            "set_owner, once for each block that is handed out or comes back, before it merges."};
    }

    struct Block {
        std::optional<std::uint64_t> first;
        unsigned order;
    };
    char const* blocks_rule_;
    bool by_size_;
    Bookkeeping books_;
    std::vector<Block> blocks_;
};

HostCase plain(char const* name, Steps steps, char const* rule) {
    return {.name = name, .steps = std::move(steps), .oracle = Auditor(rule)};
}

// With a look at the lists and at blocks_ after each step that changes them.
Steps with_bytes(Steps const& steps) {
    Steps all;
    for (auto const& step : steps) {
        all.push_back(step);
        if (step.rfind("region", 0) == 0 || step.rfind("allocate", 0) == 0 || step.rfind("free", 0) == 0)
            all.insert(all.end(), {"blocks", "bytes"});
    }
    return all;
}

std::vector<HostCase> region_cases() {
    return {
        plain("one block, exactly", {"memory 64", "region 0 16", "owners 0 24", "count", "blocks"},
              regions_rule),
        plain("neither end is aligned", {"memory 64", "region 3 22", "owners 0 64", "count", "blocks"},
              regions_rule),
        plain("a hole between two",
              {"memory 64", "region 0 8", "region 12 16", "owners 0 20", "count", "blocks"}, regions_rule),
        plain("the last frame of memory", {"memory 64", "region 63 64", "owners 56 64", "count", "blocks"},
              regions_rule),
        plain("nothing", {"memory 64", "region 5 5", "count", "blocks"}, regions_rule),
        plain("larger than the largest block", {"memory 4096", "region 1 4095", "count", "blocks"},
              regions_rule),
    };
}

std::vector<HostCase> split_cases() {
    std::vector<HostCase> cases = {
        plain(
            "cut once, all the way down",
            {"memory 64", "region 0 16", "allocate 0", "blocks", "owners 0 16", "count"},
            "A block that is too large is halved until it fits; each other half is free, one of each order."),
        plain("the smallest that is large enough",
              {"memory 64", "region 0 8", "region 16 18", "allocate 1", "blocks"},
              "allocate takes the smallest free block that is large enough."),
        plain("the smallest of three",
              {"memory 64", "region 0 8", "region 16 18", "region 32 36", "allocate 0", "allocate 2",
               "allocate 0", "allocate 0", "blocks"},
              "allocate takes the smallest free block that is large enough."),
        plain("every order",
              {"memory 2048", "region 1 2048", "allocate 0", "allocate 3", "allocate 7", "allocate 9",
               "allocate 10", "allocate 10", "allocate 11", "allocate 63", "count"},
              merge_rule),
        plain("until nothing is left",
              {"memory 64", "region 0 4", "allocate 0", "allocate 0", "allocate 0", "allocate 0",
               "allocate 0", "count"},
              merge_rule),
        plain("merged again",
              {"memory 64", "region 0 16", "allocate 0", "free 0", "blocks", "count", "owners 0 16",
               "allocate 4"},
              merge_rule),
        plain("the upper half first",
              {"memory 64", "region 0 4", "allocate 0", "allocate 0", "allocate 0", "allocate 0", "free 3",
               "free 2", "free 1", "blocks", "free 0", "blocks"},
              merge_rule),
        plain("regions that touch",
              {"memory 64", "region 4 8", "region 8 12", "region 12 16", "blocks", "count"},
              "Regions that touch are one memory: their blocks merge."),
        plain("never over a hole",
              {"memory 64", "region 0 8", "region 12 16", "allocate 2", "allocate 2", "allocate 2", "free 0",
               "free 1", "free 2", "blocks", "allocate 4"},
              "Blocks merge with free buddies only: what lies in a hole is nobody's."),
        plain("a buddy in use, or of another size",
              {"memory 64", "region 0 8", "allocate 1", "allocate 0", "allocate 0", "free 0", "blocks",
               "free 1", "blocks", "free 2", "blocks"},
              merge_rule),
        plain("never larger than the largest",
              {"memory 2048", "region 0 2048", "allocate 10", "allocate 10", "free 0", "free 1", "blocks"},
              merge_rule),
    };
    for (auto& one : cases) one.steps = with_bytes(one.steps);
    return cases;
}

std::vector<HostCase> mistakes() {
    auto const mistake = [](char const* name, Steps steps, char const* what) {
        HostCase one = plain(name, std::move(steps), merge_rule);
        one.ends_in_assert = true;
        one.survived = {fmt::format("{} was accepted", what),
                        "free takes back a whole allocated block, once: anything else ends in an ASSERT.",
                        "What the entry of blocks_ for the first frame must be before anything is changed."};
        return one;
    };
    return {
        mistake("freed twice", {"memory 64", "region 0 64", "allocate 2", "free 0", "free 0"},
                "a double free"),
        // Its buddy was free already: both are one block, and neither is one of its own any more.
        mistake("freed twice, merged in between, the upper half last",
                {"memory 64", "region 0 2", "allocate 0", "allocate 0", "free-frame 0 0", "free-frame 1 0",
                 "free-frame 1 0"},
                "a double free of a block that has merged"),
        mistake("freed twice, merged in between, the lower half last",
                {"memory 64", "region 0 2", "allocate 0", "allocate 0", "free-frame 1 0", "free-frame 0 0",
                 "free-frame 0 0"},
                "a double free of a block that has merged"),
        mistake("freed with another order", {"memory 64", "region 0 64", "allocate 2", "free-as 0 1"},
                "a free with the wrong order"),
        mistake("freed from its middle", {"memory 64", "region 0 64", "allocate 2", "free-frame 1 0"},
                "a free of the middle of a block"),
        mistake("freed without an owner", {"memory 64", "region 0 32", "free-frame 40 0"},
                "a free of a frame that nobody allocated"),
        mistake("freed outside of memory", {"memory 64", "region 0 64", "free-frame 1000 0"},
                "a free of a frame outside of memory"),
    };
}

HostCase random_case(std::size_t length, std::uint64_t seed) {
    // By hand, because the standard's distributions differ between libraries.
    std::mt19937_64 random(seed);
    constexpr std::size_t look_every = 1000;
    HostCase one = plain("", {"memory 3000", "region 1 157", "region 256 2999"}, merge_rule);
    one.oracle = Auditor(merge_rule, false);
    one.name = fmt::format("{} random steps, seed {}", length, seed);
    std::vector<std::size_t> held;
    std::size_t blocks = 0;
    while (one.steps.size() < length) {
        if (one.steps.size() % look_every == 0) one.steps.push_back("bytes");
        if (held.empty() || random() % 100 < 52) {
            unsigned const order = static_cast<unsigned>(random() % 100 < 80 ? random() % 3 : random() % 9);
            one.steps.push_back(fmt::format("allocate {}", order));
            held.push_back(blocks++);
        } else {
            std::size_t const which = random() % held.size();
            one.steps.push_back(fmt::format("free {}", held[which]));
            held[which] = held.back();
            held.pop_back();
        }
    }
    for (auto const block : held) one.steps.push_back(fmt::format("free {}", block));
    one.steps.insert(one.steps.end(), {"blocks", "bytes", "count", "owners 0 300"});
    return one;
}

}  // namespace

void examine_on_host(Subject const& subject, Judgement& judgement) {
    examine_cases(subject, judgement, "regions", region_cases());
    examine_cases(subject, judgement, "split-and-merge", split_cases());
    examine_cases(subject, judgement, "mistakes", mistakes());
    examine_growing(subject, judgement, "random-steps", {20, 200, 2'000, 100'000}, random_case);
}

}  // namespace lab::frames
