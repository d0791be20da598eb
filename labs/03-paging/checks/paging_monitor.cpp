// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/03-paging/checks/paging_monitor.hpp"

#include <fmt/format.h>

#include "labs/grader/allocator_calls.hpp"

namespace lab::paging {
namespace {

constexpr char const* map_name = "memory::PageTables::map";
constexpr char const* unmap_name = "memory::PageTables::unmap";
constexpr char const* protect_name = "memory::PageTables::protect";
constexpr char const* exercise = "apps::practice::use_pages";
constexpr std::uint64_t page_table_owner = 4;  // memory::FrameOwner::page_table
constexpr std::uint64_t plenty_of_frames = 1 << 20;
constexpr std::uint64_t page_bytes = 4096;

char letter_of(std::uint64_t rights) { return rights == 1 ? 'w' : rights == 2 ? 'x' : 'r'; }

// Result<void, MemoryError> comes back in RAX: the error, and above it whether all went well.
bool went_well(Call const& call) { return (call.result >> 8 & 0xff) != 0; }

std::string rights_text(bool writable, bool executable) {
    return fmt::format("r{}{}", writable ? 'w' : '-', executable ? 'x' : '-');
}

}  // namespace

PagingMonitor::PagingMonitor(StudentRun& run)
    : run_(run),
      watch_(run, {map_name, unmap_name, protect_name, allocator::allocate, allocator::free}),
      space_(plenty_of_frames) {
    watch_.count("practice_begin", exercise);
    watch_.count("practice_done", exercise);
    watch_.on_entry = [this](Call const& call) {
        if (call.depth == 0) entered(call);
        return false;
    };
    watch_.on_return = [this](Call const& call) {
        if (call.function == allocator::allocate || call.function == allocator::free)
            return frames_returned(call);
        return call.depth == 0 && returned(call);
    };
}

std::string PagingMonitor::missing(std::uint64_t least_requests) const {
    if (watch_.passed("practice_begin") != 1) return "the exercise never began";
    if (watch_.passed("practice_done") != 1) return "the exercise never ended";
    if (requests_ < least_requests)
        return fmt::format("the exercise ended after {} requests; it makes {} at least", requests_,
                           least_requests);
    return {};
}

bool PagingMonitor::frames_returned(Call const& call) {
    if (call.function == allocator::free) table_frames_.erase(allocator::frame_freed(call));
    if (call.function == allocator::allocate && allocator::owner_asked(call) == page_table_owner)
        if (auto const frame = allocator::given(run_, call).frame) table_frames_.insert(*frame);
    return false;
}

void PagingMonitor::entered(Call const& call) {
    whole_.reset();
    if (split_ || (call.function != unmap_name && call.function != protect_name)) return;
    if (watch_.passed("practice_begin") == 0) return;
    auto const root = run_.read_word(call.arguments[0]);
    if (!root) return;
    auto paging = sim::debug::paging_of(run_.machine().cpu().state());
    paging.root = *root;
    std::uint64_t const large = std::uint64_t{1} << 21, page = call.arguments[1] & ~(large - 1);
    auto const walk =
        sim::debug::explain_walk(paging, page, sim::engine::Access::read, false, run_.physical());
    if (walk.present && walk.page_size == large)
        whole_ = Split{
            .page = page, .entry = walk.entries.back().address, .physical = walk.physical, .call = call};
}

bool PagingMonitor::returned(Call const& call) {
    auto const& words = call.arguments;
    std::uint64_t const page = words[1];
    if (watch_.passed("practice_begin") != 0) ++requests_;
    std::string right;
    if (call.function == map_name)
        right = space_.map(page, words[2], letter_of(words[3] & 0xff), static_cast<unsigned>(words[4] & 0xff),
                           (words[5] & 0xff) == 0);
    if (call.function == unmap_name) right = space_.unmap(page);
    if (call.function == protect_name) right = space_.protect(page, letter_of(words[2] & 0xff));

    if (went_well(call) != (right == "ok")) {
        breach_ = Breach{Breach::Rule::tables, page,
                         fmt::format("{} of {:#x} {}, and should have said {}", call.function, page,
                                     went_well(call) ? "said ok" : "failed", right),
                         call};
        return true;
    }
    if (whole_ && whole_->call.at == call.at && went_well(call)) {
        whole_->call = call;
        split_ = whole_;
    }
    auto const root = run_.read_word(words[0]);  // the first member
    if (!root) return false;
    // The neighbours too: a table that is split or freed too early takes them along.
    for (std::uint64_t const at : {page, page + page_bytes, page - page_bytes})
        if (auto const wrong = wrong_table(*root, at)) {
            breach_ = Breach{Breach::Rule::tables, at, *wrong, call};
            return true;
        }
    // The tables that are built at boot are not those that the processor uses.
    if ((run_.machine().cpu().state().cr3 & ~std::uint64_t{0xfff}) != *root) return false;
    if (auto const stale = stale_entry(page)) {
        breach_ = Breach{Breach::Rule::stale, page, *stale, call};
        return true;
    }
    return false;
}

std::optional<std::string> PagingMonitor::wrong_table(std::uint64_t root, std::uint64_t at) const {
    auto paging = sim::debug::paging_of(run_.machine().cpu().state());
    paging.root = root;
    auto const walk = sim::debug::explain_walk(paging, at, sim::engine::Access::read, false, run_.physical());
    bool const cached = walk.entries.empty() || (walk.entries.back().raw & 0x10) == 0;
    std::string const says =
        walk.present ? fmt::format("{:x} {}{}", walk.physical & ~(page_bytes - 1),
                                   rights_text(walk.writable, walk.executable), cached ? 'c' : 'u')
                     : "none";
    std::string const right = space_.translation(at);
    if (says == right) return {};
    return fmt::format("the tables say of {:#x} \"{}\", and should say \"{}\" (frame, rights, cached)", at,
                       says, right);
}

std::optional<std::string> PagingMonitor::stale_entry(std::uint64_t page) const {
    auto const& cpu = run_.machine().cpu();
    for (auto const& known : cpu.tlb()) {
        // Of a larger translation the changed page is what counts.
        bool const around = page - known.page < known.size;
        std::uint64_t const at = around ? page : known.page;
        auto const now = cpu.walk(at, sim::engine::Access::read, false);
        std::uint64_t const remembered = known.frame + (at - known.page);
        bool const same = now.present && now.physical == remembered && (!known.writable || now.writable) &&
                          (!known.executable || now.executable);
        if (same) continue;
        return fmt::format(
            "stale TLB: {:#x} is still {:#x} {} to the processor; the tables say {}", at, remembered,
            rights_text(known.writable, known.executable),
            now.present ? fmt::format("{:#x} {}", now.physical, rights_text(now.writable, now.executable))
                        : "that it is not mapped");
    }
    return {};
}

}  // namespace lab::paging
