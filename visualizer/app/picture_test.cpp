// SPDX-License-Identifier: GPL-2.0-or-later
//
// Pictures as they are shipped: rendered without a display, looked at pixel by
// pixel where it matters. With VIV_PICTURES=FOLDER they are kept for the eye.
#include "visualizer/app/picture.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "visualizer/app/screen.hpp"
#include "visualizer/app/shell.hpp"
#include "visualizer/model/owner_grid.hpp"
#include "visualizer/testing/sample_snapshot.hpp"
#include "visualizer/widgets/style.hpp"

namespace viz::app {
namespace {

struct NoDoor : Door {
    void post(sim::debug::Command) override {}
    void request(sim::debug::ViewRequest) override {}
};

class Studio {
public:
    Studio(int width, int height, float scale) {
        std::string why;
        screen = Screen::open({"test", width, height, true}, why);
        if (!screen) throw std::runtime_error(why);
        widgets::set_style({&model::dark_theme(), widgets::load_fonts(scale), scale});
        screen->fonts_changed();
        shell = std::make_unique<Shell>(door);
        frame();
    }
    void frame() {
        screen->frame([&] { shell->draw(snapshot); });
    }
    Picture take() {
        for (int i = 0; i < 5; ++i) frame();
        return screen->read();
    }
    NoDoor door;
    std::shared_ptr<sim::debug::Snapshot const> snapshot = testing::sample_snapshot();
    std::unique_ptr<Screen> screen;
    std::unique_ptr<Shell> shell;
};

bool has_colour(Picture const& p, model::Rect r, model::Colour wanted, unsigned at_least) {
    unsigned found = 0;
    for (auto y = static_cast<unsigned>(r.y); y < static_cast<unsigned>(r.bottom()); ++y)
        for (auto x = static_cast<unsigned>(r.x); x < static_cast<unsigned>(r.right()); ++x) {
            model::Colour c = p.pixel(x, y);
            found += c.r == wanted.r && c.g == wanted.g && c.b == wanted.b;
        }
    return found >= at_least;
}

TEST(Picture, of_the_overview_has_its_size_and_shows_the_machine_at_work) {
    Studio studio(1600, 900, 1);
    Picture p = studio.take();
    ASSERT_EQ(p.width, 1600u);
    ASSERT_EQ(p.height, 900u);
    std::set<std::uint32_t> colours;
    for (std::size_t i = 0; i < p.rgb.size(); i += 3)
        colours.insert(static_cast<std::uint32_t>(p.rgb[i] << 16 | p.rgb[i + 1] << 8 | p.rgb[i + 2]));
    EXPECT_GT(colours.size(), 200u) << "not blank";

    model::Theme const& t = model::dark_theme();
    auto rects = model::place_shell({0, 0, 1600, 900}, 1);
    EXPECT_EQ(p.pixel(2, 2), t.raised) << "the transport bar";
    EXPECT_TRUE(has_colour(p, rects.transport, t.good, 80)) << "the run button";
    EXPECT_TRUE(has_colour(p, rects.timeline, t.of_thread(0), 200)) << "a thread on the time line";
    EXPECT_TRUE(has_colour(p, rects.timeline, t.of_thread(1), 200)) << "another one";
    EXPECT_TRUE(has_colour(p, rects.timeline, t.now, 60)) << "the cursor";
    EXPECT_TRUE(has_colour(p, rects.body, t.irq, 40)) << "interrupts in the scheduler chart";
}

TEST(Picture, of_the_memory_map_shows_each_owner_as_large_as_it_is) {
    Studio studio(1280, 720, 1);
    studio.shell->show_alone(model::ViewId::frames);
    Picture p = studio.take();
    auto const& map = *studio.snapshot->kernel.frames;
    auto body = model::place_shell({0, 0, 1280, 720}, 1).body;
    for (unsigned owner = 2; owner < map.owners.size(); ++owner)
        EXPECT_TRUE(has_colour(p, body, model::owner_colour(model::dark_theme(), map, owner),
                               static_cast<unsigned>(map.frames_by_owner[owner])))
            << map.owners[owner];
}

TEST(Picture, of_a_bare_view_has_no_bars_and_fills_from_its_corner) {
    Studio studio(1280, 720, 1);
    studio.shell->show_alone(model::ViewId::frames);
    studio.shell->bare = true;
    Picture p = studio.take();
    model::Theme const& t = model::dark_theme();
    EXPECT_EQ(p.pixel(2, 2), t.pane);
    EXPECT_FALSE(has_colour(p, {0, 0, 1280, 720}, t.accent, 1)) << "no tab";
    auto const& map = *studio.snapshot->kernel.frames;
    for (unsigned owner = 2; owner < map.owners.size(); ++owner)
        EXPECT_TRUE(has_colour(p, {0, 0, 1280, 720}, model::owner_colour(t, map, owner),
                               static_cast<unsigned>(map.frames_by_owner[owner])))
            << map.owners[owner];
}

TEST(Picture, of_a_connection_that_comes_later_lights_no_state_and_its_steps_are_faint) {
    model::Theme const& t = model::dark_theme();
    model::Rect const diagram{0, 40, 498, 230};
    for (bool begun : {false, true}) {
        Studio studio(1280, 720, 1);
        studio.shell->show_alone(model::ViewId::connection);
        studio.shell->bare = true;
        if (!begun) {
            auto early = std::make_shared<sim::debug::Snapshot>(*studio.snapshot);
            early->moment = {1, 0}, early->virtual_ns = 1;
            studio.snapshot = early;
        }
        Picture const p = studio.take();
        EXPECT_EQ(has_colour(p, diagram, t.accent, 100), begun);
        if (!begun) {
            EXPECT_TRUE(has_colour(p, diagram, t.faint, 100));
        }
        EXPECT_FALSE(has_colour(p, diagram, t.quiet, 1)) << "brighter than what was taken";
    }
}

TEST(Picture, is_cut_to_what_was_drawn_and_a_margin) {
    model::Colour white, black;
    white.r = white.g = white.b = 255;
    black.r = black.g = black.b = 0;
    Picture p{5, 4, std::vector<std::uint8_t>(5 * 4 * 3, 255)};
    EXPECT_TRUE(cut_to_content(p, white, 1) == p) << "nothing is drawn";
    p.rgb[(1 * 5 + 2) * 3] = p.rgb[(1 * 5 + 2) * 3 + 1] = p.rgb[(1 * 5 + 2) * 3 + 2] = 0;
    Picture const cut = cut_to_content(p, white, 1);
    EXPECT_EQ(cut.width, 4u);
    EXPECT_EQ(cut.height, 3u);
    EXPECT_EQ(cut.pixel(2, 1), black);
    EXPECT_EQ(cut_to_content(p, white, 100).width, 5u);
}

TEST(Picture, is_the_same_twice_byte_for_byte) {
    auto snapshot = testing::sample_snapshot();
    auto take = [&] {
        Studio studio(1280, 720, 1);
        studio.snapshot = snapshot;
        return studio.take();
    };
    Picture a = take(), b = take();
    EXPECT_TRUE(a == b);
    EXPECT_EQ(to_png(a), to_png(b));
}

TEST(Png, is_written_whole_or_not_at_all) {
    Picture p{2, 1, {255, 0, 0, 0, 255, 0}};
    auto folder = std::filesystem::temp_directory_path();
    std::string file = folder / "viv_picture_test.png";
    EXPECT_EQ(write_png(p, file), "");
    std::ifstream in(file, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), {});
    EXPECT_TRUE(bytes.starts_with("\x89PNG\r\n\x1a\n"));
    EXPECT_EQ(bytes.size(), to_png(p).size());
    std::filesystem::remove(file);
    EXPECT_NE(write_png(p, "/nonexistent/a.png").find("cannot write /nonexistent/a.png"), std::string::npos);
}

TEST(Pictures, kept_for_the_eye) {
    char const* folder = std::getenv("VIV_PICTURES");
    if (!folder) GTEST_SKIP() << "set VIV_PICTURES=FOLDER to look at them";
    for (auto [w, h, scale] :
         {std::tuple{1600, 900, 1.0f}, {1280, 720, 1.0f}, {1600, 900, 1.6f}, {1280, 720, 1.6f}}) {
        Studio studio(w, h, scale);
        auto keep = [&](std::string const& name) {
            EXPECT_EQ(
                write_png(studio.take(), std::string(folder) + "/" + name + "-" + std::to_string(w) + "-" +
                                             std::to_string(static_cast<int>(scale * 10)) + ".png"),
                "");
        };
        for (auto const& p : model::all_perspectives()) {
            studio.shell->show(p.id);
            keep(std::string(p.name));
        }
        if (w != 1600 || scale != 1) continue;
        for (auto const* theme : model::all_themes()) {
            widgets::set_style({theme, widgets::fonts(), scale});
            studio.shell->show(model::Perspective::overview);
            keep("theme-" + std::string(theme->name));
        }
        widgets::set_style({&model::dark_theme(), widgets::fonts(), scale});
        for (auto const& v : model::all_views()) {
            studio.shell->show_alone(v.id);
            keep("view-" + std::string(v.name));
        }
        auto const now = studio.snapshot->virtual_ns;
        studio.shell->state().mark_a_ns = now - std::min<std::uint64_t>(now, 900'000);
        studio.shell->state().mark_b_ns = now;
        studio.shell->state().window =
            model::TimeWindow{now - std::min<std::uint64_t>(now, 1'000'000), now + 100'000};
        for (auto const* theme : {&model::dark_theme(), &model::light_theme()}) {
            widgets::set_style({theme, widgets::fonts(), scale});
            studio.shell->show_alone(model::ViewId::scheduler);
            keep("marked-" + std::string(theme->name));
            studio.shell->show(model::Perspective::overview);
            studio.shell->window().welcome = true;
            keep("welcome-" + std::string(theme->name));
            studio.shell->window().welcome = false;
        }
        studio.shell->perform({model::CommandId::help, {}});
        keep("help");
        studio.shell->perform({model::CommandId::palette, {}});
        keep("palette");
    }
}

}  // namespace
}  // namespace viz::app
