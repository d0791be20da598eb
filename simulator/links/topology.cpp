// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/topology.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "simulator/links/joints.hpp"
#include "simulator/machine/config.hpp"
#include "simulator/machine/memory_size.hpp"

namespace sim::links {
namespace {

using nlohmann::json;

// One object of the file, with the path to it: "machines[1]".
class Object {
public:
    Object(std::string const& file, std::string path, json const& value)
        : file_(file), path_(std::move(path)), value_(value) {
        if (!value.is_object()) fail("", "want an object: { ... }");
    }

    [[noreturn]] void fail(std::string_view key, std::string_view what) const {
        std::string const where =
            path_.empty() || key.empty() ? path_ + std::string(key) : path_ + "." + std::string(key);
        throw std::runtime_error(
            fmt::format("{}: {}: {}", file_, where.empty() ? "the whole file" : where, what));
    }
    void only(std::initializer_list<char const*> keys) const {
        for (auto const& member : value_.items()) {
            std::string const& key = member.key();
            if (std::any_of(keys.begin(), keys.end(), [&](char const* k) { return key == k; })) continue;
            fail(key, fmt::format("no such key; there are {}", fmt::join(keys, ", ")));
        }
    }
    json const* find(char const* key) const {
        auto const found = value_.find(key);
        return found == value_.end() ? nullptr : &*found;
    }
    std::string text(char const* key, std::optional<std::string> usual = {}) const {
        json const* const value = find(key);
        if (!value && usual) return *usual;
        if (!value) fail(key, "is missing");
        if (!value->is_string()) fail(key, "want a text: \"...\"");
        return value->get<std::string>();
    }
    std::uint64_t number(char const* key, std::uint64_t usual, std::uint64_t least,
                         std::uint64_t most) const {
        json const* const value = find(key);
        if (!value) return usual;
        if (!value->is_number_unsigned() || value->get<std::uint64_t>() < least ||
            value->get<std::uint64_t>() > most)
            fail(key, fmt::format("want a number from {} to {}", least, most));
        return value->get<std::uint64_t>();
    }
    bool flag(char const* key) const {
        json const* const value = find(key);
        if (!value) return false;
        if (!value->is_boolean()) fail(key, "want true or false");
        return value->get<bool>();
    }
    // A name that may stand in messages, file names and fault lines.
    std::string name() const {
        std::string const text = this->text("name");
        bool const fine =
            !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
            });
        if (!fine) fail("name", "want 1 to 32 letters, digits, - or _");
        return text;
    }
    std::vector<Object> list(char const* key, std::size_t most) const {
        std::vector<Object> result;
        json const* const value = find(key);
        if (!value) return result;
        if (!value->is_array()) fail(key, "want a list: [ ... ]");
        if (value->size() > most) fail(key, fmt::format("at most {}", most));
        for (std::size_t i = 0; i < value->size(); ++i)
            result.emplace_back(file_, fmt::format("{}[{}]", key, i), (*value)[i]);
        return result;
    }

    std::vector<std::string> texts(char const* key, std::size_t most) const {
        json const* const value = find(key);
        if (!value) return {};
        if (!value->is_array() || value->size() > most)
            fail(key, fmt::format("want a list of at most {} texts", most));
        for (json const& one : *value)
            if (!one.is_string()) fail(key, "want a list of texts");
        return value->get<std::vector<std::string>>();
    }

private:
    std::string const& file_;
    std::string path_;
    json const& value_;
};

std::optional<std::uint64_t> parse_mac(std::string_view text) {
    if (text.size() != 17) return std::nullopt;
    std::uint64_t mac = 0;
    for (std::size_t i = 0; i < 17; ++i) {
        if (i % 3 == 2) {
            if (text[i] != ':') return std::nullopt;
            continue;
        }
        char const c = static_cast<char>(text[i] | 0x20);
        bool const digit = text[i] >= '0' && text[i] <= '9';
        if (!digit && (c < 'a' || c > 'f')) return std::nullopt;
        mac = mac << 4 | static_cast<std::uint64_t>(digit ? text[i] - '0' : c - 'a' + 10);
    }
    return mac >> 40 & 1 ? std::nullopt : std::optional(mac);  // a group is nobody's own
}

