// SPDX-License-Identifier: GPL-2.0-or-later
//
// The threads: what each is doing and waits for, how deep its stack is; the call
// stack of the one that is selected, else of the one on the processor.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using sim::debug::Thread;

Colour state_colour(Thread const& t) {
    if (t.running) return theme().good;
    auto has = [&](char const* word) { return t.state.find(word) != std::string::npos; };
    if (has("running")) return theme().good;
    if (has("ready")) return theme().warning;
    if (has("exit") || has("dead") || has("finish")) return theme().faint;
    return theme().accent;  // waits for something
}

class ThreadsView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const& kernel = model.now().kernel;
        if (kernel.threads.empty()) {
            empty_kernel_list(model, kernel.threads_health, "threads");
            return;
        }
        if (!kernel.threads_health.problem.empty())
            text_wrapped(fonts().small, theme().warning, kernel.threads_health.problem);
        float whole = ImGui::GetContentRegionAvail().y, row_height = text_size(fonts().text, "X").y + px(9);
        // A row, and what stands between it and the next.
        float const line = row_height + ImGui::GetStyle().ItemSpacing.y;
        float table = std::min(whole * 0.6f, line * static_cast<float>(kernel.threads.size() + 1) + px(6));
        auto const chosen = chosen_stack(model, state);
        // Who selects a thread wants to see where it stands: then the list gives way.
        bool const selected = state.selected.kind == EntityKind::thread && chosen.thread == state.selected.id;
        if (selected) table = std::min(table, std::floor(whole * 0.5f));
        bool stack = (!chosen.frames.empty() || !chosen.problem.empty()) && whole - table > row_height * (selected ? 2.5f : 3.5f);
        if (!stack) table = whole;
        turn_to_ = selected && turned_to_ != chosen.thread ? chosen.thread : 0;
        turned_to_ = selected ? chosen.thread : 0;
        draw_table(table, row_height, model, state, queue);
        if (stack) draw_stack(chosen, model, queue);
    }

