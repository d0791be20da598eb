// SPDX-License-Identifier: GPL-2.0-or-later
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>

#include "visualizer/widgets/icons.hpp"
#include "visualizer/widgets/style.hpp"

namespace viz::widgets {
namespace {

namespace fs = std::filesystem;

// fonts-roboto-unhinted, fonts-jetbrains-mono and fonts-font-awesome.
constexpr char const* folders[] = {
    "/usr/share/fonts/truetype/roboto/unhinted/RobotoTTF",
    "/usr/share/fonts/truetype/jetbrains-mono",
    "/usr/share/fonts/truetype/font-awesome",
};

std::string find_face(char const* file) {
    if (char const* own = std::getenv("VIV_FONT_DIR")) {
        // Only here: so that a test can see what happens with no fonts at all.
        fs::path path = fs::path(own) / file;
        return fs::exists(path) ? path.string() : std::string();
    }
    for (char const* folder : folders)
        if (fs::path path = fs::path(folder) / file; fs::exists(path)) return path.string();
    return {};
}

// Latin and Greek, punctuation, arrows, mathematical signs, box drawing.
constexpr ImWchar text_glyphs[] = {0x20,   0x24F,  0x370,  0x3FF,  0x2010, 0x2044, 0x20AC, 0x20AC,
                                   0x2190, 0x21FF, 0x2200, 0x22FF, 0x2500, 0x25FF, 0};
// Of hundreds those that are drawn: large letters must fit a texture, too.
ImWchar const* icon_glyphs() {
    static ImVector<ImWchar> const ranges = [] {
        ImFontGlyphRangesBuilder wanted;
        for (char const* icon : icons::all) wanted.AddText(icon);
        ImVector<ImWchar> out;
        wanted.BuildRanges(&out);
        return out;
    }();
    return ranges.Data;
}

struct Loader {
    float scale;
    Fonts& fonts;
    std::string text_face, strong_face, mono_face, mono_strong_face, icon_face;

    ImFont* load(std::string const& face, float designed, bool with_icons) {
        ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
        float size = std::round(designed * scale);
        ImFontConfig config;
        config.OversampleH = scale < 2 ? 2 : 1;  // finer than the pixels are small
        config.PixelSnapH = true;
        ImFont* font;
        if (face.empty()) {
            config.SizePixels = std::round(13 * scale);  // the built-in bitmap face, scaled
            font = atlas.AddFontDefault(&config);
        } else {
            font = atlas.AddFontFromFileTTF(face.c_str(), size, &config, text_glyphs);
        }
        if (with_icons && !icon_face.empty()) {
            ImFontConfig merge;
            merge.MergeMode = true;
            merge.PixelSnapH = true;
            merge.GlyphMinAdvanceX = size * 1.2f;  // icons stand in a column
            merge.GlyphOffset = {0, std::round(size * 0.02f)};
            atlas.AddFontFromFileTTF(icon_face.c_str(), std::round(size * 0.95f), &merge, icon_glyphs());
        }
        return font;
    }
};

}  // namespace

Fonts load_fonts(float scale) {
    Fonts fonts;
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    atlas.Clear();
    // About square: a browser's cards may take no more than 4,096 pixels either way.
    atlas.TexDesiredWidth = scale < 2 ? 2048 : 4096;
    Loader loader{scale,
                  fonts,
                  find_face("Roboto-Regular.ttf"),
                  find_face("Roboto-Medium.ttf"),
                  find_face("JetBrainsMono-Regular.ttf"),
                  find_face("JetBrainsMono-SemiBold.ttf"),
                  find_face("fontawesome-webfont.ttf")};
    auto note = [&](std::string const& face, char const* package) {
        if (face.empty()) fonts.missing += (fonts.missing.empty() ? "" : ", ") + std::string(package);
    };
    note(loader.text_face, "fonts-roboto-unhinted");
    note(loader.mono_face, "fonts-jetbrains-mono");
    note(loader.icon_face, "fonts-font-awesome");
    if (loader.strong_face.empty()) loader.strong_face = loader.text_face;
    if (loader.mono_strong_face.empty()) loader.mono_strong_face = loader.mono_face;

    fonts.text = loader.load(loader.text_face, 15, true);
    fonts.strong = loader.load(loader.strong_face, 15, true);
    fonts.small = loader.load(loader.text_face, 13, true);
    fonts.heading = loader.load(loader.strong_face, 19, true);
    fonts.mono = loader.load(loader.mono_face, 14, true);
    fonts.mono_strong = loader.load(loader.mono_strong_face, 14, false);
    fonts.mono_small = loader.load(loader.mono_face, 12, false);
    fonts.mono_large = loader.load(loader.mono_strong_face, 18, false);
    fonts.icons = loader.load(loader.text_face, 22, true);
    fonts.have_icons = !loader.icon_face.empty();
    atlas.Build();
    return fonts;
}

}  // namespace viz::widgets
