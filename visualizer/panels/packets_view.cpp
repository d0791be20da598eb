// SPDX-License-Identifier: GPL-2.0-or-later
//
// What went over the wire: the list on top; below it the chosen packet, layer by
// layer beside its bytes. A field lights up its bytes, and a byte its field.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "visualizer/model/packet_filter.hpp"
#include "visualizer/panels/views.hpp"
#include "visualizer/widgets/draw.hpp"
#include "visualizer/widgets/icons.hpp"

namespace viz::panels {
namespace {

using namespace widgets;
using sim::debug::DecodedPacket;
using sim::debug::PacketField;
using sim::debug::Protocol;

class PacketsView : public View {
public:
    void draw(Model const& model, ViewState& state, CommandQueue& queue) override {
        std::uint64_t count = model.packet_count();
        if (count == 0) {
            no_packets_yet(model);
            return;
        }
        ImVec2 room = ImGui::GetContentRegionAvail();
        std::optional<std::uint64_t> chosen = chosen_packet(model, state);
        // With little room the decode gives way to the list.
        bool decode = room.y > px(230);
        float list_height = decode ? std::max(room.y * 0.42f, px(110)) : room.y;
        draw_list(model, state, queue, list_height, count, chosen);
        if (decode && chosen) draw_packet(model, state, *chosen, queue);
    }

private:
    std::optional<std::uint64_t> chosen_packet(Model const& model, ViewState const& state) const {
        if (state.selected.kind == EntityKind::packet || state.selected.kind == EntityKind::event)
            if (auto index = model.packet_index_of(state.selected.id)) return index;
        // Else the last one before now that says most: an HTTP packet if there is one.
        std::uint64_t end = past_packets(model);
        for (std::uint64_t i = end; i-- > 0 && end - i < 64;)
            if (model.packet(i).decoded.protocol == Protocol::http) return i;
        return end ? end - 1 : 0;
    }