private:
    // Of the selected thread; of the one that runs, where none is.
    static sim::debug::ThreadStack chosen_stack(Model const& model, ViewState const& state) {
        auto const& now = model.now();
        std::uint64_t const running = model.running_thread();
        bool const selected = state.selected.kind == EntityKind::thread && now.kernel.thread(state.selected.id);
        std::uint64_t const thread = selected ? state.selected.id : running;
        if (auto const* known = now.stack_of(thread)) return *known;
        if (thread == running) return {thread, now.backtrace, ""};
        return {thread, {}, "it was not read"};
    }

    void draw_table(float height, float row_height, Model const& model, ViewState& state,
                    CommandQueue& queue) const {
        auto const& threads = model.now().kernel.threads;
        float width = ImGui::GetContentRegionAvail().x;
        // What a narrow pane has no room for: first the depth of the stack, then the priority.
        bool priority = width > px(430), stack = width > px(560);
        ImGui::BeginChild("threads", {0, height});
        float name_w = std::clamp(width * (priority ? 0.30f : 0.42f), px(130), px(280));
        float state_w = px(100), priority_w = priority ? px(64) : 0, stack_w = stack ? px(130) : 0;
        ImVec2 p = ImGui::GetCursorScreenPos();
        auto* list = ImGui::GetWindowDrawList();
        auto head = [&](float x, char const* name) {
            text_at(list, {p.x + x, p.y + px(2)}, fonts().small, theme().faint, name);
        };
        head(px(20), "thread");
        head(name_w, "state");
        if (priority) head(name_w + state_w, "priority");
        if (stack) head(name_w + state_w + priority_w, "stack used");
        head(name_w + state_w + priority_w + stack_w, "waits for");
        ImGui::Dummy({width, row_height - px(4)});
        for (Thread const& t : threads) {
            p = ImGui::GetCursorScreenPos();
            Entity entity{EntityKind::thread, t.address, 0};
            if (t.address == turn_to_) ImGui::SetScrollHereY();
            emphasise_row(entity, state, row_height);
            ImGui::PushID(static_cast<int>(t.address));
            ImGui::InvisibleButton("thread", {width, row_height});
            entity_item(entity, state, queue);
            ImGui::PopID();
            float y = p.y + px(4);
            list->AddRectFilled({p.x + px(2), p.y + row_height / 2 - px(5)},
                                {p.x + px(12), p.y + row_height / 2 + px(5)},
                                packed(model.thread_colour(t.address, theme())), px(2));
            float used = text_at(list, {p.x + px(20), y}, fonts().text, theme().text,
                                 t.name.empty() ? fmt::format("{:#x}", t.address) : t.name, name_w - px(50));
            text_at(list, {p.x + px(26) + used, y + px(1)}, fonts().mono_small, theme().faint,
                    fmt::format("{}", t.id));
            std::string shown = t.state.empty() ? "?" : t.state;
            if (std::size_t colon = shown.rfind("::"); colon != std::string::npos)
                shown = shown.substr(colon + 2);
            chip_at(list, {p.x + name_w, p.y + (row_height - chip_size("X").y) / 2},
                    cut_to(fonts().small, shown, state_w - px(16)), state_colour(t), t.running);
            if (priority)
                text_at(list, {p.x + name_w + state_w, y}, fonts().mono, theme().quiet,
                        fmt::format("{}", t.priority));
            if (stack)
                draw_stack_bar({p.x + name_w + state_w + priority_w, p.y}, stack_w - px(14), row_height, t);
            float x = name_w + state_w + priority_w + stack_w;
            text_at(list, {p.x + x, y}, fonts().text, theme().quiet, waits_for(t, model), width - x - px(4));
        }
        ImGui::EndChild();
    }

    static void draw_stack_bar(ImVec2 p, float width, float height, Thread const& t) {
        auto* list = ImGui::GetWindowDrawList();
        if (t.stack_high <= t.stack_low) {
            text_at(list, {p.x, p.y + px(4)}, fonts().text, theme().faint, "-");
            return;
        }
        double share = std::clamp(
            static_cast<double>(t.stack_used) / static_cast<double>(t.stack_high - t.stack_low), 0.0, 1.0);
        float bar = width * 0.45f, y = p.y + height / 2;
        list->AddRectFilled({p.x, y - px(4)}, {p.x + bar, y + px(4)}, packed(theme().grid), px(3));
        list->AddRectFilled({p.x, y - px(4)},
                            {p.x + std::max(px(3), bar * static_cast<float>(share)), y + px(4)},
                            packed(share > 0.8 ? theme().bad : theme().read), px(3));
        text_at(list, {p.x + bar + px(6), p.y + px(5)}, fonts().mono_small, theme().quiet,
                fmt::format("{}", t.stack_used), width - bar);
    }

    static std::string waits_for(Thread const& t, Model const& model) {
        if (t.waits_for == 0) return {};
        if (auto const* lock = model.now().kernel.awaited_by(t))
            return model.with_names(lock->name) + (lock->owner ? " held by " + model.thread_name(lock->owner) : "");
        std::string symbol = model.symbol(t.waits_for);
        return symbol.empty() ? fmt::format("{:#x}", t.waits_for) : symbol;
    }

    static void draw_stack(sim::debug::ThreadStack const& stack, Model const& model, CommandQueue& queue) {
        auto const& now = model.now();
        space(6);
        std::string whose = stack.thread ? model.thread_name(stack.thread) : "";
        if (stack.thread && stack.thread != model.running_thread()) whose += ", as it left the processor";
        heading("Call stack", whose);
        if (!stack.problem.empty()) return text_wrapped(fonts().text, theme().faint, "None: " + stack.problem + ".");
        ImGui::BeginChild("stack");
        float row_height = text_size(fonts().mono, "X").y + px(5);
        auto* list = ImGui::GetWindowDrawList();
        for (std::size_t i = 0; i < stack.frames.size(); ++i) {
            auto const& frame = stack.frames[i];
            ImVec2 p = ImGui::GetCursorScreenPos();
            float width = ImGui::GetContentRegionAvail().x;
            ImGui::PushID(static_cast<int>(i));
            if (ImGui::InvisibleButton("frame", {std::max(width, 1.0f), row_height}))
                queue.push(CommandId::show_code, frame.address);
            if (ImGui::IsItemHovered())
                list->AddRectFilled(p, {p.x + width, p.y + row_height}, packed(theme().hover), px(3));
            ImGui::PopID();
            text_at(list, {p.x + px(4), p.y + px(2)}, fonts().mono_small, theme().faint,
                    fmt::format("{:>2}", i));
            std::string where = now.symbols ? now.symbols->describe(frame.source) : "";
            if (frame.source.line == 0) where.clear();
            if (frame.interrupted) where = where.empty() ? "interrupted" : "interrupted at " + where;
            float where_width = text_size(fonts().small, where).x;
            if (where_width > width * 0.4f) where.clear(), where_width = 0;
            text_at(list, {p.x + px(28), p.y + px(2)}, fonts().mono, i == 0 ? theme().text : theme().quiet,
                    frame.function.empty() ? fmt::format("{:#x}", frame.address) : frame.function,
                    width - px(40) - where_width);
            text_at(list, {p.x + width - where_width - px(4), p.y + px(3)}, fonts().small,
                    frame.interrupted ? theme().readable(theme().irq, theme().pane) : theme().faint, where);
        }
        ImGui::EndChild();
    }

    std::uint64_t turned_to_ = 0, turn_to_ = 0;  // threads: selected, and selected just now
};

}  // namespace

std::unique_ptr<View> make_threads_view() { return std::make_unique<ThreadsView>(); }

}  // namespace viz::panels
