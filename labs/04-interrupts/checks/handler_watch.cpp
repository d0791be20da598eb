// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/04-interrupts/checks/handler_watch.hpp"

namespace lab::interrupts {
namespace {

using sim::engine::Gpr;

constexpr std::uint64_t most_instructions = 400'000;  // a handler without an end must not keep us busy

}  // namespace

HandlerWatch::HandlerWatch(StudentRun& run, std::uint8_t vector, Looks looks)
    : run_(run),
      cpu_(run.machine().cpu()),
      before_(cpu_.observer()),
      vector_(vector),
      looks_(looks),
      dispatch_(run.address_of("trap_dispatch")) {
    cpu_.set_observer(this);
    cpu_.set_trace(true);
}

HandlerWatch::~HandlerWatch() {
    cpu_.set_trace(false);
    cpu_.set_observer(before_);
}

bool HandlerWatch::on_address(sim::engine::VirtAddr address) {
    return before_ != nullptr && before_->on_address(address);
}

void HandlerWatch::on_interrupt(std::uint8_t vector, bool external, std::uint32_t error_code,
                                sim::engine::VirtAddr address) {
    if (before_ != nullptr) before_->on_interrupt(vector, external, error_code, address);
    if (vector != vector_ || interrupted_) return;
    interrupted_ = Place{cpu_.instruction_pointer(), cpu_.general(Gpr::rsp)};
    called_from_.reset();
}

bool HandlerWatch::on_instruction(sim::engine::VirtAddr rip) {
    if (++seen_ > most_instructions) return cpu_.set_trace(false), false;
    if (!interrupted_ || offence_) return false;
    Place const here{rip, cpu_.general(Gpr::rsp)};
    if (called_from_) {
        if (here != *called_from_) return false;
        called_from_.reset();
    }
    if (here == *interrupted_) return interrupted_.reset(), false;
    if ((cpu_.state().rflags & interrupt_flag) != 0) {
        offence_ = Offence{run_.machine().moment(), run_.symbols().describe(rip)};
    } else if (looks_ == Looks::at_the_stub && rip == dispatch_) {
        if (auto const back = run_.read_word(here.rsp)) called_from_ = Place{*back, here.rsp + 8};
    }
    return false;
}

}  // namespace lab::interrupts
