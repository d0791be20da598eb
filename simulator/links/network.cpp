// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "simulator/machine/hash.hpp"

namespace sim::links {

// A machine's end of its cable. Frames wait here until their time; what the
// machine sends waits here until the window is over.
class Network::Port final : public machine::Outside {
public:
    explicit Port(std::string card) : card_(std::move(card)) {}

    void resume(std::uint64_t) override {}
    void poll(std::uint64_t now_ns, std::vector<machine::Arrival>& arrived) override {
        for (; !in.empty() && in.front().at_ns <= now_ns; in.pop_front())
            arrived.push_back({card_, machine::InputKind::frame, std::move(in.front().frame)});
    }
    std::optional<std::uint64_t> wait(std::uint64_t now_ns, std::optional<std::uint64_t> deadline) override {
        if (!in.empty() && (!deadline || in.front().at_ns <= *deadline))
            return std::max(now_ns, in.front().at_ns);
        return deadline;
    }
    void output(std::uint64_t now_ns, std::string_view device, machine::OutputKind kind,
                std::span<std::uint8_t const> bytes) override {
        if (kind == machine::OutputKind::frame && device == card_)
            out.push_back({now_ns, {bytes.begin(), bytes.end()}});
    }

    std::deque<Lane::Arrival> in;  // by time of arrival
    std::deque<Lane::Arrival> out;

private:
    std::string card_;
};

struct Network::Way {
    Way(std::string name_, LinkProperties const& properties, std::uint64_t seed)
        : name(std::move(name_)), lane(properties, seed, name) {}
    std::string name;  // "wire:client>server"
    Lane lane;
    Cable* cable = nullptr;
    bool from_a = false;
    std::string from_name;
    End to;
    std::uint32_t rank = 0;
    std::uint64_t number = 0;  // of frames under way
};

struct Network::Node {
    std::string name;
    machine::Machine* machine = nullptr;
    machine::RunResult result;
    std::unique_ptr<Port> port;  // of a machine
    std::unique_ptr<Switch> relay;
    std::vector<std::pair<std::string, Way*>> ways_out;  // by name of the link
};

struct Network::Cable {
    std::string name;
    std::unique_ptr<Way> forth, back;
};

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
    node.machine = &machine;
    node.port = std::make_unique<Port>(std::move(card));
    machine.set_outside(node.port.get());
}

void Network::add_switch(std::string const& name, unsigned table) {
    new_node(name).relay = std::make_unique<Switch>(table);
}

void Network::add_link(std::string const& name, std::string const& a, std::string const& b,
                       LinkProperties const& properties) {
    if (cables_.contains(name)) throw std::runtime_error(fmt::format("two links are called {}", name));
    Node &left = node(a), &right = node(b);
    if (&left == &right) throw std::runtime_error(fmt::format("the link {} joins {} to itself", name, a));
    for (Node const* const one : {&left, &right})
        if (one->machine && !one->ways_out.empty())
            throw std::runtime_error(fmt::format(
                "{} has a link already; a machine has one network card, so put a switch between", one->name));
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
    window_ns_ = UINT64_MAX;
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
    }
    for (Way* const way : ways_) {
        auto const& out = way->to.node->ways_out;
        auto const mine = std::find_if(out.begin(), out.end(),
                                       [&](auto const& o) { return o.second->cable == way->cable; });
        way->to.port = static_cast<unsigned>(mine - out.begin());
    }
}

void Network::send(Way& way, std::uint64_t now_ns, std::span<std::uint8_t const> frame) {
    if (tap_) tap_(way.cable->name, way.from_a, now_ns, frame);
    FaultEffect const effect = faults_.on_frame(now_ns, way.from_name, way.to.node->name, frame);
    std::vector<Lane::Arrival> arrivals;
    way.lane.send(now_ns, frame, effect, arrivals);
    for (Lane::Arrival& arrival : arrivals) {
        std::uint64_t const number = ++way.number;
        travelling_.emplace(std::pair{arrival.at_ns, std::pair{way.rank, number}},
                            Travelling{arrival.at_ns, way.rank, number, std::move(arrival.frame)});
    }
}

// The window is over. First everything that the machines sent in it, in the
// order of time; then what arrives before the end of the next window, at
// switches and machines. A frame that a switch sends on arrives later than it.
void Network::exchange() {
    std::vector<std::pair<std::uint64_t, Node*>> senders;
    for (auto const& [name, node] : nodes_)
        if (node->port)
            for (Lane::Arrival const& sent : node->port->out) senders.push_back({sent.at_ns, node.get()});
    // Of one machine in its own order; of two at one time, by name.
    std::stable_sort(senders.begin(), senders.end(),
                     [](auto const& a, auto const& b) { return a.first < b.first; });
    for (auto const& [at, node] : senders) {
        Lane::Arrival const sent = std::move(node->port->out.front());
        node->port->out.pop_front();
        if (!node->ways_out.empty()) send(*node->ways_out.front().second, sent.at_ns, sent.frame);
    }
    std::uint64_t const horizon = now_ns_ + window_ns_;
    while (!travelling_.empty() && travelling_.begin()->first.first < horizon) {
        Travelling const frame = std::move(travelling_.begin()->second);
        travelling_.erase(travelling_.begin());
        End const& end = ways_[frame.lane]->to;
        if (end.node->port) {
            if (!end.node->machine->ended()) end.node->port->in.push_back({frame.at_ns, frame.frame});
            continue;
        }
        for (unsigned const port : end.node->relay->forward(end.port, frame.frame))
            send(*end.node->ways_out[port].second, frame.at_ns, frame.frame);
    }
}

