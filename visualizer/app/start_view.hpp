// SPDX-License-Identifier: GPL-2.0-or-later
//
// The start page as it is drawn, over the whole display: by mouse, or by arrows and
// Enter.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "visualizer/app/picture.hpp"
#include "visualizer/model/colour.hpp"
#include "visualizer/model/start_page.hpp"

namespace viz::app {

class StartView {
public:
    explicit StartView(model::StartPage page) : page_(std::move(page)) {}

    // One frame, between NewFrame and Render.
    void draw();

    std::optional<model::StartEntry> chosen;  // what is to be begun; the caller takes it
    bool quit = false;
    std::string notice;  // what went wrong with the choice before
    bool notice_is_bad = true;

private:
    struct Row {
        float title, detail, about, remark;  // heights, and the width of a remark beside the title
        float height() const;
    };
    Row measure(model::StartEntry const&, float width, bool about) const;
    using Abouts = std::array<bool, model::start_group_count>;  // which groups show these sentences
    // What each group needs to show all that it holds.
    model::StartHeights wanted(float width, Abouts const&) const;
    void draw_group(unsigned group, model::Rect, bool abouts);
    void read_keys();
    void choose(unsigned group, std::size_t row);

    model::StartPage page_;
    unsigned group_ = 0;
    std::size_t row_ = 0;
    bool moved_ = false;  // by keys, in this frame
};

// A picture of the page with what there is here. Throws std::runtime_error.
Picture start_picture(int width, int height, float scale, model::Theme const&);

}  // namespace viz::app
