// SPDX-License-Identifier: GPL-2.0-or-later
//
// What `viv run` was asked for, checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "simulator/board/disk_file.hpp"
#include "simulator/explore/fault.hpp"
#include "simulator/explore/spin_check.hpp"
#include "simulator/links/properties.hpp"
#include "simulator/links/uplink.hpp"
#include "simulator/machine/config.hpp"

namespace sim::cli {

enum class Target : std::uint8_t { simulator, qemu, host };

// As written on the command line.
struct RunWords {
    std::string application;
    std::string kernel, initrd;
    std::string on = "sim";
    std::string machine = "q35";
    std::string topology;
    std::string memory{};  // none: 64M, or what a Linux image needs
    unsigned cpus = 1;
    std::string accelerator = "tcg";
    std::optional<std::string> append;  // none: nothing, or what a Linux image needs
    std::vector<std::string> forwards;
    std::vector<std::string> disks;
    std::string virtio = "pci";
    bool console = false;
    bool test_device = false;
    bool type_stdin = false;
    std::string log_access;
    std::uint64_t log_limit = 100'000;
    std::string record, pcap;
    std::optional<std::uint64_t> seed;
    unsigned exit_after = 0;  // 0: not asked for
    bool self_request = false;
    bool embed = false;
    bool checkpoints = false;
    std::vector<std::string> faults;
    std::string limit;
    std::uint64_t patience = 0;  // 0: as SpinBounds has it
    std::string link;
    std::string net = "user";
    bool trace = false;
    bool json = false;
    std::optional<std::uint16_t> gdb;  // a port for gdb; 0: any
    bool gdb_wait = false;
};

struct RunOptions {
    Target target = Target::simulator;
    std::string machine, accelerator;  // QEMU's
    machine::MachineConfig config;     // image and initrd loaded
    std::filesystem::path kernel, initrd;
    std::vector<links::Forward> forwards;
    std::vector<board::DiskFile> disks;
    std::string log_access;  // empty: no log
    std::uint64_t log_limit = 0;
    std::filesystem::path record, pcap;
    std::string tap;  // the TAP device that takes the uplink's place; empty: none
    unsigned exit_after = 0;
    bool self_request = false;
    bool type_stdin = false;  // what is typed goes to the guest's serial line
    bool embed = false;
    bool checkpoints = false;
    std::vector<explore::Fault> faults;
    std::optional<links::LinkProperties> link;  // between the machine and the uplink
    std::uint64_t limit_instructions = UINT64_MAX, limit_ns = UINT64_MAX;
    std::uint64_t patience = 0;  // as in RunWords
    bool trace = false;
    bool json = false;
    std::optional<std::uint16_t> gdb;
    bool gdb_wait = false;
};

// Throws std::runtime_error: one line with the cause and the next step.
RunOptions check(RunWords const&);

// What a machine gets that was told nothing. A kernel of a distribution unpacks into
// more than the usual memory, and is silent until it is told of the serial line.
constexpr char const *usual_memory = "64M", *linux_memory = "256M", *linux_append = "console=ttyS0";
// "64M", "2G", "512K"; a bare number counts MiB, as in QEMU.
std::uint64_t parse_memory(std::string const& text);
// How long a guest that seems to spin is waited for: --patience.
explore::SpinBounds spin_bounds(std::uint64_t patience);
// "8080:80".
links::Forward parse_forward(std::string const& text);

// What went wrong at the end of a run, and when; empty when nothing did.
struct BadEnd {
    std::string reason, first_bad, last_good, where;
    std::vector<std::string> lines;
};

// How a run went, for people and as one line of JSON.
struct Outcome {
    int status = 0;
    std::string ending;  // "the guest exited with 0"
    std::string moment;  // simulator only
    std::uint64_t virtual_ns = 0;
    unsigned answered = 0;  // with --self-request
    std::string recording;  // path; empty: none
    BadEnd bad;
};
void report(RunOptions const&, Outcome const&);

int run_on_simulator(RunOptions const&);
int run_on_qemu(RunOptions const&);
int run_on_host(RunOptions const&);

}  // namespace sim::cli
