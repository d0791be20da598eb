// SPDX-License-Identifier: GPL-2.0-or-later
//
// viv course: what a course hands out and hands in. Exit status 0: done; 2: wrong
// use, or a solution would be handed out.
#include <fmt/format.h>

#include <sstream>

#include "labs/course/bundle.hpp"
#include "labs/course/commands.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

struct Asked {
    BundleOptions bundle;
    std::string student, instructor, book, roster;
    bool no_glass = false;
};

int run_make(House const& house, Asked& asked) {
    if (asked.student.empty() == asked.instructor.empty())
        throw UsageError("a bundle is for students or for instructors",
                         "--student DIR, or --instructor DIR.");
    auto options = asked.bundle;
    options.instructor = asked.student.empty();
    options.glass = !asked.no_glass;
    options.book = asked.book;
    options.says = [](std::string const& what) { fmt::print(stderr, "viv: {}\n", what); };
    fs::path const folder = fs::absolute(options.instructor ? asked.instructor : asked.student);
    make_bundle(house, folder, options);
    std::uintmax_t bytes = 0;
    for (auto const& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) bytes += entry.file_size();
    fmt::print("{} is in {}, {} MiB.{}\n", options.instructor ? "The instructors' bundle" : "The bundle",
               folder.string(), bytes >> 20,
               options.instructor ? " It holds the solutions." : " No line of a solution is in it.");
    return 0;
}

int run_seeds(House const& house, Asked const& asked) {
    std::string const here = course_of(house.repository);
    std::istringstream names(read_text(asked.roster));
    for (std::string name; std::getline(names, name);) {
        if (!name.empty() && name.back() == '\r') name.pop_back();
        if (name.empty() || name[0] == '#') continue;
        fmt::print("{},{}\n", name, seed_in_course(here.empty() ? asked.bundle.course : here, name));
    }
    return 0;
}

}  // namespace

CourseCommand add_course_command(CLI::App& app) {
    auto asked = std::make_shared<Asked>();
    auto* course = app.add_subcommand("course", "what a course hands out");
    course->require_subcommand(1);
    auto* make = course->add_subcommand("make", "write a bundle: all that students need, and no solution");
    make->add_option("--student", asked->student, "the folder to make for students");
    make->add_option("--instructor", asked->instructor,
                     "the folder to make for those who teach: with solutions");
    make->add_option("--name", asked->bundle.course,
                     "the course's name; its students' seeds are made from it");
    make->add_option("--book", asked->book, "the built book, to be put in (./viv docs build)");
    make->add_flag("--no-glass", asked->no_glass, "without the visualizer");
    auto* seeds = course->add_subcommand("seeds", "the seeds of a course's students, for lab grade --seeds");
    seeds->add_option("ROSTER", asked->roster, "a file with a login name a line")->required();
    seeds->add_option("--name", asked->bundle.course, "the course's name");
    return [=](House const& house) -> std::optional<int> {
        if (*make) return run_make(house, *asked);
        if (*seeds) return run_seeds(house, *asked);
        return {};
    };
}

}  // namespace lab
