// SPDX-License-Identifier: GPL-2.0-or-later
//
// The processor's state. General registers in a grid; flags, control registers
// and the rest with a chip for each bit that the manual names: bright when set.
#include <fmt/format.h>

#include <algorithm>

#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using sim::debug::RegisterBank;
using sim::debug::RegisterGroup;
using sim::debug::RegisterValue;

class RegistersView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        auto const& now = model.now();
        draw_processors(now, queue);
        bool const another = now.processor != processor_;
        if (!decoded_ || now.moment != moment_ || another) {
            processor_ = now.processor;
            if (another) decoded_ = false;  // its registers are not the other one's, changed
            if (decoded_) previous_ = cpu_;
            cpu_ = now.cpu;
            moment_ = now.moment;
            banks_ = sim::debug::decode_registers(cpu_);
            previous_banks_ = sim::debug::decode_registers(decoded_ ? previous_ : cpu_);
            decoded_ = true;
        }
        heading(mode(model), "changed since the last stop: orange");
        space(2);
        for (std::size_t b = 0; b < banks_.size(); ++b) {
            if (banks_[b].registers.empty()) continue;
            if (b > 0) section(sim::debug::name_of(banks_[b].group));
            bool with_bits = false;
            for (auto const& r : banks_[b].registers) with_bits |= !r.fields.empty();
            if (with_bits)
                for (std::size_t i = 0; i < banks_[b].registers.size(); ++i)
                    draw_with_bits(banks_[b].registers[i], changed(b, i), model, state, queue);
            else
                draw_grid(b, model, queue);
        }
    }

