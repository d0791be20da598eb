// SPDX-License-Identifier: MIT
#include "kernel/backtrace.hpp"

#include "kernel/arch/x86_64/image.hpp"
#include "kernel/base/bits.hpp"
#include "kernel/base/symbol_table.hpp"
#include "kernel/memory/memory.hpp"

namespace kernel {
namespace {

constexpr unsigned max_lines = 32;

base::SymbolTable symbols() {
    auto const size = static_cast<std::size_t>(symbol_table_end - symbol_table_start);
    return base::SymbolTable({reinterpret_cast<std::byte const*>(symbol_table_start), size});
}

bool in_text(base::VirtAddr address) {
    return address >= base::VirtAddr::of(text_start) && address < base::VirtAddr::of(text_end);
}

// What [rbp] points at in every function.
struct CallFrame {
    base::VirtAddr caller;
    base::VirtAddr return_address;
};

bool readable(base::VirtAddr address) {
    return base::is_aligned(address.raw(), std::uint64_t{8}) && memory::is_mapped(address) &&
           memory::is_mapped(address + 8);
}

// The return address may be the next function's start: name the call before it.
void print_call(base::TextSink& sink, base::VirtAddr return_address) {
    base::print(sink, "  {:#x}  ", return_address.raw());
    print_symbol(sink, base::VirtAddr(return_address.raw() - 1));
    base::print(sink, "\n");
}

// A function starts with push %rbp, unless it is so small that the compiler
// left its frame out.
constexpr std::uint8_t push_rbp = 0x55;

}  // namespace

void print_symbol(base::TextSink& sink, base::VirtAddr address) {
    auto const symbol = in_text(address) ? symbols().find(address) : base::SymbolTable::Symbol{};
    if (symbol.name().empty())
        base::print(sink, "?");
    else
        base::print(sink, "{}+{:#x}", symbol.name(), symbol.offset);
}

void print_backtrace(base::TextSink& sink, base::VirtAddr frame_pointer) {
    base::VirtAddr last;
    unsigned repeated = 0;  // a recursion is one line and a number
    auto const end_of_run = [&] {
        if (repeated > 0) base::print(sink, "    ... and {} more times\n", repeated);
        repeated = 0;
    };
    unsigned lines = 0;
    while (lines < max_lines && readable(frame_pointer)) {
        CallFrame const frame = *frame_pointer.as<CallFrame const>();
        if (!in_text(frame.return_address)) break;
        if (frame.return_address == last) {
            ++repeated;
        } else {
            end_of_run();
            print_call(sink, frame.return_address);
            last = frame.return_address;
            ++lines;
        }
        if (frame.caller <= frame_pointer) break;  // callers lie above: so this ends
        frame_pointer = frame.caller;
    }
    end_of_run();
}

void print_backtrace(base::TextSink& sink, base::VirtAddr instruction, base::VirtAddr stack_pointer,
                     base::VirtAddr frame_pointer) {
    auto const symbol = in_text(instruction) ? symbols().find(instruction) : base::SymbolTable::Symbol{};
    if (!symbol.name().empty() && readable(stack_pointer)) {
        base::VirtAddr const start(instruction.raw() - symbol.offset);
        bool const has_frame = *start.as<std::uint8_t const>() == push_rbp;
        // Without a frame, or before it is made, the stack's top is the way back.
        if (!has_frame || symbol.offset == 0) print_call(sink, *stack_pointer.as<base::VirtAddr const>());
        if (has_frame && symbol.offset == 1)
            print_call(sink, *(stack_pointer + 8).as<base::VirtAddr const>());
    }
    print_backtrace(sink, frame_pointer);
}

}  // namespace kernel
