// SPDX-License-Identifier: GPL-2.0-or-later
//
// viv course: what a course hands out and hands in. Exit status 0: done; 2: wrong
// use, or a solution would be handed out.
#include <fmt/format.h>

#include <optional>
#include <sstream>

#include "labs/course/bundle.hpp"
#include "labs/course/commands.hpp"
#include "labs/course/packages.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

struct Asked {
    BundleOptions bundle;
    std::string student, instructor, gradescope, classroom, book, roster;
    std::optional<int> lab;
    bool no_glass = false;
};

std::uintmax_t mib_below(fs::path const& place) {
    if (fs::is_regular_file(place)) return fs::file_size(place) >> 20;
    std::uintmax_t bytes = 0;
    for (auto const& entry : fs::recursive_directory_iterator(place))
        if (entry.is_regular_file()) bytes += entry.file_size();
    return bytes >> 20;
}

int run_make(House const& house, Asked& asked) {
    auto options = asked.bundle;
    options.glass = !asked.no_glass;
    options.book = asked.book;
    options.says = [](std::string const& what) { fmt::print(stderr, "viv: {}\n", what); };
    bool const for_others = !asked.gradescope.empty() || !asked.classroom.empty();
    if (for_others && !asked.lab)
        throw UsageError("which lab?", "Gradescope and Classroom judge one each: --lab N.");
    fs::path made;
    if (!asked.student.empty()) {
        make_bundle(house, made = fs::absolute(asked.student), options);
        fmt::print("The students' bundle is in {}, {} MiB. No line of a solution is in it.\n", made.string(),
                   mib_below(made));
    } else if (!asked.instructor.empty()) {
        options.instructor = true;
        make_bundle(house, made = fs::absolute(asked.instructor), options);
        fmt::print("The instructors' bundle is in {}, {} MiB. It holds the solutions.\n", made.string(),
                   mib_below(made));
    } else if (!asked.gradescope.empty()) {
        make_gradescope(house, *asked.lab, made = fs::absolute(asked.gradescope), options);
        fmt::print("The autograder of lab {} is {}, {} MiB: upload it to Gradescope.\n", *asked.lab,
                   made.string(), mib_below(made));
    } else if (!asked.classroom.empty()) {
        make_classroom(house, *asked.lab, made = fs::absolute(asked.classroom), options);
        fmt::print("The template of lab {} is in {}, {} MiB: push it as a template repository.\n", *asked.lab,
                   made.string(), mib_below(made));
    }
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
    auto* what = make->add_option_group("what", "one of these");
    what->add_option("--student", asked->student, "the folder to make for students");
    what->add_option("--instructor", asked->instructor,
                     "the folder to make for those who teach: with solutions");
    what->add_option("--gradescope", asked->gradescope, "the zip to make for Gradescope, of one lab");
    what->add_option("--classroom", asked->classroom, "the folder to make for GitHub Classroom, of one lab");
    what->require_option(1);
    make->add_option("--lab", asked->lab, "the lab that Gradescope or Classroom is to judge");
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
