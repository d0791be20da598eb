// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/course/solutions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "labs/grader/starter.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

std::string blanks_off(std::string const& line) {
    auto const first = line.find_first_not_of(" \t");
    if (first == std::string::npos) return {};
    return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

// The argument of a macro that begins at `at`, as # gives it: blanks in between become one.
std::string stringised(std::string const& text, std::size_t at) {
    std::string result;
    for (int depth = 1; at < text.size(); ++at) {
        char const c = text[at];
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (depth == 0) break;
        bool const blank = c == ' ' || c == '\n' || c == '\t';
        if (!blank)
            result += c;
        else if (!result.empty() && result.back() != ' ')
            result += ' ';
    }
    while (!result.empty() && result.back() == ' ') result.pop_back();
    return result;
}

bool is_comment(std::string const& line) {
    for (char const* start : {"//", "/*", "*", "#"})
        if (line.rfind(start, 0) == 0) return true;
    return false;
}

void add_lines(std::string const& text, std::size_t least, std::set<std::string>& to) {
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        line = blanks_off(line);
        if (line.size() >= least && !is_comment(line)) to.insert(line);
    }
}

bool is_source(fs::path const& file) {
    std::string const extension = file.extension().string(), stem = file.stem().string();
    bool const known = extension == ".cpp" || extension == ".hpp" || extension == ".S" || extension == ".h" ||
                       extension == ".ld";
    bool const test = stem.size() > 5 && stem.compare(stem.size() - 5, 5, "_test") == 0;
    return known && !test;
}

}  // namespace

std::string without_solutions(std::string const& live, std::string const& extension,
                              std::vector<Definition> const& labs) {
    if (tagged_parts(live).empty()) return live;
    return cut_all(live, [&](int number, std::string const& part) -> std::string {
        for (auto const& lab : labs) {
            fs::path const stub = lab.folder / "stubs" / (part + extension);
            if (lab.number == number && fs::exists(stub)) return read_text(stub);
        }
        return fmt::format("/* Lab {} asks for what stands here: {}. */\n", number, part);
    });
}

std::vector<KernelFile> kernel_files(fs::path const& repository) {
    std::vector<KernelFile> files;
    for (auto const& entry : fs::recursive_directory_iterator(repository / "kernel")) {
        if (!entry.is_regular_file() || !is_source(entry.path())) continue;
        bool const tagged = !tagged_parts(read_text(entry.path())).empty();
        files.push_back({entry.path().lexically_relative(repository), tagged});
    }
    std::sort(files.begin(), files.end(), [](auto const& a, auto const& b) { return a.path < b.path; });
    return files;
}

void write_kernel(fs::path const& repository, fs::path const& into) {
    auto const labs = load_definitions(repository);
    for (auto const& file : kernel_files(repository)) {
        fs::create_directories((into / file.path).parent_path());
        write_text(into / file.path, without_solutions(read_text(repository / file.path),
                                                       file.path.extension().string(), labs));
    }
}

std::string plain_lines(std::string const& text) {
    std::istringstream in(text);
    std::string plain;
    for (std::string line; std::getline(in, line);) {
        line = blanks_off(line);
        if (line.empty() || is_comment(line)) continue;
        for (std::size_t i = 0; i < line.size(); ++i) {
            bool const blank = line[i] == ' ' || line[i] == '\t';
            if (!blank)
                plain += line[i];
            else if (plain.back() != ' ')
                plain += ' ';
        }
        plain += '\n';
    }
    return plain;
}

std::set<std::string> solution_pairs(fs::path const& repository, std::size_t least) {
    std::set<std::string> pairs;
    for (auto const& file : kernel_files(repository)) {
        if (!file.tagged) continue;
        std::string const live = read_text(repository / file.path);
        for (auto const& part : tagged_parts(live)) {
            std::istringstream lines(plain_lines(part.text));
            std::string before;
            for (std::string line; std::getline(lines, line); before = line)
                if (!before.empty() && before.size() + line.size() >= least)
                    pairs.insert(before + "\n" + line);
        }
    }
    return pairs;
}

std::set<std::string> assertions_of_solutions(fs::path const& repository) {
    constexpr std::string_view opening = "ASSERT(";
    std::set<std::string> all;
    for (auto const& file : kernel_files(repository)) {
        if (!file.tagged) continue;
        std::string const live = read_text(repository / file.path);
        for (auto const& [lab, name, text] : tagged_parts(live))
            for (auto at = text.find(opening); at != std::string::npos; at = text.find(opening, at + 1))
                all.insert(stringised(text, at + opening.size()));
    }
    return all;
}

std::set<std::string> solution_lines(fs::path const& repository, std::size_t least) {
    std::set<std::string> inside, outside;
    for (auto const& file : kernel_files(repository)) {
        std::string const live = read_text(repository / file.path);
        for (auto const& part : tagged_parts(live)) add_lines(part.text, least, inside);
        add_lines(cut_all(live, [](int, std::string const&) { return std::string(); }), least, outside);
    }
    for (auto const& lab : load_definitions(repository))
        if (fs::is_directory(lab.folder / "stubs"))
            for (auto const& stub : fs::directory_iterator(lab.folder / "stubs"))
                add_lines(read_text(stub.path()), least, outside);
    std::set<std::string> telling;
    std::set_difference(inside.begin(), inside.end(), outside.begin(), outside.end(),
                        std::inserter(telling, telling.end()));
    return telling;
}

}  // namespace lab
