// SPDX-License-Identifier: GPL-2.0-or-later
//
// The text views once more, for programs. Numbers stay numbers; addresses are
// text in hexadecimal, because JSON's numbers are not wide enough for them.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "simulator/debug/compare/comparison.hpp"
#include "simulator/debug/gantt.hpp"
#include "simulator/debug/packet_decode.hpp"
#include "simulator/debug/registers.hpp"
#include "simulator/debug/text.hpp"
#include "simulator/debug/text_accesses.hpp"
#include "simulator/debug/text_disk.hpp"
#include "simulator/debug/text_heat.hpp"
#include "simulator/debug/text_tables.hpp"
#include "simulator/debug/wait_circles.hpp"

namespace sim::debug {

namespace {

using Json = nlohmann::ordered_json;

std::string hex(std::uint64_t n) { return fmt::format("{:#x}", n); }

Json fields(std::vector<NamedValue> const& values) {
    Json j = Json::object();
    for (NamedValue const& v : values) j[v.name] = v.text;
    return j;
}

Json overview(Snapshot const& s, TextOptions const&) {
    Json lacks = Json::object();
    for (unsigned a = 0; a < ability_count; ++a)
        if (auto const why = s.lacks(static_cast<Ability>(a)); !why.empty())
            lacks[std::string(ability_names[a])] = why;
    return {{"title", s.machine->title},
            {"image", s.machine->image},
            {"memory_bytes", s.machine->memory_bytes},
            {"state", name_of(s.state)},
            {"exit_status", s.exit_status},
            {"reason", s.stop_reason},
            {"moment", to_string(s.moment)},
            {"end", to_string(s.end)},
            {"virtual_ns", s.virtual_ns},
            {"rip", hex(s.cpu.rip)},
            {"location", s.location},
            {"source", s.source ? s.symbols->describe(*s.source, true) : ""},
            {"threads", s.kernel.threads.size()},
            {"events", s.events.all.size()},
            {"packets", s.events.group(EventGroup::packets).size()},
            {"console_bytes", s.console->size()},
            {"checkpoints", s.checkpoints.kept},
            {"checkpoints_widest", s.checkpoints.widest},
            {"checkpoints_thinned", s.checkpoints.thinned},
            {"lacks", std::move(lacks)}};
}

Json branches(Snapshot const& s, TextOptions const&) {
    Json j = Json::array();
    for (BranchInfo const& b : s.branches) {
        Json one{{"number", b.number},
                 {"name", b.name},
                 {"end", to_string(b.end)},
                 {"inputs", b.inputs},
                 {"active", b.active}};
        if (b.parent) {
            one["parent"] = *b.parent;
            one["forked_at"] = to_string(b.forked_at);
        }
        j.push_back(std::move(one));
    }
    return j;
}

Json processors(Snapshot const& s, TextOptions const&) {
    Json j = Json::array();
    for (ProcessorInfo const& p : s.processors)
        j.push_back({{"rip", hex(p.cpu.rip)},
                     {"location", p.location},
                     {"retired", p.retired},
                     {"running", p.running},
                     {"halted", p.cpu.halted},
                     {"waits_for_start_up", p.waits},
                     {"selected", &p - s.processors.data() == static_cast<std::ptrdiff_t>(s.processor)}});
    return j;
}

Json registers(Snapshot const& s, TextOptions const&) {
    Json j = Json::object();
    for (RegisterBank const& bank : decode_registers(s.cpu))
        for (RegisterValue const& r : bank.registers) {
            Json one{{"value", hex(r.value)}};
            if (!r.note.empty()) one["note"] = r.note;
            for (DecodedField const& f : r.fields) one["fields"][f.info->name] = f.value;
            j[r.name] = std::move(one);
        }
    return j;
}

Json disassembly(Snapshot const& s, TextOptions const&) {
    Json j = Json::array();
    if (!s.disassembly) return j;
    for (Instruction const& i : s.disassembly->instructions)
        j.push_back({{"address", hex(i.address)},
                     {"text", i.mnemonic + " " + i.operands},
                     {"target", i.target_name},
                     {"label", i.label},
                     {"source", s.symbols->describe(i.source, true)},
                     {"current", i.address == s.cpu.rip}});
    return j;
}

Json backtrace(Snapshot const& s, TextOptions const&) {
    Json j = Json::array();
    for (StackFrame const& f : s.backtrace)
        j.push_back({{"address", hex(f.address)},
                     {"function", f.function},
                     {"source", s.symbols->describe(f.source, true)}});
    return j;
}

Json stacks(Snapshot const& s, TextOptions const&) {
    Json list = Json::array();
    for (ThreadStack const& stack : s.thread_stacks) {
        Thread const* const t = s.kernel.thread(stack.thread);
        Json frames = Json::array();
        for (StackFrame const& f : stack.frames)
            frames.push_back({{"address", hex(f.address)},
                              {"function", f.function},
                              {"source", s.symbols->describe(f.source, true)},
                              {"interrupted", f.interrupted}});
        list.push_back({{"thread", hex(stack.thread)},
                        {"name", t ? t->name : ""},
                        {"state", t ? t->state : ""},
                        {"problem", stack.problem},
                        {"frames", std::move(frames)}});
    }
    return list;
}

Json threads(Snapshot const& s, TextOptions const&) {
    Json list = Json::array();
    for (Thread const& t : s.kernel.threads)
        list.push_back({{"address", hex(t.address)},
                        {"id", t.id},
                        {"name", t.name},
                        {"state", t.state},
                        {"stack_low", hex(t.stack_low)},
                        {"stack_high", hex(t.stack_high)},
                        {"stack_used", t.stack_used},
                        {"waits_for", t.waits_for ? hex(t.waits_for) : ""},
                        {"running", t.running},
                        {"fields", fields(t.fields)}});
    Json queue = Json::array();
    for (std::uint64_t t : s.kernel.run_queue) queue.push_back(hex(t));
    return {{"threads", list},
            {"run_queue", queue},
            {"problem", s.kernel.problem + s.kernel.threads_health.problem}};
}

Json gantt_json(Snapshot const& s, TextOptions const&) {
    std::uint64_t const from = s.request ? s.request->visible_from_ns : 0;
    std::uint64_t const to = s.request && s.request->visible_to_ns > from
                                 ? std::min(s.request->visible_to_ns, s.virtual_ns)
                                 : s.virtual_ns;
    Gantt const g = gantt(s.events, from, to, s.virtual_ns);
    Json tracks = Json::array();
    for (ThreadTrack const& t : g.tracks) {
        Json spans = Json::array();
        for (Span const& span : t.spans)
            spans.push_back(
                {{"from_ns", span.from_ns}, {"to_ns", span.to_ns}, {"state", name_of(span.state)}});
        tracks.push_back(
            {{"thread", hex(t.thread)}, {"name", t.name}, {"running_ns", t.running_ns}, {"spans", spans}});
    }
    Json wakes = Json::array();
    for (WakeArrow const& w : g.wakes)
        wakes.push_back({{"at_ns", w.at_ns}, {"from", hex(w.from_thread)}, {"to", hex(w.to_thread)}});
    return {{"from_ns", g.from_ns}, {"to_ns", g.to_ns}, {"tracks", tracks}, {"wakes", wakes}, {"cut", g.cut}};
}

Json memory(Snapshot const& s, TextOptions const&) {
    Json j = Json::array();
    for (MemoryBlock const& b : s.memory) {
        std::string bytes;
        for (std::uint8_t byte : b.bytes) bytes += fmt::format("{:02x}", byte);
        Json pages = Json::array();
        for (auto const& p : b.pages) pages.push_back(p.mapped ? Json(hex(p.physical)) : Json());
        j.push_back({{"address", hex(b.request.address)},
                     {"space", b.request.space == AddressSpace::physical ? "physical" : "virtual"},
                     {"bytes", bytes},
                     {"pages", pages}});
    }
    return j;
}

Json frames(Snapshot const& s, TextOptions const&) {
    if (!s.kernel.frames) return {{"problem", s.kernel.problem + s.kernel.frames_health.problem}};
    FrameMap const& map = *s.kernel.frames;
    Json owners = Json::object();
    for (std::size_t i = 0; i < map.owners.size(); ++i) owners[map.owners[i]] = map.frames_by_owner[i];
    Json runs = Json::array();
    for (std::size_t n = 0; n < map.owner.size();) {
        std::size_t end = n;
        while (end < map.owner.size() && map.owner[end] == map.owner[n]) ++end;
        runs.push_back({{"first", map.first + n}, {"frames", end - n}, {"owner", map.owners[map.owner[n]]}});
        n = end;
    }
    return {{"owners", owners}, {"runs", runs}};
}

Json heat(Snapshot const& s, TextOptions const& o) {
    if (!s.heat) return nullptr;
    Json runs = Json::array();
    std::uint64_t changed = 0;
    for (HeatRun const& r : heat_runs(s, o.changed_since_ns)) {
        changed += r.frames;
        if (runs.size() < o.max_rows)
            runs.push_back({{"first", r.first},
                            {"frames", r.frames},
                            {"from_ns", r.stretch.from_ns},
                            {"to_ns", r.stretch.to_ns},
                            {"owner", r.owner}});
    }
    return {{"pages", s.heat->newest.size()},
            {"changed", changed},
            {"since_ns", o.changed_since_ns},
            {"checkpoints", s.heat->stretches.size() + 1},
            {"runs", runs}};
}

Json disk(Snapshot const& s, TextOptions const& o) {
    Json all = Json::array();
    for (auto const& one : s.disks) {
        DiskMap const& map = *one;
        Json runs = Json::array(), uses = Json::array(), files = Json::array();
        for (DiskRun const& r : disk_runs(map))
            if (runs.size() < o.max_rows)
                runs.push_back({{"first", r.first}, {"blocks", r.blocks}, {"owner", r.owner}});
        for (DiskFile const& f : map.files)
            if (files.size() < o.max_rows)
                files.push_back({{"path", f.path}, {"inode", f.inode}, {"bytes", f.size}});
        for (DiskUse const& u : newest_disk_uses(s.events, map.disk, s.moment, o.max_rows)) {
            Event const& e = s.events.all[u.event()];
            uses.push_back({{"kind", name_of(u.kind)},
                            {"first", u.first},
                            {"blocks", u.blocks},
                            {"moment", to_string(e.at)},
                            {"virtual_ns", e.virtual_ns},
                            {"thread", s.events.thread_name(u.thread, s.moment)},
                            {"done", u.done.has_value()},
                            {"failed", u.failed}});
        }
        Json disk{{"device", map.device},
                  {"blocks", map.blocks},
                  {"read_only", map.read_only},
                  {"system", map.system},
                  {"problem", map.problem},
                  {"journal",
                   {{"state", name_of(map.journal.state)},
                    {"sequence", map.journal.sequence},
                    {"targets", map.journal.targets},
                    {"in_place", map.journal.in_place}}},
                  {"at_risk", map.blocks_at_risk},
                  {"runs", runs},
                  {"files", files},
                  {"uses", uses}};
        if (BlockCache const* cache = s.kernel.block_cache(map.device)) {
            Json dirty = Json::array();
            for (auto const& b : cache->blocks)
                if (b.dirty) dirty.push_back(b.number);
            disk["cache"] = {{"places", cache->places}, {"held", cache->blocks.size()}, {"dirty", dirty}};
        }
        if (o.disk_block && disk_of(*o.disk_block) == map.disk)
            disk["block"] = {{"number", block_of(*o.disk_block)},
                             {"lines", block_lines(map, block_of(*o.disk_block), s)}};
        all.push_back(std::move(disk));
    }
    return all;
}

Json walk(Snapshot const& s, TextOptions const&) {
    if (!s.walk) return nullptr;
    WalkExplanation const& w = *s.walk;
    Json entries = Json::array();
    for (ExplainedEntry const& e : w.entries) {
        Json bits = Json::object();
        for (DecodedField const& f : e.fields)
            bits[f.info->name] = f.text.empty() ? Json(f.value) : Json(f.text);
        entries.push_back({{"level", e.name},
                           {"index", e.index},
                           {"address", hex(e.address)},
                           {"raw", hex(e.raw)},
                           {"fields", bits}});
    }
    return {{"address", hex(w.virtual_address)},
            {"present", w.present},
            {"physical", hex(w.physical)},
            {"page_size", w.page_size},
            {"writable", w.writable},
            {"user", w.user_accessible},
            {"executable", w.executable},
            {"faults", w.faults},
            {"error_code", w.error_code},
            {"entries", entries},
            {"verdict", w.verdict},
            {"cached", s.cached(w.virtual_address) != nullptr},
            {"stale", s.walk_is_stale()}};
}

Json pages(Snapshot const& s, TextOptions const&) {
    if (!s.page_tree) return nullptr;
    Json ranges = Json::array();
    for (MappedRange const& r : s.page_tree->ranges)
        ranges.push_back({{"virtual", hex(r.virtual_start)},
                          {"length", r.length},
                          {"physical", hex(r.physical_start)},
                          {"page_size", r.page_size},
                          {"writable", r.writable},
                          {"executable", r.executable},
                          {"user", r.user}});
    return {{"mapped_bytes", s.page_tree->mapped_bytes},
            {"write_and_execute_pages", s.page_tree->write_and_execute_pages},
            {"problem", s.page_tree->problem},
            {"ranges", ranges}};
}

Json packet_fields(PacketField const& f, unsigned depth = 0) {
    Json j{{"name", f.name}, {"value", f.value}, {"offset", f.offset}, {"length", f.length}};
    if (f.bad) j["bad"] = true;
    if (!f.remark.empty()) j["remark"] = f.remark;
    if (depth < 8)
        for (PacketField const& child : f.children) j["fields"].push_back(packet_fields(child, depth + 1));
    return j;
}

Json one_packet(std::uint64_t number, Event const& e, bool whole) {
    DecodedPacket const p = decode_packet(*e.packet);
    Json j{{"number", number},
           {"moment", to_string(e.at)},
           {"virtual_ns", e.virtual_ns},
           {"direction", e.kind == EventKind::packet_in ? "in" : "out"},
           {"length", e.a},
           {"protocol", name_of(p.protocol)},
           {"source", p.source},
           {"destination", p.destination},
           {"info", p.info}};
    if (whole)
        for (PacketField const& f : p.layers) j["layers"].push_back(packet_fields(f));
    return j;
}

Json packets(Snapshot const& s, TextOptions const& o) {
    Json j = Json::array();
    for (std::uint64_t const n : newest_packets(s, o)) j.push_back(one_packet(n, s.events.all[n], false));
    return j;
}

Json packet(Snapshot const& s, TextOptions const& o) {
    auto const number = chosen_packet(s, o);
    if (!number) return nullptr;
    return one_packet(*number, s.events.all[*number], true);
}

Json events(Snapshot const& s, TextOptions const& o) {
    Json j = Json::array();
    EventLog const& all = s.events.all;
    for (std::uint64_t const n : newest_events(s, o))
        j.push_back({{"number", n},
                     {"moment", to_string(all[n].at)},
                     {"virtual_ns", all[n].virtual_ns},
                     {"kind", name_of(all[n].kind)},
                     {"text", describe(n, s.events)},
                     {"a", hex(all[n].a)},
                     {"b", hex(all[n].b)},
                     {"c", hex(all[n].c)}});
    return j;
}

Json node(machine::StateNode const& n, unsigned depth = 0) {
    Json j{{"name", n.name}};
    if (!n.value.empty()) j["value"] = n.value;
    if (!n.note.empty()) j["note"] = n.note;
    if (depth < 16)
        for (machine::StateNode const& child : n.children) j["children"].push_back(node(child, depth + 1));
    return j;
}

Json devices(Snapshot const& s, TextOptions const&) {
    Json j = Json::array();
    for (machine::StateNode const& n : s.devices) j.push_back(node(n));
    return j;
}

// Entities of the kernel as their fields.
template <class List>
Json entities(List const& list) {
    Json j = Json::array();
    for (auto const& one : list) j.push_back(fields(one.fields));
    return j;
}

Json heap(Snapshot const& s, TextOptions const&) {
    Json j = entities(s.kernel.heap);
    if (auto const large = large_objects(s.kernel))
        j.push_back({{"object_size", "large"},
                     {"used", std::to_string(large->count)},
                     {"capacity", std::to_string(large->count)},
                     {"bytes", std::to_string(large->bytes)}});
    return j;
}

// Those of a deadlock bear its number.
Json locks(Snapshot const& s, TextOptions const&) {
    Json j = entities(s.kernel.locks);
    auto const circles = wait_circles(s.kernel);
    for (std::size_t c = 0; c < circles.size(); ++c)
        for (WaitStep const& step : circles[c])
            for (std::size_t i = 0; i < s.kernel.locks.size(); ++i)
                if (s.kernel.locks[i].address == step.lock) j[i]["circle"] = c + 1;
    return j;
}

Json stops(Snapshot const& s, TextOptions const&) {
    Json j = Json::array();
    for (StopInfo const& stop : s.stops)
        j.push_back({{"number", stop.number},
                     {"kind", name_of(stop.kind)},
                     {"enabled", stop.enabled},
                     {"text", stop.text}});
    return j;
}

Json answers(Snapshot const& s, TextOptions const&) {
    if (!s.answer) return nullptr;
    return {{"moment", to_string(s.answer->at)},
            {"question", s.answer->question},
            {"understood", s.answer->understood},
            {"text", s.answer->text},
            {"answer", Json::parse(s.answer->json, nullptr, false)}};
}

struct Printer {
    std::string_view name;
    Json (*make)(Snapshot const&, TextOptions const&);
};
constexpr Printer printers[] = {
    {"overview", overview},
    {"branches", branches},
    {"comparison",
     [](Snapshot const& s, TextOptions const&) {
         return s.comparison ? compare::to_json(*s.comparison) : Json();
     }},
    {"console", [](Snapshot const& s, TextOptions const&) { return Json(*s.console); }},
    {"processors", processors},
    {"registers", registers},
    {"descriptors", [](Snapshot const& s, TextOptions const&) { return descriptors_json(s); }},
    {"disassembly", disassembly},
    {"backtrace", backtrace},
    {"threads", threads},
    {"stacks", stacks},
    {"gantt", gantt_json},
    {"memory", memory},
    {"frames", frames},
    {"heat", heat},
    {"accesses",
     [](Snapshot const& s, TextOptions const&) { return s.accesses ? accesses_json(*s.accesses) : Json(); }},
    {"disk", disk},
    {"walk", walk},
    {"pages", pages},
    {"tlb", [](Snapshot const& s, TextOptions const&) { return tlb_json(s); }},
    {"packets", packets},
    {"packet", packet},
    {"events", events},
    {"devices", devices},
    {"heap", heap},
    {"locks", locks},
    {"interrupts", [](Snapshot const& s, TextOptions const&) { return entities(s.kernel.interrupts); }},
    {"virtqueues", [](Snapshot const& s, TextOptions const&) { return entities(s.kernel.virtqueues); }},
    {"stops", stops},
    {"answers", answers},
    {"connections", [](Snapshot const& s, TextOptions const&) { return entities(s.kernel.connections); }},
};

}  // namespace

std::optional<std::string> print_view_json(Snapshot const& s, std::string_view name,
                                           TextOptions const& options) {
    for (Printer const& p : printers)
        // The guest may print any bytes: what is no UTF-8 is replaced.
        if (name == p.name)
            return p.make(s, options).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    return std::nullopt;
}

}  // namespace sim::debug
