// SPDX-License-Identifier: GPL-2.0-or-later
//
// The state of a world: saving it whole, hashing it, going back in time.
#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "simulator/links/network_parts.hpp"
#include "simulator/machine/hash.hpp"

namespace sim::links {
namespace {

// So many of the world are kept for ways back; then every other one goes, and
// they are taken half as often.
constexpr std::size_t most_kept = 64;

}  // namespace

template <class Self, class Visitor>
void Network::fields(Self& self, Visitor& visit) {
    visit("now_ns", self.now_ns_);
    visit("applied", self.applied_);
    for (Way* const way : self.ways_) {
        Lane::fields(way->lane, visit);
        visit("number", way->number);
    }
    for (auto const& [name, node] : self.nodes_)
        if (node->relay) Switch::fields(*node->relay, visit);
}

std::vector<std::uint8_t> Network::save() const {
    machine::StateWriter writer;
    fields(*this, writer);
    faults_.save(writer);
    std::vector<Travelling> under_way;
    for (auto const& [key, frame] : travelling_) under_way.push_back(frame);
    writer("travelling", under_way);
    for (auto const& [name, node] : nodes_) {
        if (!node->port) continue;
        for (auto const* const queue : {&std::as_const(node->port->in), &node->port->out()}) {
            std::vector<Travelling> waiting;
            for (Lane::Arrival const& frame : *queue) waiting.push_back({frame.at_ns, 0, 0, frame.frame});
            writer("waiting", waiting);
        }
        writer("dropped", node->port->dropped);
    }
    return writer.take();
}

void Network::load(std::span<std::uint8_t const> bytes) {
    machine::StateReader reader(bytes);
    fields(*this, reader);
    faults_.load(reader);
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
        node->port->forget();
        reader("waiting", frames);
        for (Travelling& frame : frames) node->port->in.push_back({frame.at_ns, std::move(frame.frame)});
        reader("waiting", frames);
        for (Travelling const& frame : frames) node->port->send(frame.at_ns, frame.frame);
        reader("dropped", node->port->dropped);
    }
    reader.finish();
}

// What was known of it later, a result too, is forgotten.
void Network::put_back(Node& node, machine::Checkpoint const& checkpoint, machine::InputLog log) {
    node.machine->restore(checkpoint);
    node.machine->checkpoints().forget_after(checkpoint.at);
    node.machine->set_log(std::move(log));
    node.result = node.machine->ended().value_or(machine::RunResult{});
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
    result.log = log_;
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
        put_back(*node, *machine->second, log->second);
    }
    load(checkpoint.network);
    log_ = checkpoint.log;
    log_.edge_ns = now_ns_;
    seen_ns_ = now_ns_ / window_ns_ * window_ns_;
    kept_.erase(kept_.upper_bound(now_ns_), kept_.end());
    uplinks_resumed_ = false;
}

std::map<std::string, std::uint64_t> Network::hashes() {
    prepare();
    std::map<std::string, std::uint64_t> result{{"", machine::hash_bytes(save())}};
    for (auto const& [name, node] : nodes_)
        if (node->machine) result[name] = node->machine->hash().total;
    return result;
}

std::uint64_t Network::hash() {
    std::uint64_t hash = 0;
    for (auto const& [name, part] : hashes()) {
        hash = machine::scramble(
            hash ^ machine::hash_bytes({reinterpret_cast<std::uint8_t const*>(name.data()), name.size()}));
        hash = machine::scramble(hash ^ part);
    }
    return hash;
}

std::vector<Network::LaneStatistics> Network::statistics() const {
    std::vector<LaneStatistics> result;
    for (Way const* const way : ways_) result.push_back({way->name, way->lane.sent(), way->lane.lost()});
    // What was too much for a window was sent, too, and came to no lane.
    for (auto const& [name, node] : nodes_) {
        if (!node->port || node->ways_out.empty()) continue;
        LaneStatistics& first = result[node->ways_out.front().second->rank];
        first.sent += node->port->dropped;
        first.lost += node->port->dropped;
    }
    return result;
}

// --- Time travel ---

