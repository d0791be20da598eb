// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/costs.hpp"

#include <elf.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>

#include "simulator/bench/conversation.hpp"
#include "simulator/bench/datagrams.hpp"
#include "simulator/bench/program.hpp"
#include "simulator/board/pc.hpp"
#include "simulator/debug/disassembly.hpp"
#include "simulator/debug/probes.hpp"
#include "simulator/debug/symbols.hpp"
#include "simulator/recording/images.hpp"

namespace sim::bench {
namespace {

// In the order of the table.
struct Known {
    std::string_view id, what;
};
constexpr Known marked[] = {
    {"switch_yield", "thread switch: from `yield()` until another thread goes on"},
    {"switch_wake", "semaphore: wake a thread, wait oneself, until it goes on"},
    {"thread_create", "make a thread, its stack included"},
    {"interrupt", "interrupt of the timer, which finds nothing to do: from its delivery to IRETQ"},
    {"interrupt_wake", "the same out of idle, which ends a sleep: until the thread goes on"},
    {"page_fault", "page fault: a store into a lazy page, of which 512 for clearing it"},
    {"mutex_lock", "take a free mutex"},
    {"mutex_unlock", "give a mutex back that nobody wants"},
    {"mutex_wait", "ask for a mutex that another thread holds, until that thread goes on"},
    {"mutex_hand_over", "give a mutex back to a thread that waits for it"},
    {"frame_allocate", "allocate a frame of physical memory"},
    {"frame_free", "free it; buddies merge"},
    {"heap_allocate", "allocate an object of 48 bytes"},
    {"heap_free", "free it"},
    {"packet_wake", "a datagram, from the card's interrupt until the thread that waits for it goes on"},
    {"packet_send", "send a datagram: until the card has it"},
};

std::string_view what_of(std::string_view id) {
    for (Known const& known : marked)
        if (known.id == id) return known.what;
    throw std::runtime_error(
        fmt::format("the image `costs` measures {}, of which this program knows nothing; build both", id));
}

struct Stage {
    std::string_view function, id, what;
};
// A stage begins where the function does, and ends where the next one begins.
constexpr Stage stages[] = {
    {"", "boot_assembly", "boot: to long mode and C++"},
    {"kernel_main", "boot_begin", "boot: descriptor tables, the console, the loader's information"},
    {"kernel::obey_options", "boot_options", "boot: words of the command line, and the first line"},
    {"memory::init", "boot_memory", "boot: frames, page tables, heap"},
    {"kernel::read_firmware_tables", "boot_tables", "boot: tables of the firmware"},
    {"kernel::init_interrupt_controllers", "boot_interrupts", "boot: interrupt controllers"},
    {"kernel::init_clock", "boot_clock", "boot: the clock"},
    {"threads::init", "boot_threads", "boot: threads and the timer"},
    {"devices::init_pci", "boot_pci", "boot: PCI"},
    {"memory::seal", "boot_seal", "boot: what is executable becomes final"},
    {"apps::main", "", ""},
};

std::unique_ptr<machine::Machine> make(std::filesystem::path const& image, std::string command_line) {
    machine::MachineConfig config;
    config.image = recording::read_blob(image);
    config.command_line = std::move(command_line);
    auto machine = board::make_pc(config);
    machine->set_checkpoint_interval(0);
    return machine;
}

std::shared_ptr<debug::Symbols const> symbols_of(machine::Machine const& machine) {
    return debug::Symbols::from_bytes(*machine.config().image.bytes);
}

Cost summary_of(std::string id, std::string what, std::vector<std::uint64_t> samples) {
    if (samples.empty()) throw std::runtime_error(fmt::format("the image `costs` never measured {}", id));
    std::sort(samples.begin(), samples.end());
    return {std::move(id),   std::move(what), "instructions", samples[samples.size() / 2],
            samples.front(), samples.back(),  samples.size()};
}

// Listens at addresses and to interrupts while it lives.
class Listener : public engine::Observer {
public:
    explicit Listener(machine::Machine& machine) : machine_(machine) { machine_.cpu().set_observer(this); }
    ~Listener() override {
        machine_.cpu().set_watched_addresses({});
        machine_.cpu().set_observer(nullptr);
    }
    Listener(Listener const&) = delete;
    Listener& operator=(Listener const&) = delete;

protected:
    std::uint64_t count() const { return machine_.cpu().retired(); }
    machine::Machine& machine_;
};

// ---- between marks ----

// Bytes of the image as they are in memory; how many of them it has.
std::size_t read_loaded(std::span<std::uint8_t const> elf, std::uint64_t address,
                        std::span<std::uint8_t> into) {
    Elf64_Ehdr header;
    if (elf.size() < sizeof header) return 0;
    std::memcpy(&header, elf.data(), sizeof header);
    for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr segment;
        std::uint64_t const at = header.e_phoff + i * sizeof segment;
        if (at > elf.size() || elf.size() - at < sizeof segment) return 0;
        std::memcpy(&segment, elf.data() + at, sizeof segment);
        if (segment.p_type != PT_LOAD || address < segment.p_vaddr ||
            address - segment.p_vaddr >= segment.p_filesz || segment.p_offset > elf.size() ||
            segment.p_filesz > elf.size() - segment.p_offset)
            continue;
        std::uint64_t const offset = address - segment.p_vaddr;
        std::size_t const length = std::min<std::size_t>(into.size(), segment.p_filesz - offset);
        std::memcpy(into.data(), elf.data() + segment.p_offset + offset, length);
        return length;
    }
    return 0;
}

// Where the kernel leaves an interrupt.
std::uint64_t address_of_iretq(std::shared_ptr<debug::Symbols const> const& symbols,
                               std::span<std::uint8_t const> elf) {
    auto const start = symbols->address_of_symbol("common_stub");
    if (!start) throw std::runtime_error("the image `costs` has no symbol common_stub");
    debug::Disassembler const disassembler(symbols);
    auto const code = [&](std::uint64_t address, std::span<std::uint8_t> into) {
        return read_loaded(elf, address, into);
    };
    auto const text = disassembler.around(*start, 0, 64, debug::CodeMode::bits64, code);
    for (debug::Instruction const& one : text.instructions)
        if (one.mnemonic == "iretq") return one.address;
    throw std::runtime_error("no IRETQ follows common_stub in the image `costs`");
}

class Meter final : public Listener {
public:
    explicit Meter(machine::Machine& machine) : Listener(machine) {
        auto const& elf = *machine.config().image.bytes;
        iretq_ = address_of_iretq(symbols_of(machine), elf);
        std::vector<engine::VirtAddr> addresses{iretq_};
        for (debug::Probe const& probe : debug::read_probes(elf)) {
            if (!probe.name.starts_with("cost_") && probe.name != "thread_switch") continue;
            names_[probe.address] = probe.name;
            addresses.push_back(probe.address);
        }
        machine.cpu().set_watched_addresses(addresses);
    }

