// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/retry_command.hpp"

#include <spawn.h>
#include <sys/wait.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "simulator/cli/interruption.hpp"
#include "simulator/cli/json_line.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/progress.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/debug/retry/retry.hpp"
#include "simulator/recording/images.hpp"

extern char** environ;

namespace sim::cli {
namespace {

namespace fs = std::filesystem;

// Runs a program with its output on our stderr, and waits. Its exit status; 128 and
// more: it was killed, or cannot be started.
int run_program(std::vector<std::string> words) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, 2, 1);
    pid_t id = 0;
    int const failure = posix_spawnp(&id, pointers[0], &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0)
        throw std::runtime_error(
            fmt::format("cannot start {}: {}; run ./viv setup", words[0], strerror(failure)));
    int status = 0;
    while (waitpid(id, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

// The application that a recorded image is, by the name of its file.
std::string application_of(machine::Blob const& image) {
    std::string const name = fs::path(image.name).stem().string();
    for (std::string const& known : recording::known_applications())
        if (known == name) return name;
    throw std::runtime_error(
        fmt::format("the recorded image {} is none of this tree's applications; give the changed one with "
                    "--image ELF",
                    image.name));
}

// Builds one image and nothing else. False: Ctrl-C.
bool build(fs::path const& image) {
    fs::path const folder = recording::images_folder().parent_path();
    std::error_code failure;
    std::string const target = fs::relative(image, folder, failure).string();
    // The lock that ./viv takes: two builds at once would build into one another.
    int const status = run_program({"flock", (folder.parent_path() / ".lock").string(), "ninja", "--quiet",
                                    "-C", folder.string(), target});
    if (Interruption::requested()) return false;
    if (status != 0)
        throw std::runtime_error(
            fmt::format("{} cannot be built: the first error above is the one to read", target));
    return true;
}

}  // namespace

void add_retry(CLI::App& app, RetryWords& words) {
    auto* retry = app.add_subcommand(
        "retry",
        "Edit and rerun to here: build the kernel that was recorded, as it is now, give it what the\n"
        "recording holds, stop at the same event and show old and new side by side.\n"
        "Exit status: 0 reached and the same in all that counts, 1 not.");
    retry
        ->add_option("FILE@EVENT", words.file,
                     "a recording, and packet:3, fault:1, connection:2, interrupt:4, "
                     "switch:5, start or end")
        ->required();
    retry->add_flag("--no-build", words.no_build, "take the image as it was built last");
    retry->add_option("--image", words.image, "this image instead of one that is built here")
        ->type_name("ELF");
    retry->add_option("-o,--record", words.record, "record the new life, whole, for viv open and viv compare")
        ->type_name("FILE");
    retry->add_flag("--embed", words.embed, "put the new image into that recording");
    retry->add_option("--kernel", words.kernel, "the recorded image, when it cannot be found by itself")
        ->type_name("FILE");
    retry->add_option("--most", words.most, "lines of each section")->type_name("N")->capture_default_str();
    retry->add_flag("--salvage", words.salvage, "take what there is of a recording that stops too early");
    retry->add_flag("--json", words.json, "print the outcome as one line of JSON on stdout");
}

int retry(RetryWords const& words) {
    auto const [file, text] = debug::split_place(words.file);
    recording::ReplayOptions options;
    options.image = words.kernel;
    options.tolerance = words.salvage ? recording::Tolerance::salvage : recording::Tolerance::whole;
    recording::Replay replay(file, options);

    debug::retry::RetryWanted wanted;
    wanted.place = debug::destination_of(text);
    debug::retry::check(wanted.place);
    wanted.old_name = fs::path(file).filename().string();
    wanted.record = words.record;
    wanted.embed = words.embed;
    wanted.compare.most = std::max<std::size_t>(words.json ? 1000 : 100, words.most);
    Interruption interruption;
    fs::path image = words.image;
    if (image.empty()) {
        image = recording::image_of(application_of(replay.recording().config.image));
        if (!words.no_build && !build(image)) {
            say("interrupted");
            return status_interrupted;
        }
    }
    wanted.image = recording::read_blob(image);
    wanted.new_name = words.record.empty() ? "now" : fs::path(words.record).filename().string();
    if (wanted.image.sha256 == replay.recording().config.image.sha256)
        say("the image is the recorded one: nothing has changed in it");

    Progress progress;
    auto const result =
        debug::retry::retry(replay, wanted, {Interruption::requested, [&](double part, machine::Moment) {
                                                 progress.show("running again", part);
                                             }});
    progress.clear();
    if (!result) {
        say("interrupted");
        return status_interrupted;
    }
    if (words.json) {
        auto line = to_json(*result);
        line["file"] = file;
        line["event"] = text;
        print_line(line);
    } else {
        fmt::print("{}: {}\n{}", words.file, result->same ? "the same" : "not the same",
                   to_text(*result, words.most));
    }
    if (!words.record.empty()) say("recorded in {0}; look at it with: viv open {0}", words.record);
    return result->same ? status_right : status_differs;
}

}  // namespace sim::cli
