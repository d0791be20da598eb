// SPDX-License-Identifier: GPL-2.0-or-later
//
// Bytes at an address, sixteen a row. Follows the stack pointer until the person
// turns elsewhere.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using sim::debug::AddressSpace;
using sim::debug::MemoryBlock;

class MemoryView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const& now = model.now();
        std::uint64_t rsp = now.cpu[sim::engine::Gpr::rsp];
        std::uint64_t address = state.memory_address.value_or(rsp);
        draw_header(address, model, state, queue);

        MemoryBlock const* block = now.block(state.memory_space, address);
        if (!block || block->bytes.empty()) {
            empty_view(icons::memory, "No bytes yet", "They come with the next snapshot.");
            return;
        }
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        ImGui::BeginChild("bytes");
        float height = text_size(fonts().mono, "0").y + px(3);
        std::uint64_t start = block->request.address & ~std::uint64_t{15};
        auto rows = static_cast<int>(block->bytes.size() / 16);
        if (address != shown_ || state.memory_space != space_ || block->request.address != start_) {
            shown_ = address, space_ = state.memory_space, start_ = block->request.address;
            reveal_ = 3;
        }
        if (reveal_ > 0) {
            --reveal_;
            ImGui::SetScrollY(std::max(0.0f, (static_cast<float>((address - start) / 16) - 3) * height));
        }
        ImGuiListClipper clipper;
        clipper.Begin(rows, height);
        while (clipper.Step())
            for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i)
                draw_row(*block, static_cast<std::uint32_t>(i) * 16, height, address, model, state);
        // Near an edge of what was fetched: ask for the next stretch.
        if (reveal_ == 0 && ImGui::IsWindowHovered() && ImGui::GetIO().MouseWheel != 0) {
            bool up = ImGui::GetIO().MouseWheel > 0 && ImGui::GetScrollY() <= 0 && start >= 0x1000;
            bool down = ImGui::GetIO().MouseWheel < 0 && ImGui::GetScrollY() >= ImGui::GetScrollMaxY() - 1;
            if (up) state.memory_address = start;
            if (down) state.memory_address = start + block->bytes.size() - 16;
        }
        ImGui::EndChild();
        ImGui::PopStyleVar();
    }

private:
    void draw_header(std::uint64_t address, Model const& model, ViewState& state, CommandQueue& queue) {
        bool physical = state.memory_space == AddressSpace::physical;
        if (text_button("virtual", "virtual", "Addresses as the running code sees them", !physical))
            state.memory_space = AddressSpace::virtual_;
        ImGui::SameLine(0, px(2));
        if (text_button("physical", "physical", "Addresses of RAM", physical)) {
            state.memory_space = AddressSpace::physical;
            if (!state.memory_address) state.memory_address = 0x100000;
        }
        ImGui::SameLine();
        ImGui::PushFont(fonts().mono);
        ImGui::SetNextItemWidth(text_size(fonts().mono, "0x0000000000000000").x + px(18));
        if (!editing_)
            std::snprintf(input_, sizeof input_, "0x%llx", static_cast<unsigned long long>(address));
        if (ImGui::InputText("##address", input_, sizeof input_,
                             ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll))
            queue.push(CommandId::go_to_place, std::string(input_));
        editing_ = ImGui::IsItemActive();
        ImGui::PopFont();
        ImGui::SameLine();
        if (state.memory_address) {
            if (text_button("follow", "Follow RSP", "Show the stack again (F)"))
                queue.push(CommandId::follow);
            ImGui::SameLine();
        }
        std::string note = physical ? "" : model.symbol(address);
        if (!state.memory_address) note = "the stack: RSP " + note;
        text_cut(fonts().small, theme().faint, note, 0);
        space(3);
    }

    static void draw_row(MemoryBlock const& block, std::uint32_t offset, float height, std::uint64_t focus,
                         Model const& model, ViewState const& state) {
        std::uint64_t address = block.request.address + offset;
        ImVec2 p = ImGui::GetCursorScreenPos();
        auto* list = ImGui::GetWindowDrawList();
        float width = ImGui::GetContentRegionAvail().x;
        auto const& cpu = model.now().cpu;
        float glyph = text_size(fonts().mono, "0").x;
        bool wide = width > glyph * (16 + 2 + 16 * 3 + 2 + 16) + px(30);
        std::string label = fmt::format("{:016x}", address);
        // The upper half of a kernel address is the same for all: quiet.
        float x = p.x +
                  text_at(list, {p.x, p.y}, fonts().mono, theme().faint, wide ? label : label.substr(8)) +
                  glyph * 2;
        Entity const& marked =
            state.hovered.kind == EntityKind::virtual_range ? state.hovered : state.selected;
        float text_x = x + glyph * (16 * 3 + 2);
        for (unsigned i = 0; i < 16; ++i, x += glyph * 3 + (i == 8 ? glyph : 0)) {
            std::uint64_t here = address + i;
            bool mapped = block.mapped(offset + i);
            std::uint8_t byte = mapped ? block.bytes[offset + i] : 0;
            auto within = [&](std::uint64_t start, std::uint64_t length) {
                return here >= start && here - start < length;
            };
            Colour ground{0, 0};
            if (block.request.space == AddressSpace::virtual_) {
                if (within(cpu[sim::engine::Gpr::rsp], 8)) ground = theme().write.with_alpha(90);
                if (within(cpu.rip, 1)) ground = theme().execute.with_alpha(110);
                if (marked.kind == EntityKind::virtual_range && within(marked.id, marked.length))
                    ground = theme().selected;
            }
            if (here == focus && !ground.a) ground = theme().hover;
            if (ground.a)
                list->AddRectFilled({x - glyph * 0.3f, p.y - px(1)}, {x + glyph * 2.3f, p.y + height - px(2)},
                                    packed(ground), px(2));
            Colour ink = !mapped                       ? theme().future
                         : ground.a                    ? theme().text
                         : byte == 0                   ? theme().future
                         : byte >= 0x20 && byte < 0x7F ? theme().text
                                                       : theme().quiet;
            text_at(list, {x, p.y}, fonts().mono, ink, mapped ? fmt::format("{:02x}", byte) : "--");
            if (text_x + glyph * 17 < p.x + width) {
                char c[2] = {mapped && byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '.', 0};
                text_at(list, {text_x + glyph * static_cast<float>(i), p.y}, fonts().mono,
                        c[0] == '.' ? theme().future : theme().readable(theme().execute, theme().pane), c);
            }
        }
        ImGui::Dummy({width, height});
    }

    char input_[64] = {};
    bool editing_ = false;
    std::uint64_t shown_ = UINT64_MAX, start_ = UINT64_MAX;
    AddressSpace space_ = AddressSpace::virtual_;
    int reveal_ = 0;
};

}  // namespace

std::unique_ptr<View> make_memory_view() { return std::make_unique<MemoryView>(); }

}  // namespace viz::panels