    bool on_address(engine::VirtAddr address) override {
        if (address == iretq_) return leave_interrupt(), false;
        std::string_view name = names_.at(address);
        auto const rest_of = [&name](std::string_view start) {
            bool const is = name.starts_with(start);
            if (is) name.remove_prefix(start.size());
            return is;
        };
        if (name == "thread_switch")
            interrupted_.reset();  // it returns to somebody else
        else if (rest_of("cost_begin_"))
            open_[std::string(name)] = count() + 1;  // after the mark itself
        else if (rest_of("cost_end_"))
            end(std::string(name));
        else if (rest_of("cost_exits_"))
            exits_ = name;
        else if (rest_of("cost_entries_"))
            entries_ = name;
        else if (name == "cost_stop")
            exits_.clear(), entries_.clear();
        else if (name == "cost_with_checks")
            with_checks_ = true;
        else if (name == "cost_datagram" && count() != asked_at_) {
            asked_at_ = count();  // we come by again when the machine goes on
            return true;
        }
        return false;
    }

    void on_interrupt(std::uint8_t, bool external, std::uint32_t, engine::VirtAddr) override {
        if (!external) return;
        // What is interrupted is no sample, but for what begins with an interrupt.
        std::erase_if(open_, [this](auto const& each) { return each.first != entries_; });
        interrupted_ = count();
        if (!entries_.empty()) open_.try_emplace(entries_, count());
    }

    std::map<std::string, std::vector<std::uint64_t>> const& samples() const { return samples_; }
    bool with_checks() const { return with_checks_; }

private:
    void end(std::string const& id) {
        auto const begun = open_.find(id);
        if (begun == open_.end()) return;
        samples_[id].push_back(count() - begun->second);
        open_.erase(begun);
    }
    void leave_interrupt() {
        if (!interrupted_) return;  // of an exception, or of another thread's interrupt
        if (!exits_.empty()) samples_[exits_].push_back(count() + 1 - *interrupted_);
        open_.erase(entries_);  // it woke nobody
        interrupted_.reset();
    }

    std::uint64_t iretq_ = 0;
    std::map<engine::VirtAddr, std::string> names_;
    std::map<std::string, std::uint64_t> open_;  // begun and not ended: the count there
    std::map<std::string, std::vector<std::uint64_t>> samples_;
    std::string exits_, entries_;
    std::optional<std::uint64_t> interrupted_;  // the count, while inside
    std::uint64_t asked_at_ = UINT64_MAX;
    bool with_checks_ = false;
};

// ---- where functions begin ----

// The count at the first call of each address.
class FirstCalls final : public Listener {
public:
    FirstCalls(machine::Machine& machine, std::vector<engine::VirtAddr> const& addresses)
        : Listener(machine) {
        machine.cpu().set_watched_addresses(addresses);
    }
    bool on_address(engine::VirtAddr address) override {
        first_.try_emplace(address, count());
        return false;
    }
    std::optional<std::uint64_t> at(engine::VirtAddr address) const {
        auto const found = first_.find(address);
        return found == first_.end() ? std::nullopt : std::optional(found->second);
    }

private:
    std::map<engine::VirtAddr, std::uint64_t> first_;
};

// Far more than any of these runs needs.
constexpr std::uint64_t most_instructions = 200'000'000;

}  // namespace