// Without one in the file: it follows from the name.
std::uint64_t mac_of(std::string_view name) {
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
    for (char const c : name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100'0000'01b3;
    return 0x0200'0000'0000 | (hash >> 8 & 0xFF'FFFF'FFFF);
}

Topology::Machine read_machine(Object const& object) {
    object.only({"name", "app", "kernel", "memory", "append", "mac", "seed", "cpus", "disks", "service"});
    Topology::Machine machine;
    machine.name = object.name();
    machine.app = object.text("app", "");
    machine.kernel = object.text("kernel", "");
    if (machine.app.empty() == machine.kernel.empty())
        object.fail("app", "a machine runs an \"app\", or a \"kernel\" file of your own; give one of them");
    auto const memory = sim::machine::parse_memory_size(object.text("memory", "64M"));
    if (!memory) object.fail("memory", "want 1M to 64G, such as 64M");
    machine.memory_bytes = *memory;
    machine.append = object.text("append", "");
    std::string const mac = object.text("mac", "");
    auto const parsed = mac.empty() ? std::optional(mac_of(machine.name)) : parse_mac(mac);
    if (!parsed) object.fail("mac", "want an address of one card such as 52:54:00:00:00:01");
    machine.mac = *parsed;
    machine.seed = object.number("seed", 1, 0, UINT64_MAX);
    machine.cpus = static_cast<unsigned>(object.number("cpus", 1, 1, 16));
    machine.disks = object.texts("disks", sim::machine::most_disks);
    machine.service = object.flag("service");
    return machine;
}

Topology::Uplink read_uplink(Object const& object) {
    object.only({"name", "forward"});
    Topology::Uplink uplink{object.name(), {}};
    for (auto const& one : object.texts("forward", most_forwards)) {
        auto const forward = parse_forward(one);
        if (!forward)
            object.fail("forward",
                        "want texts such as \"8080:80\", or \"8080:10.0.2.16:80\" for another guest than "
                        "10.0.2.15");
        uplink.forwards.push_back(*forward);
    }
    return uplink;
}

// Who can have one link only.
std::set<std::string> ends_of(Topology const& topology) {
    std::set<std::string> names;
    for (auto const& machine : topology.machines) names.insert(machine.name);
    for (auto const& uplink : topology.uplinks) names.insert(uplink.name);
    return names;
}

Topology::Link read_link(Object const& object, std::set<std::string> const& nodes) {
    object.only({"name", "between", "delay", "jitter", "rate", "queue", "loss", "burst", "duplicate",
                 "reorder", "corrupt"});
    Topology::Link link;
    json const* const between = object.find("between");
    if (!between || !between->is_array() || between->size() != 2 || !(*between)[0].is_string() ||
        !(*between)[1].is_string())
        object.fail("between", "want the names of two ends: [\"a\", \"b\"]");
    link.a = (*between)[0].get<std::string>();
    link.b = (*between)[1].get<std::string>();
    for (std::string const& end : {link.a, link.b})
        if (!nodes.contains(end))
            object.fail("between", fmt::format("no machine, switch or uplink is called {}", end));
    // Which end is listed first must not matter.
    if (link.b < link.a) std::swap(link.a, link.b);
    link.name = object.find("name") ? object.name() : link.a + "-" + link.b;
    for (char const* const key :
         {"delay", "jitter", "rate", "queue", "loss", "burst", "duplicate", "reorder", "corrupt"}) {
        json const* const value = object.find(key);
        if (!value) continue;
        if (!value->is_string() && !value->is_number_unsigned())
            object.fail(key, "want a text such as \"5%\" or \"20ms\"");
        std::string const text =
            value->is_string() ? value->get<std::string>() : std::to_string(value->get<std::uint64_t>());
        try {
            set_property(link.properties, key, text);
        } catch (std::runtime_error const& error) {
            object.fail(key, error.what());
        }
    }
    return link;
}

}  // namespace

