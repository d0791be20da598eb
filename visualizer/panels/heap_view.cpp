// SPDX-License-Identifier: GPL-2.0-or-later
//
// The kernel's heap: of each size class how many objects are handed out, of how many
// that there is room for; and how many are too large for any.
#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/text.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using sim::debug::HeapClass;

class HeapView : public View {
public:
    void draw(Model const& model, ViewState&, CommandQueue&) override {
        auto const& kernel = model.now().kernel;
        if (kernel.heap.empty()) {
            empty_kernel_list(model, kernel.heap_health, "size classes of a heap");
            return;
        }
        if (!kernel.heap_health.problem.empty())
            text_wrapped(fonts().small, theme().warning, kernel.heap_health.problem);
        std::uint64_t used = 0, room = 0;
        for (HeapClass const& c : kernel.heap) used += c.used * c.object_size, room += c.capacity * c.object_size;
        heading("Small objects", fmt::format("{} of {} handed out", sim::debug::format_bytes(used),
                                             sim::debug::format_bytes(room)));
        space(4);
        ImGui::BeginChild("classes");
        float const width = ImGui::GetContentRegionAvail().x, name = px(90), count = px(150),
                    bar = std::clamp(width - name - count, px(60), px(640));
        for (HeapClass const& c : kernel.heap) draw_class(c, name, bar);
        if (auto const large = sim::debug::large_objects(kernel)) draw_large(*large, kernel.heap.back().object_size);
        ImGui::EndChild();
    }

private:
    static void draw_large(sim::debug::LargeObjects const& large, std::uint64_t largest) {
        space(10);
        heading("Large objects", large.count ? fmt::format("{} with {} of frames", large.count,
                                                           sim::debug::format_bytes(large.bytes))
                                             : std::string("none"));
        text_wrapped(fonts().small, theme().faint,
                     fmt::format("What is larger than {} lies in no slab: each has frames of its own, as the map of memory "
                                 "shows.",
                                 sim::debug::format_bytes(largest)));
    }

    static void draw_class(HeapClass const& c, float name_width, float bar) {
        ImVec2 const p = ImGui::GetCursorScreenPos();
        auto* list = ImGui::GetWindowDrawList();
        float const height = text_size(fonts().text, "X").y + px(9), middle = p.y + height / 2;
        std::string const name = c.name.empty() ? sim::debug::format_bytes(c.object_size) : c.name;
        ImGui::PushID(static_cast<int>(c.object_size));
        ImGui::InvisibleButton("class", {name_width + bar + px(140), height});
        ImGui::PopID();
        teach("Objects of " + name,
              fmt::format("{} handed out, {} free in slabs that the heap holds.", c.used, c.capacity - std::min(c.used, c.capacity)));
        text_at(list, {p.x, p.y + px(4)}, fonts().text, theme().text, name, name_width - px(8));
        float const x = p.x + name_width;
        list->AddRectFilled({x, middle - px(5)}, {x + bar, middle + px(5)}, packed(theme().grid), px(3));
        if (c.used && c.capacity) {
            double const share = std::min(1.0, static_cast<double>(c.used) / static_cast<double>(c.capacity));
            list->AddRectFilled({x, middle - px(5)},
                                {x + std::max(px(3), bar * static_cast<float>(share)), middle + px(5)},
                                packed(share > 0.9 ? theme().warning : theme().good), px(3));
        }
        text_at(list, {x + bar + px(10), p.y + px(5)}, fonts().mono, c.capacity ? theme().quiet : theme().faint,
                c.capacity ? fmt::format("{} of {}", c.used, c.capacity) : "none yet", px(140));
    }
};

}  // namespace

std::unique_ptr<View> make_heap_view() { return std::make_unique<HeapView>(); }

}  // namespace viz::panels
