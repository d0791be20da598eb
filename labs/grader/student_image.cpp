// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/student_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <set>

#include "labs/grader/manifest.hpp"
#include "labs/grader/process.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

// The linker's list spells an object's path in its own way.
std::string spelling_in_manifest(std::string const& manifest, fs::path const& object) {
    for (auto const& listed : values_of(manifest, "object"))
        if (fs::path(listed).lexically_normal() == object) return listed;
    throw UsageError(fmt::format("{} is no part of the image", object.string()),
                     "Run ./viv build and try again.");
}

bool link_kernel(StudentImage& result, Compilation const& compiled, std::string const& image,
                 fs::path const& repository, fs::path const& build, fs::path const& work) {
    std::string const objects = read_manifest(build / "images" / (image + ".link"), build);
    fs::path const manifest = work / (image + ".link"), elf = work / (image + ".elf");
    write_text(manifest, objects);
    std::vector<std::string> link = {(repository / "cmake/link_image.sh").string(), manifest.string(),
                                     elf.string()};
    for (auto const& [old_object, new_object] : compiled.objects) {
        link.push_back(spelling_in_manifest(objects, old_object));
        link.push_back(new_object.string());
    }
    auto const linked = run_compiler(link, work);
    result.compiler_output += linked.output;
    result.elf = elf;
    return linked.status == 0;
}

// The driver, and of the kernel's hosted objects all but those that the student's
// stand for: a function that the student left out is never ours by accident.
bool link_host(StudentImage& result, Compilation const& compiled, Definition const& definition,
               fs::path const& build, fs::path const& work) {
    int const lab = definition.number;
    std::string const manifest = read_manifest(build / "labs" / fmt::format("{:02}.host", lab), build);
    std::vector<std::string> link = values_of(manifest, "compiler");
    for (auto const& option : values_of(manifest, "option")) link.push_back(option);
    for (auto const& object : values_of(manifest, "object")) {
        bool const replaced = std::any_of(
            compiled.objects.begin(), compiled.objects.end(),
            [&](auto const& one) { return fs::path(object).lexically_normal() == one.old_object; });
        if (replaced) continue;
        for (auto const& file : definition.files)
            if (fs::path(object).filename() == file.name + ".o")
                throw UsageError(
                    fmt::format("the build does not know how {} is compiled for the host", file.live),
                    "Run ./viv build and try again.");
        link.push_back(object);
    }
    for (auto const& one : compiled.objects) link.push_back(one.new_object.string());
    result.host = work / fmt::format("host-{:02}", lab);
    link.insert(link.end(), {"-o", result.host.string()});
    auto const linked = run_compiler(link, work);
    result.compiler_output += linked.output;
    return linked.status == 0;
}

std::string first_line(std::string const& text) { return text.substr(0, text.find('\n')); }

}  // namespace

std::vector<StudentFile> files_of(Definition const& definition, fs::path const& student) {
    std::vector<StudentFile> files;
    for (auto const& file : definition.files) files.push_back({file, student / file.name});
    return files;
}

namespace {

bool is_own(Definition const& definition, StudentFile const& one) {
    return std::any_of(definition.files.begin(), definition.files.end(),
                       [&](auto const& file) { return file.live == one.file.live; });
}

// The lab's own files, whatever the build knows: one that it does not know is an error, or
// ours would be judged in its place. Of earlier labs' those that the image is made of: such
// a lab may have had another image.
std::vector<StudentFile> files_in_image(Definition const& definition, std::vector<StudentFile> const& files,
                                        CompileCommands const& commands, fs::path const& repository,
                                        fs::path const& build) {
    std::set<fs::path> objects;
    std::string const manifest = read_manifest(build / "images" / (definition.image + ".link"), build);
    for (auto const& listed : values_of(manifest, "object"))
        objects.insert(fs::path(listed).lexically_normal());
    auto const is_part = [&](std::string const& live) {
        return commands.knows(repository / live, World::machine) &&
               objects.count(commands.find(repository / live, World::machine).object) != 0;
    };
    std::vector<StudentFile> found;
    for (auto const& one : files)
        if (is_own(definition, one) || is_part(one.file.live) ||
            std::any_of(one.file.users.begin(), one.file.users.end(), is_part))
            found.push_back(one);
    return found;
}

StudentImage build_kernel(Definition const& definition, std::vector<StudentFile> const& files,
                          CompileCommands const& commands, fs::path const& repository, fs::path const& build,
                          fs::path const& work) {
    StudentImage result;
    auto const compiled = compile_files(files_in_image(definition, files, commands, repository, build),
                                        World::machine, repository, commands, work);
    result.compiler_output = compiled.output;
    result.built = compiled.built && link_kernel(result, compiled, definition.image, repository, build, work);
    return result;
}

// Of the files only those of this lab.
StudentImage build_host(Definition const& definition, std::vector<StudentFile> const& files,
                        CompileCommands const& commands, fs::path const& repository, fs::path const& build,
                        fs::path const& work) {
    StudentImage result;
    std::vector<StudentFile> own;
    for (auto const& one : files)
        if (is_own(definition, one)) own.push_back(one);
    auto const compiled = compile_files(own, World::host, repository, commands, work);
    if (!compiled.built) result.compiler_output = compiled.output;  // else the kernel's has the warnings
    result.built = compiled.built && link_host(result, compiled, definition, build, work);
    return result;
}

}  // namespace

StudentImage build_student_image(Definition const& definition, std::vector<StudentFile> const& files,
                                 fs::path const& repository, fs::path const& build, fs::path const& work,
                                 Wanted wanted) {
    // Nothing of what may lie there is believed, or written through.
    require_empty_folder(work);
    CompileCommands const commands(build);
    wanted.host = wanted.host && definition.has(CheckKind::host);
    // Both at once, but told in their order: of the second only when the first is good.
    std::future<StudentImage> host;
    if (wanted.host)
        host = std::async(std::launch::async,
                          [&] { return build_host(definition, files, commands, repository, build, work); });
    StudentImage result;
    result.built = true;
    if (wanted.kernel) result = build_kernel(definition, files, commands, repository, build, work);
    if (wanted.host) {
        auto const second = host.get();
        if (!result.built) return result;
        result.compiler_output += second.compiler_output;
        result.host = second.host;
        result.built = second.built;
    }
    if (!result.built) return result;
    auto const compiler =
        values_of(read_manifest(build / "images" / (definition.image + ".link"), build), "compiler").at(0);
    result.toolchain = first_line(run_process({compiler, "--version"}, work).output) + ", " +
                       first_line(run_process({"ld", "--version"}, work).output);
    return result;
}

StudentImage build_student_image(Definition const& definition, fs::path const& repository,
                                 fs::path const& build, fs::path const& student) {
    return build_student_image(definition, files_of(definition, student), repository, build,
                               student / ".build");
}

}  // namespace lab
