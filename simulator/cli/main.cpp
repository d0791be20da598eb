// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/command_line.hpp"

int main(int count, char** words) { return sim::cli::main_program(count, words); }
