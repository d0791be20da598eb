// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/start_view.hpp"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>

#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::app {

using namespace widgets;
using model::Rect;
using model::StartEntry;
using model::StartGroup;

void StartView::choose(unsigned group, std::size_t row) {
    if (row >= page_.groups[group].size()) return;
    StartEntry const& entry = page_.groups[group][row];
    if (info(static_cast<StartGroup>(group)).in_window) {
        chosen = entry;
        return;
    }
    std::string const command = model::command_of(entry);
    ImGui::SetClipboardText(command.c_str());
    notice = fmt::format("A lab is done on the command line: {} (it is in the clipboard)", command);
    notice_is_bad = false;
}

void StartView::read_keys() {
    ImGuiIO const& io = ImGui::GetIO();
    auto pressed = [](ImGuiKey key) { return ImGui::IsKeyPressed(key, true); };
    auto rows = [&] { return page_.groups[group_].size(); };
    auto const before = std::pair(group_, row_);
    if (pressed(ImGuiKey_LeftArrow))
        group_ = (group_ + model::start_group_count - 1) % model::start_group_count;
    if (pressed(ImGuiKey_RightArrow) || pressed(ImGuiKey_Tab))
        group_ = (group_ + 1) % model::start_group_count;
    if (pressed(ImGuiKey_DownArrow) && row_ + 1 < rows()) ++row_;
    if (pressed(ImGuiKey_UpArrow) && row_ > 0) --row_;
    row_ = rows() ? std::min(row_, rows() - 1) : 0;
    moved_ = before != std::pair(group_, row_);
    if (ImGui::IsKeyPressed(ImGuiKey_Enter, false)) choose(group_, row_);
    if (ImGui::IsKeyPressed(ImGuiKey_Escape, false) || (io.KeyCtrl && ImGui::IsKeyPressed(ImGuiKey_Q, false)))
        quit = true;
}

namespace {

// A short remark stands at the right end, a sentence below.
constexpr std::size_t short_remark = 14;

float head_height() { return text_size(fonts().strong, "X").y + px(22); }
// Whole, in as many lines as it needs.
float height_of(ImFont* font, std::string_view s, float room) {
    return font->CalcTextSizeA(font->FontSize, FLT_MAX, room, s.data(), s.data() + s.size()).y;
}

}  // namespace

float StartView::Row::height() const { return title + detail + about + px(9); }

StartView::Row StartView::measure(StartEntry const& e, float width, bool about) const {
    float const wrap = width - px(18), text_h = text_size(fonts().text, "X").y,
                small_h = text_size(fonts().small, "X").y;
    bool const below = e.detail.size() > short_remark;
    Row row{};
    row.remark = below ? 0 : text_size(fonts().small, e.detail).x + px(10);
    row.title = std::max(text_h, height_of(fonts().text, e.title, wrap - row.remark));
    if (below) row.detail = std::max(small_h, height_of(fonts().small, e.detail, wrap)) + px(1);
    if (about && !e.about.empty()) row.about = std::max(small_h, height_of(fonts().small, e.about, wrap)) + px(3);
    return row;
}

model::StartHeights StartView::wanted(float width, Abouts const& abouts) const {
    model::StartHeights out{};
    float const inside = width - px(12) - px(8);  // what a scroll bar takes, should one be needed
    for (unsigned g = 0; g < model::start_group_count; ++g) {
        float rows = 0;
        for (StartEntry const& e : page_.groups[g]) rows += measure(e, inside, abouts[g]).height();
        if (page_.groups[g].empty())
            rows = height_of(fonts().text, info(static_cast<StartGroup>(g)).empty, inside - px(16)) + px(16);
        out[g] = std::ceil(head_height() + rows + px(16));
    }
    return out;
}

