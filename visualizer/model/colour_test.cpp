// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/colour.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <span>

namespace viz::model {
namespace {

TEST(Colour, contrast_is_that_of_the_definition) {
    EXPECT_NEAR(contrast(0xFFFFFF, 0x000000), 21.0, 0.01);
    EXPECT_NEAR(contrast(0x777777, 0xFFFFFF), 4.48, 0.01);  // the known grey that just fails
    EXPECT_EQ(contrast(0x123456, 0x123456), 1.0);
}

TEST(Theme, every_text_reaches_4_5_to_1_on_every_ground_it_stands_on) {
    for (Theme const* theme : all_themes()) {
        SCOPED_TRACE(theme->name);
        Theme const& t = *theme;
        double const least = theme == &contrast_theme() ? 7 : 4.5;
        for (Colour ground : {t.gap, t.pane, t.raised})
            for (Colour ink : {t.text, t.quiet, t.faint, t.accent, t.warning})
                EXPECT_GE(contrast(ink, ground), least);
        EXPECT_GE(contrast(t.text, t.hover), 4.5);
        EXPECT_GE(contrast(t.text, t.selected), 4.5);
        EXPECT_GE(contrast(t.quiet, t.selected), 4.5);
        EXPECT_EQ(theme_named(t.name), theme);
    }
    EXPECT_EQ(theme_named("pink"), nullptr);
}

TEST(Theme, a_readable_shade_exists_for_every_meaning) {
    for (Theme const* t : all_themes())
        for (Colour c : {t->read, t->write, t->execute, t->dma, t->irq, t->fault, t->bad, t->good, t->lock})
            for (Colour ground : {t->pane, t->raised, t->selected})
                EXPECT_GE(contrast(t->readable(c, ground), ground), t->least_contrast) << t->name;
    EXPECT_EQ(contrast_theme().least_contrast, 7);
}

// Bytes in the memory map, words in a thread's span: the ground is a meaning, in any shade.
TEST(Theme, what_stands_upon_a_meaning_is_as_far_from_it_as_can_be) {
    for (Theme const* t : all_themes()) {
        for (Colour c : t->category)
            for (float share = 0; share <= 1; share += 0.1f) {
                Colour const ground = mix(t->pane, c, share);
                double const reached = contrast(t->ink(ground), ground);
                EXPECT_GE(reached, 4.5) << t->name << share;
                // No text's colour between the two ends would do better.
                EXPECT_GE(reached, std::max(contrast(t->text, ground), contrast(t->pane, ground))) << t->name;
            }
    }
}

// ---- As people see them whose eyes lack a kind of cone ----

using Vector = std::array<double, 3>;
struct Vision {
    char const* name;
    std::array<Vector, 3> seen;  // of linear red, green, blue
};
// After Machado, Oliveira and Fernandes (2009), severity 1.
constexpr Vision visions[] = {
    {"all cones", {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}},
    {"protanopia",
     {{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}}},
    {"deuteranopia",
     {{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}}},
    {"tritanopia",
     {{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}}}};

// CIE L*a*b* of a colour as it is seen; distances are then those of the eye.
Vector lab(Colour c, Vision const& vision) {
    auto linear = [](std::uint8_t channel) {
        double v = channel / 255.0;
        return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    };
    Vector const from{linear(c.r), linear(c.g), linear(c.b)};
    Vector s{};
    for (unsigned i = 0; i < 3; ++i) {
        for (unsigned j = 0; j < 3; ++j) s[i] += vision.seen[i][j] * from[j];
        s[i] = std::clamp(s[i], 0.0, 1.0);
    }
    auto f = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; };
    double const x = f((0.4124564 * s[0] + 0.3575761 * s[1] + 0.1804375 * s[2]) / 0.95047),
                 y = f(0.2126729 * s[0] + 0.7151522 * s[1] + 0.0721750 * s[2]),
                 z = f((0.0193339 * s[0] + 0.1191920 * s[1] + 0.9503041 * s[2]) / 1.08883);
    return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

TEST(Theme, categories_differ_for_every_kind_of_colour_vision) {
    constexpr double told_apart = 10;  // about four times what the eye just notices
    for (Theme const* t : all_themes())
        for (std::span<Colour const> palette :
             {std::span<Colour const>(t->thread), std::span<Colour const>(t->category)})
            for (unsigned i = 0; i < palette.size(); ++i) {
                EXPECT_GE(contrast(palette[i], t->pane), 3.0) << t->name << i;  // [wcag-2.1 §1.4.11]
                for (unsigned j = 0; j < i; ++j)
                    for (Vision const& vision : visions) {
                        Vector const a = lab(palette[i], vision), b = lab(palette[j], vision);
                        EXPECT_GE(std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]), told_apart)
                            << t->name << ", " << vision.name << ": " << i << " and " << j;
                    }
            }
}

