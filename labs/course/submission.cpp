// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/course/submission.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>
#include <sstream>

#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t largest_file = 1 << 20, largest_note = 1 << 16;
constexpr char const* note_name = ".lab.json";
constexpr char const* answers_name = "explain.md";

bool is_real_folder(fs::path const& folder) {
    return fs::symlink_status(folder).type() == fs::file_type::directory;
}

bool holds(fs::path const& folder, std::vector<std::string> const& names) {
    for (auto const& name : names)
        if (fs::symlink_status(folder / name).type() == fs::file_type::regular) return true;
    return false;
}

// The folder itself, or the only one inside: archives often have one more.
fs::path folder_of_files(fs::path const& folder, std::vector<std::string> const& names) {
    if (holds(folder, names)) return folder;
    std::vector<fs::path> inside;
    for (auto const& entry : fs::directory_iterator(folder))
        if (is_real_folder(entry.path()) && holds(entry.path(), names)) inside.push_back(entry.path());
    return inside.size() == 1 ? inside.front() : folder;
}

json read_note(fs::path const& folder) {
    auto const text = read_carefully(folder / note_name, largest_note);
    auto note = text ? json::parse(*text, nullptr, false) : json();
    return note.is_object() ? note : json::object();
}

std::vector<std::string> names_of(Definition const& definition) {
    std::vector<std::string> names;
    for (auto const& file : definition.files) names.push_back(file.name);
    return names;
}

}  // namespace

std::optional<std::string> read_carefully(fs::path const& file, std::size_t most) {
    // Not blocking: it may be a pipe that nobody writes.
    int const descriptor = open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) return {};
    struct stat about {};
    std::optional<std::string> text;
    if (fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) &&
        static_cast<std::uint64_t>(about.st_size) <= most) {
        text.emplace(static_cast<std::size_t>(about.st_size), '\0');
        std::size_t done = 0;
        while (done < text->size()) {
            ssize_t const n = read(descriptor, text->data() + done, text->size() - done);
            if (n <= 0) break;
            done += static_cast<std::size_t>(n);
        }
        text->resize(done);
    }
    close(descriptor);
    return text;
}

Submission read_submission(fs::path const& repository, fs::path const& folder,
                           SubmissionOptions const& options) {
    std::vector<std::string> wanted = {note_name};
    if (options.lab) wanted = names_of(find_definition(repository, *options.lab));
    fs::path const place = folder_of_files(folder, wanted);
    json const note = read_note(place);
    if (!options.lab && !(note.contains("lab") && note["lab"].is_number_integer()))
        throw UsageError("there is no .lab.json: this is no folder of a started lab",
                         "Name the lab: --lab N.");
    Submission submission{.name = folder.filename().string(), .files = {}, .missing = {}};
    submission.lab = options.lab ? *options.lab : note["lab"].get<int>();
    bool no_seed = false;
    if (auto const seed = options.seeds.find(submission.name); seed != options.seeds.end())
        submission.seed = seed->second;
    else if (note.contains("seed") && note["seed"].is_number_unsigned())
        submission.seed = note["seed"].get<std::uint64_t>();
    else
        no_seed = true;
    auto const definition = find_definition(repository, submission.lab);
    for (auto const& name : names_of(definition)) {
        auto text = read_carefully(place / name, largest_file);
        if (text)
            submission.files[name] = std::move(*text);
        else if (submission.missing.empty())
            submission.missing = name;
    }
    if (auto text = read_carefully(place / answers_name, largest_file))
        submission.files[answers_name] = std::move(*text);
    if (no_seed) {
        auto const asked = submission.files.find(answers_name);
        auto const of_questions =
            asked == submission.files.end() ? std::nullopt : seed_of_questions(asked->second);
        submission.seed = of_questions.value_or(seed_of_name(submission.name));
    }
    return submission;
}

Seeds read_seeds(fs::path const& file) {
    Seeds seeds;
    std::istringstream lines(read_text(file));
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.empty() || line[0] == '#') continue;
        auto const comma = line.rfind(',');
        std::uint64_t seed = 0;
        char const* const end = line.data() + line.size();
        bool const good = comma != std::string::npos && comma > 0 &&
                          std::from_chars(line.data() + comma + 1, end, seed).ptr == end &&
                          comma + 1 < line.size();
        if (!good)
            throw UsageError(fmt::format("{}, line {}: this is not \"name,seed\"", file.string(), number),
                             "One student a line; the seed is a number.");
        seeds[line.substr(0, comma)] = seed;
    }
    return seeds;
}

std::uint64_t seed_of_name(std::string const& name) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (char const c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash % 1'000'000'007;
}

std::string printable(std::string const& text, std::size_t most) {
    std::string result;
    for (char const c : text.substr(0, most))
        result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    return result;
}

}  // namespace lab
