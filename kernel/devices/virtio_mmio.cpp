// SPDX-License-Identifier: MIT
#include "kernel/devices/virtio_mmio.hpp"

#include "kernel/base/command_line.hpp"
#include "kernel/base/log.hpp"

namespace devices {
namespace {

// [virtio-1.2 §4.2.2 table 4.1]
namespace reg {
constexpr std::uint32_t magic = 0x000;
constexpr std::uint32_t version = 0x004;
constexpr std::uint32_t device_id = 0x008;
constexpr std::uint32_t device_features = 0x010;
constexpr std::uint32_t device_features_select = 0x014;
constexpr std::uint32_t driver_features = 0x020;
constexpr std::uint32_t driver_features_select = 0x024;
constexpr std::uint32_t queue_select = 0x030;
constexpr std::uint32_t queue_size_max = 0x034;
constexpr std::uint32_t queue_size = 0x038;
constexpr std::uint32_t queue_ready = 0x044;
constexpr std::uint32_t queue_notify = 0x050;
constexpr std::uint32_t interrupt_status = 0x060;
constexpr std::uint32_t interrupt_acknowledge = 0x064;
constexpr std::uint32_t status = 0x070;
constexpr std::uint32_t queue_descriptors = 0x080;  // and 0x084: the high half; so the next two
constexpr std::uint32_t queue_driver = 0x090;
constexpr std::uint32_t queue_device = 0x0a0;
constexpr std::uint32_t config_generation = 0x0fc;
constexpr std::uint32_t config = 0x100;
}  // namespace reg

constexpr std::uint32_t magic_word = 0x7472'6976;  // "virt"
constexpr std::uint32_t modern = 2;
// The interrupt's reasons. A driver acknowledges no others, whatever is read. [virtio-1.2 §4.2.2.2]
constexpr std::uint32_t used_buffer = 1;
constexpr std::uint32_t config_changed = 2;

// "512", "4K", "0x200".
std::optional<std::uint64_t> parse_size(std::string_view text) {
    std::uint64_t unit = 1;
    if (text.ends_with('K') || text.ends_with('k')) unit = 1 << 10;
    if (text.ends_with('M') || text.ends_with('m')) unit = 1 << 20;
    if (unit > 1) text.remove_suffix(1);
    auto const number = base::parse_number(text);
    if (!number || *number > UINT64_MAX / unit) return std::nullopt;
    return *number * unit;
}

}  // namespace

std::optional<VirtioMmioPlace> parse_mmio_place(std::string_view text) {
    std::size_t const at = text.find('@');
    if (at == std::string_view::npos) return std::nullopt;
    auto const size = parse_size(text.substr(0, at));
    text.remove_prefix(at + 1);
    std::size_t const colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto const start = base::parse_number(text.substr(0, colon));
    text.remove_prefix(colon + 1);
    auto const line =
        base::parse_number(text.substr(0, text.find(':')));  // a number of the device may follow
    if (!size || !start || !line) return std::nullopt;
    bool const possible = *size >= VirtioMmioWindow::smallest && *size <= 1 << 20 && *start != 0 &&
                          *start % 4 == 0 && *start < std::uint64_t{1} << 52 && *line < 256;
    if (!possible) return std::nullopt;
    return VirtioMmioPlace{base::PhysAddr(*start), *size, static_cast<std::uint32_t>(*line)};
}

base::Result<std::uint32_t, VirtioError> VirtioMmio::identify(VirtioMmioWindow& window) {
    // Nothing else may be touched before these three are right. [virtio-1.2 §4.2.3.1.1]
    if (window.read(reg::magic) != magic_word) return base::fail(VirtioError::NotVirtio);
    if (window.read(reg::version) != modern) return base::fail(VirtioError::NotModern);
    return window.read(reg::device_id);
}

std::uint64_t VirtioMmio::device_features() {
    window_.write(reg::device_features_select, 1);
    std::uint64_t const high = window_.read(reg::device_features);
    window_.write(reg::device_features_select, 0);
    return high << 32 | window_.read(reg::device_features);
}

void VirtioMmio::set_driver_features(std::uint64_t features) {
    window_.write(reg::driver_features_select, 1);
    window_.write(reg::driver_features, static_cast<std::uint32_t>(features >> 32));
    window_.write(reg::driver_features_select, 0);
    window_.write(reg::driver_features, static_cast<std::uint32_t>(features));
}

std::uint8_t VirtioMmio::status() { return static_cast<std::uint8_t>(window_.read(reg::status)); }
void VirtioMmio::set_status(std::uint8_t status) { window_.write(reg::status, status); }

std::uint16_t VirtioMmio::queue_limit(std::uint16_t queue) {
    window_.write(reg::queue_select, queue);
    // A queue that is in use already cannot be ours. [virtio-1.2 §4.2.3.2]
    if (window_.read(reg::queue_ready) != 0) return 0;
    std::uint32_t const limit = window_.read(reg::queue_size_max);
    return limit > UINT16_MAX ? UINT16_MAX : static_cast<std::uint16_t>(limit);
}

base::Result<void, VirtioError> VirtioMmio::set_handler(void (*handler)(void* context), void* context) {
    handler_ = handler;
    context_ = context;
    if (!window_.route(on_interrupt, this)) return base::fail(VirtioError::NoInterrupt);
    return {};
}

// The line stays up until the device hears that we know why. [virtio-1.2 §4.2.3.4]
void VirtioMmio::on_interrupt(void* self) {
    auto* const transport = static_cast<VirtioMmio*>(self);
    std::uint32_t const why = transport->window_.read(reg::interrupt_status) & (used_buffer | config_changed);
    transport->window_.write(reg::interrupt_acknowledge, why);
    if ((why & used_buffer) != 0) {
        transport->idle_ = 0;
        transport->handler_(transport->context_);
    }
    // A line that stays up interrupts again as soon as we return, and nothing else runs.
    bool const for_nothing = (why & used_buffer) == 0 && ++transport->idle_ >= most_idle;
    if (!transport->floods() && !for_nothing) return;
    transport->window_.silence();
    base::log_error("virtio-mmio: the device interrupts without end. It is no longer used.");
    transport->give_up();
    transport->handler_(transport->context_);  // whoever waits may look
}

base::Result<void, VirtioError> VirtioMmio::enable_queue(std::uint16_t queue, std::uint16_t size,
                                                         Virtqueue::Addresses addresses) {
    auto const write64 = [this](std::uint32_t offset, std::uint64_t value) {
        window_.write(offset, static_cast<std::uint32_t>(value));
        window_.write(offset + 4, static_cast<std::uint32_t>(value >> 32));
    };
    window_.write(reg::queue_select, queue);
    window_.write(reg::queue_size, size);
    write64(reg::queue_descriptors, addresses.descriptors.raw());
    write64(reg::queue_driver, addresses.available.raw());
    write64(reg::queue_device, addresses.used.raw());
    window_.write(reg::queue_ready, 1);
    return {};
}

void VirtioMmio::notify(std::uint16_t queue) { window_.write(reg::queue_notify, queue); }

bool VirtioMmio::read_config(std::size_t offset, unsigned width, std::span<std::uint8_t> into) {
    if (reg::config + offset + into.size() > window_.size()) return false;
    auto const generation = [&] { return window_.read(reg::config_generation); };
    auto const read = [&](std::size_t at) {
        return window_.read(static_cast<std::uint32_t>(reg::config + offset + at), width);
    };
    return read_unchanged(generation, read, width, into);
}

}  // namespace devices
