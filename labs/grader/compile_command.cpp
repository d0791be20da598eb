// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/compile_command.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "labs/grader/diagnosis.hpp"
#include "labs/grader/manifest.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

// What is compiled: a live file, from this source, with these headers before ours.
struct Job {
    std::string live;
    fs::path source, object;
    fs::path shown_from, shown_as;  // messages and debug information name files as the student knows them
    fs::path headers;               // empty: none
};

std::vector<std::string> words_of(Job const& job, CompileCommand const& command) {
    std::vector<std::string> words = command.words;
    bool replaced = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0 && words[i - 1] == "-o")
            words[i] = job.object.string();
        else if (words[i] == command.source) {
            words[i] = job.source.string();
            replaced = true;
        }
    }
    // Else ours would be compiled, and judged as the student's.
    if (!replaced)
        throw UsageError(fmt::format("the build's command for {} does not name it", job.live),
                         "Run ./viv build and try again.");
    if (!job.headers.empty()) words.insert(words.begin() + 1, "-I" + job.headers.string());
    words.push_back("-fdiagnostics-color=never");
    words.push_back(fmt::format("-ffile-prefix-map={}={}", job.shown_from.string(), job.shown_as.string()));
    return words;
}

// Where a file is, whichever links lead there.
fs::path place_of(fs::path const& file) { return fs::weakly_canonical(fs::absolute(file)); }

bool is_header(fs::path const& file) { return file.extension() == ".hpp"; }

}  // namespace

ProcessResult run_compiler(std::vector<std::string> const& words, fs::path const& folder) {
    auto result = run_process({.arguments = words,
                               .folder = folder,
                               .environment = {"LC_ALL=C"},
                               .limits = {.processor_seconds = 30,
                                          .real_seconds = 120,
                                          .file_bytes = 64 << 20,
                                          .memory_bytes = 1ull << 30,
                                          .processes = 20,
                                          .most_output = 1 << 18}});
    // First: what it said before that is only half of it.
    if (result.out_of_time) result.output = std::string(stopped_for_time) + "\n" + result.output;
    if (result.out_of_memory) result.output = std::string(stopped_for_memory) + "\n" + result.output;
    return result;
}

CompileCommands::CompileCommands(fs::path const& build) {
    auto const all =
        nlohmann::json::parse(read_manifest(build / "compile_commands.json", build), nullptr, false);
    if (!all.is_array())
        throw UsageError((build / "compile_commands.json").string() + " is damaged",
                         "Run ./viv build and try again.");
    fs::path const place = place_of(build);
    for (auto const& entry : all) {
        std::string const file = entry.value("file", "");
        if (file.find("/kernel/") == std::string::npos && file.find("/tests/driver.cpp") == std::string::npos)
            continue;
        CompileCommand command;
        command.source = file;
        command.folder = entry.value("directory", "");
        command.words = split_command(entry.value("command", ""));
        for (std::size_t i = 0; i + 1 < command.words.size(); ++i)
            if (command.words[i] == "-o")
                command.object = (command.folder / command.words[i + 1]).lexically_normal();
        // The same source is compiled for the machine and for host tests.
        // By the path below the build: where it lies is the user's business.
        std::string const object = "/" + place_of(command.object).lexically_relative(place).string();
        if (object.find("/kernel_") != std::string::npos || object.find("/app_") != std::string::npos)
            commands_.emplace(std::pair(place_of(file).string(), World::machine), command);
        if (object.find("/hosted_") != std::string::npos || object.find("_driver.dir/") != std::string::npos)
            commands_.emplace(std::pair(place_of(file).string(), World::host), command);
    }
}

CompileCommand const& CompileCommands::find(fs::path const& live, World world) const {
    auto const found = commands_.find({place_of(live).string(), world});
    if (found == commands_.end())
        throw UsageError(fmt::format("the build does not know {}", live.string()),
                         "Run ./viv build and try again.");
    return found->second;
}

bool CompileCommands::knows(fs::path const& live, World world) const {
    return commands_.count({place_of(live).string(), world}) != 0;
}

Compilation compile_files(std::vector<StudentFile> const& files, World world, fs::path const& repository,
                          CompileCommands const& commands, fs::path const& work) {
    char const* const ending = world == World::machine ? ".o" : ".host.o";
    std::vector<Job> jobs;
    fs::path headers;
    for (auto const& [file, source] : files) {
        if (!fs::exists(source))
            throw UsageError(fmt::format("{} is missing from {}", file.name, source.parent_path().string()),
                             "It was removed, renamed or never handed in.",
                             "Start the lab again in a new folder and copy the file from there.");
        read_text(source);  // throws for what would keep the compiler waiting
        if (!is_header(file.live)) {
            // Only what is known of the machine is left out: else the build knows nothing here.
            if (world == World::host && !commands.knows(repository / file.live, World::host) &&
                commands.knows(repository / file.live, World::machine))
                continue;
            jobs.push_back({file.live,
                            source,
                            work / (file.name + ending),
                            source.parent_path(),
                            fs::path(file.live).parent_path(),
                            {}});
            continue;
        }
        headers = work / "headers";
        fs::create_directories((headers / file.live).parent_path());
        write_text(headers / file.live, read_text(source));
        for (auto const& user : world == World::host ? file.host_users : file.users)
            jobs.push_back({user,
                            repository / user,
                            work / (fs::path(user).filename().string() + ending),
                            headers,
                            "",
                            {}});
    }
    Compilation result;
    for (auto& job : jobs) {
        job.headers = headers;
        auto const& command = commands.find(repository / job.live, world);
        auto const compiled = run_compiler(words_of(job, command), command.folder);
        result.output += compiled.output;
        if (compiled.status != 0) return result;
        result.objects.push_back({command.object, job.object});
    }
    result.built = true;
    return result;
}

std::vector<std::string> split_command(std::string const& command) {
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = 0;
    for (std::size_t i = 0; i < command.size(); ++i) {
        char const c = command[i];
        if (c == '\\' && quote != '\'' && i + 1 < command.size()) {
            word += command[++i];
            in_word = true;
        } else if (quote) {
            if (c == quote)
                quote = 0;
            else
                word += c;
        } else if (c == '\'' || c == '"') {
            quote = c;
            in_word = true;
        } else if (c == ' ') {
            if (in_word) words.push_back(std::exchange(word, {}));
            in_word = false;
        } else {
            word += c;
            in_word = true;
        }
    }
    if (in_word) words.push_back(word);
    return words;
}

}  // namespace lab
