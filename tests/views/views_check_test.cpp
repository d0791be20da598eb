// SPDX-License-Identifier: MIT
//
// A field that is renamed in the kernel and not in views.query breaks the build,
// with the line to change.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/scenario/program.hpp"

namespace {

using scenario::Result;

std::string build_folder() {
    char const* build = std::getenv("VIV_BUILD");
    return build ? build : "build/dev";
}
Result check(std::vector<std::string> images) {
    images.insert(images.begin(), build_folder() + "/bin/viv-views-check");
    return scenario::run(images);
}
std::string hello() { return scenario::read_file(build_folder() + "/images/hello.elf"); }

TEST(ViewsCheck, accepts_the_images_as_they_are) {
    Result const r = check({build_folder() + "/images/hello.elf", build_folder() + "/images/http.elf"});
    EXPECT_EQ(r.status, 0) << r.err;
    EXPECT_EQ(r.err, "");
}

TEST(ViewsCheck, names_the_field_that_is_no_longer_there) {
    std::string image = hello();
    // In the text of the views only: the same as a rename in the kernel.
    std::size_t const views = image.find("threads:list");
    ASSERT_NE(views, std::string::npos) << "views.query has no threads";
    std::size_t const field = image.find("=state", views);
    ASSERT_NE(field, std::string::npos) << "threads have no state";
    image.replace(field, 6, "=stale");
    scenario::Folder folder;
    scenario::write_file(folder / "hello.elf", image);
    Result const r = check({folder / "hello.elf"});
    EXPECT_EQ(r.status, 1);
    EXPECT_NE(r.err.find("views.query:"), std::string::npos) << r.err;
    EXPECT_NE(r.err.find("threads: stale is no member of threads::Thread"), std::string::npos) << r.err;
    EXPECT_NE(r.err.find("views.query no longer fits the kernel: rename there, too"), std::string::npos)
        << r.err;
}

// Whoever builds the images, as ./viv run does, has them checked.
TEST(ViewsCheck, is_part_of_building_the_images) {
    Result const commands = scenario::run({"ninja", "-C", build_folder(), "-t", "commands", "images"});
    ASSERT_EQ(commands.status, 0) << commands.err;
    for (char const* part : {"bin/viv-views-check ", "images/hello.elf", "images/views.checked"})
        EXPECT_NE(commands.out.find(part), std::string::npos) << part;
}

TEST(ViewsCheck, refuses_an_image_that_it_cannot_read) {
    scenario::Folder folder;
    scenario::write_file(folder / "cut.elf", hello().substr(0, 5'000));
    Result const r = check({folder / "cut.elf"});
    EXPECT_EQ(r.status, 1);
    EXPECT_NE(r.err.find("cut.elf: "), std::string::npos) << r.err;
}

}  // namespace
