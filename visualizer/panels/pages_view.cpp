// SPDX-License-Identifier: GPL-2.0-or-later
//
// All page tables as a tree, and beside it what the processor remembers of them: a
// translation that the tables do not give any more is marked.
#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/text.hpp"
#include "simulator/debug/translations.hpp"
#include "visualizer/model/ability.hpp"
#include "visualizer/model/page_outline.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using sim::debug::MappedRange;
using sim::debug::PageTable;
using sim::debug::PageTree;
using sim::debug::Translation;

char const* table_name(unsigned level) {
    static constexpr char const* names[] = {"", "page table", "page directory", "PDPT", "PML4"};
    return names[std::min(level, 4U)];
}

char const* page_name(std::uint64_t size) { return size >= 1U << 30 ? "1G" : size >= 1U << 21 ? "2M" : "4K"; }

class PagesView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const& tree = model.now().page_tree;
        if (!tree) {
            empty_view(icons::sitemap, "No tables yet", "They come with the next snapshot.");
            return;
        }
        if (tree->entered.empty()) {
            empty_view(icons::sitemap, "No tables to show", model::as_sentence(tree->problem));
            return;
        }
        if (laid_out_ != tree) laid_out_ = tree, rows_ = model::page_outline(*tree);
        if (!tree->problem.empty()) text_wrapped(fonts().small, theme().warning, tree->problem);
        ImVec2 const room = ImGui::GetContentRegionAvail();
        bool const beside = room.x > px(700);
        float const width = beside ? std::floor(room.x * 0.56f) : 0, height = beside ? 0 : std::floor(room.y * 0.6f);
        ImGui::BeginChild("tree", {width, height});
        draw_tree(*tree, model, state, queue);
        ImGui::EndChild();
        if (beside)
            ImGui::SameLine(0, px(16));
        else
            space(4);
        ImGui::BeginChild("tlb");
        draw_tlb(model, state, queue);
        ImGui::EndChild();
    }

