// SPDX-License-Identifier: MIT
#include "kernel/devices/virtio_bus.hpp"

#include "kernel/arch/x86_64/mmio.hpp"
#include "kernel/base/command_line.hpp"
#include "kernel/base/log.hpp"
#include "kernel/devices/interrupt_lines.hpp"
#include "kernel/devices/pci_access.hpp"
#include "kernel/devices/virtio_mmio.hpp"
#include "kernel/devices/virtio_pci.hpp"
#include "kernel/memory/memory.hpp"

namespace devices {
namespace {

constexpr std::size_t most_windows = 32;

class MappedWindow final : public VirtioMmioWindow {
public:
    MappedWindow(base::VirtAddr start, VirtioMmioPlace const& place) : start_(start), place_(place) {}
    std::uint32_t read(std::uint32_t offset, unsigned width) override {
        base::VirtAddr const at = start_ + offset;
        if (width == 1) return arch::Mmio<std::uint8_t>(at).read();
        if (width == 2) return arch::Mmio<std::uint16_t>(at).read();
        return arch::Mmio<std::uint32_t>(at).read();
    }
    void write(std::uint32_t offset, std::uint32_t value) override {
        arch::Mmio<std::uint32_t>(start_ + offset).write(value);
    }
    std::uint64_t size() const override { return place_.size; }
    bool route(void (*handler)(void*), void* context) override {
        return route_line(place_.line, handler, context);
    }
    void silence() override { mask_line(place_.line); }

private:
    base::VirtAddr start_;
    VirtioMmioPlace place_;
};

// What the command line names, each looked at once.
struct Window {
    MappedWindow* registers;
    std::uint32_t type;
};
constinit Window windows[most_windows];
constinit std::size_t window_count = 0;
constinit bool looked = false;

void look_at(std::string_view word) {
    auto const place = parse_mmio_place(word);
    if (!place) return base::CommandLine::refusal("virtio_mmio.device", word, "SIZE@ADDRESS:LINE");
    auto const refuse = [&](VirtioError why) {
        base::log_warning("virtio: the device at {:#x} cannot be used: {}", place->start.raw(), name(why));
    };
    auto const mapped = memory::map_device(place->start, place->size);
    if (!mapped) return refuse(VirtioError::NoMemory);
    auto const registers = memory::make<MappedWindow>(mapped.value(), *place);
    if (!registers) return refuse(VirtioError::NoMemory);
    auto const type = VirtioMmio::identify(*registers.value());
    if (!type) {
        memory::destroy(registers.value());
        return refuse(type.error());
    }
    memory::keep(registers.value());
    windows[window_count++] = {registers.value(), type.value()};
}

std::span<Window const> all_windows() {
    std::string_view words[most_windows];
    std::size_t const count = looked ? 0 : base::the_command_line().values("virtio_mmio.device", words);
    looked = true;
    for (std::size_t i = 0; i < count; ++i) look_at(words[i]);
    return {windows, window_count};
}

template <class Transport>
VirtioTransport* keep(base::Result<Transport*, memory::MemoryError> const& made) {
    if (!made) {
        base::log_warning("virtio: there is no memory to drive a device");
        return nullptr;
    }
    memory::keep(made.value());
    return made.value();
}

VirtioTransport* open_function(PciFunction const& function) {
    auto opened = VirtioPci::create(function);
    if (!opened) {
        base::log_warning("virtio: the device at {} cannot be used: {}", function.address,
                          name(opened.error()));
        return nullptr;
    }
    return keep(memory::make<VirtioPci>(std::move(opened).value()));
}

}  // namespace

VirtioTransport* open_virtio(std::uint16_t type, unsigned n) {
    for (PciFunction const& function : pci_functions())
        if (VirtioPci::is(function, type) && n-- == 0) return open_function(function);
    for (Window const& window : all_windows()) {
        if (window.type != type || n-- != 0) continue;
        return keep(memory::make<VirtioMmio>(*window.registers));
    }
    return nullptr;
}

}  // namespace devices
