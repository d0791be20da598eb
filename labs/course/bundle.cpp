// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/course/bundle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "labs/course/solutions.hpp"
#include "labs/course/submission.hpp"
#include "labs/course/toolchain.hpp"
#include "labs/grader/cases.hpp"
#include "labs/grader/compile_command.hpp"
#include "labs/grader/manifest.hpp"
#include "labs/grader/process.hpp"
#include "labs/grader/scene.hpp"
#include "labs/grader/starter.hpp"
#include "labs/grader/student_image.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr char const* course_note = "course.json";
// Where a build lies in a bundle; ./viv says the same.
constexpr char const* build_in_bundle = "build/dev";
constexpr char const* instructors = "instructor";

// The C and C++ libraries come with the compiler, OpenGL with the graphics driver.
constexpr char const* of_the_system[] = {"linux-vdso", "ld-linux", "libc.",     "libm.",     "libpthread",
                                         "libdl.",     "librt.",   "libresolv", "libstdc++", "libgcc_s",
                                         "libGL",      "libEGL",   "libOpenGL", "libdrm",    "libgbm"};

std::string bytes_of(fs::path const& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw UsageError(fmt::format("cannot read {}", file.string()), "Run ./viv build and try again.");
    return {std::istreambuf_iterator<char>(in), {}};
}

void run_tool(std::vector<std::string> const& words) {
    auto const ended = run_process(words, "/");
    if (ended.status != 0) throw UsageError(fmt::format("{} failed: {}", words.front(), ended.output), "");
}

void bring(fs::path const& from, fs::path const& to) {
    fs::create_directories(to.parent_path());
    fs::copy_file(from, to);
}

