// SPDX-License-Identifier: MIT
//
// Every folder of the kernel opens with a README that says what it is and where to
// begin. An application of one file needs none: the README of kernel/apps lists it.
// And what a README calls by its name is there.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <vector>

#include "tests/documents/source_tree.hpp"

namespace documents {
namespace {

namespace filesystem = std::filesystem;

struct Folder {
    filesystem::path path;
    std::size_t sources = 0;  // .cpp and .S, tests not counted
};

bool is_source(filesystem::path const& file) {
    std::string const kind = file.extension().string();
    return (kind == ".cpp" || kind == ".S") && file.string().find("_test.") == std::string::npos;
}

// Below `start`, and `start` itself: folders that hold code.
std::vector<Folder> folders_with_code(filesystem::path const& start) {
    std::map<filesystem::path, Folder> found;
    for (auto const& entry : filesystem::recursive_directory_iterator(start)) {
        std::string const kind = entry.path().extension().string();
        if (kind != ".cpp" && kind != ".hpp" && kind != ".S") continue;
        Folder& folder = found[entry.path().parent_path()];
        folder.path = entry.path().parent_path();
        folder.sources += is_source(entry.path());
    }
    std::vector<Folder> folders;
    for (auto const& [path, folder] : found) folders.push_back(folder);
    return folders;
}

// A row of a table that begins with the folder's name.
bool lists(std::string const& readme, std::string const& name) {
    return readme.find("\n| `" + name + "` |") != std::string::npos;
}

// The bare names of all files below a few folders.
std::set<std::string> const& all_files() {
    static std::set<std::string> const names = [] {
        std::set<std::string> found;
        for (char const* folder : {"kernel", "tests", "simulator"})
            for (auto const& entry : filesystem::recursive_directory_iterator(root() / folder))
                found.insert(entry.path().filename());
        return found;
    }();
    return names;
}

// Files that the README calls by a path from its folder, the folder above, kernel or the
// root, or by a bare name that some file has; those that are not there.
std::vector<std::string> names_of_nothing(filesystem::path const& folder, std::string const& readme) {
    static std::regex const name(R"(`([\w./-]+\.(cpp|hpp|S|ld))`)");
    std::vector<std::string> missing;
    for (std::sregex_iterator at(readme.begin(), readme.end(), name), end; at != end; ++at) {
        std::string const file = (*at)[1];
        filesystem::path const places[] = {folder, folder.parent_path(), root() / "kernel", root()};
        bool const there = file.find('/') == std::string::npos
                               ? all_files().count(file) != 0
                               : std::any_of(std::begin(places), std::end(places), [&](auto const& place) {
                                     return filesystem::exists(place / file);
                                 });
        if (!there) missing.push_back(file);
    }
    return missing;
}

TEST(Readmes, every_folder_of_the_kernel_has_one_or_is_listed_above) {
    std::vector<Folder> const folders = folders_with_code(root() / "kernel");
    EXPECT_GT(folders.size(), 25u);
    for (Folder const& folder : folders) {
        std::string const readme = read(folder.path / "README.md");
        std::string const above = read(folder.path.parent_path() / "README.md");
        bool const is_application = folder.path.parent_path() == root() / "kernel/apps";
        if (readme.empty()) {
            EXPECT_TRUE(is_application && folder.sources == 1 && lists(above, folder.path.filename()))
                << folder.path << " has no README, and kernel/apps/README.md does not list it";
            continue;
        }
        EXPECT_EQ(readme.rfind("# ", 0), 0u) << folder.path << ": a title comes first";
        // Where to begin.
        EXPECT_TRUE(std::regex_search(readme, std::regex("\\b[Rr]ead\\b"))) << folder.path;
    }
}

TEST(Readmes, name_files_that_exist) {
    std::size_t looked_at = 0;
    for (auto const& entry : filesystem::recursive_directory_iterator(root() / "kernel")) {
        if (entry.path().filename() != "README.md") continue;
        ++looked_at;
        for (std::string const& file : names_of_nothing(entry.path().parent_path(), read(entry.path())))
            ADD_FAILURE() << entry.path() << " names " << file;
    }
    EXPECT_GT(looked_at, 20u);
}

TEST(Readmes, a_name_of_nothing_and_a_missing_row_are_noticed) {
    std::string const readme =
        "# x\n\n| folder |\n|---|\n| `hello` | says hello |\n| [`http`](http) | serves |\n";
    EXPECT_TRUE(lists(readme, "hello"));
    EXPECT_FALSE(lists(readme, "hell"));
    EXPECT_FALSE(lists(readme, "http")) << "it leads to a README, so there must be one";
    EXPECT_EQ(names_of_nothing(root() / "kernel/net",
                               "`interface.hpp`, `tcp/connection.cpp`, `tcp/gone.cpp`, `gone.cpp`"),
              (std::vector<std::string>{"tcp/gone.cpp", "gone.cpp"}));
}

}  // namespace
}  // namespace documents