private:
    // Rows of equal height that stand for ranges of addresses.
    template <class Draw>
    static void draw_rows(char const* id, std::size_t count, ViewState& state, CommandQueue& queue, auto const& entity_of,
                          Draw const& draw) {
        float const height = text_size(fonts().mono_small, "X").y + px(5);
        ImGui::BeginChild(id);
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        ImGuiListClipper clipper;
        clipper.Begin(static_cast<int>(count), height);
        while (clipper.Step())
            for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
                ImVec2 const p = ImGui::GetCursorScreenPos();
                float const width = ImGui::GetContentRegionAvail().x;
                Entity const entity = entity_of(static_cast<std::size_t>(i));
                emphasise_row(entity, state, height);
                ImGui::PushID(i);
                ImGui::InvisibleButton("row", {std::max(width, 1.0f), height});
                entity_item(entity, state, queue);
                ImGui::PopID();
                draw(static_cast<std::size_t>(i), ImVec2{p.x, p.y + px(2)}, width);
            }
        ImGui::PopStyleVar();
        ImGui::EndChild();
    }

    void draw_tree(PageTree const& tree, Model const& model, ViewState& state, CommandQueue& queue) const {
        heading("All that CR3 maps", sim::debug::format_bytes(tree.mapped_bytes));
        if (tree.write_and_execute_pages)
            text(fonts().small, theme().readable(theme().bad, theme().pane),
                 fmt::format("{} pages are writable and executable", tree.write_and_execute_pages));
        std::uint64_t const here = model.now().walk ? model.now().walk->virtual_address : model.now().cpu.rip;
        draw_rows(
            "rows", rows_.size(), state, queue,
            [&](std::size_t i) {
                if (rows_[i].is_table)
                    return Entity{EntityKind::physical_range, tree.entered[rows_[i].index].address, 4096};
                MappedRange const& r = tree.ranges[rows_[i].index];
                return Entity{EntityKind::virtual_range, r.virtual_start, r.length};
            },
            [&](std::size_t i, ImVec2 p, float width) {
                float const x = px(6) + px(16) * static_cast<float>(rows_[i].depth);
                if (rows_[i].is_table)
                    draw_table(tree.entered[rows_[i].index], {p.x + x, p.y}, width - x);
                else
                    draw_range(tree.ranges[rows_[i].index], here, {p.x + x, p.y}, width - x);
            });
    }

    static void draw_table(PageTable const& t, ImVec2 p, float width) {
        auto* list = ImGui::GetWindowDrawList();
        Colour const colour = theme().of_category(4 - t.level);
        list->AddRectFilled({p.x, p.y + px(1)}, {p.x + px(4), p.y + text_size(fonts().small, "X").y}, packed(colour));
        std::string const name = t.level == 4 ? std::string(table_name(4)) : fmt::format("{}: {}", t.index, table_name(t.level));
        float const used = text_at(list, {p.x + px(10), p.y - px(1)}, fonts().small, theme().text, name, width - px(12));
        text_at(list, {p.x + px(22) + used, p.y}, fonts().mono_small, theme().faint,
                fmt::format("at {:#x}, {} of 512", t.address, t.present), width - used - px(26));
    }

    static void draw_range(MappedRange const& r, std::uint64_t here, ImVec2 p, float width) {
        auto* list = ImGui::GetWindowDrawList();
        bool const holds = here >= r.virtual_start && here - r.virtual_start < r.length;
        Colour const colour = r.write_and_execute() ? theme().readable(theme().bad, theme().pane)
                              : holds               ? theme().accent
                                                    : theme().quiet;
        text_at(list, p, fonts().mono_small, colour,
                fmt::format("{:016x} {:>8} {}{}{} {} to {:#x}", r.virtual_start, sim::debug::format_bytes(r.length),
                            r.user ? 'u' : '-', r.writable ? 'w' : '-', r.executable ? 'x' : '-',
                            page_name(r.page_size), r.physical_start),
                width - px(4));
    }

    void draw_tlb(Model const& model, ViewState& state, CommandQueue& queue) {
        auto const& now = model.now();
        if (auto const lacks = now.lacks(sim::debug::Ability::tlb); !lacks.empty()) {
            heading("TLB");
            text_wrapped(fonts().text, theme().faint, model::as_sentence(lacks));
            return;
        }
        // While the machine runs the tree is of a moment before.
        bool const known = now.state != sim::debug::RunState::running;
        translations_ = sim::debug::translations(now.tlb, known ? now.page_tree.get() : nullptr);
        auto const stale = std::ranges::count_if(translations_, &Translation::stale);
        heading(fmt::format("TLB: {} translations", translations_.size()),
                !known ? "" : stale ? fmt::format("{} stale", stale) : "all as in the tables");
        draw_rows(
            "translations", translations_.size(), state, queue,
            [&](std::size_t i) {
                auto const& e = translations_[i].entry;
                return Entity{EntityKind::virtual_range, e.page, e.size};
            },
            [&](std::size_t i, ImVec2 p, float width) {
                auto const& t = translations_[i];
                Colour const colour = t.stale() ? theme().readable(theme().warning, theme().pane) : theme().quiet;
                text_at(ImGui::GetWindowDrawList(), {p.x + px(6), p.y}, fonts().mono_small, colour,
                        fmt::format("{:016x} {} {}{}{} to {:#x}{}{}", t.entry.page, page_name(t.entry.size),
                                    t.entry.user ? 'u' : '-', t.entry.writable ? 'w' : '-',
                                    t.entry.executable ? 'x' : '-', t.entry.frame, t.stale() ? "  stale: " : "",
                                    t.stale() ? explain(t.agreement) : ""),
                        width - px(8));
            });
    }

    std::shared_ptr<PageTree const> laid_out_;
    std::vector<model::OutlineRow> rows_;
    std::vector<Translation> translations_;
};

}  // namespace

std::unique_ptr<View> make_pages_view() { return std::make_unique<PagesView>(); }

}  // namespace viz::panels