    void draw_list(Model const& model, ViewState& state, CommandQueue& queue, float height,
                   std::uint64_t count, std::optional<std::uint64_t> chosen) {
        float width = ImGui::GetContentRegionAvail().x;
        // What a packet says comes first: who sent it stands in the tooltip and below, too.
        bool wide = width > px(780);
        float number_w = px(wide ? 52 : 40), time_w = px(wide ? 92 : 78), arrow_w = px(26), protocol_w = px(66),
              address_w = wide ? std::min(px(330), width * 0.32f) : 0;
        auto const& events = model.now().events;
        auto const& numbers = events.group(sim::debug::EventGroup::packets);
        ImGui::Dummy({0, px(1)});
        ImVec2 p = ImGui::GetCursorScreenPos();
        auto* list = ImGui::GetWindowDrawList();
        auto head = [&](float x, char const* name) {
            text_at(list, {p.x + x, p.y}, fonts().small, theme().faint, name);
        };
        head(px(4), "no.");
        head(number_w, "time");
        float x = number_w + time_w + arrow_w;
        head(x + px(4), "protocol");
        if (wide) head(x + protocol_w, "from > to");
        head(x + protocol_w + address_w, "what");
        // Filter, at the right of the heading.
        float filter_w = std::min(px(170), width * 0.25f), line = text_size(fonts().small, "X").y + px(6);
        ImGui::SetCursorScreenPos({p.x + width - filter_w, p.y - px(4)});
        packet_filter_box(state, filter_w);
        ImGui::SetCursorScreenPos({p.x, p.y + line});
        ImGui::Dummy({width, 0});

        filtered(model, state, count);
        if (!wrong_.empty()) text_cut(fonts().small, theme().warning, "the filter: " + wrong_, 0);
        float row_height = text_size(fonts().text, "X").y + px(5);
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        ImGui::BeginChild("list", {0, height - line - px(4)});
        std::uint64_t shown = state.packet_filter.empty() ? count : rows_.size();
        ImGuiListClipper clipper;
        clipper.Begin(static_cast<int>(std::min<std::uint64_t>(shown, 1'000'000)), row_height);
        while (clipper.Step())
            for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
                std::uint64_t index = state.packet_filter.empty() ? static_cast<std::uint64_t>(i)
                                                                  : rows_[static_cast<std::size_t>(i)];
                auto const& row = model.packet(index);
                auto const& event = events.all[numbers[numbers.begin() + index]];
                p = ImGui::GetCursorScreenPos();
                float w = ImGui::GetContentRegionAvail().x;
                auto* rows = ImGui::GetWindowDrawList();
                Entity entity{EntityKind::packet, row.event, 0};
                bool is_chosen = chosen == index;
                emphasise_row(entity, state, row_height);
                if (is_chosen && emphasis(entity, state) != Emphasis::selected)
                    rows->AddRectFilled(p, {p.x + w, p.y + row_height},
                                        packed(theme().selected.with_alpha(140)));
                ImGui::PushID(i);
                ImGui::InvisibleButton("packet", {std::max(w, 1.0f), row_height});
                entity_item(entity, state, queue);
                bool const over = ImGui::IsItemHovered();
                ImGui::PopID();
                float const info_w = w - x - protocol_w - address_w - px(4);
                std::string const way = row.decoded.source + "  >  " + row.decoded.destination;
                bool const whole = wide && text_size(fonts().text, way).x <= address_w - px(10) &&
                                   text_size(fonts().text, row.decoded.info).x <= info_w;
                if (over && !whole) tell_whole(model.packet_number(index), way, row.decoded.info);
                bool future = event.at > model.now().moment;
                Colour ink = future ? theme().faint : theme().text,
                       quiet = future ? theme().faint : theme().quiet;
                float y = p.y + px(3);
                text_at(rows, {p.x + px(4), y + px(1)}, fonts().mono_small, theme().faint,
                        fmt::format("{}", model.packet_number(index)));
                text_at(rows, {p.x + number_w, y + px(1)}, fonts().mono_small, quiet,
                        model::exact_time(event.virtual_ns), time_w - px(6));
                draw_direction(rows, {p.x + number_w + time_w, p.y}, row_height, row.outward, future);
                chip_at(rows, {p.x + x, p.y + (row_height - chip_size("X").y) / 2},
                        sim::debug::name_of(row.decoded.protocol),
                        row.decoded.bad ? theme().bad : protocol_colour(row.decoded.protocol));
                if (wide)
                    text_at(rows, {p.x + x + protocol_w, y}, fonts().text, quiet, way, address_w - px(10));
                text_at(rows, {p.x + x + protocol_w + address_w, y}, fonts().text,
                        row.decoded.bad ? theme().readable(theme().bad, theme().pane) : ink, row.decoded.info,
                        info_w);
            }
        // Unless the person scrolled away:
        if (ImGui::IsWindowHovered() && ImGui::GetIO().MouseWheel != 0) state.packets_follow = false;
        if (model.now().moment != moment_ || state.selected != selected_) state.packets_follow = true;
        moment_ = model.now().moment, selected_ = state.selected;
        if (state.packets_follow && state.packet_filter.empty()) {
            // The row of the packet that is decoded below stays in sight; with it, where both
            // fit, now.
            bool const picked = state.selected.kind == EntityKind::packet && chosen;
            float const room = ImGui::GetWindowHeight(),
                        edge = static_cast<float>(past_packets(model)) * row_height + row_height * 1.5f,
                        line_top = static_cast<float>(chosen.value_or(0)) * row_height;
            auto const in_sight = [&](float scroll) {
                return line_top >= scroll && line_top + row_height <= scroll + room;
            };
            // What is in sight already stays: a click must not move what is below the pointer.
            if (float const now = std::max(0.0f, edge - room); !picked && (!chosen || in_sight(now)))
                ImGui::SetScrollY(now);
            else if (!picked || !in_sight(ImGui::GetScrollY()))
                ImGui::SetScrollY(std::max(0.0f, line_top - room * 0.4f));
        }
        ImGui::EndChild();
        ImGui::PopStyleVar();
    }

    // What the row has no room for.
    static void tell_whole(std::uint64_t number, std::string const& way, std::string const& info) {
        ImGui::BeginTooltip();
        ImGui::PushTextWrapPos(px(560));
        text(fonts().strong, theme().text, fmt::format("Packet {}", number));
        text(fonts().mono, theme().quiet, way);
        text_wrapped(fonts().text, theme().text, info);
        ImGui::PopTextWrapPos();
        ImGui::EndTooltip();
    }

    // How many packets there are until now.
    static std::uint64_t past_packets(Model const& model) {
        auto const& events = model.now().events;
        auto const& numbers = events.group(sim::debug::EventGroup::packets);
        return numbers.partition_point([&](std::uint64_t n) {
            return events.all[n].at <= model.now().moment;
        }) - numbers.begin();
    }

