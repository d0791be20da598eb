// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "labs/04-interrupts/checks/handler_watch.hpp"
#include "labs/04-interrupts/checks/machine_parts.hpp"
#include "labs/grader/allocator_calls.hpp"
#include "simulator/debug/page_walk.hpp"

namespace lab::interrupts {
namespace {

constexpr std::uint64_t lazy_pages = 16, touched_pages = 11;  // every third is left alone
constexpr std::uint8_t page_fault = 14;
constexpr char const* exercise = "apps::practice::touch_lazy_pages";

bool is_cached(StudentRun const& run, std::uint64_t page) {
    constexpr std::uint64_t write_through = 1 << 3, cache_disable = 1 << 4;
    auto const paging = sim::debug::paging_of(run.machine().cpu().state());
    auto const walk =
        sim::debug::explain_walk(paging, page, sim::engine::Access::read, false, run.physical());
    return walk.entries.empty() || (walk.entries.back().raw & (write_through | cache_disable)) == 0;
}

// What is wrong with the page; empty: nothing.
std::string lazy_objection(StudentRun& run, std::uint64_t page, std::uint64_t number,
                           std::set<std::uint64_t>& frames) {
    auto const walk = run.machine().cpu().walk(page, sim::engine::Access::write, false);
    if (number % 3 == 2) return walk.present ? "is mapped, but nobody has touched it" : "";
    if (!walk.present) return "is not mapped, although it was touched";
    if (!walk.writable || walk.executable) return "must be readable and writable, and not executable";
    if (!is_cached(run, page)) return "is uncached, and it is plain memory";
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

// The exercise, from outside: which frames it costs, and are interrupts off in its faults.
class LazyRun {
public:
    explicit LazyRun(StudentRun& run) {
        calls_.emplace(run, std::vector<std::string>{exercise, allocator::allocate, allocator::free});
        calls_->count("practice_lazy_done", exercise);
        calls_->on_return = [this, &run](Call const& call) { return returned(run, call); };
        handler_.emplace(run, page_fault, HandlerWatch::Looks::at_all);
    }
    bool to_its_end() {
        calls_->run();
        return done();
    }
    bool done() const { return calls_->passed("practice_lazy_done") == 1 && returned_; }
    std::uint64_t frames() const { return frames_.size(); }
    std::optional<unsigned> other_owner() const { return other_owner_; }
    std::optional<HandlerWatch::Offence> const& on() const { return handler_->offence(); }
    // What the machine does from now on is not watched.
    void stop() {
        handler_.reset();
        calls_.reset();
    }

private:
    bool returned(StudentRun const& run, Call const& call) {
        if (call.function == exercise) return returned_ = true;
        if (call.function == allocator::free) return each_frame(call, allocator::frame_freed(call), false);
        std::uint8_t const owner = allocator::owner_asked(call);
        auto const first = allocator::given(run, call).frame;
        if (!first || owner == page_table_owner) return false;
        if (owner != lazy_owner && !other_owner_) other_owner_ = owner;
        return each_frame(call, *first, true);
    }
    bool each_frame(Call const& call, std::uint64_t first, bool taken) {
        unsigned const order =
            std::min(taken ? allocator::order_asked(call) : allocator::order_freed(call), 10u);
        for (std::uint64_t f = first; f < first + (1ull << order); ++f)
            taken ? void(frames_.insert(f)) : void(frames_.erase(f));
        return false;
    }

    std::optional<CallWatch> calls_;
    std::optional<HandlerWatch> handler_;
    std::set<std::uint64_t> frames_;
    std::optional<unsigned> other_owner_;
    bool returned_ = false;
};

}  // namespace

std::optional<std::uint64_t> lazy_start(StudentRun const& run) {
    auto const* object = run.symbols().object_named("apps::practice::lazy_start");
    return object ? run.read_word(object->address) : std::nullopt;
}

void check_lazy(StudentRun& run, Judgement& judgement) {
    char const* const rule =
        "The first touch of a lazy page gives it a frame of its own, all zero, readable and writable.";
    char const* const cause = "handle_page_fault in fault.cpp: allocate, clear, map at the page's start.";
    Finding finding;
    finding.view = "page-walk";
    auto const fail = [&](std::string const& seen, char const* broken, char const* from,
                          std::optional<std::uint64_t> address = {}) {
        finding.seen = seen;
        finding.rule = broken;
        finding.cause = from;
        finding.moment = run.machine().moment();
        finding.where = run.whereabouts();
        finding.address = address;
    };
    LazyRun lazy(run);
    auto const start = lazy.to_its_end() ? lazy_start(run) : std::nullopt;
    if (!lazy.done())
        fail(fmt::format("the touches never ended: {}", run.ended()), rule, cause,
             run.machine().cpu().state().cr2);
    else if (!start)
        fail("there is no lazy region", rule, cause);
    std::set<std::uint64_t> frames;
    for (std::uint64_t i = 0; start && i < lazy_pages && finding.seen.empty(); ++i) {
        std::uint64_t const page = *start + i * page_bytes;
        if (auto const wrong = lazy_objection(run, page, i, frames); !wrong.empty())
            fail(fmt::format("page {} of the region, {:#x}, {}", i, page, wrong), rule, cause, page);
    }
    if (finding.seen.empty() && lazy.other_owner())
        fail(fmt::format("a frame was taken for owner {}, and should be for FrameOwner::lazy ({})",
                         *lazy.other_owner(), lazy_owner),
             "The table of owners says of every frame whose it is: of a lazy page's frame, FrameOwner::lazy.",
             "handle_page_fault in fault.cpp: the owner in allocate_frames.");
    if (finding.seen.empty() && lazy.frames() != touched_pages)
        fail(fmt::format("{} pages were touched for the first time, and {} frames were taken for them",
                         touched_pages, lazy.frames()),
             "Each first touch takes one frame, of order 0: what is neither mapped nor freed is lost for "
             "ever.",
             "handle_page_fault in fault.cpp: the order in allocate_frames, and a frame that nobody maps.");
    if (finding.seen.empty() && lazy.on()) {
        fail(fmt::format("interrupts were on at {}, in the handler of a page fault", lazy.on()->place),
             "Interrupts are off from the gate to IRETQ: another one would find stack and kernel half-way. "
             "(trap.hpp)",
             "handle_page_fault in fault.cpp, or isr.S: nothing on the way may switch interrupts on.");
        finding.moment = lazy.on()->at;
        finding.where = lazy.on()->place;
    }
    lazy.stop();
    if (!finding.seen.empty()) judgement.fail("lazy", finding, run);
}

}  // namespace lab::interrupts