void replace_all(std::string& text, std::string const& from, std::string const& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

class Bundler {
public:
    Bundler(House house, fs::path folder, BundleOptions const& options)
        : house_{fs::canonical(house.repository), fs::canonical(house.build)},
          folder_(std::move(folder)),
          build_(folder_ / build_in_bundle),
          options_(options),
          labs_(load_definitions(house_.repository)),
          assertions_(assertions_of_solutions(house_.repository)) {
        for (auto const& file : kernel_files(house_.repository))
            if (file.tagged) tagged_.push_back(file.path.filename().string());
    }

    void make() {
        options_.says("sources");
        write_kernel(house_.repository, folder_);
        for (auto const& definition : labs_) bring_lab(definition);
        bring(house_.repository / "labs/servant.hpp", folder_ / "labs/servant.hpp");  // of all drivers
        for (char const* script : {"link_image.sh", "symbols.sh"})
            bring(house_.repository / "cmake" / script, folder_ / "cmake" / script);
        for (char const* text : {"LICENSE", "LICENSES"})
            fs::copy(house_.repository / text, folder_ / text, fs::copy_options::recursive);
        bring_viv();
        options_.says("objects");
        bring_commands();
        for (auto const& manifest : manifests()) bring_manifest(manifest);
        options_.says("images");
        link_images();
        options_.says("scenes");
        for (auto const& definition : labs_) bring_scene(definition);
        options_.says("programs");
        bring_programs();
        if (!options_.book.empty()) fs::copy(options_.book, folder_ / "book", fs::copy_options::recursive);
        ordered_json const note = {
            {"format", 1}, {"course", options_.course}, {"toolchain", toolchain_of(house_).words}};
        write_text(folder_ / course_note, note.dump(2) + "\n");
        if (options_.instructor) bring_instructors_part();
    }

private:
    void bring_lab(Definition const& definition) {
        fs::path const to = folder_ / definition.folder.lexically_relative(house_.repository);
        fs::create_directories(to);
        for (char const* name : {"lab.json", "handout.md", "explain.md", "scene.md"})
            if (fs::exists(definition.folder / name)) bring(definition.folder / name, to / name);
        for (char const* folder : {"tests", "images"})
            if (fs::exists(definition.folder / folder))
                fs::copy(definition.folder / folder, to / folder, fs::copy_options::recursive);
    }

    void bring_viv() {
        bring(house_.repository / "labs/course/bundle_viv.sh", folder_ / "viv");
        fs::permissions(folder_ / "viv", fs::perms(0755));
        bring(house_.repository / "labs/course/bundle_readme.md", folder_ / "README.md");
        fs::path const tours = house_.repository / "visualizer/tours";
        for (auto const& entry : fs::directory_iterator(tours))
            if (options_.glass && entry.path().extension() == ".tour")
                bring(entry.path(), folder_ / "visualizer/tours" / entry.path().filename());
    }

    // The paths of here become those of wherever the bundle lies.
    std::string portable(std::string text) const {
        replace_all(text, house_.build.string(), std::string(root_word) + "/" + build_in_bundle);
        replace_all(text, house_.repository.string(), root_word);
        return text;
    }

    void bring_commands() {
        auto const all = ordered_json::parse(read_text(house_.build / "compile_commands.json"));
        ordered_json kept = ordered_json::array();
        for (auto const& entry : all) {
            std::string const file = entry.value("file", "");
            bool const of_kernel = file.rfind((house_.repository / "kernel").string() + "/", 0) == 0;
            bool const of_driver = file.find("/tests/driver.cpp") != std::string::npos;
            bool const test = file.find("_test.cpp") != std::string::npos;
            if ((of_kernel || of_driver) && !test) kept.push_back(entry);
        }
        fs::create_directories(build_);
        write_text(build_ / "compile_commands.json", portable(kept.dump(1)) + "\n");
    }

    std::vector<fs::path> manifests() const {
        std::vector<fs::path> all;
        for (char const* folder : {"images", "labs"})
            for (auto const& entry : fs::directory_iterator(house_.build / folder))
                if (entry.path().extension() == ".link" || entry.path().extension() == ".host")
                    all.push_back(entry.path().lexically_relative(house_.build));
        std::sort(all.begin(), all.end());
        return all;
    }

    void bring_manifest(fs::path const& manifest) {
        std::string const text = read_manifest(house_.build / manifest, house_.build);
        for (auto const& listed : values_of(text, "object")) {
            fs::path const object = fs::path(listed).lexically_normal();
            fs::path const to = build_ / object.lexically_relative(house_.build);
            if (!fs::exists(to)) bring_object(object, to);
        }
        fs::create_directories((build_ / manifest).parent_path());
        write_text(build_ / manifest, portable(text));
    }

    // An object that says where in a file with a solution its code stands loses its
    // debug information; one that holds a solution's assertions says less in them.
    void bring_object(fs::path const& object, fs::path const& to) {
        std::string bytes = bytes_of(object);
        bool const tells = std::any_of(tagged_.begin(), tagged_.end(), [&](auto const& name) {
            return bytes.find(name) != std::string::npos;
        });
        conceal_assertions(bytes);
        fs::create_directories(to.parent_path());
        write_text(to, bytes);
        if (tells) run_tool({"objcopy", "--strip-debug", to.string()});
    }

    void conceal_assertions(std::string& bytes) const {
        for (auto const& assertion : assertions_) {
            std::string const text = assertion + '\0';
            for (auto at = bytes.find(text); at != std::string::npos; at = bytes.find(text, at + 1))
                bytes.replace(at, assertion.size(), concealed(assertion.size()));
        }
    }
    static std::string concealed(std::size_t size) {
        std::string text = "an assertion of a lab";
        text.resize(size, '.');
        return text;
    }

    // Linked again, from the objects that are in the bundle.
    void link_images() {
        fs::path const here = folder_ / "link";
        for (auto const& entry : fs::directory_iterator(house_.build / "images")) {
            if (entry.path().extension() != ".link") continue;
            std::string const name = entry.path().stem().string();
            write_text(here, read_manifest(build_ / "images" / entry.path().filename(), build_));
            run_tool({(folder_ / "cmake/link_image.sh").string(), here.string(),
                      (build_ / "images" / (name + ".elf")).string()});
        }
        fs::remove(here);
    }

    // The kernels of the crime scene. The mutants' names would tell what is wrong in them.
    void bring_scene(Definition const& definition) {
        auto const scene = scene_of(definition);
        if (!scene) return;
        fs::path const to = folder_ / definition.folder.lexically_relative(house_.repository);
        fs::create_directories(to / "scene");
        ordered_json note = {
            {"check", scene->check}, {"answer", scene->answer}, {"cases", ordered_json::array()}};
        auto const cases = load_cases(definition, house_.repository);
        for (auto const& name : scene->cases) {
            auto const found = std::find_if(cases.begin(), cases.end(), [&](auto const& one) {
                return one.kind == Case::Kind::mutant && one.name == name;
            });
            if (found == cases.end())
                throw UsageError(fmt::format("lab {} has no mutant {}", definition.number, name),
                                 "See its scene.json.");
            std::string const plain = fmt::format("case-{}", note["cases"].size() + 1);
            link_case(definition, *found, to / "scene" / (plain + ".elf"));
            note["cases"].push_back(plain);
        }
        write_text(to / "scene.json", note.dump(4) + "\n");
    }

    // Compiled as a student's files are, and linked with the bundle's objects.
    void link_case(Definition const& definition, Case const& one, fs::path const& elf) {
        fs::path const work = folder_ / "work";
        fs::create_directories(work);
        for (auto const& [name, text] : one.files) write_text(work / name, text);
        auto const compiled = compile_files(files_of(definition, work), World::machine, house_.repository,
                                            CompileCommands(house_.build), work);
        if (!compiled.built)
            throw UsageError(fmt::format("{} does not compile: {}", one.name, compiled.output), "");
        std::string const manifest = read_manifest(build_ / "images" / (definition.image + ".link"), build_);
        write_text(work / "link", manifest);
        std::vector<std::string> words = {(folder_ / "cmake/link_image.sh").string(),
                                          (work / "link").string(), elf.string()};
        for (auto const& [old_object, new_object] : compiled.objects) {
            std::string bytes = bytes_of(new_object);
            conceal_assertions(bytes);
            write_text(new_object, bytes);
            run_tool({"objcopy", "--strip-debug", new_object.string()});
            fs::path const ours = build_ / fs::weakly_canonical(old_object).lexically_relative(house_.build);
            bool found = false;
            for (auto const& listed : values_of(manifest, "object"))
                if (fs::path(listed).lexically_normal() == ours) {
                    words.insert(words.end(), {listed, new_object.string()});
                    found = true;
                }
            if (!found)
                throw UsageError(fmt::format("{} is no part of the image", ours.string()),
                                 "Run ./viv build and try again.");
        }
        run_tool(words);
        fs::remove_all(work);
    }

    void bring_programs() {
        std::vector<std::string> programs = {"viv-lab", "viv-machine"};
        if (options_.glass) programs.push_back("viv-glass");
        for (auto const& name : programs) {
            fs::path const program = house_.build / "bin" / name, to = build_ / "bin" / name;
            if (!fs::exists(program))
                throw UsageError(fmt::format("there is no {}", program.string()),
                                 "Run ./viv build and try again.");
            fs::create_directories(to.parent_path());
            run_tool({"strip", "-o", to.string(), program.string()});
            bring_libraries(program);
        }
    }

    void bring_libraries(fs::path const& program) {
        fs::create_directories(build_ / "lib");
        std::istringstream lines(run_process({"ldd", program.string()}, "/").output);
        for (std::string line; std::getline(lines, line);) {
            auto const arrow = line.find(" => ");
            if (arrow == std::string::npos) continue;
            fs::path const library = line.substr(arrow + 4, line.find(" (") - arrow - 4);
            std::string const name = library.filename().string();
            bool const systems = std::any_of(std::begin(of_the_system), std::end(of_the_system),
                                             [&](char const* start) { return name.rfind(start, 0) == 0; });
            fs::path const to = build_ / "lib" / name;
            if (systems || !fs::exists(library) || fs::exists(to)) continue;
            bring(fs::canonical(library), to);
        }
    }

    // For each lab its finished files, and what its checks are tried on.
    void bring_instructors_part() {
        for (auto const& definition : labs_) {
            fs::path const to = folder_ / instructors / definition.folder.filename();
            fs::create_directories(to / "solution");
            for (auto const& file : definition.files)
                write_text(to / "solution" / file.name, strip_tags(read_text(house_.repository / file.live)));
            if (fs::exists(definition.folder / "solution-explain.md"))
                bring(definition.folder / "solution-explain.md", to / "solution/explain.md");
            for (char const* folder : {"mutants", "hostile", "checkpoints", "wheats"})
                if (fs::exists(definition.folder / folder))
                    fs::copy(definition.folder / folder, to / folder, fs::copy_options::recursive);
        }
        fs::copy(house_.repository / "docs/instructor", folder_ / instructors / "docs",
                 fs::copy_options::recursive);
    }

    House house_;
    fs::path folder_, build_;
    BundleOptions const& options_;
    std::vector<Definition> labs_;
    std::vector<std::string> tagged_;  // names of files with solutions
    std::set<std::string> assertions_;
};

std::string list_of(std::vector<std::string> const& lines) {
    std::string text;
    for (std::size_t i = 0; i < lines.size() && i < 20; ++i) text += "\n     " + lines[i];
    return text;
}

}  // namespace

