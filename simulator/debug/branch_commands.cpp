// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/branch_commands.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/input_text.hpp"
#include "simulator/recording/parent.hpp"

namespace sim::debug {

using machine::Moment;

namespace {
constexpr std::uint64_t piece = 1'000'000;  // instructions between two looks at `cancelled`
constexpr char const* given_up = "given up before the end";
}  // namespace

BranchCommands::BranchCommands(machine::Machine& machine, Observation& observation, Mover& mover,
                               KernelReader& kernel, std::shared_ptr<Symbols const> symbols, Lives& lives,
                               std::string title)
    : machine_(machine),
      observation_(observation),
      mover_(mover),
      kernel_(kernel),
      symbols_(std::move(symbols)),
      lives_(lives),
      title_(std::move(title)) {}

std::string BranchCommands::begin(std::string_view name) {
    auto const made = lives_.fork(name);
    if (auto const* why = std::get_if<std::string>(&made)) return *why;
    mover_.branched(machine_.moment());
    return "";
}

// The machine is put into another branch; where in it, is somebody else's.
std::string BranchCommands::enter(BranchNumber number) {
    BranchNumber const left = lives_.branches().active();
    if (number == left) return "";
    if (std::string why = lives_.switch_to(number); !why.empty()) return why;
    mover_.branched(lives_.branches().common(left, number));
    return "";
}

// Within the branch, without stops. False: given up on the way. A life that ends
// before is stood at the end of.
bool BranchCommands::go(Moment to, SearchControl const& control, double done, double share) {
    observation_.rewind();
    observation_.ignore_stops(true);
    auto const rung = machine_.checkpoints().at_or_before(to);
    if (rung && (to < machine_.moment() || rung->at > machine_.moment())) machine_.restore(*rung);
    std::uint64_t const start = machine_.moment().retired;
    bool there = true;
    while (machine_.moment() < to) {
        if (control.cancelled && control.cancelled()) {
            there = false;
            break;
        }
        Moment const before = machine_.moment();
        auto const r = machine_.run({.moment = std::min(to, Moment{before.retired + piece, 0})});
        if (control.progress && to.retired > start)
            control.progress(done + share * static_cast<double>(machine_.moment().retired - start) /
                                        static_cast<double>(to.retired - start),
                             machine_.moment());
        // What is posted meanwhile interrupts the run; it is taken afterwards.
        if (r.stop != machine::RunStop::reached && r.stop != machine::RunStop::interrupted) break;
        // This life has fewer inputs there than the one that the moment is of.
        if (r.stop == machine::RunStop::reached && machine_.moment() == before) break;
    }
    observation_.ignore_stops(false);
    return there;
}

// To where it stood, now and whole: whatever was posted meanwhile is carried out there.
void BranchCommands::go_back(BranchNumber branch, Moment to, SearchControl const& control) {
    enter(branch);
    go(to, {.cancelled = {}, .progress = control.progress}, 1, 0);
}

std::string BranchCommands::name_of(BranchNumber number) const {
    for (BranchInfo const& b : lives_.branches().list())
        if (b.number == number) return b.name;
    return "?";
}

BranchCommands::Said BranchCommands::carry_out(Fork const& f) {
    mover_.pause();
    if (std::string why = begin(f.name); !why.empty()) return {false, std::move(why)};
    return {true, fmt::format("{} begins here", name_of(lives_.branches().active()))};
}

BranchCommands::Said BranchCommands::carry_out(SwitchBranch const& b) {
    mover_.pause();
    Moment const to = lives_.branches().left_at(b.branch);
    if (std::string why = enter(b.branch); !why.empty()) return {false, std::move(why)};
    mover_.seek(to);
    return {true, name_of(b.branch)};
}

BranchCommands::Said BranchCommands::carry_out(DropBranch const& b) {
    std::string why = lives_.drop(b.branch);
    return {why.empty(), std::move(why)};
}

BranchCommands::Said BranchCommands::carry_out(RenameBranch const& b) {
    std::string why = lives_.rename(b.branch, b.name);
    return {why.empty(), std::move(why)};
}

// Goes to the branch's end and comes back.
BranchCommands::Said BranchCommands::carry_out(SaveBranch const& b, SearchControl const& control) {
    mover_.pause();
    Moment const here = machine_.moment();
    BranchNumber const now = lives_.branches().active();
    Moment const left = lives_.branches().left_at(b.branch);
    if (std::string why = enter(b.branch); !why.empty()) return {false, std::move(why)};
    std::string failure;
    if (!go(machine_.log().edge(), control, 0, 1)) {
        failure = given_up;
    } else {
        try {
            recording::save_life(b.file, machine_, parent_of(b.branch));
        } catch (std::exception const& error) {
            failure = error.what();
        }
    }
    go_back(now, here, control);
    lives_.leave_at(b.branch, left);
    if (!failure.empty()) return {false, std::move(failure)};
    return {true, fmt::format("{} is saved in {}", name_of(b.branch), b.file)};
}

BranchCommands::Said BranchCommands::carry_out(CompareBranches const& c, SearchControl const& control) {
    mover_.pause();
    Moment const here = machine_.moment();
    BranchNumber const now = lives_.branches().active();
    Moment const one_left = lives_.branches().left_at(c.one), other_left = lives_.branches().left_at(c.other);
    std::string failure;
    // Of a branch at a moment; none: there is no such branch, or it was given up.
    Moment until = Moment::never();  // as far as both were looked at
    auto const portrait = [&](BranchNumber branch, std::optional<Moment> at,
                              double done) -> std::optional<compare::Portrait> {
        Moment const to = at.value_or(lives_.branches().left_at(branch));
        failure = enter(branch);
        if (failure.empty() && !go(to, control, done, 0.5)) failure = given_up;
        if (!failure.empty()) return std::nullopt;
        // A life without the inputs of that count stands behind them all the same.
        bool const there = machine_.moment().retired == to.retired;
        until = std::min(until, there ? to : machine_.moment());
        return compare::portrait_of(machine_, observation_, kernel_, symbols_, name_of(branch));
    };
    if (auto const one = portrait(c.one, c.one_at, 0))
        if (auto const other = portrait(c.other, c.other_at, 0.5)) {
            auto made = std::make_shared<compare::Comparison>(compare::compare(*one, *other));
            find_first_input(*made, c, until);
            comparison_ = std::move(made);
        }
    go_back(now, here, control);
    lives_.leave_at(c.one, one_left);
    lives_.leave_at(c.other, other_left);
    if (!failure.empty()) return {false, std::move(failure)};
    return {true, comparison_->same ? "the same" : "not the same"};
}

// Two branches of one machine part at the first input that only one of them got;
// `until`: as far as both were looked at.
void BranchCommands::find_first_input(compare::Comparison& c, CompareBranches const& which,
                                      Moment until) const {
    c.first.reset();
    c.first_text = fmt::format("one life until {}", to_string(until));
    if (which.one == which.other) return;
    Moment const common = lives_.branches().common(which.one, which.other);
    auto const behind = [&](BranchNumber branch) {
        auto const& inputs = lives_.branches().log(branch).inputs();
        auto const from = std::find_if(inputs.begin(), inputs.end(),
                                       [&](machine::Input const& i) { return i.at >= common; });
        return std::span<machine::Input const>(inputs).subspan(
            static_cast<std::size_t>(from - inputs.begin()));
    };
    auto const one = behind(which.one), other = behind(which.other);
    auto const [a, b] = std::mismatch(one.begin(), one.end(), other.begin(), other.end());
    Moment const first =
        std::min(a == one.end() ? Moment::never() : a->at, b == other.end() ? Moment::never() : b->at);
    if (first >= until) return;
    auto const input = [&](auto const& at, auto const& all) -> std::string {
        if (at == all.end()) return "none";
        return fmt::format("{} at {}", input_text(*at), to_string(at->at));
    };
    c.first = compare::First{
        first, first, fmt::format("another input: {} | {}", input(a, one), input(b, other)), {}};
}

std::optional<recording::Parent> BranchCommands::parent_of(BranchNumber number) const {
    for (BranchInfo const& b : lives_.branches().list())
        if (b.number == number && b.parent)
            return recording::parent_of("fork", *b.parent == original ? title_ : name_of(*b.parent),
                                        machine_.config(), machine_.log().inputs(), b.forked_at);
    return std::nullopt;
}

}  // namespace sim::debug
