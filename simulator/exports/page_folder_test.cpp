// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/exports/page_folder.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace sim::exports {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class PageFolder : public ::testing::Test {
protected:
    PageFolder() { fs::remove_all(folder); }
    ~PageFolder() override { fs::remove_all(folder); }

    static std::vector<std::uint8_t> bytes(std::string const& text) { return {text.begin(), text.end()}; }
    std::string text_of(char const* name) const {
        std::ifstream in(folder / name);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void write(char const* name, char const* text) const {
        fs::create_directories(folder);
        std::ofstream(folder / name) << text;
    }
    void put(char const* file, char const* title, std::string const& album = "album") const {
        put_on_page(folder, bytes(page), {file, title, "3 moments"}, bytes(album));
    }
    std::string refusal() const {
        try {
            put("a.album", "a.run");
        } catch (std::runtime_error const& why) {
            return why.what();
        }
        return "none";
    }

    std::string const page = "<!doctype html><title>Vivarium</title>";
    fs::path const folder = fs::temp_directory_path() / ("viv_page_folder_test." + std::to_string(getpid()));
};

TEST_F(PageFolder, holds_the_page_the_albums_and_their_list_by_name) {
    put("lab02.album", "lab02.run", "second");
    put("demo.album", "demo.run", "first");
    EXPECT_EQ(page, text_of("index.html"));
    EXPECT_EQ("first", text_of("demo.album"));
    auto const list = nlohmann::json::parse(text_of("albums.json"));
    ASSERT_EQ(2U, list.size());
    EXPECT_EQ("demo.album", list[0]["file"]);
    EXPECT_EQ("demo.run", list[0]["title"]);
    EXPECT_EQ("3 moments", list[0]["about"]);
    EXPECT_EQ(5, list[0]["bytes"]);
    EXPECT_EQ("lab02.album", list[1]["file"]);
    EXPECT_EQ(4, std::distance(fs::directory_iterator(folder), {}));
}

TEST_F(PageFolder, an_album_of_the_same_name_takes_the_place_of_the_old_one) {
    put("demo.album", "demo.run");
    put("demo.album", "other.run", "longer now");
    auto const list = nlohmann::json::parse(text_of("albums.json"));
    ASSERT_EQ(1U, list.size());
    EXPECT_EQ("other.run", list[0]["title"]);
    EXPECT_EQ("longer now", text_of("demo.album"));
}

TEST_F(PageFolder, what_somebody_else_put_there_is_left_alone) {
    write("index.html", "<title>My course</title>");
    EXPECT_THAT(refusal(), HasSubstr("no page of ours"));
    EXPECT_EQ("<title>My course</title>", text_of("index.html"));
    fs::remove(folder / "index.html");
    for (char const* other : {"{}", "[1]", "[{\"name\":1}]", "[{\"file\":1}]", "[", ""}) {
        write("albums.json", other);
        EXPECT_THAT(refusal(), HasSubstr("no list of albums")) << other;
        EXPECT_EQ(other, text_of("albums.json"));
    }
    EXPECT_FALSE(fs::exists(folder / "a.album"));
}

TEST(AlbumName, is_of_signs_that_every_server_and_address_takes) {
    EXPECT_EQ("demo.album", album_name("demo.run"));
    EXPECT_EQ("lab-02.v1.album", album_name("lab-02.v1.run"));
    EXPECT_EQ("my_run_.album", album_name("my run#.run"));
    EXPECT_EQ("_____.album", album_name("\xc3\xa4/%?"));
}

TEST_F(PageFolder, a_file_in_the_folders_place_is_told) {
    std::ofstream(folder) << "x";
    EXPECT_THAT(refusal(), HasSubstr("cannot make the folder"));
}

}  // namespace
}  // namespace sim::exports
