// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 3 on the host: walks over tables that were written by hand, then requests,
// then longer and longer random sequences of them.
#include <fmt/format.h>

#include <random>
#include <sstream>

#include "labs/03-paging/checks/address_space.hpp"
#include "labs/03-paging/checks/exams.hpp"
#include "labs/grader/host_program.hpp"

namespace lab::paging {
namespace {

using Steps = std::vector<std::string>;

// The oracle: the same requests to a list of pages.
class Auditor {
public:
    std::optional<Objection> operator()(std::string const& step, std::string const& answer) {
        std::istringstream words(step);
        std::string verb, rights = "r";
        std::uint64_t at = 0, physical = 0;
        unsigned level = 1;
        words >> verb >> std::hex >> at;
        if (verb == "tables") space_ = AddressSpace(at);
        if (verb == "unmap") return request(step, answer, space_.unmap(at));
        if (verb == "protect") {
            words >> rights;
            return request(step, answer, space_.protect(at, rights[0]));
        }
        if (verb == "walk") return walk(at, answer);
        if (verb == "look" || verb == "touch") return use(verb, at, answer);
        if (verb == "free") return free(answer);
        if (verb.rfind("map", 0) == 0 || verb.rfind("plant", 0) == 0) {
            words >> physical >> rights >> level;
            return request(
                step, answer,
                space_.map(at, physical, rights[0], level, verb != "map-uncached", verb == "plant-global"));
        }
        return {};
    }

private:
    static std::optional<Objection> request(std::string const& step, std::string const& answer,
                                            std::string const& right) {
        if (answer == right) return {};
        return Objection{
            fmt::format("{} said {}, and should have said {}", step, answer, right),
            "A request does what it says or fails with the error that the header names, and changes nothing.",
            right == "ok" ? "A test that refuses too much, or a table that is taken for a page."
                          : "The test for this error, before anything is written."};
    }
    std::optional<Objection> walk(std::uint64_t at, std::string const& answer) const {
        auto const physical = space_.physical(at);
        std::string const right =
            fmt::format("{} {}", physical ? fmt::format("{:x}", *physical) : "none", space_.last_level(at));
        if (answer == right) return {};
        return Objection{
            fmt::format(
                "walk({:#x}) said \"{}\", and should have said \"{}\" (address, level of the last entry)", at,
                answer, right),
            "A walk goes from level 4 down to the entry that maps the page or is not present.",
            "Where the loop ends, which bits of the address are the offset at this level, and what slot, "
            "entry and level say when it ends early."};
    }
    std::optional<Objection> use(std::string const& verb, std::uint64_t at, std::string const& answer) const {
        std::string const right = space_.translation(at);
        if (answer == right) return {};
        if (answer.find(" +") != std::string::npos || right.find(" +") != std::string::npos)
            return Objection{
                fmt::format(
                    "the tables say of {:#x} \"{}\", and should say \"{}\" (frame, rights, cached, +: "
                    "other bits)",
                    at, answer, right),
                "An entry says what was asked for and nothing besides, and the parts of a page that is split "
                "what the whole said. Bit 7 is Large at levels 2 and 3 and PAT, another caching, at level 1; "
                "2 is U/S, 8 is G. [sdm-3a tables 4-15 to 4-20]",
                "map, protect or split: a flag of the last entry. split: Large goes at level 1, all others "
                "stay."};
        if (verb == "touch")
            return Objection{
                fmt::format("an access to {:#x} used \"{}\"; by now it is \"{}\"", at, answer, right),
                "What the TLB holds of an entry that was changed must be invalidated: the processor does not "
                "look at the tables while it remembers.",
                "invalidate(page) after the entry was written, not before: the processor may look again in "
                "between; in prune, after the entry that led to a table; or the entry itself is wrong."};
        return Objection{
            fmt::format("the tables say of {:#x} \"{}\", and should say \"{}\" (frame, rights, cached)", at,
                        answer, right),
            "A page has the memory, the rights and the caching that it was given; the strictest of the four "
            "levels decides.",
            "The flags of the last entry, or of the tables on the way to it."};
    }
    std::optional<Objection> free(std::string const& answer) const {
        std::string const right = std::to_string(space_.free_tables());
        if (answer == right) return {};
        return Objection{
            fmt::format("{} frames for tables are free, and should be {}", answer, right),
            "There are exactly the tables that the mapped pages need: what becomes empty is freed, and a "
            "request that fails leaves nothing behind.",
            "prune: after unmap, and after a map that failed on the way."};
    }

