// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lab 3's question: how a store can succeed right after the right to write was
// taken away, and what ends that. The answer is tried out on one page and a TLB. The
// page lies elsewhere for each student.
#include "labs/grader/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "labs/03-paging/checks/exams.hpp"

namespace lab::paging {
namespace {

// One page, mapped to be written; the processor remembers nothing of it yet.
struct OnePage {
    bool writable = true;                                             // as the table says
    bool known = false, known_writable = false, known_dirty = false;  // as the TLB says

    // True: no fault.
    bool load() {
        if (!known) remember(false);
        return true;
    }
    bool store() {
        // The dirty bit must be set in the table at the first store: the entry is
        // looked at once more then. [sdm-3a §4.8, §4.10.2.3]
        if (known && known_writable && known_dirty) return true;
        known = false;  // so does a fault [sdm-3a §4.10.4.1]
        if (!writable) return false;
        remember(true);
        return true;
    }
    void remember(bool dirty) {
        known = true;
        known_writable = writable;
        known_dirty = dirty;
    }
};

constexpr std::uint64_t page_size = 4096;

// What is wrong with the address of a step; empty: it lies in the student's page.
std::string wrong_address(std::string const& step, std::string const& address, std::uint64_t first) {
    std::size_t const digits = address.rfind("0x", 0) == 0 ? 2 : 0;
    char const* const end = address.data() + address.size();
    std::uint64_t number = 0;
    auto const read = std::from_chars(address.data() + digits, end, number, 16);
    if (address.size() == digits || read.ec != std::errc() || read.ptr != end)
        return fmt::format("{} wants an address in the page, as in {}:{:#x}", step, step, first);
    if (number - first < page_size) return {};
    return fmt::format("{:#x} is not in the page at {:#x}", number, first);
}

std::string objection(std::string const& answer, Subject const& subject) {
    std::uint64_t const first = personal_number(subject.definition, "page", subject.seed);
    OnePage page;
    bool succeeded = false;  // a store, while the table forbade it
    auto const words = words_of(answer);
    for (std::size_t i = 0; i < words.size(); ++i) {
        bool const last = i + 1 == words.size();
        auto const colon = std::min(words[i].find(':'), words[i].size());
        std::string const step = words[i].substr(0, colon),
                          address = words[i].substr(std::min(colon + 1, words[i].size()));
        if (step == "load" || step == "store" || step == "invlpg")
            if (auto const wrong = wrong_address(step, address, first); !wrong.empty()) return wrong;
        if (step == "load") {
            page.load();
        } else if (words[i] == "clear-w") {
            page.writable = false;
        } else if (step == "invlpg") {
            page.known = false;
        } else if (step == "store") {
            bool const forbidden = !page.writable, done = page.store();
            if (forbidden && done) succeeded = true;
            if (!done && !last) return fmt::format("the store that is step {} faults: end there", i + 1);
            if (last && done) return "the last store does not fault";
            if (last && !succeeded) return "no store succeeded while the table forbade it";
            if (last) return {};
        } else {
            return fmt::format("{} is no step: load:, store: and invlpg: with an address, clear-w", words[i]);
        }
    }
    return "the last step must be a store";
}

}  // namespace

void examine_answers(Subject const& subject, Judgement& judgement) {
    examine_answer(
        subject, judgement, "stale",
        "A sequence in which a store succeeds although the table forbids it, and whose last store faults.",
        objection);
}

}  // namespace lab::paging
