// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/qemu.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>

#include "simulator/cli/child.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/raw_terminal.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/links/relay.hpp"
#include "simulator/links/self_request.hpp"
#include "simulator/loader/elf_image.hpp"
#include "simulator/loader/linux_image.hpp"
#include "simulator/loader/multiboot.hpp"

namespace sim::cli {
namespace {

constexpr char const* program = "qemu-system-x86_64";

bool can_open(char const* path) {
    int const fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd >= 0) close(fd);
    return fd >= 0;
}

// QEMU starts an image that does not fit, and it dies without a word. Linux and
// multiboot images it loads, checks and refuses by itself.
void check_image(machine::MachineConfig const& config) {
    if (is_foreign(config.image)) return;
    auto const image = loader::read_elf(config.image.name, *config.image.bytes);
    for (auto const& segment : image.segments) {
        std::uint64_t const end = segment.address + segment.memory_size;
        if (end < segment.address || end > config.memory_bytes)
            throw loader::LoadError(
                fmt::format("{}: too large for memory: it needs {:#x} to {:#x}, the machine has {} MiB; give "
                            "it more with --memory",
                            config.image.name, segment.address, end, config.memory_bytes >> 20));
    }
}

bool on_path(std::string const& name) {
    char const* path = std::getenv("PATH");
    std::string_view rest = path ? path : "/usr/bin:/bin";
    while (!rest.empty()) {
        std::size_t const colon = std::min(rest.find(':'), rest.size());
        if (access((std::string(rest.substr(0, colon)) + "/" + name).c_str(), X_OK) == 0) return true;
        rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
    return false;
}

}  // namespace

std::vector<std::string> qemu_arguments(RunOptions const& options, int network) {
    // A slim machine: what the guest does not use only costs time at boot. microvm has no
    // PCI and, like this, no tables: it tells the guest of its devices on the command line.
    bool const micro = options.machine == "microvm";
    std::string const slim = micro ? "acpi=off,x-option-roms=off,isa-serial=on"
                                   : "hpet=off,smm=off,sata=off,smbus=off,usb=off,vmport=off";
    auto const device = [micro](std::string const& name, std::string const& more) {
        return micro ? "virtio-" + name + "-device" + more
                     : "virtio-" + name + "-pci" + more + ",disable-legacy=on";
    };
    std::string const romless = micro ? "" : ",romfile=";
    std::vector<std::string> words = {
        program,
        "-nodefaults",
        "-no-user-config",
        "-no-reboot",
        "-display",
        "none",
        "-machine",
        fmt::format("{},accel={},{}", options.machine, options.accelerator, slim),
        "-m",
        fmt::format("{}K", options.config.memory_bytes >> 10),
        "-smp",
        std::to_string(options.config.processors),
        "-kernel",
        options.kernel.string(),
        "-chardev",
        options.config.console ? "stdio,id=serial,signal=off,mux=on" : "stdio,id=serial,signal=off",
        "-serial",
        "chardev:serial",
        "-device",
        "isa-debug-exit,iobase=0xf4,iosize=4"};
    if (options.config.network)
        words.insert(words.end(),
                     {"-netdev", fmt::format("dgram,id=net0,local.type=fd,local.str={}", network), "-device",
                      device("net", ",netdev=net0,mac=52:54:00:12:34:56") + romless});
    words.insert(words.end(), {"-device", device("rng", "")});
    if (options.config.test_device) words.insert(words.end(), {"-device", "pc-testdev"});
    if (micro) words.insert(words.end(), {"-global", "virtio-mmio.force-legacy=false"});
    if (options.config.console)
        words.insert(words.end(), {"-device", device("serial", ""), "-device", "virtconsole,chardev=serial"});
    if (options.accelerator == "kvm") words.insert(words.end(), {"-cpu", "host,-arch-capabilities"});
    if (!options.initrd.empty()) words.insert(words.end(), {"-initrd", options.initrd.string()});
    for (std::size_t i = 0; i < options.disks.size(); ++i) {
        // A comma in a file's name is written twice.
        std::string file;
        for (char const c : options.disks[i].path.string()) file += c == ',' ? ",," : std::string(1, c);
        auto const& disk = options.disks[i];
        words.insert(words.end(), {"-drive",
                                   fmt::format("if=none,id=disk{},format=raw,file={}{}", i, file,
                                               disk.read_only    ? ",readonly=on"
                                               : disk.write_back ? ""
                                                                 : ",snapshot=on"),
                                   "-device", device("blk", fmt::format(",drive=disk{}", i))});
    }
    if (!options.config.command_line.empty())
        words.insert(words.end(), {"-append", options.config.command_line});
    return words;
}

bool is_foreign(machine::Blob const& image) {
    std::span<std::uint8_t const> const file = *image.bytes;
    if (loader::is_linux_image(file)) return true;
    return loader::is_multiboot_image(file) &&
           !(loader::is_elf(file) && loader::read_elf(image.name, file).pvh_entry);
}

QemuEnd decode_qemu_end(int wait_status, std::string const& complaint, bool foreign) {
    if (WIFSIGNALED(wait_status))
        return {status_tool_failed, fmt::format("QEMU was ended by signal {}", WTERMSIG(wait_status)), false};
    int const code = WEXITSTATUS(wait_status);
    // isa-debug-exit ends QEMU with twice the value and one. A guest's 0 is then
    // 1, which is also QEMU's own way to fail: only that one complains.
    if (code == 127 || (code == 1 && !complaint.empty()))
        return {status_wrong_use, fmt::format("QEMU did not start: {}", complaint), true};
    if (code == 0 && foreign)  // as other people's kernels end; QEMU does not say which
        return {status_right, "the guest powered off, or reset the machine", false};
    if (code % 2 == 0)
        return code == 0
                   ? QemuEnd{status_triple_fault,
                             "the guest was reset without an exit status: a triple fault", false}
                   : QemuEnd{status_tool_failed, fmt::format("QEMU failed with status {}", code), false};
    auto const value = static_cast<std::uint32_t>(code - 1) / 2;
    return {status_of_guest(value),
            value == status_panic ? "the guest panicked" : fmt::format("the guest exited with {}", value),
            false};
}

int run_on_qemu(RunOptions const& options) {
    if (!on_path(program))
        throw std::runtime_error(
            fmt::format("{} is not installed; run: apt-get install qemu-system-x86", program));
    check_image(options.config);
    if (options.accelerator == "kvm" && !can_open("/dev/kvm"))
        throw std::runtime_error(
            fmt::format("--accel kvm: /dev/kvm: {}; leave the option out", strerror(errno)));
    links::Relay network(options.forwards, options.pcap);

    Interruption interruption;
    for (auto const& forward : network.forwards())
        say("127.0.0.1:{} leads to port {} of the guest{}", forward.host_port, forward.guest_port,
            forward.udp ? ", by UDP" : "");
    signal(SIGPIPE, SIG_IGN);  // it may end while we pass on a key
    std::optional<RawTerminal> terminal;
    if (options.type_stdin) terminal.emplace(STDIN_FILENO);
    Child child(qemu_arguments(options, network.childs_end()), network.childs_end(), options.type_stdin);
    network.close_childs_end();
    std::optional<links::SelfRequest> visitor;
    if (options.self_request) visitor.emplace(network.forwards()[0].host_port, options.exit_after);

    Outcome outcome;
    while (!child.serve()) {
        if (Interruption::requested()) {
            say("interrupted");
            return status_interrupted;
        }
        if (visitor && visitor->done() && !visitor->problem().empty()) {
            outcome.status = status_limit;
            outcome.ending = visitor->problem();
            outcome.answered = visitor->answered();
            report(options, outcome);
            return outcome.status;
        }
    }
    QemuEnd const end =
        decode_qemu_end(child.wait_status(), child.complaint(), is_foreign(options.config.image));
    if (end.never_started)
        throw std::runtime_error(fmt::format("{}: {}", options.config.image.name, end.ending));
    if (!child.complaint().empty()) say("{}", child.complaint());
    outcome.status = end.status;
    outcome.ending = end.ending;
    if (visitor) {
        visitor->finish();
        outcome.answered = visitor->answered();
        if (outcome.status == 0 && outcome.answered != options.exit_after) {
            outcome.status = status_differs;
            outcome.ending = visitor->problem();
        }
    }
    report(options, outcome);
    return outcome.status;
}

}  // namespace sim::cli
