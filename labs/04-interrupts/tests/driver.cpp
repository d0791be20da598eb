// SPDX-License-Identifier: MIT
//
// Lab 4 on the host: makes the gates that each line of the standard input asks for
// and writes them to descriptor 3.
//
//   gate HANDLER IST     both in hexadecimal; "LOW HIGH", likewise
#include <cstdio>
#include <cstdlib>
#include <string>

#include "kernel/arch/x86_64/gate.hpp"
#include "labs/servant.hpp"

int main() {
    return lab::serve([](std::string const& line) {
        char* end = nullptr;
        std::uint64_t const handler = std::strtoull(line.c_str() + line.find(' ') + 1, &end, 16);
        auto const stack = static_cast<arch::InterruptStack>(std::strtoul(end, nullptr, 16));
        arch::Gate const gate = arch::make_gate(handler, stack);
        char text[40];
        std::snprintf(text, sizeof text, "%llx %llx", static_cast<unsigned long long>(gate.low),
                      static_cast<unsigned long long>(gate.high));
        return std::string(text);
    });
}
