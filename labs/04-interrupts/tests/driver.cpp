// SPDX-License-Identifier: MIT
//
// Lab 4 on the host: makes the gates that each line of the standard input asks for
// and writes them to descriptor 3.
//
//   gate HANDLER IST     both in hexadecimal; "LOW HIGH", likewise
#include <sstream>
#include <string>

#include "kernel/arch/x86_64/gate.hpp"
#include "labs/servant.hpp"

int main() {
    return lab::serve([](std::string const& line) {
        std::istringstream words(line);
        std::string verb;
        std::uint64_t handler = 0;
        unsigned stack = 0;
        words >> verb >> std::hex >> handler >> stack;
        arch::Gate const gate = arch::make_gate(handler, static_cast<arch::InterruptStack>(stack));
        std::ostringstream text;
        text << std::hex << gate.low << ' ' << gate.high;
        return text.str();
    });
}