private:
    // Of several, whose registers these are.
    static void draw_processors(sim::debug::Snapshot const& now, CommandQueue& queue) {
        if (now.processors.size() < 2) return;
        for (std::size_t i = 0; i < now.processors.size(); ++i) {
            auto const& p = now.processors[i];
            if (i) ImGui::SameLine(0, px(4));
            std::string const state = p.waits        ? "waits to be started"
                                      : p.cpu.halted ? "asleep"
                                      : p.running    ? "runs: " + p.location
                                                     : "its turn comes: " + p.location;
            if (ImGui::GetContentRegionAvail().x < px(110)) ImGui::NewLine();
            if (text_button(fmt::format("cpu{}", i).c_str(), fmt::format("processor {}", i), state.c_str(),
                            i == now.processor))
                queue.push(CommandId::processor, std::uint64_t{i});
        }
        space(4);
    }

    static std::string mode(Model const& model) {
        auto const& cpu = model.now().cpu;
        bool long_mode = cpu.efer & 0x400, protection = cpu.cr0 & 1, paging = cpu.cr0 & 0x8000'0000;
        std::string text = !protection                                 ? "Real mode"
                           : long_mode && (cpu.cs.attributes & 0x2000) ? "64-bit mode"
                           : long_mode                                 ? "Compatibility mode"
                                                                       : "32-bit protected mode";
        text += fmt::format(", ring {}, paging {}", cpu.cs.selector & 3, paging ? "on" : "off");
        text += cpu.rflags & 0x200 ? ", interrupts on" : ", interrupts off";
        if (cpu.halted) text += ", asleep";
        return text;
    }

    bool changed(std::size_t bank, std::size_t i) const {
        if (bank >= previous_banks_.size() || i >= previous_banks_[bank].registers.size()) return false;
        return previous_banks_[bank].registers[i].value != banks_[bank].registers[i].value;
    }

    static void section(char const* name) {
        space(6);
        text(fonts().small, theme().faint, name);
    }

    void draw_grid(std::size_t bank, Model const& model, CommandQueue& queue) const {
        auto const& registers = banks_[bank].registers;
        float name_width = 0, value_width = text_size(fonts().mono, "0000000000000000").x;
        for (auto const& r : registers)
            name_width = std::max(name_width, text_size(fonts().mono_strong, r.name).x);
        name_width += px(10);
        float width = ImGui::GetContentRegionAvail().x, cell = name_width + value_width + px(20);
        auto columns = static_cast<std::size_t>(std::clamp(width / cell, 1.0f, 4.0f));
        if (columns == 3) columns = 2;
        float step = width / static_cast<float>(columns), height = text_size(fonts().mono, "0").y + px(4);
        std::size_t rows = (registers.size() + columns - 1) / columns;
        ImVec2 start = ImGui::GetCursorScreenPos();
        auto* list = ImGui::GetWindowDrawList();
        for (std::size_t i = 0; i < registers.size(); ++i) {
            RegisterValue const& r = registers[i];
            ImVec2 p{start.x + static_cast<float>(i / rows) * step,
                     start.y + static_cast<float>(i % rows) * height};
            ImGui::SetCursorScreenPos(p);
            ImGui::PushID(r.name.c_str());
            ImGui::InvisibleButton("register", {step - px(8), height});
            bool over = ImGui::IsItemHovered();
            if (over)
                list->AddRectFilled({p.x - px(4), p.y}, {p.x + step - px(8), p.y + height},
                                    packed(theme().hover), px(3));
            if (ImGui::IsItemClicked())
                queue.push(r.name == "RIP" ? CommandId::show_code : CommandId::show_memory, r.value);
            std::string note = r.note.empty() ? model.symbol(r.value) : r.note;
            teach(fmt::format("{} = {:#x}", r.name, r.value),
                  fmt::format("{} decimal{}{}", r.value, note.empty() ? "" : "\n", note), "click: its bytes");
            ImGui::PopID();
            text_at(list, {p.x, p.y + px(2)}, fonts().mono_strong, theme().faint, r.name);
            int digits = r.bits > 4 ? static_cast<int>(r.bits / 4) : 1;
            std::string value = fmt::format("{:0{}x}", r.value, digits);
            bool is_new = changed(bank, i);
            // Leading zeros are quiet: the eye goes to the number.
            std::size_t zeros = std::min(value.find_first_not_of('0'), value.size() - 1);
            float x = p.x + name_width;
            Colour bright = is_new ? theme().warning : theme().text;
            x += text_at(list, {x, p.y + px(2)}, fonts().mono, is_new ? theme().warning : theme().future,
                         std::string_view(value).substr(0, zeros));
            x += text_at(list, {x, p.y + px(2)}, fonts().mono, bright, std::string_view(value).substr(zeros));
            float room = p.x + step - px(14) - x;
            // A symbol may be cut, words of ours not: the tooltip has them whole.
            bool const fits =
                r.note.empty() ? room > px(60) : text_size(fonts().small, note).x <= room - px(10);
            if (!note.empty() && fits)
                text_at(list, {x + px(10), p.y + px(3)}, fonts().small, theme().faint, note, room - px(10));
        }
        ImGui::SetCursorScreenPos(start);
        ImGui::Dummy({width, static_cast<float>(rows) * height});
    }

    void draw_with_bits(RegisterValue const& r, bool is_new, Model const& model, ViewState&,
                        CommandQueue&) const {
        float width = ImGui::GetContentRegionAvail().x;
        float name_width = std::max(text_size(fonts().mono_strong, r.name).x + px(8), px(64)),
              value_width = text_size(fonts().mono, "0000000000000000").x + px(12);
        ImVec2 p = ImGui::GetCursorScreenPos();
        auto* list = ImGui::GetWindowDrawList();
        float line = chip_size("X").y + px(4);
        text_at(list, {p.x, p.y + px(1)}, fonts().mono_strong, theme().quiet, r.name);
        text_at(list, {p.x + name_width, p.y + px(1)}, fonts().mono, is_new ? theme().warning : theme().text,
                fmt::format("{:x}", r.value));
        float left = p.x + name_width + value_width, x = left, y = p.y;
        if (p.x + width - left < px(180)) left = x = p.x + px(12), y += line;
        if (r.fields.empty() && !r.note.empty())
            text_at(list, {x, y + px(1)}, fonts().small, theme().faint, r.note, p.x + width - x);
        (void)model;
        for (auto const& field : r.fields) {
            bool flag = field.info->high == field.info->low;
            std::string label = field.info->name;
            if (!flag)
                label += fmt::format(" {}", field.text.empty() ? fmt::format("{}", field.value) : field.text);
            ImVec2 size = chip_size(label);
            if (x + size.x > p.x + width && x > left) x = left, y += line;
            ImGui::SetCursorScreenPos({x, y});
            ImGui::PushID(field.info);
            ImGui::InvisibleButton("bit", size);
            ImGui::PopID();
            bool set = field.value != 0;
            if (set)
                chip_at(list, {x, y}, label, flag ? theme().accent : theme().execute);
            else
                text_at(list, {x + px(6), y + px(2)}, fonts().small, theme().faint, label);
            std::string bits = flag ? fmt::format("bit {}", field.info->low)
                                    : fmt::format("bits {} to {}", field.info->high, field.info->low);
            teach(fmt::format("{}: {}", field.info->name, field.info->title),
                  fmt::format("{} = {}. {}", bits,
                              field.text.empty() ? fmt::format("{}", field.value) : field.text,
                              field.info->meaning),
                  field.info->manual);
            x += size.x + px(4);
        }
        ImGui::SetCursorScreenPos(p);
        ImGui::Dummy({width, y - p.y + line});
    }

    bool decoded_ = false;
    unsigned processor_ = 0;
    sim::machine::Moment moment_;
    sim::engine::CpuState cpu_, previous_;
    std::vector<RegisterBank> banks_, previous_banks_;
};

}  // namespace

std::unique_ptr<View> make_registers_view() { return std::make_unique<RegistersView>(); }

}  // namespace viz::panels
