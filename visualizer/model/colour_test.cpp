// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/colour.hpp"

#include <gtest/gtest.h>

namespace viz::model {
namespace {

TEST(Colour, contrast_is_that_of_the_definition) {
    EXPECT_NEAR(contrast(0xFFFFFF, 0x000000), 21.0, 0.01);
    EXPECT_NEAR(contrast(0x777777, 0xFFFFFF), 4.48, 0.01);  // the known grey that just fails
    EXPECT_EQ(contrast(0x123456, 0x123456), 1.0);
}

TEST(Theme, every_text_reaches_4_5_to_1_on_every_ground_it_stands_on) {
    Theme const& t = dark_theme();
    for (Colour ground : {t.gap, t.pane, t.raised}) {
        EXPECT_GE(contrast(t.text, ground), 4.5);
        EXPECT_GE(contrast(t.quiet, ground), 4.5);
        EXPECT_GE(contrast(t.faint, ground), 4.5);
        EXPECT_GE(contrast(t.accent, ground), 4.5);
        EXPECT_GE(contrast(t.warning, ground), 4.5);
    }
    EXPECT_GE(contrast(t.text, t.hover), 4.5);
    EXPECT_GE(contrast(t.text, t.selected), 4.5);
    EXPECT_GE(contrast(t.quiet, t.selected), 4.5);
}

TEST(Theme, a_readable_shade_exists_for_every_meaning) {
    Theme const& t = dark_theme();
    for (Colour c : {t.read, t.write, t.execute, t.dma, t.irq, t.fault, t.bad, t.good, t.lock})
        for (Colour ground : {t.pane, t.raised, t.selected})
            EXPECT_GE(contrast(readable(c, ground), ground), 4.5);
}

TEST(Theme, categories_differ_from_each_other_and_from_the_ground) {
    Theme const& t = dark_theme();
    for (auto const& palette : {t.thread, t.category})
        for (unsigned i = 0; i < palette.size(); ++i) {
            EXPECT_GE(contrast(palette[i], t.pane), 3.0) << i;  // a graphical object [wcag-2.1 §1.4.11]
            for (unsigned j = 0; j < i; ++j) EXPECT_NE(palette[i], palette[j]);
        }
}

}  // namespace
}  // namespace viz::model
