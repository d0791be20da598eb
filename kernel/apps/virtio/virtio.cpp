// SPDX-License-Identifier: MIT
//
// Asks every virtio device for something: disks for their size, and with the word
// `scribble` to keep a pattern; the source of randomness for bytes; the console to
// print a line. Status 0 when all that is there works, else the number of the step.
#include <cstring>

#include "kernel/apps/app.hpp"
#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/base/log.hpp"
#include "kernel/base/probe.hpp"
#include "kernel/devices/frame_dma.hpp"
#include "kernel/devices/virtio_bus.hpp"
#include "kernel/devices/virtio_console.hpp"
#include "kernel/devices/virtio_entropy.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/platform/disk.hpp"
#include "kernel/threads/semaphore.hpp"

constinit char const apps::help[] = "  scribble  overwrite the disks with a pattern and read it back\n";

namespace {

constinit devices::FrameDma dma;

using Buffer = std::byte[fs::block_size];

// Another content for every block.
void fill(Buffer& buffer, std::uint64_t number) {
    for (std::size_t i = 0; i < sizeof buffer; ++i)
        buffer[i] = static_cast<std::byte>((number * 131 + i * 7 + i / 256) & 0xff);
}

bool keeps_a_pattern(platform::Disk& disk) {
    constexpr std::uint64_t most = 64;  // and the last
    auto* const buffers = static_cast<Buffer*>(MUST(memory::allocate(2 * sizeof(Buffer))));
    std::uint64_t const count = std::min(disk.blocks(), most);
    bool good = true;
    auto const number_of = [&](std::uint64_t i) { return i + 1 < count ? i : disk.blocks() - 1; };
    for (std::uint64_t i = 0; i < count && good; ++i) {
        fill(buffers[0], number_of(i));
        good = disk.write(number_of(i), buffers[0]).ok();
    }
    good = good && disk.flush().ok();
    for (std::uint64_t i = 0; i < count && good; ++i) {
        fill(buffers[0], number_of(i));
        good = disk.read(number_of(i), buffers[1]).ok() &&
               std::memcmp(buffers[0], buffers[1], sizeof(Buffer)) == 0;
    }
    memory::free(buffers);
    return good;
}

bool ask_disks(bool scribble) {
    platform::Disk* disk = nullptr;
    for (unsigned n = 0; (disk = platform::disk(n)) != nullptr; ++n) {
        base::log_info("virtio: disk {} has {} blocks of 4 KiB{}", n, disk->blocks(),
                       disk->read_only() ? ", read-only" : "");
        if (disk->blocks() == 0 || !scribble) continue;
        if (disk->read_only()) {
            Buffer* const block = static_cast<Buffer*>(MUST(memory::allocate(sizeof(Buffer))));
            bool const refused = disk->write(0, *block).error() == fs::Error::read_only;
            memory::free(block);
            if (!refused) return false;
            continue;
        }
        if (!keeps_a_pattern(*disk)) return false;
        base::log_info("virtio: disk {} keeps what is written", n);
    }
    return true;
}

void wake(void* event) { static_cast<threads::Event*>(event)->set(); }

bool ask_for_randomness() {
    auto* const transport = devices::open_virtio(devices::VirtioEntropy::type);
    if (transport == nullptr) return true;
    alignas(16) static std::byte place[sizeof(devices::VirtioEntropy)];
    static threads::Event came;
    auto* const source = MUST(devices::VirtioEntropy::create(place, *transport, dma, wake, &came));
    source->start();
    std::byte first[32], second[32];
    for (auto* bytes : {&first, &second}) {
        source->ask();
        if (!source->allow_interrupts() && !came.wait_until(arch::now() + base::Duration::seconds(10)))
            return false;
        if (source->take(*bytes) == 0) return false;
    }
    bool const differ = std::memcmp(first, second, sizeof first) != 0;
    base::log_info("virtio: randomness {}", differ ? "comes" : "repeats itself");
    return differ;
}

bool print_a_line() {
    auto* const transport = devices::open_virtio(devices::VirtioConsole::type);
    if (transport == nullptr) return true;
    alignas(16) static std::byte place[sizeof(devices::VirtioConsole)];
    static threads::Event event;
    auto* const console = MUST(devices::VirtioConsole::create(place, *transport, dma, wake, &event));
    console->start();
    base::log_info("virtio: the console has {} columns and {} rows", console->size().columns,
                   console->size().rows);
    constexpr std::string_view line = "hello from the virtio console\n";
    return console->write(line) == line.size();
}

}  // namespace

int apps::main(Boot const& boot) {
    PROBE_0(app_ready);
    bool const scribble = boot.words.has("scribble");
    boot.words.warn_about_the_rest();
    if (!ask_disks(scribble)) return 1;
    if (!ask_for_randomness()) return 2;
    if (!print_a_line()) return 3;
    base::log_info("virtio: all is well");
    return 0;
}
