// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/text_file.hpp"

#include <fstream>
#include <sstream>

#include "labs/grader/definition.hpp"

namespace lab {

std::string read_text(std::filesystem::path const& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) throw UsageError("cannot read " + file.string(), "Is it there, and may you read it?");
    return text.str();
}

void write_text(std::filesystem::path const& file, std::string const& text) {
    std::ofstream out(file, std::ios::binary);
    out << text;
    if (!out.flush())
        throw UsageError("cannot write " + file.string(), "Is the disk full, or the folder not yours?");
}

}  // namespace lab
