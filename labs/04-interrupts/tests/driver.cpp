// SPDX-License-Identifier: MIT
//
// Lab 4 on the host: makes the gates that each line of the standard input asks for
// and writes them to descriptor 3.
//
//   gate HANDLER IST     both in hexadecimal; "LOW HIGH", likewise
#include <unistd.h>

#include <iostream>
#include <sstream>
#include <string>

#include "kernel/arch/x86_64/gate.hpp"

namespace {

void answer(std::string text) {
    text += '\n';
    for (std::size_t done = 0; done < text.size();) {
        ssize_t const n = write(3, text.data() + done, text.size() - done);
        if (n <= 0) _exit(3);
        done += static_cast<std::size_t>(n);
    }
}

}  // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string verb;
        std::uint64_t handler = 0;
        unsigned stack = 0;
        words >> verb >> std::hex >> handler >> stack;
        arch::Gate const gate = arch::make_gate(handler, static_cast<arch::InterruptStack>(stack));
        std::ostringstream text;
        text << std::hex << gate.low << ' ' << gate.high;
        answer(text.str());
    }
}
