// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/topology_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "simulator/board/pc.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/links/network.hpp"
#include "simulator/links/pcapng.hpp"
#include "simulator/links/topology.hpp"
#include "simulator/recording/images.hpp"
#include "simulator/recording/recorder.hpp"

namespace sim::cli {
namespace {

// Whole lines, each with the machine's name before it.
class NamedConsole final : public machine::MachineObserver {
public:
    NamedConsole(std::string name, std::size_t width) : name_(std::move(name)), width_(width) {}
    void on_output(machine::Machine&, machine::Device const&, machine::OutputKind kind,
                   std::span<std::uint8_t const> bytes) override {
        if (kind != machine::OutputKind::console) return;
        for (std::uint8_t const byte : bytes) {
            if (byte == '\r') continue;
            if (byte != '\n') line_ += static_cast<char>(byte);
            if (byte == '\n' || line_.size() >= 1000) flush();
        }
    }
    void on_report(machine::Machine&, std::string_view device, std::string_view text) override {
        say("{}: {}: {}", name_, device, text);
    }
    void flush() {
        fmt::print("{:<{}} | {}\n", name_, width_, line_);
        line_.clear();
    }
    void finish() {
        if (!line_.empty()) flush();
        std::fflush(stdout);
    }

private:
    std::string name_, line_;
    std::size_t width_;
};

struct Member {
    links::Topology::Machine description;
    machine::MachineConfig config;
    std::unique_ptr<machine::Machine> machine;
    std::unique_ptr<NamedConsole> console;
    std::unique_ptr<recording::Recorder> recorder;
    std::optional<std::pair<int, std::string>> ending;
};

std::string read_file(std::string const& name) {
    std::ifstream file(name, std::ios::binary);
    if (!file) throw std::runtime_error(fmt::format("cannot read {}; check its name", name));
    return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<std::pair<int, std::string>> ending_of(machine::RunResult const& result) {
    using machine::RunStop;
    switch (result.stop) {
        case RunStop::exited:
            return {{status_of_guest(result.status), fmt::format("exited with {}", result.status)}};
        case RunStop::shutdown:
            return {{status_triple_fault, result.message}};
        case RunStop::halted:
            return {{status_limit, result.message}};
        case RunStop::diverged:
        case RunStop::end_of_log:
            return {{status_tool_failed, result.message}};
        default:
            return std::nullopt;
    }
}

void refuse_what_is_for_one_machine(RunWords const& words) {
    bool const single = !words.application.empty() || !words.kernel.empty() || !words.initrd.empty() ||
                        !words.append.empty() || !words.forwards.empty() || !words.disks.empty() ||
                        words.self_request || words.exit_after != 0 || words.trace || words.gdb ||
                        words.on != "sim";
    if (single)
        throw std::runtime_error(
            "--topology takes --seed, --pcap, --record, --embed and --json besides; what the machines run "
            "stands "
            "in its file");
}

// Where one machine's recording goes: "net.run" and "server" give "net-server.run".
std::filesystem::path recording_of(std::filesystem::path base, std::string const& machine) {
    std::string const stem = base.extension() == ".run" ? base.stem().string() : base.filename().string();
    return base.replace_filename(stem + "-" + machine + ".run");
}

std::vector<Member> make_members(links::Topology const& topology, RunWords const& words) {
    std::size_t width = 0;
    for (auto const& one : topology.machines) width = std::max(width, one.name.size());
    std::vector<Member> members;
    for (auto const& one : topology.machines) {
        Member& member = members.emplace_back();
        member.description = one;
        auto& config = member.config;
        try {
            config.image = recording::read_blob(one.app.empty() ? std::filesystem::path(one.kernel)
                                                                : recording::image_of(one.app));
            config.memory_bytes = parse_memory(one.memory);
            config.command_line = one.append;
            config.mac = one.mac;
            config.seed = one.seed;
            config.processors = one.cpus;
            member.machine = board::make_pc(config);
        } catch (std::exception const& error) {
            throw std::runtime_error(
                fmt::format("{}: machine {}: {}", words.topology, one.name, error.what()));
        }
        member.machine->set_checkpoint_interval(0);
        member.console = std::make_unique<NamedConsole>(one.name, width);
        member.machine->add_observer(*member.console);
        if (words.record.empty()) continue;
        member.recorder =
            std::make_unique<recording::Recorder>(recording_of(words.record, one.name), config, words.embed);
        member.recorder->watch(*member.machine);
    }
    return members;
}

void add_capture(links::Network& network, links::Topology const& topology, std::string const& path,
                 std::unique_ptr<links::PcapngFile>& file) {
    std::vector<std::string> names;
    for (auto const& link : topology.links) names.push_back(link.name);
    std::sort(names.begin(), names.end());
    file = std::make_unique<links::PcapngFile>(path, names);
    std::uint64_t const epoch_ns = machine::MachineConfig().rtc_base * 1'000'000'000;
    network.set_tap([names, epoch_ns, &file](std::string const& link, bool from_a, std::uint64_t now_ns,
                                             std::span<std::uint8_t const> frame) {
        auto const at = std::lower_bound(names.begin(), names.end(), link) - names.begin();
        file->write(frame, epoch_ns + now_ns,
                    from_a ? links::Direction::from_guest : links::Direction::to_guest, {},
                    static_cast<std::uint32_t>(at));
    });
}

int report(links::Network& network, std::vector<Member> const& members, RunWords const& words, int status) {
    for (Member const& member : members)
        if (member.ending && member.ending->first != 0)
            say("{}: {}", member.description.name, member.ending->second);
    if (!words.json) return status;
    nlohmann::json line = {{"status", status},
                           {"virtual_ns", network.now_ns()},
                           {"hash", fmt::format("{:016x}", network.hash())},
                           {"machines", nlohmann::json::object()},
                           {"lanes", nlohmann::json::object()}};
    for (Member const& member : members)
        line["machines"][member.description.name] = {
            {"ended", member.ending.has_value()},
            {"status", member.ending ? member.ending->first : 0},
            {"moment", to_string(member.machine->moment())},
        };
    for (auto const& lane : network.statistics())
        line["lanes"][lane.name] = {{"sent", lane.sent}, {"lost", lane.lost}};
    fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    std::fflush(stdout);
    return status;
}

}  // namespace

int run_topology(RunWords const& words) {
    refuse_what_is_for_one_machine(words);
    links::Topology const topology = links::parse_topology(words.topology, read_file(words.topology));
    std::vector<Member> members = make_members(topology, words);
    std::unique_ptr<links::PcapngFile> capture;
    links::Network network(words.seed.value_or(topology.seed));
    for (Member& member : members) network.add_machine(member.description.name, *member.machine);
    for (auto const& one : topology.switches) network.add_switch(one.name, one.table);
    for (auto const& one : topology.links) network.add_link(one.name, one.a, one.b, one.properties);
    for (auto const& fault : topology.faults) network.add_fault(fault);
    if (!words.pcap.empty()) add_capture(network, topology, words.pcap, capture);
    Interruption interruption;
    for (Member& member : members) interruption.also_interrupt(*member.machine);

    bool const all_services =
        std::all_of(members.begin(), members.end(), [](Member const& m) { return m.description.service; });
    auto const over = [&] {
        bool waiting = false;
        for (Member& member : members) {
            if (member.recorder) member.recorder->update(*member.machine);
            if (!member.ending) member.ending = ending_of(network.result_of(member.description.name));
            waiting |= !member.ending && (all_services || !member.description.service);
        }
        return !waiting || Interruption::requested();
    };
    try {
        bool const reached = network.run_until(topology.until_ns, over);
        for (Member& member : members) {
            member.console->finish();
            if (member.recorder) member.recorder->finish(*member.machine);
        }
        int status = 0;
        for (Member const& member : members)
            if (member.ending) status = std::max(status, member.ending->first);
        if (Interruption::requested()) status = status_interrupted;
        if (reached) {
            say("the time that {} gives is over", words.topology);
            status = std::max<int>(status, status_limit);
        }
        return report(network, members, words, status);
    } catch (std::exception const& error) {
        say_error("{}", error.what());
        return status_tool_failed;
    }
}

}  // namespace sim::cli