    static void draw_direction(ImDrawList* list, ImVec2 p, float height, bool outward, bool future) {
        Colour c = future ? theme().future : outward ? theme().write : theme().read;
        float y = p.y + height / 2, a = p.x + px(3), b = p.x + px(17);
        list->AddLine({a, y}, {b, y}, packed(c), px(1.5f));
        float tip = outward ? b + px(1) : a - px(1), back = outward ? -px(5) : px(5);
        list->AddTriangleFilled({tip, y}, {tip + back, y - px(4)}, {tip + back, y + px(4)}, packed(c));
    }

    void filtered(Model const& model, ViewState const& state, std::uint64_t count) {
        if (state.packet_filter.empty()) return wrong_.clear();
        bool same = filter_ == state.packet_filter && generation_ == model.now().events.generation &&
                    seen_ <= count && first_ == model.now().events.forgotten;
        if (!same) rows_.clear(), seen_ = 0;
        filter_ = state.packet_filter, generation_ = model.now().events.generation,
        first_ = model.now().events.forgotten;
        auto const parsed = model::PacketFilter::parse(filter_);
        auto const* filter = std::get_if<model::PacketFilter>(&parsed);
        wrong_ = filter ? "" : std::get<std::string>(parsed);
        // A few thousand a frame: a long recording must not stop the picture.
        for (unsigned budget = 4000; filter && seen_ < count && budget > 0; ++seen_, --budget) {
            auto const& row = model.packet(seen_);
            if (filter->matches(row, model.now().events.all[row.event].a)) rows_.push_back(seen_);
        }
    }

    void draw_packet(Model const& model, ViewState const& state, std::uint64_t index, CommandQueue& queue) {
        auto const& row = model.packet(index);
        auto const& event = model.now().events.all[row.event];
        static std::vector<std::uint8_t> const none;
        auto const& bytes = event.packet ? *event.packet : none;
        space(2);
        rule();
        space(2);
        heading(fmt::format("Packet {}, {}", model.packet_number(index), row.outward ? "sent" : "received"),
                fmt::format("{} bytes at {}", bytes.size(), model::exact_time(event.virtual_ns)));
        draw_ways(model, row, state, queue);
        ImVec2 room = ImGui::GetContentRegionAvail();
        float glyph = text_size(fonts().mono, "0").x;
        float bytes_w = glyph * (4 + 2 + 16 * 3 + 2 + 16) + px(18);
        if (room.x - bytes_w < px(250)) bytes_w = glyph * (4 + 2 + 8 * 3 + 2 + 8) + px(18);
        if (room.x - bytes_w < px(250)) bytes_w = 0;
        next_field_ = {};
        ImGui::BeginChild("layers", {room.x - bytes_w, 0});
        auto const& layers = row.decoded.layers;
        for (std::size_t l = 0; l < layers.size(); ++l)
            draw_layer(layers[l], l >= 2 || l + 1 == layers.size());
        ImGui::EndChild();
        if (bytes_w > 0) {
            ImGui::SameLine(0, 0);
            ImGui::BeginChild("bytes", {0, 0});
            draw_bytes(bytes, row.decoded);
            ImGui::EndChild();
        }
        field_ = next_field_;
    }

    // From the packet to what handled it, where there is room for a line.
    static void draw_ways(Model const& model, model::PacketRow const& row, ViewState const& state,
                          CommandQueue& queue) {
        if (ImGui::GetContentRegionAvail().y < px(170)) return;
        struct Way {
            CommandId command;
            char const* label;
            bool sent;  // there is such a thing for a packet that was sent
        };
        static constexpr Way ways[] = {{CommandId::packet_descriptor, "Descriptor", false},
                                       {CommandId::packet_interrupt, "Interrupt", false},
                                       {CommandId::packet_thread, "Thread", true},
                                       {CommandId::packet_code, "Code", true}};
        text(fonts().small, theme().faint, row.outward ? "sent by" : "handled by");
        for (Way const& way : ways) {
            if (row.outward && !way.sent) continue;
            ImGui::SameLine(0, px(8));
            if (!command_button(model, state, way.command, way.label,
                                std::string(model::info(way.command).help).c_str()))
                continue;
            Entity const packet{EntityKind::packet, row.event, 0};
            if (state.selected != packet) queue.push(CommandId::select, packet);
            queue.push(way.command);
        }
        space(2);
    }