    AddressSpace space_;
};

HostCase plain(char const* name, Steps steps) {
    Steps all = {"tables 40"};
    all.insert(all.end(), steps.begin(), steps.end());
    return {.name = name, .steps = std::move(all), .oracle = Auditor()};
}

std::vector<HostCase> walk_cases() {
    return {
        plain("nothing is mapped", {"walk 0", "walk ffff800000000000", "walk ffffffffffffffff"}),
        plain("a small page",
              {"plant ffff800012345000 abc000 w 1", "walk ffff800012345000", "walk ffff800012345fff",
               "walk ffff800012346000", "walk ffff800012400000", "walk ffff800052345000", "walk 12345000"}),
        plain("a large page", {"plant ffff800040000000 1200000 w 2", "walk ffff800040000000",
                               "walk ffff800040123456", "walk ffff8000401fffff", "walk ffff800040200000"}),
        plain("a huge page", {"plant ffff808000000000 80000000 x 3", "walk ffff808012345678",
                              "walk ffff80803fffffff", "walk ffff808040000000"}),
        plain("the last page of all", {"plant fffffffffffff000 7ff000 r 1", "walk ffffffffffffffff"}),
        plain("frame 0", {"plant 5000 0 r 1", "walk 5008", "walk 0"}),
    };
}

std::vector<HostCase> map_cases() {
    return {
        plain("one page, three rights",
              {"map ffff800012345000 abc000 w 1", "look ffff800012345000", "look ffff800012346000",
               "map ffff800012346000 abd000 r 1", "look ffff800012346000", "map ffff800012347000 abe000 x 1",
               "look ffff800012347000", "free"}),
        plain("large and huge",
              {"map ffff800040000000 1200000 w 2", "look ffff800040123456", "walk ffff800040001000",
               "map ffff808000000000 80000000 r 3", "look ffff808012345678", "free"}),
        plain("uncached", {"map-uncached ffff800000001000 fee00000 w 1", "look ffff800000001000",
                           "map-uncached ffff800000200000 fe000000 w 2", "look ffff800000234000"}),
        plain("what makes no sense",
              {"map ffff800012345800 abc000 r 1", "map ffff800012345000 abc008 r 1",
               "map ffff800012345000 abc000 r 2", "map 800000000000 abc000 r 1", "free"}),
        plain("what is there already",
              {"map ffff800012345000 abc000 r 1", "map ffff800012345000 1000 w 1", "look ffff800012345000",
               "map ffff800012200000 0 r 2", "map ffff800040000000 1200000 w 2",
               "map ffff800040001000 abc000 r 1", "free"}),
    };
}

std::vector<HostCase> change_cases() {
    return {
        plain("unmapped, although it was used", {"map ffff800012345000 abc000 w 1", "touch ffff800012345000",
                                                 "unmap ffff800012345000", "touch ffff800012345000", "free"}),
        plain("other rights, although it was used",
              {"map ffff800012345000 abc000 w 1", "touch ffff800012345000", "protect ffff800012345000 r",
               "touch ffff800012345000", "protect ffff800012345000 x", "touch ffff800012345000",
               "look ffff800012345000"}),
        // The table's frame is soon another table's.
        plain("the way to a table, although it was used",
              {"map ffff800012345000 abc000 w 1", "touch ffff800012345000", "unmap ffff800012345000",
               "map ffff900012345000 abd000 w 1", "touch ffff800012345000", "touch ffff900012345000"}),
        plain("tables come back",
              {"map ffff800012345000 abc000 r 1", "map ffff800012346000 abd000 r 1", "unmap ffff800012345000",
               "free", "look ffff800012346000", "unmap ffff800012346000", "free"}),
        plain("what is not there", {"unmap ffff800012345000", "protect ffff800012345000 r",
                                    "unmap ffff800012345001", "protect 800000000000 r",
                                    "map ffff800012345000 abc000 r 1", "unmap ffff800012346000", "free"}),
        {.name = "no frame for a table",
         .steps = {"tables 3", "map ffff800012345000 abc000 r 1", "free", "walk ffff800012345000",
                   "map ffff800040000000 1200000 w 2", "free", "map ffff800040200000 1400000 w 2", "free"},
         .oracle = Auditor()},
    };
}

std::vector<HostCase> split_cases() {
    return {
        plain("a large page loses a part",
              {"map-uncached ffff800040000000 1200000 w 2", "touch ffff800040005000",
               "touch ffff800040006000", "protect ffff800040005000 r", "touch ffff800040005000",
               "touch ffff800040006000", "look ffff8000401ff000", "unmap ffff800040007000",
               "touch ffff800040007000", "look ffff800040008000", "free"}),
        plain("a huge page is split twice",
              {"map ffff808000000000 80000000 x 3", "touch ffff808000400000", "protect ffff808000401000 r",
               "look ffff808000400000", "look ffff808000401000", "look ffff808000800000",
               "look ffff80803ffff000", "free"}),
        plain("what else an entry said",
              {"plant-global ffff800040000000 1200000 w 2", "protect ffff800040005000 r",
               "look ffff800040005000", "look ffff800040006000", "unmap ffff800040006000",
               "look ffff800040007000", "free"}),
        {.name = "no frame to split with",
         .steps = {"tables 3", "map ffff800040000000 1200000 w 2", "unmap ffff800040001000",
                   "look ffff800040001000", "free"},
         .oracle = Auditor()},
    };
}

HostCase random_case(std::size_t length, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    HostCase one{.name = fmt::format("{} random steps, seed {}", length, seed),
                 .steps = {"tables 18"},
                 .oracle = Auditor()};
    constexpr char rights[] = {'r', 'w', 'x'};
    while (one.steps.size() < length) {
        std::uint64_t const large =
            0xffff'8000'0000'0000 + (random() % 3 << 39) + (random() % 2 << 30) + (random() % 2 << 21);
        std::uint64_t const page = large + (random() % 4 << 12);
        char const right = rights[random() % 3];
        switch (random() % 8) {
            case 0:
            case 1:
                one.steps.push_back(fmt::format("map {:x} {:x} {} 1", page, random() % 0x10000 << 12, right));
                break;
            case 2:
                if (random() % 4 == 0)
                    one.steps.push_back(
                        fmt::format("map {:x} {:x} {} 2", large, random() % 0x100 << 21, right));
                break;
            case 3:
                one.steps.push_back(fmt::format("unmap {:x}", page));
                break;
            case 4:
                one.steps.push_back(fmt::format("protect {:x} {}", page, right));
                break;
            case 5:
                one.steps.push_back(fmt::format("walk {:x}", page + random() % 4096));
                break;
            default:
                one.steps.push_back(fmt::format("touch {:x}", page));
                break;
        }
    }
    one.steps.push_back("free");
    return one;
}

}  // namespace

void examine_on_host(Subject const& subject, Judgement& judgement) {
    examine_cases(subject, judgement, "walk", walk_cases());
    examine_cases(subject, judgement, "map", map_cases());
    examine_cases(subject, judgement, "change", change_cases());
    examine_cases(subject, judgement, "split", split_cases());
    examine_growing(subject, judgement, "random-steps", {30, 300, 5'000}, random_case);
}

}  // namespace lab::paging
