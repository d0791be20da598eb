// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/run_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "simulator/board/access_log.hpp"
#include "simulator/cli/hosted.hpp"
#include "simulator/cli/json_line.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/explore/units.hpp"
#include "simulator/loader/linux_image.hpp"
#include "simulator/machine/memory_size.hpp"
#include "simulator/recording/images.hpp"

namespace sim::cli {
namespace {

char const* name_of(Target target) {
    return target == Target::qemu ? "qemu" : target == Target::host ? "host" : "sim";
}

void only(bool asked, Target wanted, Target target, char const* option, char const* why) {
    if (asked && target != wanted)
        throw std::runtime_error(fmt::format("{} works with --on {} only: {}", option, name_of(wanted), why));
}

// A process is no machine: what its processor, its memory or its devices would do, nobody
// can ask for.
void refuse_what_a_process_has_not(RunWords const& words) {
    auto const refuse = [](bool asked, char const* option) {
        if (asked)
            throw std::runtime_error(
                fmt::format("{} is for a machine, and --on host is a process; leave it out", option));
    };
    refuse(!words.kernel.empty(), "--kernel");
    refuse(!words.initrd.empty(), "--initrd");
    refuse(words.cpus != 1, "--cpus");
    refuse(words.console, "--console");
    refuse(words.test_device, "--test-device");
}

std::string tap_of(RunWords const& words) {
    if (words.net == "user") return "";
    if (words.net == "none") {
        if (words.on == "host") throw std::runtime_error("--net none: a process has no card to leave out");
        auto const refuse = [](bool asked, char const* option) {
            if (asked)
                throw std::runtime_error(fmt::format(
                    "--net none: a machine without a card has no use for {}; leave one out", option));
        };
        refuse(!words.forwards.empty(), "--forward");
        refuse(words.self_request, "--self-request");
        refuse(!words.pcap.empty(), "--pcap");
        refuse(!words.link.empty(), "--link");
        return "";
    }
    constexpr std::string_view prefix = "tap:";
    if (!words.net.starts_with(prefix) || words.net.size() == prefix.size())
        throw std::runtime_error(fmt::format("--net {}: there are user, none and tap:NAME", words.net));
    if (words.on != "host")
        throw std::runtime_error("--net tap:NAME works with --on host only; the others have their uplink");
    if (!words.forwards.empty() || words.self_request || !words.pcap.empty())
        throw std::runtime_error(
            "--net tap:NAME has no forwarded ports and no capture: the guest has an address of its own, and "
            "tcpdump captures the device");
    return words.net.substr(prefix.size());
}

machine::VirtioBus virtio_bus_of(std::string const& name) {
    using machine::VirtioBus;
    if (name == "pci") return VirtioBus::pci;
    if (name == "transitional") return VirtioBus::transitional;
    if (name == "mmio") return VirtioBus::mmio;
    if (name == "mmio-legacy") return VirtioBus::mmio_legacy;
    throw std::runtime_error(
        fmt::format("--virtio {}: there are pci, transitional, mmio and mmio-legacy", name));
}

void read_faults(RunWords const& words, RunOptions& options) {
    for (auto const& line : words.faults) {
        auto parsed = explore::parse_fault(line);
        if (!parsed.fault) throw std::runtime_error("--fault: " + parsed.error.explain());
        if (parsed.fault->on_the_link() && words.forwards.empty() && !words.self_request)
            throw std::runtime_error(
                fmt::format("--fault \"{}\": the machine has no link; add --forward 8080:80", line));
        options.faults.push_back(std::move(*parsed.fault));
    }
}

// "loss=1%,delay=20ms", or a file with such words, one or more a line.
links::LinkProperties read_link(std::string const& text) {
    std::error_code ignored;
    std::string words = text;
    if (text.find('=') == std::string::npos || std::filesystem::is_regular_file(text, ignored)) {
        constexpr std::streamsize longest_link_file = 4096;
        std::ifstream file(text, std::ios::binary);
        words.assign(static_cast<std::size_t>(longest_link_file), '\0');
        if (!file || (file.read(words.data(), longest_link_file), !file.eof()))
            throw std::runtime_error(fmt::format(
                "--link {}: want words such as loss=1%,delay=20ms, or a short file that holds some", text));
        words.resize(static_cast<std::size_t>(file.gcount()));
        // Lines are words, too; empty ones say nothing.
        std::erase_if(words, [](char c) { return c == ' ' || c == '\r' || c == '\t'; });
        std::replace(words.begin(), words.end(), '\n', ',');
        words.erase(
            std::unique(words.begin(), words.end(), [](char a, char b) { return a == ',' && b == ','; }),
            words.end());
        while (words.ends_with(',')) words.pop_back();
        if (words.starts_with(',')) words.erase(0, 1);
    }
    try {
        // The cable itself is short: what the option does not say changes nothing.
        return links::parse_properties(words, {.delay_ns = links::least_delay_ns});
    } catch (std::runtime_error const& error) {
        throw std::runtime_error(fmt::format("--link {}: {}", text, error.what()));
    }
}

void read_limit(std::string const& text, RunOptions& options) {
    if (text.empty()) return;
    if (auto const ns = explore::parse_duration(text))
        options.limit_ns = *ns;
    else if (auto const count = explore::parse_number(text))
        options.limit_instructions = *count;
    else
        throw std::runtime_error(
            fmt::format("--limit {}: want a number of instructions, or a virtual time such as 5s", text));
}

Target target_of(std::string const& on) {
    if (on == "sim") return Target::simulator;
    if (on == "qemu") return Target::qemu;
    if (on == "host") return Target::host;
    throw std::runtime_error(fmt::format("unknown target: {}; there are sim, qemu and host", on));
}

}  // namespace

std::uint64_t parse_memory(std::string const& text) {
    auto const bytes = machine::parse_memory_size(text);
    if (!bytes) throw std::runtime_error(fmt::format("--memory {}: want 1M to 64G, such as 64M", text));
    return *bytes;
}

links::Forward parse_forward(std::string const& text) {
    auto const forward = links::parse_forward(text);
    if (!forward)
        throw std::runtime_error(fmt::format(
            "--forward {}: want HOST:GUEST, two port numbers such as 8080:80 or 5007:7/udp", text));
    return *forward;
}

RunOptions check(RunWords const& words) {
    RunOptions options;
    options.target = target_of(words.on);
    only(!words.record.empty(), Target::simulator, options.target, "--record",
         "only its runs are repeatable");
    only(words.embed, Target::simulator, options.target, "--embed", "only its runs are recorded");
    only(words.seed.has_value(), Target::simulator, options.target, "--seed",
         "chance has its place in the others");
    only(!words.faults.empty(), Target::simulator, options.target, "--fault",
         "only its machine breaks when asked");
    only(!words.link.empty(), Target::simulator, options.target, "--link",
         "only its frames take virtual time");
    only(!words.limit.empty(), Target::simulator, options.target, "--limit",
         "only its instructions are counted");
    only(words.trace, Target::simulator, options.target, "--trace", "only it is looked into");
    only(words.gdb.has_value(), Target::simulator, options.target, "--gdb",
         "QEMU has a gdb server of its own, and a process needs none");
    if (words.type_stdin && words.gdb)
        throw std::runtime_error("--stdin and --gdb do not go together: gdb says when time passes");
    if (words.gdb_wait && !words.gdb) throw std::runtime_error("--gdb-wait needs --gdb PORT");
    if (words.gdb && words.trace)
        throw std::runtime_error("--trace and --gdb both want to be the one who listens; give one");
    only(words.machine != "q35", Target::qemu, options.target, "--machine",
         "the simulator is one small q35, a process no machine");
    only(words.accelerator != "tcg", Target::qemu, options.target, "--accel",
         "the others bring their own processor");
    only(words.virtio != "pci", Target::simulator, options.target, "--virtio",
         "QEMU's devices are where its --machine has them: outside PCI in microvm");
    only(!words.log_access.empty(), Target::simulator, options.target, "--log-access",
         "only it is looked into");
    if (words.checkpoints && words.record.empty())
        throw std::runtime_error("--checkpoints go into a recording: add --record FILE");
    if (words.embed && words.record.empty())
        throw std::runtime_error("--embed puts the image into a recording: add --record FILE");
    if (words.machine != "q35" && words.machine != "pc" && words.machine != "microvm")
        throw std::runtime_error(
            fmt::format("unknown machine: {}; there are q35, pc and microvm", words.machine));
    if (words.accelerator != "tcg" && words.accelerator != "kvm")
        throw std::runtime_error(
            fmt::format("unknown accelerator: {}; there are tcg and kvm", words.accelerator));
    if (words.self_request && words.exit_after == 0)
        throw std::runtime_error("--self-request needs to know how many: add --exit-after N");
    if (words.application.empty() == words.kernel.empty())
        throw std::runtime_error(
            words.kernel.empty()
                ? "what shall run? Name an application (for example hello), or a file with --kernel FILE"
                : "an application and --kernel are two images; give one");

    options.tap = tap_of(words);
    if (options.target == Target::host) refuse_what_a_process_has_not(words);
    options.kernel = options.target == Target::host ? hosted_image_of(words.application)
                     : words.kernel.empty()         ? recording::image_of(words.application)
                                                    : std::filesystem::path(words.kernel);
    options.initrd = words.initrd;
    options.machine = words.machine;
    options.accelerator = words.accelerator;
    options.record = words.record;
    options.pcap = words.pcap;
    options.exit_after = words.exit_after;
    options.self_request = words.self_request;
    options.type_stdin = words.type_stdin;
    options.embed = words.embed;
    options.checkpoints = words.checkpoints;
    options.trace = words.trace;
    read_faults(words, options);
    if (!words.link.empty()) {
        if (words.forwards.empty() && !words.self_request)
            throw std::runtime_error("--link: the machine has no link; add --forward 8080:80");
        options.link = read_link(words.link);
    }
    read_limit(words.limit, options);
    options.patience = words.patience;
    only(words.patience != 0, Target::simulator, options.target, "--patience", "only it is looked into");
    if (words.patience != 0 && (words.gdb || words.trace))
        throw std::runtime_error(
            "--patience does not go with --gdb or --trace: there nobody looks whether the guest spins");
    if (words.gdb)
        for (auto const& fault : options.faults)
            if (explore::watches_the_processor(fault))
                throw std::runtime_error(fmt::format(
                    "--fault \"{}\": with --gdb nobody else watches the processor; give it \"at\" a count "
                    "or a time",
                    explore::describe(fault)));
    options.json = words.json;
    options.gdb = words.gdb;
    options.gdb_wait = words.gdb_wait;
    for (auto const& text : words.forwards) options.forwards.push_back(parse_forward(text));
    // The visitor takes the first: any free port, if that is not one of TCP.
    if (options.self_request && (options.forwards.empty() || options.forwards.front().udp))
        options.forwards.insert(options.forwards.begin(), links::Forward{0, 80});

    auto& config = options.config;
    config.image = recording::read_blob(options.kernel);
    config.network = words.net != "none";
    if (!words.initrd.empty()) config.initrd = recording::read_blob(options.initrd);
    if (words.disks.size() > machine::most_disks)
        throw std::runtime_error(fmt::format("at most {} disks fit into the machine; {} were given",
                                             machine::most_disks, words.disks.size()));
    for (auto const& text : words.disks) {
        options.disks.push_back(board::parse_disk_file(text));
        config.disks.push_back(
            {recording::read_blob(options.disks.back().path), options.disks.back().read_only});
        if (config.disks.back().blob.bytes->empty())
            throw std::runtime_error(
                fmt::format("--disk {}: the file is empty; make one with: truncate -s 16M FILE", text));
    }
    bool const is_linux = loader::is_linux_image(*config.image.bytes);
    config.memory_bytes = parse_memory(!words.memory.empty() ? words.memory
                                       : is_linux            ? linux_memory
                                                             : usual_memory);
    if (!words.log_access.empty()) board::AccessLog::parse(words.log_access);
    options.log_access = words.log_access;
    options.log_limit = words.log_limit;
    config.virtio = virtio_bus_of(words.virtio);
    config.console = words.console;
    config.test_device = words.test_device;
    config.processors = words.cpus;
    config.seed = words.seed.value_or(config.seed);
    config.command_line = words.append.value_or(is_linux ? linux_append : "");
    if (words.exit_after > 0) {
        if (!config.command_line.empty()) config.command_line += ' ';
        config.command_line += fmt::format("exit-after={}", words.exit_after);
    }
    return options;
}

explore::SpinBounds spin_bounds(std::uint64_t patience) {
    explore::SpinBounds bounds;
    if (patience != 0) bounds.repeating = bounds.silent = patience;
    return bounds;
}

void report(RunOptions const& options, Outcome const& outcome) {
    if (options.self_request)
        say("{} of {} requests answered, and right", outcome.answered, options.exit_after);
    if (!outcome.recording.empty())
        say("recorded in {0}; run it again with: viv replay {0} --verify", outcome.recording);
    if (outcome.status != 0) say("{}", outcome.ending);
    for (auto const& line : outcome.bad.lines) say("  {}", line);
    if (!options.json) return;
    nlohmann::json line = {{"image", options.config.image.name},
                           {"image_sha256", options.config.image.sha256},
                           {"on", name_of(options.target)},
                           {"status", outcome.status},
                           {"ending", outcome.ending}};
    if (options.target == Target::simulator) {
        line["moment"] = outcome.moment;
        line["virtual_ns"] = outcome.virtual_ns;
    }
    if (options.self_request) line["answered"] = outcome.answered;
    if (!outcome.recording.empty()) line["recording"] = outcome.recording;
    if (!outcome.bad.reason.empty())
        line["diagnosis"] = {{"reason", outcome.bad.reason},
                             {"first_bad", outcome.bad.first_bad},
                             {"where", outcome.bad.where},
                             {"last_good", outcome.bad.last_good}};
    print_line(line);
    std::fflush(stdout);
}

}  // namespace sim::cli
