// SPDX-License-Identifier: MIT
//
// What the compiler's output expects of a C++ runtime, beyond memory functions.
#include "kernel/arch/x86_64/image.hpp"
#include "kernel/base/assert.hpp"

extern "C" void __cxa_pure_virtual() { ASSERT(!"a pure virtual function was called"); }

// std::string_view::substr beyond the end: an exception elsewhere, a mistake here.
namespace std {
void __throw_out_of_range_fmt(char const*, ...) { base::panic("a position lies outside its string"); }
}  // namespace std

namespace arch {

void run_constructors() {
    using Constructor = void (*)();
    auto const* const end = reinterpret_cast<Constructor const*>(constructors_end);
    for (auto const* at = reinterpret_cast<Constructor const*>(constructors_start); at < end; ++at) (*at)();
}

}  // namespace arch
