// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/student_image.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "labs/grader/process.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

// How the kernel's own build compiles a live file.
struct CompileCommand {
    std::vector<std::string> words;
    fs::path folder, object;  // object: absolute
};

CompileCommand command_for(fs::path const& live, fs::path const& build) {
    auto commands = nlohmann::json::parse(read_text(build / "compile_commands.json"));
    for (auto const& entry : commands) {
        if (fs::path(entry.at("file").get<std::string>()) != live) continue;
        CompileCommand command;
        command.folder = entry.at("directory").get<std::string>();
        command.words = split_command(entry.at("command").get<std::string>());
        for (std::size_t i = 0; i + 1 < command.words.size(); ++i)
            if (command.words[i] == "-o") command.object = command.folder / command.words[i + 1];
        // The same source is compiled for the machine and for host tests.
        if (command.object.string().find("hosted_") == std::string::npos) return command;
    }
    throw UsageError(fmt::format("the build does not know {}", live.string()), "Run ./viv build and try again.");
}

// The linker's list spells an object's path in its own way.
std::string spelling_in_manifest(std::string const& manifest, fs::path const& object) {
    std::size_t start = 0;
    while (start < manifest.size()) {
        auto end = manifest.find('\n', start);
        if (end == std::string::npos) end = manifest.size();
        std::string line = manifest.substr(start, end - start);
        if (line.rfind("object=", 0) == 0 && fs::path(line.substr(7)).lexically_normal() == object.lexically_normal())
            return line.substr(7);
        start = end + 1;
    }
    throw UsageError(fmt::format("{} is no part of the image", object.string()), "Run ./viv build and try again.");
}

}  // namespace

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

StudentImage build_student_image(Definition const& definition, fs::path const& repository, fs::path const& build,
                                 fs::path const& student) {
    StudentImage result;
    fs::path const work = student / ".build";
    fs::create_directories(work);
    fs::path const manifest = build / "images" / (definition.image + ".link");
    std::string const objects = read_text(manifest);
    result.elf = work / (definition.image + ".elf");
    std::vector<std::string> link = {(repository / "cmake/link_image.sh").string(), manifest.string(),
                                     result.elf.string()};
    for (auto const& file : definition.files) {
        fs::path const source = student / file.name;
        if (!fs::exists(source))
            throw UsageError(fmt::format("{} is missing from {}", file.name, student.string()),
                             "Start the lab again in a new folder and copy the file from there.");
        auto command = command_for(repository / file.live, build);
        fs::path const object = work / (file.name + ".o");
        for (std::size_t i = 0; i < command.words.size(); ++i) {
            if (i > 0 && command.words[i - 1] == "-o")
                command.words[i] = object.string();
            else if (fs::path(command.words[i]) == repository / file.live)
                command.words[i] = source.string();
        }
        // Messages and debug information name the file as the student knows it.
        command.words.push_back("-fdiagnostics-color=never");
        command.words.push_back("-ffile-prefix-map=" + student.string() + "=" +
                                fs::path(file.live).parent_path().string());
        auto compiled = run_process(command.words, command.folder);
        result.compiler_output += compiled.output;
        if (compiled.status != 0) return result;
        link.push_back(spelling_in_manifest(objects, command.object));
        link.push_back(object.string());
    }
    auto linked = run_process(link, work);
    result.compiler_output += linked.output;
    result.built = linked.status == 0;
    return result;
}

}  // namespace lab