void Network::keep() {
    bool wanted = now_ns_ == 0;
    if (!wanted && checkpoint_interval_ns_ != 0 && now_ns_ % window_ns_ == 0) {
        auto const after = kept_.upper_bound(now_ns_);
        wanted = after == kept_.begin() || now_ns_ - std::prev(after)->first >= checkpoint_interval_ns_;
    }
    if (!wanted || kept_.contains(now_ns_)) return;
    Kept kept;
    for (auto const& [name, node] : nodes_) {
        if (!node->machine) continue;
        kept.machines[name] = node->machine->checkpoint();
        kept.logs[name] = {node->machine->log().inputs().size(), node->machine->log().edge()};
    }
    kept.network = save();
    kept_.emplace(now_ns_, std::move(kept));
    if (kept_.size() <= most_kept) return;
    checkpoint_interval_ns_ *= 2;
    bool drop = false;
    for (auto at = std::next(kept_.begin()); at != kept_.end(); drop = !drop)
        at = drop ? kept_.erase(at) : std::next(at);
}

void Network::put_back(Kept const& kept) {
    for (auto const& [name, node] : nodes_) {
        if (!node->machine) continue;
        auto const& [count, edge] = kept.logs.at(name);
        auto const& known = node->machine->log().inputs();
        auto const end = known.begin() + static_cast<std::ptrdiff_t>(std::min(count, known.size()));
        put_back(*node, *kept.machines.at(name), machine::InputLog({known.begin(), end}, edge));
    }
    load(kept.network);
    uplinks_resumed_ = false;
}

bool Network::go_to(std::uint64_t ns, std::function<bool()> const& stop) {
    prepare();
    if (ns < now_ns_) {
        auto const after = kept_.upper_bound(ns);
        if (after == kept_.begin())
            throw std::runtime_error(
                fmt::format("the world's life before {} is not known",
                            machine::duration_text(kept_.empty() ? now_ns_ : after->first)));
        put_back(std::prev(after)->second);
    }
    return run_until(ns, stop);
}

// Whatever was known of later times is another future's.
void Network::add_input(WorldInput input) {
    prepare();
    keep();
    while (!apply_inputs()) {  // an interruption is told once
    }
    log_.inputs.resize(applied_);
    if (log_.edge_ns > now_ns_) {
        log_.edge_ns = now_ns_;
        seen_ns_ = now_ns_ / window_ns_ * window_ns_;
        kept_.erase(kept_.upper_bound(now_ns_), kept_.end());
    }
    log_.inputs.push_back(std::move(input));
    while (!apply_inputs()) {
    }
}

void Network::give_fault(FaultLine const& line) {
    std::string const text = to_string(line);
    add_input({now_ns_, fault_target, "", machine::InputKind::device_fault, {text.begin(), text.end()}});
}

void Network::give(std::string const& machine, machine::Arrival arrival) {
    if (!node(machine).machine) throw std::runtime_error(machine + " is no machine");
    add_input({now_ns_, machine, std::move(arrival.target), arrival.kind, std::move(arrival.bytes)});
}

void Network::set_runner(std::string const& machine, Runner runner, std::function<bool()> more_to_come) {
    if (!node(machine).machine) throw std::runtime_error(machine + " is no machine");
    node(machine).runner = std::move(runner);
    node(machine).more_to_come = std::move(more_to_come);
}

// In the middle of a window: what other machines were given on their way may be later.
// A machine that has lost time is ahead of the world: its input is logged before the
// end of what the others live now, and its moment says the rest.
void Network::give_on_the_way(std::string const& name, machine::Arrival arrival, std::uint64_t at_ns) {
    machine::Machine& machine = *node(name).machine;
    WorldInput input{std::min(std::max(at_ns, machine.virtual_ns()), std::max(until_ns_, now_ns_ + 1) - 1),
                     name,
                     arrival.target,
                     arrival.kind,
                     arrival.bytes,
                     machine.moment()};
    machine.give(std::move(arrival), at_ns);
    auto const lived = log_.inputs.begin() + static_cast<std::ptrdiff_t>(applied_);
    auto const later =
        std::upper_bound(log_.inputs.begin(), lived, input.at_ns,
                         [](std::uint64_t ns, WorldInput const& one) { return ns < one.at_ns; });
    log_.inputs.insert(later, std::move(input));
    ++applied_;
}

}  // namespace sim::links
