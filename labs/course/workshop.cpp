// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/course/workshop.hpp"

#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <set>

#include "labs/course/solutions.hpp"
#include "labs/grader/compile_command.hpp"
#include "labs/grader/manifest.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

constexpr char const* servant = "labs/servant.hpp";  // what drivers are made with

bool is_below(fs::path const& path, fs::path const& folder) {
    auto const relative = path.lexically_relative(folder);
    return !relative.empty() && *relative.begin() != "..";
}

void bring(fs::path const& from, fs::path const& to) {
    fs::create_directories(to.parent_path());
    fs::copy_file(from, to, fs::copy_options::overwrite_existing);
}

// The objects that are made of the lab's own files.
std::set<std::string> own_objects(House const& house, Definition const& definition) {
    CompileCommands const commands(house.build);
    std::set<std::string> objects;
    for (auto const& file : definition.files) {
        std::vector<std::string> sources = {file.live};
        sources.insert(sources.end(), file.users.begin(), file.users.end());
        sources.insert(sources.end(), file.host_users.begin(), file.host_users.end());
        for (auto const& source : sources)
            for (World world : {World::machine, World::host})
                if (commands.knows(house.repository / source, world))
                    objects.insert(commands.find(house.repository / source, world).object.string());
                else if (world == World::host && !commands.knows(house.repository / source, World::machine))
                    commands.find(house.repository / source,
                                  world);  // throws: what is ours is not shown by accident
    }
    return objects;
}

int add_folder(dl_phdr_info* info, std::size_t, void* folders) {
    fs::path const library = info->dlpi_name;
    if (!library.is_absolute()) return 0;
    std::string const folder = library.parent_path().string();
    for (char const* system : {"/usr/", "/lib"})
        if (folder.rfind(system, 0) == 0) return 0;
    auto& all = *static_cast<std::vector<fs::path>*>(folders);
    if (std::find(all.begin(), all.end(), folder) == all.end()) all.emplace_back(folder);
    return 0;
}

}  // namespace

fs::path viv_lab(House const& house) { return house.build / "bin/viv-lab"; }

std::vector<fs::path> library_folders() {
    std::vector<fs::path> folders;
    dl_iterate_phdr(add_folder, &folders);
    return folders;
}

Workshop::Workshop(House const& house, Definition const& definition, fs::path folder)
    : house_(house), definition_(definition), folder_(std::move(folder)) {
    fs::path const sources = folder_ / "repository", built = folder_ / "build";
    fs::create_directories(sources);
    fs::create_directories(built);
    write_kernel(house.repository, sources);
    for (char const* script : {"link_image.sh", "symbols.sh"})
        bring(house.repository / "cmake" / script, sources / "cmake" / script);
    fs::path const note = definition.folder.lexically_relative(house.repository) / "lab.json";
    bring(house.repository / note, sources / note);
    // The driver's sources: a lab whose files have headers compiles it again.
    fs::path const tests = note.parent_path() / "tests";
    if (fs::is_directory(house.repository / tests))
        fs::copy(house.repository / tests, sources / tests, fs::copy_options::recursive);
    bring(house.repository / servant, sources / servant);
    // What is shown inside of these needs a place there.
    if (is_below(house.build, house.repository))
        fs::create_directories(sources / house.build.lexically_relative(house.repository));
    for (auto const& [outside, inside] :
         {std::pair(house.build, built), std::pair(house.repository, sources)}) {
        for (auto const& libraries : library_folders())
            if (is_below(libraries, outside))
                fs::create_directories(inside / libraries.lexically_relative(outside));
        if (!is_below(viv_lab(house), outside)) continue;
        fs::path const place = inside / viv_lab(house).lexically_relative(outside);
        fs::create_directories(place.parent_path());
        write_text(place, "");
    }

    auto const own = own_objects(house, definition);
    std::vector<fs::path> manifests = {fs::path("images") / (definition.image + ".link")};
    if (definition.has(CheckKind::host))
        manifests.push_back(fs::path("labs") / fmt::format("{:02}.host", definition.number));
    bring(house.build / "compile_commands.json", built / "compile_commands.json");
    for (auto const& manifest : manifests) {
        bring(house.build / manifest, built / manifest);
        for (auto const& listed : values_of(read_manifest(house.build / manifest, house.build), "object")) {
            fs::path const object = fs::path(listed).lexically_normal();
            if (!own.count(object.string()) && is_below(object, house.build))
                bring(object, built / object.lexically_relative(house.build));
        }
    }
}

Views Workshop::views_for(fs::path const& desk) const {
    std::vector<View> program;
    program.push_back({viv_lab(house_)});
    for (auto const& folder : library_folders()) program.push_back({folder});
    Views views;
    auto& compiler = views[Runs::compiler];
    compiler = {{folder_ / "repository", house_.repository}, {folder_ / "build", house_.build}};
    compiler.insert(compiler.end(), program.begin(), program.end());
    compiler.push_back({desk});
    compiler.push_back({desk / "build", {}, true});
    views[Runs::program] = {{desk / "build"}};
    views[Runs::emulator] = {{house_.build / "bin"}, {desk / "build"}, {desk / "judged"}};
    views[Runs::emulator].insert(views[Runs::emulator].end(), program.begin() + 1, program.end());
    views[Runs::judge] = {{house_.repository / "labs"},
                          {house_.build / "images"},
                          {house_.build / "bin"},
                          {desk / "build"},
                          {desk / "judged", {}, true}};
    views[Runs::judge].insert(views[Runs::judge].end(), program.begin(), program.end());
    return views;
}

}  // namespace lab