Topology parse_topology(std::string const& file_name, std::string_view text) {
    json parsed;
    try {
        parsed = json::parse(text, nullptr, true, true);  // comments are welcome
    } catch (json::exception const& error) {
        // "[json.exception.parse_error.101] parse error at line 3, column 5: ..."
        std::string what = error.what();
        if (std::size_t const bracket = what.find("] "); bracket != std::string::npos)
            what.erase(0, bracket + 2);
        throw std::runtime_error(fmt::format("{}: {}", file_name, what));
    }
    Object const whole(file_name, "", parsed);
    whole.only({"seed", "until", "machines", "switches", "uplinks", "links", "faults"});

    Topology topology;
    topology.seed = whole.number("seed", 1, 0, UINT64_MAX);
    std::string const until = whole.text("until", "60s");
    auto const until_ns = parse_duration(until);
    if (!until_ns || *until_ns == 0) whole.fail("until", "want a virtual time such as 10s");
    topology.until_ns = *until_ns;
    std::set<std::string> names;
    for (Object const& object : whole.list("machines", most_nodes)) {
        topology.machines.push_back(read_machine(object));
        if (!names.insert(topology.machines.back().name).second) object.fail("name", "is taken already");
    }
    if (topology.machines.empty()) whole.fail("machines", "there is none");
    for (Object const& object : whole.list("switches", most_nodes)) {
        object.only({"name", "table"});
        topology.switches.push_back(
            {object.name(), static_cast<unsigned>(object.number("table", 1024, 1, 65536))});
        if (!names.insert(topology.switches.back().name).second) object.fail("name", "is taken already");
    }
    for (Object const& object : whole.list("uplinks", 1)) {
        topology.uplinks.push_back(read_uplink(object));
        if (!names.insert(topology.uplinks.back().name).second) object.fail("name", "is taken already");
    }
    Joints joints;
    for (std::string const& name : ends_of(topology)) joints.has_one_link(name);
    std::set<std::string> link_names;
    for (Object const& object : whole.list("links", most_links)) {
        topology.links.push_back(read_link(object, names));
        Topology::Link const& link = topology.links.back();
        if (!link_names.insert(link.name).second) object.fail("name", "is taken already");
        if (std::string const problem = joints.join(link.a, link.b); !problem.empty())
            object.fail("between", problem);
    }
    std::size_t number = 0;
    for (std::string const& line : whole.texts("faults", most_faults)) {
        try {
            add_fault(topology, line, topology.faults, topology.machine_faults);
        } catch (std::runtime_error const& error) {
            whole.fail(fmt::format("faults[{}]", number), error.what());
        }
        ++number;
    }
    return topology;
}

namespace {

void check_fault(Topology const& topology, FaultLine const& fault) {
    std::set<std::string> names = ends_of(topology);
    for (auto const& one : topology.switches) names.insert(one.name);
    for (std::string const& name : {fault.from, fault.to, fault.between_a, fault.between_b})
        if (!name.empty() && !names.contains(name))
            throw std::runtime_error(fmt::format("fault \"{}\": nobody is called {}; there are {}",
                                                 to_string(fault), name, fmt::join(names, ", ")));
    bool const partition = fault.action == FaultLine::Action::partition;
    std::string const &a = partition ? fault.between_a : fault.from,
                      &b = partition ? fault.between_b : fault.to;
    if (a.empty() || b.empty()) return;
    bool const joined = std::any_of(topology.links.begin(), topology.links.end(), [&](auto const& link) {
        return (link.a == a && link.b == b) || (link.a == b && link.b == a);
    });
    if (!joined)
        throw std::runtime_error(fmt::format(
            "fault \"{}\": no link joins {} and {}; name the two ends of one", to_string(fault), a, b));
}

}  // namespace

void add_fault(Topology const& topology, std::string const& line, std::vector<FaultLine>& of_links,
               std::vector<MachineFault>& of_machines) {
    constexpr std::string_view on = " on ";
    std::size_t const at = line.rfind(on);
    if (at == std::string::npos) {
        FaultLine const fault = parse_fault_line(line);
        check_fault(topology, fault);
        of_links.push_back(fault);
        return;
    }
    MachineFault const fault{line.substr(0, at), line.substr(at + on.size())};
    if (std::none_of(topology.machines.begin(), topology.machines.end(),
                     [&](auto const& one) { return one.name == fault.machine; }))
        throw std::runtime_error(fmt::format("fault \"{}\": no machine is called {}", line, fault.machine));
    of_machines.push_back(fault);
}

}  // namespace sim::links
