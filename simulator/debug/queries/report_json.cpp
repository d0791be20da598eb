// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "simulator/debug/queries/report.hpp"
#include "simulator/debug/text_accesses.hpp"

namespace sim::debug::queries {

using nlohmann::json;

namespace {

std::string address(std::uint64_t value) { return fmt::format("{:#x}", value); }

std::string bytes(std::vector<std::uint8_t> const& all) {
    std::string text;
    for (std::uint8_t b : all) text += fmt::format("{:02x}", b);
    return text;
}

json range(WrittenRange const& r) {
    json pieces = json::array();
    for (auto const& p : r.pieces) pieces.push_back({{"physical", address(p.start)}, {"length", p.length}});
    return {{"address", address(r.address)},
            {"space", r.space == AddressSpace::physical ? "physical" : "virtual"},
            {"length", r.length},
            {"pieces", pieces}};
}

json actor(Actor const& a, Symbols const& symbols) {
    json stack = json::array();
    for (StackFrame const& f : a.stack)
        stack.push_back({{"address", address(f.address)},
                         {"function", f.function},
                         {"source", f.source.line ? symbols.describe(f.source) : ""}});
    return {{"moment", to_string(a.at)}, {"virtual_ns", a.virtual_ns},
            {"rip", address(a.rip)},     {"where", a.where},
            {"source", a.source},        {"instruction", a.instruction},
            {"thread", a.thread},        {"stack", stack}};
}

}  // namespace

json json_of(LastWrite const& w, Symbols const& symbols) {
    json links = json::array();
    for (WriteLink const& l : w.links)
        links.push_back({{"range", range(l.range)},
                         {"writer", name_of(l.writer)},
                         {"device", l.device},
                         {"moment", to_string(l.at)},
                         {"seen", to_string(l.seen)},
                         {"old", bytes(l.before)},
                         {"new", bytes(l.after)},
                         {"physical", address(l.address)},
                         {"length", l.length},
                         {"actor", actor(l.actor, symbols)},
                         {"origin", l.origin}});
    return {{"range", range(w.range)}, {"object", w.object}, {"value", bytes(w.value)},
            {"links", links},          {"ending", w.ending}, {"cancelled", w.cancelled}};
}

json json_of(FrameHistory const& h, Symbols const& symbols) {
    json steps = json::array();
    for (auto const& s : h.steps)
        steps.push_back({{"what", s.allocated ? "allocated" : "freed"},
                         {"first", s.first},
                         {"frames", std::uint64_t{1} << s.order},
                         {"owner", s.owner},
                         {"moment", to_string(s.at)},
                         {"virtual_ns", s.virtual_ns}});
    json out = {{"frame", h.frame}, {"owner", h.owner}, {"steps", steps}, {"problem", h.problem}};
    if (h.actor) out["actor"] = actor(*h.actor, symbols);
    return out;
}

json json_of(WhyMapped const& w, Symbols const& symbols) {
    json entries = json::array();
    for (auto const& e : w.entries) {
        json fields = json::object();
        for (DecodedField const& f : e.entry.fields) fields[f.info->name] = f.value;
        entries.push_back({{"level", e.entry.level},
                           {"name", e.entry.name},
                           {"index", e.entry.index},
                           {"physical", address(e.entry.address)},
                           {"raw", address(e.entry.raw)},
                           {"fields", fields},
                           {"walker", e.walker},
                           {"writer", json_of(e.writer, symbols)}});
    }
    json out = {{"address", address(w.walk.virtual_address)},
                {"verdict", w.walk.verdict},
                {"present", w.walk.present},
                {"entries", entries},
                {"cancelled", w.cancelled}};
    if (w.walk.present) out["physical"] = address(w.walk.physical);
    if (w.frame) out["frame"] = json_of(*w.frame, symbols);
    json others = json::array();
    for (std::uint64_t other : w.other_addresses) others.push_back(address(other));
    out["other_mappings"] = others;
    return out;
}

json json_of(LockHistory const& h, Symbols const& symbols) {
    static constexpr char const* kinds[] = {"waits", "acquires", "releases"};
    json steps = json::array();
    for (auto const& s : h.steps)
        steps.push_back({{"what", kinds[static_cast<unsigned>(s.kind)]},
                         {"thread", s.thread},
                         {"moment", to_string(s.at)},
                         {"virtual_ns", s.virtual_ns}});
    json out = {{"lock", address(h.lock)}, {"name", h.name}, {"held", h.owner != 0}, {"owner", h.owner_name},
                {"waiters", h.waiters},    {"steps", steps}, {"problem", h.problem}};
    if (h.actor) out["actor"] = actor(*h.actor, symbols);
    return out;
}

json json_of(PacketTouch const& p, Symbols const& symbols) {
    json out = {{"packet", p.packet},      {"moment", to_string(p.at)}, {"virtual_ns", p.virtual_ns},
                {"received", p.received},  {"summary", p.summary},      {"problem", p.problem},
                {"cancelled", p.cancelled}};
    for (char const* list : {"dma", "woken", "readers", "answers"}) out[list] = json::array();
    for (auto const& r : p.dma)
        out["dma"].push_back({{"physical", address(r.physical)},
                              {"length", r.length},
                              {"what", r.payload ? "packet" : "ring"}});
    if (p.interrupt) {
        out["interrupt"] = {{"vector", p.interrupt->vector}, {"moment", to_string(p.interrupt->at)}};
        if (p.interrupt->until) out["interrupt"]["until"] = to_string(*p.interrupt->until);
    }
    for (auto const& w : p.woken) out["woken"].push_back({{"thread", w.thread}, {"moment", to_string(w.at)}});
    for (auto const& r : p.readers)
        out["readers"].push_back({{"function", r.function},
                                  {"line", r.line},
                                  {"reads", r.reads},
                                  {"writes", r.writes},
                                  {"first", to_string(r.first)}});
    for (auto const& a : p.answers)
        out["answers"].push_back({{"packet", a.packet}, {"moment", to_string(a.at)}, {"summary", a.summary}});
    if (p.sender) out["sender"] = actor(*p.sender, symbols);
    return out;
}

json json_of(FirstTrue const& f, Symbols const& symbols) {
    json out = {{"expression", f.expression}, {"text", f.text}, {"cancelled", f.cancelled}};
    if (f.at) out["moment"] = to_string(*f.at);
    out["from_the_start"] = f.from_the_start;
    if (f.actor) out["actor"] = actor(*f.actor, symbols);
    return out;
}

json json_of(ValueTree const& v) {
    json j = {{"text", one_line(v)}};
    if (!v.name.empty()) j["name"] = v.name;
    if (!v.type.empty()) j["type"] = v.type;
    if (v.address) j["address"] = address(*v.address);
    if (v.number) j["number"] = *v.number;
    if (!v.rest.empty()) j["rest"] = v.rest;
    if (v.composed || !v.parts.empty()) {
        j["parts"] = json::array();
        for (ValueTree const& part : v.parts) j["parts"].push_back(json_of(part));
    }
    return j;
}

json json_of(Accesses const& a, Symbols const&) { return accesses_json(a); }

}  // namespace sim::debug::queries
