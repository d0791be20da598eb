// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/course/toolchain.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include "labs/grader/manifest.hpp"
#include "labs/grader/process.hpp"
#include "labs/grader/text_file.hpp"
#include "simulator/recording/sha256.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

// Debian 12's, in whatever security update.
constexpr char const* pinned_compiler = "(Debian 12.2.0-";
constexpr char const* pinned_linker = "2.40";

std::string first_line(std::string const& text) { return text.substr(0, text.find('\n')); }

std::string hash_of(std::string const& text) {
    return sim::recording::sha256({reinterpret_cast<std::uint8_t const*>(text.data()), text.size()});
}

std::string hash_of_file(fs::path const& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return hash_of(text.str());
}

// "as", "cc1plus": where the compiler has them.
fs::path program_of(std::string const& compiler, std::string const& name) {
    fs::path const said = first_line(run_process({compiler, "-print-prog-name=" + name}, "/").output);
    return said.is_absolute() ? said : fs::path("/usr/bin") / said;
}

// Files of a folder whose names end so, in order.
std::vector<fs::path> files_in(fs::path const& folder, std::string const& extension) {
    std::vector<fs::path> files;
    if (fs::is_directory(folder))
        for (auto const& entry : fs::directory_iterator(folder))
            if (entry.path().extension() == extension) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

Toolchain toolchain_of(House const& house) {
    auto const manifests = files_in(house.build / "images", ".link");
    if (manifests.empty())
        throw UsageError("there are no images in " + house.build.string(), "Run ./viv build and try again.");
    std::string const compiler = values_of(read_manifest(manifests.front(), house.build), "compiler").at(0);
    std::string const first = first_line(run_process({compiler, "--version"}, "/").output);
    std::string const second = first_line(run_process({"ld", "--version"}, "/").output);
    std::string all = first + second;
    for (char const* name : {"cc1plus", "as", "ld", "collect2"})
        all += hash_of_file(program_of(compiler, name));
    all += hash_of_file(house.build / "bin/viv-lab");
    for (auto const& manifest : manifests) {
        fs::path image = manifest;
        all += hash_of_file(image.replace_extension(".elf"));
    }
    for (auto const& definition : load_definitions(house.repository))
        all += hash_of_file(definition.folder / "lab.json");
    return {
        first + ", " + second,
        first.find(pinned_compiler) != std::string::npos && second.find(pinned_linker) != std::string::npos,
        hash_of(all).substr(0, 16)};
}

}  // namespace lab
