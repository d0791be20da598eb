// SPDX-License-Identifier: MIT
//
// Asks every virtio device for something: disks for their size, and with the word
// `scribble` to keep a pattern; the source of randomness for bytes; the console to
// print a line. Each is asked whatever became of those before it. Status 0 when all that
// is there works, else the number of the first step that did not.
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
#include "kernel/platform/answer.hpp"
#include "kernel/platform/disk.hpp"
#include "kernel/threads/semaphore.hpp"
#include "kernel/threads/thread.hpp"

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
    auto const place = memory::allocate(2 * sizeof(Buffer));
    if (!place) return false;
    auto* const buffers = static_cast<Buffer*>(place.value());
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

bool refuses_to_write(platform::Disk& disk) {
    auto const block = memory::allocate(sizeof(Buffer));
    if (!block) return false;
    auto const done = disk.write(0, *static_cast<Buffer*>(block.value()));
    memory::free(block.value());
    return !done && done.error() == fs::Error::read_only;
}

bool ask_disk(unsigned n, platform::Disk& disk, bool scribble) {
    base::log_info("virtio: disk {} has {} blocks of 4 KiB{}", n, disk.blocks(),
                   disk.read_only() ? ", read-only" : "");
    if (disk.blocks() == 0 || !scribble) return true;
    if (disk.read_only()) return refuses_to_write(disk);
    bool const good = keeps_a_pattern(disk);
    base::log_info("virtio: disk {} {}", n, good ? "keeps what is written" : "does not keep what is written");
    return good;
}

bool ask_disks(bool scribble) {
    bool good = true;
    for (unsigned n = 0; n < platform::most_disks;
         ++n)  // one that cannot be used may stand before one that can
        if (platform::Disk* const disk = platform::disk(n)) good = ask_disk(n, *disk, scribble) && good;
    return good;
}

void wake(void* event) { static_cast<threads::Event*>(event)->set(); }

bool ask_for_randomness() {
    auto* const transport = devices::open_virtio(devices::VirtioEntropy::type);
    if (transport == nullptr) return true;
    alignas(16) static std::byte place[sizeof(devices::VirtioEntropy)];
    static threads::Event came;
    auto const made = devices::VirtioEntropy::create(place, *transport, dma, wake, &came);
    if (!made) return false;
    devices::VirtioEntropy* const source = made.value();
    source->start();
    std::byte first[32], second[32];
    for (auto* bytes : {&first, &second}) {
        auto const deadline = arch::now() + base::Duration::seconds(10);
        std::size_t size = 0;
        while (size == 0 && arch::now() < deadline) {
            source->ask();  // again if the answer was empty
            platform::wait_for_answer(*source, came, deadline);
            size = source->take(*bytes);
        }
        if (size == 0) return false;
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
    auto const made = devices::VirtioConsole::create(place, *transport, dma, wake, &event);
    if (!made) return false;
    devices::VirtioConsole* const console = made.value();
    console->start();
    base::log_info("virtio: the console has {} columns and {} rows", console->size().columns,
                   console->size().rows);
    constexpr std::string_view line = "hello from the virtio console\n";
    if (console->write(line) != line.size()) return false;
    base::Instant const end = arch::now() + base::Duration::seconds(10);
    while (!console->all_taken() && !console->failed() && arch::now() < end)
        threads::sleep_for(base::Duration::milliseconds(1));
    return console->all_taken();
}

}  // namespace

int apps::main(Boot const& boot) {
    PROBE_0(app_ready);
    bool const scribble = boot.words.has("scribble");
    boot.words.warn_about_the_rest();
    bool const works[] = {ask_disks(scribble), ask_for_randomness(), print_a_line()};
    for (int step = 0; step < 3; ++step)
        if (!works[step]) return step + 1;
    base::log_info("virtio: all is well");
    return 0;
}