void make_bundle(House const& house, fs::path const& folder, BundleOptions const& options) {
    if (!course_of(house.repository).empty())
        throw UsageError("this is a bundle already", "Make one in the repository.");
    if (fs::exists(folder) && !(fs::is_directory(folder) && fs::is_empty(folder)))
        throw UsageError(fmt::format("{} exists and is not an empty folder", folder.string()),
                         "Name another folder; nothing was changed.");
    if (!options.book.empty() && !fs::is_directory(options.book))
        throw UsageError(fmt::format("{} is no folder", options.book.string()),
                         "./viv docs build makes the book.");
    fs::create_directories(folder);
    Bundler(house, fs::canonical(folder), options).make();
    if (options.instructor) return;
    auto const found = find_solutions(house.repository, folder);
    if (found.empty()) return;
    // Nothing is handed out that says too much.
    fs::remove_all(folder);
    throw UsageError(
        fmt::format("a solution would be handed out, at {} places:{}", found.size(), list_of(found)),
        "Take it out of there; the bundle was removed.");
}

std::uint64_t seed_in_course(std::string const& course, std::string const& name) {
    return seed_of_name(course.empty() ? name : course + "/" + name);
}

std::string course_of(fs::path const& repository) {
    if (!fs::exists(repository / course_note)) return {};
    auto const note = nlohmann::json::parse(read_text(repository / course_note), nullptr, false);
    return note.is_object() ? note.value("course", std::string("vivarium")) : std::string();
}

}  // namespace lab
