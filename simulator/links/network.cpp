// SPDX-License-Identifier: GPL-2.0-or-later
//
// Assembly and running. State and time travel are in network_state.cpp.
#include "simulator/links/network.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <tuple>

#include "simulator/links/network_parts.hpp"

namespace sim::links {
namespace {

// A frame of the host waits for the end of a window: with an uplink windows are
// at most so long.
constexpr std::uint64_t longest_uplink_window_ns = 1'000'000;
// Whoever waits for the end of a window wants to hear of it soon, and what was
// sent in it waits in memory.
constexpr std::uint64_t longest_window_ns = 10'000'000;
// The caller must stay responsive, and short sleeps cost more than they save.
constexpr std::chrono::nanoseconds longest_wait = std::chrono::milliseconds(5);
constexpr std::int64_t too_short_to_sleep_ns = 500'000;
constexpr unsigned most_frames_at_once = 256;

}  // namespace

Network::Network(std::uint64_t seed) : seed_(seed) {}

Network::~Network() {
    for (auto const& [name, node] : nodes_)
        if (node->machine) node->machine->set_outside(nullptr);
}

Network::Node& Network::new_node(std::string const& name) {
    if (nodes_.contains(name)) throw std::runtime_error(fmt::format("two nodes are called {}", name));
    Node& node = *nodes_.emplace(name, std::make_unique<Node>()).first->second;
    node.name = name;
    prepared_ = false;
    return node;
}

Network::Node& Network::node(std::string const& name) {
    auto const found = nodes_.find(name);
    if (found == nodes_.end())
        throw std::runtime_error(fmt::format("there is no machine or switch called {}", name));
    return *found->second;
}

void Network::add_machine(std::string const& name, machine::Machine& machine, std::string card) {
    Node& node = new_node(name);
    joints_.has_one_link(name);
    node.machine = &machine;
    node.port = std::make_unique<Port>(std::move(card));
    machine.set_outside(node.port.get());
}

void Network::add_switch(std::string const& name, unsigned table) {
    new_node(name).relay = std::make_unique<Switch>(table);
}

void Network::add_uplink(std::string const& name, std::unique_ptr<Link> link) {
    Node& node = new_node(name);
    joints_.has_one_link(name);
    node.uplink = true;
    node.link = std::move(link);
    node.port = std::make_unique<Port>("");
}

void Network::add_link(std::string const& name, std::string const& a, std::string const& b,
                       LinkProperties const& properties) {
    if (cables_.contains(name)) throw std::runtime_error(fmt::format("two links are called {}", name));
    Node &left = node(a), &right = node(b);
    if (properties.delay_ns < least_delay_ns || properties.delay_ns > most_delay_ns)
        throw std::runtime_error(fmt::format(
            "the link {} has a delay of {}; want {} to {}", name, machine::duration_text(properties.delay_ns),
            machine::duration_text(least_delay_ns), machine::duration_text(most_delay_ns)));
    if (std::string const problem = joints_.join(a, b); !problem.empty())
        throw std::runtime_error(fmt::format("the link {}: {}", name, problem));
    Cable& cable = *cables_.emplace(name, std::make_unique<Cable>()).first->second;
    cable.name = name;
    auto const way = [&](Node& from, Node& to) {
        auto made =
            std::make_unique<Way>(fmt::format("{}:{}>{}", name, from.name, to.name), properties, seed_);
        made->cable = &cable;
        made->from_a = &from == &left;
        made->from_name = from.name;
        made->to.node = &to;
        from.ways_out.push_back({name, made.get()});
        return made;
    };
    cable.forth = way(left, right);
    cable.back = way(right, left);
    prepared_ = false;
}

// Ranks and ports follow from names, so that the order of assembly is forgotten.
void Network::prepare() {
    if (prepared_) return;
    prepared_ = true;
    std::map<std::string, Way*> by_name;
    window_ns_ = longest_window_ns;
    for (auto const& [name, cable] : cables_)
        for (Way* const way : {cable->forth.get(), cable->back.get()}) {
            by_name[way->name] = way;
            window_ns_ = std::min(window_ns_, way->lane.properties().delay_ns);
        }
    if (cables_.empty()) window_ns_ = 1'000'000;
    ways_.clear();
    for (auto const& [name, way] : by_name) {
        way->rank = static_cast<std::uint32_t>(ways_.size());
        ways_.push_back(way);
    }
    for (auto const& [name, node] : nodes_) {
        std::sort(node->ways_out.begin(), node->ways_out.end());
        if (node->relay) node->relay->set_ports(static_cast<unsigned>(node->ways_out.size()));
        if (node->uplink) window_ns_ = std::min(window_ns_, longest_uplink_window_ns);
    }
    for (Way* const way : ways_) {
        auto const& out = way->to.node->ways_out;
        auto const mine = std::find_if(out.begin(), out.end(),
                                       [&](auto const& o) { return o.second->cable == way->cable; });
        way->to.port = static_cast<unsigned>(mine - out.begin());
    }
}

// --- Frames ---

void Network::send(Way& way, std::uint64_t now_ns, std::span<std::uint8_t const> frame) {
    FaultEffect const effect = faults_.on_frame(now_ns, way.from_name, way.to.node->name, frame);
    std::vector<Lane::Arrival> arrivals;
    way.lane.send(now_ns, frame, effect, arrivals);
    if (tap_ && now_ns_ > seen_ns_) tap_(way.cable->name, way.from_a, now_ns, frame, arrivals);
    for (Lane::Arrival& arrival : arrivals) {
        std::uint64_t const number = ++way.number;
        travelling_.emplace(std::pair{arrival.at_ns, std::pair{way.rank, number}},
                            Travelling{arrival.at_ns, way.rank, number, std::move(arrival.frame)});
    }
}

void Network::arrive(Node& node, std::uint64_t at_ns, Frame& frame) {
    if (node.machine) {
        if (!node.machine->ended()) node.port->in.push_back({at_ns, std::move(frame)});
    } else if (node.link && now_ns_ > seen_ns_) {
        node.link->send(frame);
    }
}

// The window is over. Everything that was sent in it, by machines, uplinks and
// switches, is sent on in the order of time, of one time by the sender's name:
// what a switch sends arrives after the window, so nothing is missing. Then
// what arrives within the next window goes to its machine.
void Network::exchange() {
    struct Sending {
        std::uint64_t at_ns;
        Node* from;
        std::uint32_t lane;  // by which it came to a switch
        std::uint64_t number;
        Frame frame;
    };
    std::vector<Sending> sendings;
    for (auto const& [name, node] : nodes_) {
        if (!node->port) continue;
        std::uint64_t number = 0;
        while (!node->port->out().empty() && node->port->out().front().at_ns < now_ns_) {
            auto sent = node->port->take();
            sendings.push_back({sent.at_ns, node.get(), 0, ++number, std::move(sent.frame)});
        }
    }
    for (auto at = travelling_.begin(); at != travelling_.end() && at->first.first < now_ns_;) {
        Node* const node = ways_[at->second.lane]->to.node;
        if (!node->relay) {
            ++at;
            continue;
        }
        Travelling& frame = at->second;
        sendings.push_back({frame.at_ns, node, frame.lane, frame.number, std::move(frame.frame)});
        at = travelling_.erase(at);
    }
    std::sort(sendings.begin(), sendings.end(), [](Sending const& a, Sending const& b) {
        return std::tie(a.at_ns, a.from->name, a.lane, a.number) <
               std::tie(b.at_ns, b.from->name, b.lane, b.number);
    });
    for (Sending const& one : sendings) {
        if (one.from->relay) {
            for (unsigned const port : one.from->relay->forward(ways_[one.lane]->to.port, one.frame))
                send(*one.from->ways_out[port].second, one.at_ns, one.frame);
        } else if (!one.from->ways_out.empty()) {
            send(*one.from->ways_out.front().second, one.at_ns, one.frame);
        }
    }
    std::uint64_t const horizon = now_ns_ + window_ns_;
    for (auto at = travelling_.begin(); at != travelling_.end() && at->first.first < horizon;) {
        Node& node = *ways_[at->second.lane]->to.node;
        if (node.relay) {
            ++at;
            continue;
        }
        arrive(node, at->second.at_ns, at->second.frame);
        at = travelling_.erase(at);
    }
    seen_ns_ = std::max(seen_ns_, now_ns_);
}

// --- Running ---

// Nothing of its own will wake it, and nothing that has arrived.
bool Network::sleeps(Node const& node) {
    machine::Machine const& machine = *node.machine;
    if (machine.events().first() || !node.port->in.empty()) return false;
    for (unsigned i = 0; i < machine.processors(); ++i)
        if (!machine.waits_for_start_up(i) && !machine.cpu(i).asleep()) return false;
    return true;
}

bool Network::run_machines(std::uint64_t until_ns) {
    using machine::RunStop;
    until_ns_ = until_ns;
    for (auto const& [name, node] : nodes_) {
        if (!node->machine) continue;
        bool const by_runner = node->runner && live();
        machine::RunLimit const limit{.virtual_ns = until_ns};
        machine::RunResult result;
        do result = by_runner ? node->runner(limit) : node->machine->run(limit);
        while (result.stop == RunStop::waiting);
        if (result.stop == RunStop::interrupted || result.stop == RunStop::observer) return false;
        // To the machine its port is somebody who may send at any time.
        if (result.stop == RunStop::reached && sleeps(*node)) {
            result.stop = RunStop::halted;
            if (result.message.empty())
                result.message = node->machine->wakeable()
                                     ? "HLT, with no timer armed; only a frame could wake it"
                                     : "HLT with interrupts off: nothing can wake it";
        }
        node->result = result;
    }
    return true;
}

bool Network::run_until(std::uint64_t ns, std::function<bool()> const& stop) {
    prepare();
    while (now_ns_ < ns) {
        keep();
        if (!apply_inputs()) return false;
        // Windows are counted from zero: where somebody stops does not move them.
        std::uint64_t const end = (now_ns_ / window_ns_ + 1) * window_ns_;
        std::uint64_t target = std::min(end, ns);
        if (applied_ < log_.inputs.size()) target = std::min(target, log_.inputs[applied_].at_ns);
        if (!run_machines(target)) return false;
        now_ns_ = target;
        if (target == end) {
            exchange();
            if (live() && has_living_uplink()) {
                if (!wait_for_the_host(stop)) return false;
                poll_uplinks();
            }
        }
        log_.edge_ns = std::max(log_.edge_ns, now_ns_);
        if (stop && stop()) return false;
    }
    return true;
}

machine::RunResult const& Network::result_of(std::string const& name) { return node(name).result; }

bool Network::silent() const {
    bool const waiting = std::any_of(nodes_.begin(), nodes_.end(), [](auto const& one) {
        Node const& node = *one.second;
        return node.link || (node.more_to_come && node.more_to_come()) ||
               (node.port && !(node.port->in.empty() && node.port->out().empty()));
    });
    return !waiting && travelling_.empty() && applied_ == log_.inputs.size();
}

// --- From outside ---

bool Network::has_living_uplink() const {
    return std::any_of(nodes_.begin(), nodes_.end(), [](auto const& n) { return n.second->link != nullptr; });
}

// Our time must not run ahead of the host's.
bool Network::wait_for_the_host(std::function<bool()> const& stop) {
    auto const now = [] { return std::chrono::steady_clock::now(); };
    if (!uplinks_resumed_) {
        uplinks_resumed_ = true;
        anchor_ = now();
        anchor_ns_ = now_ns_;
    }
    Link* link = nullptr;
    for (auto const& [name, node] : nodes_)
        if (node->link) link = node->link.get();
    for (;;) {
        std::int64_t const host_ns = std::chrono::nanoseconds(now() - anchor_).count();
        std::int64_t const ahead = static_cast<std::int64_t>(now_ns_ - anchor_ns_) - host_ns;
        if (ahead < too_short_to_sleep_ns) return true;
        if (link->wait(std::min(std::chrono::nanoseconds(ahead), longest_wait)))
            return true;  // a frame is there: it should not wait for the rest of the time
        if (stop && stop()) return false;
    }
}

void Network::poll_uplinks() {
    for (auto const& [name, node] : nodes_) {
        if (!node->link) continue;
        node->link->wait(std::chrono::nanoseconds(0));
        for (unsigned i = 0; i < most_frames_at_once; ++i) {
            auto frame = node->link->receive();
            if (!frame) break;
            log_.inputs.push_back({now_ns_, name, "", machine::InputKind::frame, std::move(*frame)});
        }
    }
}

// Inputs of this time: what the log says, never anything else.
bool Network::apply_inputs() {
    for (; applied_ < log_.inputs.size() && log_.inputs[applied_].at_ns <= now_ns_; ++applied_)
        if (!apply(log_.inputs[applied_])) return false;
    return true;
}

// An input that fits nothing (a log may come from a file) does nothing.
bool Network::apply(WorldInput const& input) {
    using machine::RunStop;
    if (input.target == fault_target) {
        faults_.add(
            parse_fault_line({reinterpret_cast<char const*>(input.bytes.data()), input.bytes.size()}));
        return true;
    }
    auto const found = nodes_.find(input.target);
    if (found == nodes_.end()) return true;
    Node& node = *found->second;
    if (node.uplink && input.kind == machine::InputKind::frame) {
        node.port->send(now_ns_, input.bytes);
    } else if (node.machine) {
        machine::RunResult before;
        if (input.moment) {
            machine::RunLimit const limit{.moment = *input.moment, .virtual_ns = now_ns_ + 1};
            do before = node.machine->run(limit);
            while (before.stop == RunStop::waiting);
        }
        if (before.stop == RunStop::interrupted || before.stop == RunStop::observer) return false;
        node.machine->give({input.device, input.kind, input.bytes}, now_ns_);
    }
    return true;
}

}  // namespace sim::links