bool Network::run_until(std::uint64_t ns, std::function<bool()> const& stop) {
    prepare();
    while (now_ns_ < ns) {
        // Windows are counted from zero: where somebody stops does not move them.
        std::uint64_t const end = (now_ns_ / window_ns_ + 1) * window_ns_;
        std::uint64_t const target = std::min(end, ns);
        for (auto const& [name, node] : nodes_) {
            if (!node->machine) continue;
            for (;;) {
                machine::RunResult const result = node->machine->run({.virtual_ns = target});
                using machine::RunStop;
                if (result.stop == RunStop::interrupted || result.stop == RunStop::observer) return false;
                if (result.stop == RunStop::waiting) continue;
                node->result = result;
                break;
            }
        }
        now_ns_ = target;
        if (target == end) exchange();
        if (stop && stop()) return false;
    }
    return true;
}

machine::RunResult const& Network::result_of(std::string const& name) { return node(name).result; }

void Network::go_back_to(std::uint64_t ns) {
    for (auto const& [name, node] : nodes_) {
        if (!node->machine) continue;
        machine::Machine& machine = *node->machine;
        machine::CheckpointPtr from;
        for (machine::Moment const at : machine.checkpoints().moments()) {
            auto const kept = machine.checkpoints().at_or_before(at);
            if (kept && kept->virtual_ns <= ns) from = kept;
        }
        if (from) machine.restore(*from);
        machine.run({.virtual_ns = ns});
    }
}

template <class Self, class Visitor>
void Network::fields(Self& self, Visitor& visit) {
    visit("now_ns", self.now_ns_);
    for (Way* const way : self.ways_) {
        Lane::fields(way->lane, visit);
        visit("number", way->number);
    }
    for (auto const& [name, node] : self.nodes_)
        if (node->relay) Switch::fields(*node->relay, visit);
    FaultLines::fields(self.faults_, visit);
}

std::vector<std::uint8_t> Network::save() const {
    machine::StateWriter writer;
    fields(*this, writer);
    std::vector<Travelling> under_way;
    for (auto const& [key, frame] : travelling_) under_way.push_back(frame);
    writer("travelling", under_way);
    for (auto const& [name, node] : nodes_) {
        if (!node->port) continue;
        for (auto const* const queue : {&node->port->in, &node->port->out}) {
            std::vector<Travelling> waiting;
            for (Lane::Arrival const& frame : *queue) waiting.push_back({frame.at_ns, 0, 0, frame.frame});
            writer("waiting", waiting);
        }
    }
    return writer.take();
}

void Network::load(std::span<std::uint8_t const> bytes) {
    machine::StateReader reader(bytes);
    fields(*this, reader);
    std::vector<Travelling> frames;
    reader("travelling", frames);
    travelling_.clear();
    for (Travelling& frame : frames) {
        if (frame.lane >= ways_.size()) throw machine::StateError("a saved frame travels on no link");
        std::pair const key{frame.at_ns, std::pair{frame.lane, frame.number}};
        travelling_.emplace(key, std::move(frame));
    }
    for (auto const& [name, node] : nodes_) {
        if (!node->port) continue;
        for (auto* const queue : {&node->port->in, &node->port->out}) {
            reader("waiting", frames);
            queue->clear();
            for (Travelling& frame : frames) queue->push_back({frame.at_ns, std::move(frame.frame)});
        }
    }
    reader.finish();
}

Network::Checkpoint Network::checkpoint() {
    prepare();
    Checkpoint result;
    result.now_ns = now_ns_;
    for (auto const& [name, node] : nodes_)
        if (node->machine) {
            result.machines[name] = node->machine->checkpoint();
            result.logs[name] = node->machine->log();
        }
    result.network = save();
    return result;
}

void Network::restore(Checkpoint const& checkpoint) {
    prepare();
    for (auto const& [name, node] : nodes_) {
        if (!node->machine) continue;
        auto const machine = checkpoint.machines.find(name);
        auto const log = checkpoint.logs.find(name);
        if (machine == checkpoint.machines.end() || log == checkpoint.logs.end())
            throw machine::StateError("the saved world has no machine " + name);
        node->machine->restore(*machine->second);
        node->machine->checkpoints().forget_after(machine->second->at);
        node->machine->set_log(log->second);
    }
    load(checkpoint.network);
}

std::uint64_t Network::hash() {
    Checkpoint const now = checkpoint();
    std::uint64_t hash = machine::hash_bytes(now.network);
    for (auto const& [name, machine] : now.machines) {
        hash = machine::scramble(
            hash ^ machine::hash_bytes({reinterpret_cast<std::uint8_t const*>(name.data()), name.size()}));
        hash = machine::scramble(hash ^ machine::hash_of(*machine).total);
    }
    return hash;
}

std::vector<Network::LaneStatistics> Network::statistics() const {
    std::vector<LaneStatistics> result;
    for (Way const* const way : ways_) result.push_back({way->name, way->lane.sent(), way->lane.lost()});
    return result;
}

}  // namespace sim::links
