// SPDX-License-Identifier: GPL-2.0-or-later
//
// What text.cpp is made of; nobody else includes this. One function a view: the
// machine's in text_machine.cpp, the kernel's in text_kernel.cpp, what happened in
// text_history.cpp, the others in text.cpp.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>

#include "simulator/debug/text.hpp"

namespace sim::debug::printers {

using Out = std::back_insert_iterator<std::string>;

constexpr char const* not_asked = "(not asked for)\n";
// At this moment; its address where it has no name, "-" where there is none.
std::string thread_name(Snapshot const&, std::uint64_t address);

void overview(Out, Snapshot const&, TextOptions const&);
void branches(Out, Snapshot const&, TextOptions const&);
void comparison(Out, Snapshot const&, TextOptions const&);
void console(Out, Snapshot const&, TextOptions const&);
void processors(Out, Snapshot const&, TextOptions const&);
void registers(Out, Snapshot const&, TextOptions const&);
void descriptors(Out, Snapshot const&, TextOptions const&);
void tlb(Out, Snapshot const&, TextOptions const&);
void disassembly(Out, Snapshot const&, TextOptions const&);
void backtrace(Out, Snapshot const&, TextOptions const&);
void threads(Out, Snapshot const&, TextOptions const&);
void stacks(Out, Snapshot const&, TextOptions const&);
void gantt_text(Out, Snapshot const&, TextOptions const&);
void memory(Out, Snapshot const&, TextOptions const&);
void frames(Out, Snapshot const&, TextOptions const&);
void heat(Out, Snapshot const&, TextOptions const&);
void accesses(Out, Snapshot const&, TextOptions const&);
void disk(Out, Snapshot const&, TextOptions const&);
void walk(Out, Snapshot const&, TextOptions const&);
void pages(Out, Snapshot const&, TextOptions const&);
void packets(Out, Snapshot const&, TextOptions const&);
void packet(Out, Snapshot const&, TextOptions const&);
void events(Out, Snapshot const&, TextOptions const&);
void devices(Out, Snapshot const&, TextOptions const&);
void heap(Out, Snapshot const&, TextOptions const&);
void locks(Out, Snapshot const&, TextOptions const&);
void interrupts(Out, Snapshot const&, TextOptions const&);
void virtqueues(Out, Snapshot const&, TextOptions const&);
void connections(Out, Snapshot const&, TextOptions const&);
void stops(Out, Snapshot const&, TextOptions const&);
void answers(Out, Snapshot const&, TextOptions const&);

}  // namespace sim::debug::printers
