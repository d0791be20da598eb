// SPDX-License-Identifier: MIT
#include "kernel/backtrace.hpp"

#include "kernel/arch/x86_64/image.hpp"
#include "kernel/base/bits.hpp"
#include "kernel/base/symbol_table.hpp"

namespace kernel {
namespace {

constexpr unsigned max_frames = 32;

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
    return address >= base::VirtAddr::of(data_start) && address < base::VirtAddr::of(data_end) &&
           base::is_aligned(address.raw(), std::uint64_t{8});
}

}  // namespace

void print_symbol(base::TextSink& sink, base::VirtAddr address) {
    auto const symbol = in_text(address) ? symbols().find(address) : base::SymbolTable::Symbol{};
    if (symbol.name.empty())
        base::print(sink, "?");
    else
        base::print(sink, "{}+{:#x}", symbol.name, symbol.offset);
}

void print_backtrace(base::TextSink& sink, base::VirtAddr frame_pointer) {
    for (unsigned i = 0; i < max_frames && readable(frame_pointer); ++i) {
        CallFrame const frame = *frame_pointer.as<CallFrame const>();
        if (!in_text(frame.return_address)) return;
        base::print(sink, "  {:#x}  ", frame.return_address.raw());
        // The return address may be the next function's start: look up the call.
        print_symbol(sink, base::VirtAddr(frame.return_address.raw() - 1));
        base::print(sink, "\n");
        if (frame.caller <= frame_pointer) return;
        frame_pointer = frame.caller;
    }
}

}  // namespace kernel
