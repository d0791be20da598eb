// SPDX-License-Identifier: GPL-2.0-or-later
//
// Every perspective and view of one moment, in each theme at two sizes, against small
// pictures that somebody has looked at: visualizer/app/golden/. A tile for each, so
// that one sheet shows a theme at a glance. With VIV_ACCEPT=1 the new ones are kept;
// VIV_PICTURES=FOLDER leaves all of them there in full size, to be looked at.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "visualizer/app/picture.hpp"
#include "visualizer/app/screen.hpp"
#include "visualizer/app/shell.hpp"
#include "visualizer/app/start_view.hpp"
#include "visualizer/model/memory_zoom.hpp"
#include "visualizer/testing/sample_snapshot.hpp"
#include "visualizer/widgets/style.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wsign-compare"
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

namespace viz::app {
namespace {

namespace fs = std::filesystem;

constexpr unsigned tile_width = 128, tile_height = 72, columns = 6;
// Of a tile: so many of its pixels may differ by more than so much. Another version of
// Mesa rounds differently; a letter that moves changes a few pixels, a pane hundreds.
constexpr int colour_tolerance = 24;
constexpr double pixel_tolerance = 0.01;

struct NoDoor : Door {
    void post(sim::debug::Command) override {}
    void request(sim::debug::ViewRequest) override {}
};

struct Look {
    model::Theme const* theme;
    int width, height;
    float scale;
    std::string name() const {
        return std::string(theme->name) + "-" + std::to_string(width) + "x" + std::to_string(height);
    }
};

// Each pixel the mean of what it stands for.
Picture smaller(Picture const& p, unsigned width, unsigned height) {
    Picture out{width, height, std::vector<std::uint8_t>(std::size_t{width} * height * 3)};
    for (unsigned y = 0; y < height; ++y)
        for (unsigned x = 0; x < width; ++x) {
            unsigned const left = x * p.width / width, right = (x + 1) * p.width / width,
                           top = y * p.height / height, bottom = (y + 1) * p.height / height;
            unsigned sum[3] = {}, count = (right - left) * (bottom - top);
            for (unsigned sy = top; sy < bottom; ++sy)
                for (unsigned sx = left; sx < right; ++sx)
                    for (unsigned c = 0; c < 3; ++c)
                        sum[c] += p.rgb[(std::size_t{sy} * p.width + sx) * 3 + c];
            for (unsigned c = 0; c < 3; ++c)
                out.rgb[(std::size_t{y} * width + x) * 3 + c] = static_cast<std::uint8_t>(sum[c] / count);
        }
    return out;
}

class Sheet {
public:
    explicit Sheet(std::size_t tiles) {
        auto const rows = static_cast<unsigned>((tiles + columns - 1) / columns);
        picture = {columns * tile_width, rows * tile_height, {}};
        picture.rgb.resize(std::size_t{picture.width} * picture.height * 3);
    }
    std::size_t offset(std::size_t tile, unsigned y) const {
        std::size_t const row = tile / columns * tile_height + y, column = tile % columns * tile_width;
        return (row * picture.width + column) * 3;
    }
    void put(std::size_t tile, Picture const& small) {
        for (unsigned y = 0; y < tile_height; ++y)
            std::copy_n(small.rgb.begin() + static_cast<std::ptrdiff_t>(std::size_t{y} * tile_width * 3),
                        tile_width * 3, picture.rgb.begin() + static_cast<std::ptrdiff_t>(offset(tile, y)));
    }
    // The share of its pixels that differ.
    double difference(std::size_t tile, Sheet const& other) const {
        unsigned differ = 0;
        for (unsigned y = 0; y < tile_height; ++y)
            for (unsigned x = 0; x < tile_width; ++x) {
                int most = 0;
                for (unsigned c = 0; c < 3; ++c)
                    most = std::max(most, std::abs(picture.rgb[offset(tile, y) + x * 3 + c] -
                                                   other.picture.rgb[offset(tile, y) + x * 3 + c]));
                differ += most > colour_tolerance;
            }
        return static_cast<double>(differ) / (tile_width * tile_height);
    }
    Picture picture;
};

// As many entries as there are today; none that depends on this machine.
model::StartPage start_page() {
    model::StartPage page;
    page.groups[0] = {{"http.run", "9.4 KiB", {"open", "http.run"}},
                      {"Back to http, live", "at 12.345 ms, where its window was when it was cut off", {"open"}}};
    for (char const* name : {"hello", "http", "shell", "threads", "dining", "matrix", "schedule", "echo", "crash"})
        page.groups[1].push_back({name, "what it does, in a line of a few words", {"run", name}});
    for (char const* name : {"Frames, blocks and buddies", "A context switch", "A deadlock, and the way out",
                             "The first line of text", "A lock convoy", "From power-on to long mode",
                             "Loss, fast retransmit and the timer", "A packet's life, from ring to page",
                             "A page fault that is no mistake", "TCP's handshake and close", "A timer tick"})
        page.groups[2].push_back({name, "9 min", {"tour"}, "What happens there and what is to be learned of it."});
    for (char const* name : {"0  The first hour", "1  Boot and the first line of text", "2  Physical memory"})
        page.groups[3].push_back({name, "", {"lab"}, "paging.cpp: 12 checks"});
    return page;
}

class Golden : public ::testing::TestWithParam<Look> {};

TEST_P(Golden, every_view_looks_as_it_was_seen_last) {
    Look const look = GetParam();
    std::string why;
    auto screen = Screen::open({"golden", look.width, look.height, true}, why);
    ASSERT_TRUE(screen) << why;
    widgets::set_style({look.theme, widgets::load_fonts(look.scale), look.scale});
    screen->fonts_changed();
    NoDoor door;
    std::vector<std::string> names;
    std::vector<Picture> tiles;
    auto keep = [&](std::string name) {
        Picture const whole = screen->read();
        if (char const* folder = std::getenv("VIV_PICTURES")) {
            fs::path const file = fs::path(folder) / look.name() / (name + ".png");
            fs::create_directories(file.parent_path());
            ASSERT_EQ(write_png(whole, file.string()), "");
        }
        names.push_back(std::move(name));
        tiles.push_back(smaller(whole, tile_width, tile_height));
    };
    auto take = [&](std::string name, auto const& arrange,
                    std::shared_ptr<sim::debug::Snapshot const> snapshot = testing::sample_snapshot()) {
        Shell shell(door);
        screen->frame([&] { shell.draw(snapshot); });
        arrange(shell);
        for (int i = 0; i < 3; ++i) screen->frame([&] { shell.draw(snapshot); });
        keep(std::move(name));
    };
    for (auto const& p : model::all_perspectives())
        take("perspective-" + std::string(p.name), [&](Shell& shell) { shell.show(p.id); });
    for (auto const& v : model::all_views())
        take(std::string(v.name), [&](Shell& shell) { shell.show_alone(v.id); });
    take("heat", [](Shell& shell) {
        shell.show_alone(model::ViewId::frames);
        shell.state().map_colouring = model::MapColouring::changes;
    });
    take("writes", [](Shell& shell) {
        shell.show_alone(model::ViewId::frames);
        shell.state().map_colouring = model::MapColouring::writes;
        shell.state().selected = {model::EntityKind::frame, 710, 1};
    });
    take("reads", [](Shell& shell) {
        shell.show(model::Perspective::memory);
        shell.state().map_colouring = model::MapColouring::reads;
    });
    auto uncounted = std::make_shared<sim::debug::Snapshot>(*testing::sample_snapshot());
    uncounted->accesses.reset();
    uncounted->counting = 0.34;
    take(
        "counting",
        [](Shell& shell) {
            shell.show_alone(model::ViewId::frames);
            shell.state().map_colouring = model::MapColouring::writes;
        },
        uncounted);
    take("a thread that was interrupted", [](Shell& shell) {
        shell.show_alone(model::ViewId::threads);
        shell.state().selected = {model::EntityKind::thread, testing::interrupted_thread, 0};
    });
    take("a thread that is selected among others", [](Shell& shell) {
        shell.show(model::Perspective::scheduling);
        shell.state().selected = {model::EntityKind::thread, testing::interrupted_thread, 0};
    });
    take("a deadlock", [](Shell& shell) { shell.show_alone(model::ViewId::waits); }, testing::deadlocked_snapshot());
    take("disk at work", [](Shell& shell) { shell.show_alone(model::ViewId::disk); }, testing::disk_snapshot());
    take(
        "a block of a disk",
        [](Shell& shell) {
            shell.show(model::Perspective::disk);
            shell.state().selected = {model::EntityKind::disk_block, sim::debug::disk_block_id(0, 75), 0};
        },
        testing::disk_snapshot());
    // The map of memory from a part of RAM to one byte.
    constexpr std::uint64_t chosen = 0x2c8820;  // in a stack
    for (std::uint64_t const length : {16U << 20, 64U << 10, 4096U, 256U, 16U, 1U}) {
        model::MemoryWindow const window{chosen / length * length, length};
        take(
            "map of " + std::to_string(length) + " bytes",
            [&](Shell& shell) {
                shell.show_alone(model::ViewId::frames);
                shell.state().map_window = window;
                shell.state().selected = model::step_at(window, chosen);
            },
            length > model::most_bytes_shown ? testing::sample_snapshot()
                                             : testing::zoomed_snapshot(window.first, length));
    }
    take("help", [](Shell& shell) { shell.perform({model::CommandId::help, {}}); });
    take("palette", [](Shell& shell) { shell.perform({model::CommandId::palette, {}}); });

    StartView start(start_page());
    for (int i = 0; i < 3; ++i) screen->frame([&] { start.draw(); });
    keep("start");

    Sheet seen(tiles.size());
    for (std::size_t i = 0; i < tiles.size(); ++i) seen.put(i, tiles[i]);
    char const* const root = std::getenv("VIV_ROOT");
    ASSERT_TRUE(root) << "run it by ctest, or set VIV_ROOT";
    fs::path const kept = fs::path(root) / "visualizer/app/golden" / (look.name() + ".png");
    if (std::getenv("VIV_ACCEPT")) {
        fs::create_directories(kept.parent_path());
        ASSERT_EQ(write_png(seen.picture, kept.string()), "");
    }
    int width = 0, height = 0, parts = 0;
    std::unique_ptr<stbi_uc, void (*)(void*)> const pixels(
        stbi_load(kept.c_str(), &width, &height, &parts, 3), stbi_image_free);
    ASSERT_TRUE(pixels) << kept << ": " << stbi_failure_reason();
    ASSERT_EQ(std::pair(width, height),
              std::pair(static_cast<int>(seen.picture.width), static_cast<int>(seen.picture.height)))
        << "another number of views; look at the new ones and accept them with VIV_ACCEPT=1";
    Sheet golden(tiles.size());
    std::copy_n(pixels.get(), golden.picture.rgb.size(), golden.picture.rgb.begin());
    std::string different;
    for (std::size_t i = 0; i < tiles.size(); ++i)
        if (double const share = seen.difference(i, golden); share > pixel_tolerance)
            different += names[i] + " (" + std::to_string(std::lround(share * 100)) + " % of it) ";
    if (!different.empty()) {
        fs::path const now = fs::temp_directory_path() / (look.name() + "-now.png");
        write_png(seen.picture, now.string());
        ADD_FAILURE() << different << "look different; compare " << now << " with " << kept
                      << ", and accept what is right with VIV_ACCEPT=1";
    }
}

INSTANTIATE_TEST_SUITE_P(Looks, Golden,
                         ::testing::Values(Look{&model::dark_theme(), 1280, 720, 1},
                                           Look{&model::dark_theme(), 1600, 900, 1.6f},
                                           Look{&model::light_theme(), 800, 500, 1},
                                           Look{&model::light_theme(), 1280, 720, 1},
                                           Look{&model::contrast_theme(), 1280, 720, 1},
                                           Look{&model::contrast_theme(), 1600, 900, 1.6f}),
                         [](auto const& p) {
                             return std::string(p.param.theme->name) + "_" + std::to_string(p.param.width);
                         });

// What the tolerance lets through, and what not.
TEST(Tolerance, a_letter_may_change_and_a_pane_may_not) {
    Picture ground{1280, 720, std::vector<std::uint8_t>(1280 * 720 * 3, 20)};
    auto with_box = [&](unsigned width, unsigned height) {
        Picture p = ground;
        for (unsigned y = 100; y < 100 + height; ++y)
            for (unsigned x = 100; x < 100 + width; ++x)
                for (unsigned c = 0; c < 3; ++c) p.rgb[(std::size_t{y} * 1280 + x) * 3 + c] = 230;
        Sheet sheet(1);
        sheet.put(0, smaller(p, tile_width, tile_height));
        return sheet;
    };
    Sheet const empty = with_box(0, 0);
    EXPECT_LE(with_box(9, 14).difference(0, empty), pixel_tolerance);
    EXPECT_GT(with_box(300, 60).difference(0, empty), pixel_tolerance);
}

}  // namespace
}  // namespace viz::app
