// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "labs/04-interrupts/checks/machine_parts.hpp"

namespace lab::interrupts {
namespace {

constexpr std::uint64_t lazy_pages = 16;

// What is wrong with the page; empty: nothing.
std::string lazy_objection(StudentRun& run, std::uint64_t page, std::uint64_t number,
                           std::set<std::uint64_t>& frames) {
    auto const walk = run.machine().cpu().walk(page, sim::engine::Access::write, false);
    if (number % 3 == 2) return walk.present ? "is mapped, but nobody has touched it" : "";
    if (!walk.present) return "is not mapped, although it was touched";
    if (!walk.writable || walk.executable) return "must be readable and writable, and not executable";
    if (!frames.insert(walk.physical).second) return "shares its frame with another page";
    auto const bytes = run.read(page, page_bytes);
    if (!bytes) return "cannot be read";
    // Some were only read, the others got bytes of 0x77 here and there.
    auto const odd = std::find_if(bytes->begin(), bytes->end(), [](auto b) { return b != 0 && b != 0x77; });
    if (odd != bytes->end())
        return fmt::format("holds {:#04x} at offset {:#x}, which was in the frame before", *odd,
                           odd - bytes->begin());
    return {};
}

}  // namespace

std::optional<std::uint64_t> lazy_start(StudentRun const& run) {
    auto const* object = run.symbols().object_named("apps::practice::lazy_start");
    return object ? run.read_word(object->address) : std::nullopt;
}

void check_lazy(StudentRun& run, Judgement& judgement) {
    char const* const rule =
        "The first touch of a lazy page gives it a frame of its own, all zero, readable and writable.";
    char const* const cause = "handle_page_fault in fault.cpp: allocate, clear, map at the page's start.";
    auto const fail = [&](std::string const& seen, std::optional<std::uint64_t> address) {
        judgement.fail("lazy",
                       {.seen = seen,
                        .moment = run.machine().moment(),
                        .where = run.whereabouts(),
                        .rule = rule,
                        .cause = cause,
                        .view = "page-walk",
                        .address = address},
                       run);
    };
    if (!run.run_to_probe("practice_lazy_done", "apps::practice::touch_lazy_pages"))
        return fail(fmt::format("the touches never ended: {}", run.ended()), run.machine().cpu().state().cr2);
    auto const start = lazy_start(run);
    if (!start) return fail("there is no lazy region", {});
    std::set<std::uint64_t> frames;
    for (std::uint64_t i = 0; i < lazy_pages; ++i) {
        std::uint64_t const page = *start + i * page_bytes;
        std::string const wrong = lazy_objection(run, page, i, frames);
        if (!wrong.empty())
            return fail(fmt::format("page {} of the region, {:#x}, {}", i, page, wrong), page);
    }
}

}  // namespace lab::interrupts
