// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/manifest.hpp"

#include <sstream>

#include "labs/grader/text_file.hpp"

namespace lab {

namespace fs = std::filesystem;

std::string read_manifest(fs::path const& file, fs::path const& build) {
    std::string text = read_text(file);
    std::string const word = root_word, root = build.parent_path().parent_path().string();
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + root.size()))
        text.replace(at, word.size(), root);
    return text;
}

std::vector<std::string> values_of(std::string const& manifest, std::string const& key) {
    std::vector<std::string> found;
    std::istringstream lines(manifest);
    for (std::string line; std::getline(lines, line);)
        if (line.rfind(key + "=", 0) == 0) found.push_back(line.substr(key.size() + 1));
    return found;
}

}  // namespace lab