void StartView::draw() {
    ImVec2 const size = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize(size);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
    ImGui::PushStyleColor(ImGuiCol_WindowBg, packed(theme().gap));
    ImGui::Begin("start", nullptr,
                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                     ImGuiWindowFlags_NoNav);
    ImGui::PopStyleVar();  // not that of tooltips
    read_keys();
    auto* list = ImGui::GetWindowDrawList();
    float const margin = px(28), width = model::start_width(size.x - 2 * margin, style().scale);
    float const line = text_size(fonts().text, "X").y + px(10);
    float const above = px(22) + text_size(fonts().heading, "X").y + px(4) + text_size(fonts().text, "X").y + px(8) + line;
    float const left = std::floor((size.x - width) / 2);
    // Sentences about tours and labs only where they push nothing out of sight.
    model::Rect const area{left, above, width, size.y - above - margin};
    float const column = model::place_start(area, style().scale, {})[2].width;
    Abouts abouts{true, true, true, true};
    auto const whole = wanted(column, abouts);
    auto placed = model::place_start(area, style().scale, whole);
    for (unsigned g = 0; g < model::start_group_count; ++g) abouts[g] = placed[g].height >= whole[g];
    placed = model::place_start(area, style().scale, wanted(column, abouts));
    // On a large display the page stands a little above its middle.
    float bottom = 0;
    for (auto const& r : placed) bottom = std::max(bottom, r.bottom());
    float const down = std::floor(std::max(0.0f, size.y - margin - bottom) * 0.35f);
    for (auto& r : placed) r.y += down;

    float x = left, y = px(22) + down;
    x += text_at(list, {x, y + px(2)}, fonts().icons, theme().good, icon(icons::leaf)) + px(10);
    text_at(list, {x, y}, fonts().heading, theme().text, "Vivarium: a computer under glass");
    y += text_size(fonts().heading, "X").y + px(4);
    text_at(list, {left, y}, fonts().text, theme().quiet,
            "Choose with the mouse, or with the arrows and Enter. Escape leaves.", width);
    y += text_size(fonts().text, "X").y + px(8);
    if (!notice.empty())
        text_at(list, {left, y}, fonts().text,
                notice_is_bad ? theme().readable(theme().bad, theme().gap) : theme().text, notice, width);
    for (unsigned g = 0; g < model::start_group_count; ++g) draw_group(g, placed[g], abouts[g]);
    ImGui::End();
    ImGui::PopStyleColor();
}

void StartView::draw_group(unsigned group, Rect r, bool said) {
    auto const& about = info(static_cast<StartGroup>(group));
    auto const& entries = page_.groups[group];
    auto* list = ImGui::GetWindowDrawList();
    list->AddRectFilled(at(r), end_of(r), packed(theme().pane), px(6));
    list->AddRect(at(r), end_of(r), packed(group == group_ ? theme().accent : theme().border), px(6));
    static constexpr char const* glyphs[] = {icons::clock, icons::play, icons::eye, icons::flag};
    float const pad = px(14), head = head_height();
    float const used =
        text_at(list, {r.x + pad, r.y + px(11)}, fonts().text, theme().accent, icon(glyphs[group]));
    text_at(list, {r.x + pad + used + px(8), r.y + px(10)}, fonts().strong, theme().text, about.title,
            r.width - 2 * pad - used);
    list->AddLine({r.x, r.y + head}, {r.right(), r.y + head}, packed(theme().border));
    ImGui::SetCursorScreenPos({r.x + px(6), r.y + head + px(5)});
    ImGui::PushID(static_cast<int>(group));
    ImGui::BeginChild("entries", {r.width - px(12), r.height - head - px(10)}, 0, ImGuiWindowFlags_NoNav);
    if (entries.empty()) {
        ImGui::SetCursorPos({px(8), px(8)});
        text_wrapped(fonts().text, theme().faint, about.empty);
    }
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
    for (std::size_t i = 0; i < entries.size(); ++i) {
        StartEntry const& e = entries[i];
        float const width = ImGui::GetContentRegionAvail().x, wrap = width - px(18);
        ImVec2 const p = ImGui::GetCursorScreenPos();
        Row const row = measure(e, width, said);
        float const height = row.height();
        ImGui::PushID(static_cast<int>(i));
        if (ImGui::InvisibleButton("entry", {std::max(width, 1.0f), height})) {
            group_ = group, row_ = i;
            choose(group, i);
        }
        bool const over = ImGui::IsItemHovered(), selected = group == group_ && row_ == i;
        if (over) teach(e.title, model::command_of(e));
        ImGui::PopID();
        auto* rows = ImGui::GetWindowDrawList();
        if (over || selected)
            rows->AddRectFilled(p, {p.x + width, p.y + height - px(1)},
                                packed(selected ? theme().selected : theme().hover), px(4));
        // What keys have chosen is whole on the screen.
        if (selected && moved_) {
            float const top = ImGui::GetWindowPos().y, bottom = top + ImGui::GetWindowHeight();
            if (p.y < top) ImGui::SetScrollY(ImGui::GetScrollY() - (top - p.y));
            if (p.y + height > bottom) ImGui::SetScrollY(ImGui::GetScrollY() + p.y + height - bottom);
        }
        auto words = [&](ImFont* font, float y, Colour c, std::string const& s, float room) {
            rows->AddText(font, font->FontSize, {std::floor(p.x + px(8)), std::floor(y)}, packed(c), s.data(),
                          s.data() + s.size(), room);
        };
        Colour const pale = selected ? theme().quiet : theme().faint;
        words(fonts().text, p.y + px(3), theme().text, e.title, wrap - row.remark);
        if (row.detail > 0)
            words(fonts().small, p.y + px(4) + row.title, pale, e.detail, wrap);
        else
            text_at(rows, {p.x + width - row.remark, p.y + px(5)}, fonts().small, pale, e.detail);
        if (row.about > 0) words(fonts().small, p.y + px(4) + row.title + row.detail, pale, e.about, wrap);
    }
    ImGui::PopStyleVar();
    ImGui::EndChild();
    ImGui::PopID();
}

}  // namespace viz::app
