// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/course/packages.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "labs/grader/process.hpp"
#include "labs/grader/scratch.hpp"
#include "labs/grader/starter.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

void run_tool(std::vector<std::string> const& words, fs::path const& where) {
    auto const ended = run_process(words, where);
    if (ended.status != 0) throw UsageError(fmt::format("{} failed: {}", words.front(), ended.output), "");
}

// The same bytes for the same bundle: no times, no owners, in order.
void pack(fs::path const& folder, fs::path const& archive) {
    run_tool({"tar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner",
              "--use-compress-program=xz -1 -T0", "-cf", archive.string(), "."},
             folder);
}

void write_script(House const& house, char const* name, int lab, fs::path const& to) {
    std::string text = read_text(house.repository / "labs/course" / name);
    std::string const word = "@LAB@", number = std::to_string(lab);
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word))
        text.replace(at, word.size(), number);
    write_text(to, text);
    fs::permissions(to, fs::perms(to.extension() == ".yml" ? 0644 : 0755));
}

void make_packed_bundle(House const& house, fs::path const& archive, BundleOptions options) {
    ScratchFolder const scratch;
    options.glass = false;
    options.instructor = false;
    make_bundle(house, scratch.path() / "bundle", options);
    options.says("packing");
    pack(scratch.path() / "bundle", archive);
}

}  // namespace

void make_gradescope(House const& house, int lab, fs::path const& zip, BundleOptions options) {
    auto const definition = find_definition(house.repository, lab);
    if (fs::exists(zip))
        throw UsageError(zip.string() + " exists", "Name another file; nothing was changed.");
    ScratchFolder const scratch;
    write_script(house, "gradescope_setup.sh", definition.number, scratch.path() / "setup.sh");
    write_script(house, "gradescope_run.sh", definition.number, scratch.path() / "run_autograder");
    make_packed_bundle(house, scratch.path() / "vivarium.tar.xz", std::move(options));
    run_tool({"cmake", "-E", "tar", "cf", fs::absolute(zip).string(), "--format=zip", "setup.sh",
              "run_autograder", "vivarium.tar.xz"},
             scratch.path());
}

void make_classroom(House const& house, int lab, fs::path const& folder, BundleOptions options) {
    write_starter(find_definition(house.repository, lab), house.repository, folder);
    // It says where it was made, which means nothing elsewhere, and has a seed for all.
    fs::remove(folder / "viv");
    fs::remove(folder / ".lab.json");
    fs::create_directories(folder / ".github/workflows");
    write_script(house, "classroom.yml", lab, folder / ".github/workflows/classroom.yml");
    make_packed_bundle(house, folder / ".github/vivarium.tar.xz", std::move(options));
}

}  // namespace lab