    struct Range {
        std::uint32_t offset = 0, length = 0;
        bool has(std::uint32_t at) const { return at >= offset && at - offset < length; }
        bool operator==(Range const&) const = default;
    };

    // The layers from transport on are open, the outer ones say their summary; a
    // click changes that for all packets.
    void draw_layer(PacketField const& layer, bool inner) {
        auto chosen = open_.find(layer.name);
        bool open = chosen == open_.end() ? inner : chosen->second;
        ImVec2 p = ImGui::GetCursorScreenPos();
        float width = ImGui::GetContentRegionAvail().x, height = text_size(fonts().strong, "X").y + px(5);
        auto* list = ImGui::GetWindowDrawList();
        ImGui::PushID(&layer);
        if (ImGui::InvisibleButton("layer", {std::max(width, 1.0f), height})) open_[layer.name] = !open;
        if (ImGui::IsItemHovered()) next_field_ = {layer.offset, layer.length};
        Range own{layer.offset, layer.length};
        list->AddRectFilled(p, {p.x + width - px(8), p.y + height},
                            packed(field_ == own && own.length ? theme().hover : theme().raised), px(3));
        text_at(list, {p.x + px(7), p.y + px(2)}, fonts().text, theme().faint,
                icon(open ? icons::caret_down : icons::caret_right, open ? "-" : "+"));
        float used = text_at(list, {p.x + px(24), p.y + px(2)}, fonts().strong,
                             layer.bad ? theme().readable(theme().bad, theme().raised) : theme().text,
                             layer.name, width - px(16));
        text_at(list, {p.x + px(36) + used, p.y + px(4)}, fonts().small, theme().quiet,
                layer.value.empty() ? layer.remark : layer.value, width - used - px(52));
        if (open) draw_fields(layer.children, 0);
        space(open ? 3 : 0);
        ImGui::PopID();
    }

    // Their values stand below each other, behind the longest name.
    void draw_fields(std::vector<PacketField> const& fields, int depth) {
        float const width = ImGui::GetContentRegionAvail().x, indent = px(18) + px(14) * static_cast<float>(depth);
        float names = std::min(px(142), width * 0.36f - px(8));
        for (auto const& field : fields) names = std::max(names, text_size(fonts().text, field.name).x);
        for (auto const& field : fields) draw_field(field, depth, indent, indent + names + px(8));
    }

    void draw_field(PacketField const& field, int depth, float indent, float column) {
        ImVec2 p = ImGui::GetCursorScreenPos();
        float width = ImGui::GetContentRegionAvail().x, height = text_size(fonts().mono, "X").y + px(3);
        auto* list = ImGui::GetWindowDrawList();
        ImGui::PushID(&field);
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        ImGui::InvisibleButton("field", {std::max(width, 1.0f), height});
        ImGui::PopStyleVar();
        Range own{field.offset, field.length};
        if (ImGui::IsItemHovered()) next_field_ = own;
        if (field_ == own && own.length)
            list->AddRectFilled(p, {p.x + width - px(8), p.y + height}, packed(theme().hover), px(3));
        text_at(list, {p.x + indent, p.y}, fonts().text, theme().faint, field.name, column - indent - px(8));
        float used = text_at(list, {p.x + column, p.y + px(1)}, fonts().mono,
                             field.bad ? theme().readable(theme().bad, theme().pane) : theme().text,
                             field.value, width - column - px(10));
        float rest = width - column - used - px(28);
        if (!field.remark.empty() && rest > px(70))
            text_at(list, {p.x + column + used + px(12), p.y + px(2)}, fonts().small,
                    field.bad ? theme().readable(theme().bad, theme().pane) : theme().faint, field.remark,
                    rest);
        ImGui::PopID();
        if (depth < 3) draw_fields(field.children, depth + 1);
    }

    // The innermost field that holds a byte.
    static void find_field(std::vector<PacketField> const& fields, std::uint32_t at, Range& found) {
        for (auto const& f : fields)
            if (Range r{f.offset, f.length}; r.has(at)) {
                found = r;
                find_field(f.children, at, found);
            }
    }