MarkedCosts count_marked(std::filesystem::path const& image) {
    auto const machine = make(image, "loglevel=warning");
    Meter meter(*machine);
    DatagramPeer peer;
    machine::RunResult result;
    for (;;) {
        result = machine->run({.moment = {most_instructions, 0}});
        if (result.stop != machine::RunStop::observer) break;
        // The thread that asked goes to sleep; then the datagram comes.
        result = machine->run({.virtual_ns = machine->virtual_ns() + 1'000'000});
        if (result.stop != machine::RunStop::reached) break;
        for (auto& frame : peer.next()) machine->give({"net0", machine::InputKind::frame, std::move(frame)});
    }
    if (result.stop != machine::RunStop::exited || result.status != 0)
        throw std::runtime_error("the image `costs` did not end with status 0; run it: ./viv run costs");
    MarkedCosts costs;
    costs.with_checks = meter.with_checks();
    for (auto const& [id, samples] : meter.samples()) (void)what_of(id);
    for (Known const& known : marked) {
        auto const found = meter.samples().find(std::string(known.id));
        costs.costs.push_back(
            summary_of(std::string(known.id), std::string(known.what),
                       found == meter.samples().end() ? std::vector<std::uint64_t>() : found->second));
    }
    return costs;
}

std::vector<Cost> count_boot(std::filesystem::path const& image) {
    auto const machine = make(image, "");
    auto const symbols = symbols_of(*machine);
    std::vector<engine::VirtAddr> addresses{0};
    for (Stage const& stage : std::span(stages).subspan(1)) {
        debug::Function const* const function = symbols->function_named(stage.function);
        if (!function)
            throw std::runtime_error(
                fmt::format("{} has no function {}: a stage of the boot", image.string(), stage.function));
        addresses.push_back(function->low);
    }
    FirstCalls calls(*machine, {addresses.begin() + 1, addresses.end()});
    machine->run({.moment = {most_instructions, 0}});
    std::vector<Cost> costs;
    for (std::size_t i = 0; i + 1 < std::size(stages); ++i) {
        auto const begin = i == 0 ? std::optional<std::uint64_t>(0) : calls.at(addresses[i]);
        auto const end = calls.at(addresses[i + 1]);
        if (!begin || !end || *end < *begin)
            throw std::runtime_error(fmt::format("the boot does not go from {} to {} any more",
                                                 stages[i].function, stages[i + 1].function));
        costs.push_back(summary_of(std::string(stages[i].id), std::string(stages[i].what), {*end - *begin}));
    }
    return costs;
}

Cost count_to_ready(std::filesystem::path const& image, std::string command_line, std::string id,
                    std::string what) {
    auto const machine = make(image, std::move(command_line));
    std::vector<engine::VirtAddr> addresses;
    for (debug::Probe const& probe : debug::read_probes(*machine->config().image.bytes))
        if (probe.name == "app_ready") addresses.push_back(probe.address);
    FirstCalls calls(*machine, addresses);
    // A server does not end: as soon as it sleeps it is ready, or never will be.
    machine->run({.moment = {most_instructions, 0}, .virtual_ns = 1'000'000'000});
    for (engine::VirtAddr const address : addresses)
        if (auto const count = calls.at(address)) return summary_of(std::move(id), std::move(what), {*count});
    throw std::runtime_error(
        fmt::format("{} was not ready after a second of virtual time", image.stem().string()));
}

Cost count_request(std::filesystem::path const& http_image, std::string const& path, std::string id,
                   std::string what) {
    Conversation conversation(http_image);
    std::vector<std::uint64_t> samples;
    for (int i = 0; i < 100; ++i) samples.push_back(conversation.ask(path));
    return summary_of(std::move(id), std::move(what), std::move(samples));
}

Cost stripped_size(std::filesystem::path const& image, std::string id) {
    std::string file = std::filesystem::temp_directory_path() / "viv-size-XXXXXX";
    int const made = mkstemp(file.data());
    if (made < 0) throw std::runtime_error("no temporary file can be made");
    close(made);
    struct Remove {
        std::string const& path;
        ~Remove() { unlink(path.c_str()); }
    } const remove{file};
    run_program({"strip", "-o", file, image.string()}, 0);
    std::uint64_t const size = std::filesystem::file_size(file);
    return {std::move(id),
            fmt::format("image `{}`, stripped", image.stem().string()),
            "bytes",
            size,
            size,
            size,
            1};
}

}  // namespace sim::bench