// What the eye without one kind of cone sees of it.
Colour as_seen(Colour c, Vision const& vision) {
    auto linear = [](std::uint8_t channel) {
        double v = channel / 255.0;
        return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    };
    auto encoded = [](double v) {
        v = std::clamp(v, 0.0, 1.0);
        v = v <= 0.0031308 ? v * 12.92 : 1.055 * std::pow(v, 1 / 2.4) - 0.055;
        return static_cast<std::uint8_t>(std::lround(v * 255));
    };
    Vector const from{linear(c.r), linear(c.g), linear(c.b)};
    Vector seen{};
    for (unsigned i = 0; i < 3; ++i)
        for (unsigned j = 0; j < 3; ++j) seen[i] += vision.seen[i][j] * from[j];
    c.r = encoded(seen[0]), c.g = encoded(seen[1]), c.b = encoded(seen[2]);
    return c;
}

TEST(Theme, every_text_keeps_its_contrast_for_every_kind_of_colour_vision) {
    for (Theme const* t : all_themes())
        for (Vision const& vision : visions) {
            SCOPED_TRACE(std::string(t->name) + ", " + vision.name);
            for (Colour ground : {t->gap, t->pane, t->raised}) {
                Colour const behind = as_seen(ground, vision);
                for (Colour ink : {t->text, t->quiet, t->faint, t->accent, t->warning})
                    EXPECT_GE(contrast(as_seen(ink, vision), behind), 4.5);
            }
            EXPECT_GE(contrast(as_seen(t->text, vision), as_seen(t->selected, vision)), 4.5);
            EXPECT_GE(contrast(as_seen(t->text, vision), as_seen(t->hover, vision)), 4.5);
        }
}

TEST(Theme, no_thread_looks_like_an_interrupt_or_a_lock) {
    constexpr double told_apart = 10;
    for (Theme const* t : all_themes())
        for (Vision const& vision : visions)
            for (Colour thread : t->thread)
                for (Colour other : {t->irq, t->lock}) {
                    Vector const a = lab(thread, vision), b = lab(other, vision);
                    EXPECT_GE(std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]), told_apart)
                        << t->name << ", " << vision.name;
                }
}

TEST(Theme, more_threads_than_colours_get_other_shades) {
    for (Theme const* t : all_themes()) {
        std::set<std::uint32_t> seen;
        for (unsigned n = 0; n < 15; ++n) {
            EXPECT_TRUE(seen.insert(t->of_thread(n).packed()).second) << t->name << n;
            EXPECT_GE(contrast(t->of_thread(n), t->pane), 3.0) << t->name << n;
        }
    }
}

// The marks of the sequence plot and of the scheduler chart differ in shape as well;
// these pairs lie upon each other and must differ in colour, too.
TEST(Theme, what_lies_side_by_side_in_one_chart_is_told_apart) {
    constexpr double told_apart = 10;
    for (Theme const* t : all_themes())
        for (Vision const& vision : visions)
            for (auto [one, other] : {std::pair{t->packet, t->bad},
                                      {t->packet, t->dma},
                                      {t->good, t->warning},
                                      {t->good, t->packet},
                                      {t->lock, t->irq},
                                      {t->read, t->write}}) {
                Vector const a = lab(one, vision), b = lab(other, vision);
                EXPECT_GE(std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]), told_apart)
                    << t->name << ", " << vision.name;
            }
}

}  // namespace
}  // namespace viz::model