    void draw_bytes(std::vector<std::uint8_t> const& bytes, DecodedPacket const& decoded) {
        float glyph = text_size(fonts().mono, "0").x, height = text_size(fonts().mono, "0").y + px(3);
        unsigned per_row = ImGui::GetContentRegionAvail().x > glyph * (4 + 2 + 16 * 3 + 2 + 16) ? 16 : 8;
        auto rows = static_cast<int>((bytes.size() + per_row - 1) / per_row);
        ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
        ImGuiListClipper clipper;
        clipper.Begin(rows, height);
        while (clipper.Step())
            for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
                ImVec2 p = ImGui::GetCursorScreenPos();
                auto* list = ImGui::GetWindowDrawList();
                auto start = static_cast<std::uint32_t>(i) * per_row;
                text_at(list, p, fonts().mono, theme().future, fmt::format("{:04x}", start));
                float x = p.x + glyph * 6, text_x = x + glyph * static_cast<float>(per_row * 3 + 1);
                ImGui::InvisibleButton("row", {std::max(ImGui::GetContentRegionAvail().x, 1.0f), height});
                float mouse = ImGui::IsItemHovered() ? ImGui::GetIO().MousePos.x : -1;
                for (unsigned b = 0; b < per_row && start + b < bytes.size(); ++b) {
                    std::uint32_t at = start + b;
                    float bx = x + glyph * 3 * static_cast<float>(b);
                    if (mouse >= bx - glyph * 0.5f && mouse < bx + glyph * 2.5f)
                        find_field(decoded.layers, at, next_field_);
                    std::uint8_t byte = bytes[at];
                    bool lit = field_.has(at);
                    if (lit)
                        list->AddRectFilled({bx - glyph * 0.5f, p.y}, {bx + glyph * 2.5f, p.y + height},
                                            packed(theme().selected));
                    Colour ink = lit ? theme().text : layer_colour(decoded, at);
                    text_at(list, {bx, p.y}, fonts().mono, ink, fmt::format("{:02x}", byte));
                    char c[2] = {byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '.', 0};
                    text_at(list, {text_x + glyph * static_cast<float>(b), p.y}, fonts().mono,
                            lit           ? theme().text
                            : c[0] == '.' ? theme().future
                                          : theme().quiet,
                            c);
                }
            }
        ImGui::PopStyleVar();
    }

    // Each layer's bytes have a colour, so that the eye sees where headers end.
    static Colour layer_colour(DecodedPacket const& decoded, std::uint32_t at) {
        Colour c = theme().quiet;
        for (std::size_t i = 0; i < decoded.layers.size(); ++i) {
            auto const& l = decoded.layers[i];
            if (Range{l.offset, l.length}.has(at))
                c = theme().readable(
                    model::mix(theme().quiet, theme().of_category(static_cast<unsigned>(i) + 1), 0.6f),
                    theme().pane);
        }
        return c;
    }

    std::string filter_, wrong_;  // as typed; what is wrong with it
    std::vector<std::uint64_t> rows_;
    std::uint64_t seen_ = 0, generation_ = 0, first_ = 0;
    Range field_, next_field_;
    std::map<std::string, bool> open_;  // layers that the person opened or closed
    sim::machine::Moment moment_ = sim::machine::Moment::never();
    Entity selected_;
};

}  // namespace

Colour protocol_colour(Protocol p) {
    switch (p) {
        case Protocol::http:
            return theme().good;
        case Protocol::tcp:
            return theme().packet;
        case Protocol::udp:
            return theme().of_category(0);
        case Protocol::dhcp:
        case Protocol::dns:
            return theme().write;
        case Protocol::arp:
            return theme().irq;
        case Protocol::icmp:
            return theme().dma;
        default:
            return theme().faint;
    }
}

void no_packets_yet(Model const& model) {
    std::string hint = "Frames appear here as they arrive at the network card or leave it.";
    if (model.now().can(sim::debug::Ability::steps_to_event)) hint += " K runs to the next one.";
    empty_view(icons::exchange, "No packets yet", hint);
}

void packet_filter_box(ViewState& state, float width) {
    ImGui::PushFont(fonts().small);
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {px(7), px(2)});
    ImGui::SetNextItemWidth(width);
    char text_buffer[96];
    std::snprintf(text_buffer, sizeof text_buffer, "%s", state.packet_filter.c_str());
    if (ImGui::InputTextWithHint("##filter", "filter: http, port=80 not ack", text_buffer,
                                 sizeof text_buffer))
        state.packet_filter = text_buffer;
    ImGui::PopStyleVar();
    ImGui::PopFont();
}

std::unique_ptr<View> make_packets_view() { return std::make_unique<PacketsView>(); }

}  // namespace viz::panels
