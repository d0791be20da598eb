// SPDX-License-Identifier: GPL-2.0-or-later
//
// How the repository's own build compiles a file of the kernel, in both worlds,
// and the same for a student's file in its place.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "labs/grader/definition.hpp"
#include "labs/grader/process.hpp"

namespace lab {

enum class World { machine, host };  // freestanding for the image; a Linux program with sanitizers

struct CompileCommand {
    std::vector<std::string> words;
    std::filesystem::path folder, object;  // object: absolute
    std::string source;                    // as the words have it
};

class CompileCommands {
public:
    // Reads `build`/compile_commands.json. Throws UsageError. Files are known by where they
    // are: the build may have been configured, and be used, through a link.
    explicit CompileCommands(std::filesystem::path const& build);

    // Throws UsageError: the build does not know the file.
    CompileCommand const& find(std::filesystem::path const& live, World) const;
    bool knows(std::filesystem::path const& live, World) const;

private:
    std::map<std::pair<std::string, World>, CompileCommand> commands_;
};

// One object of the kernel's, and the student's in its place.
struct Replacement {
    std::filesystem::path old_object, new_object;
};

struct Compilation {
    bool built = false;
    std::string output;  // the compiler's, of the first file that failed; warnings of all
    std::vector<Replacement> objects;
};

// A file of a student's, and the live file in whose place it stands.
struct StudentFile {
    LiveFile file;
    std::filesystem::path source;
};

// Compiles the files, and of headers their users, into `work`. What is only for the
// machine is left out on the host. Throws UsageError when a file is missing.
Compilation compile_files(std::vector<StudentFile> const& files, World,
                          std::filesystem::path const& repository, CompileCommands const&,
                          std::filesystem::path const& work);

// Runs a compiler or a linker that reads what a student wrote, within limits, and has
// it speak English. When it was stopped its output says so, as diagnosis.hpp reads it.
ProcessResult run_compiler(std::vector<std::string> const& words, std::filesystem::path const& folder);

// A command line as compile_commands.json has it, in words. Quotes and
// backslashes as in sh; nothing else is special.
std::vector<std::string> split_command(std::string const& command);

}  // namespace lab
