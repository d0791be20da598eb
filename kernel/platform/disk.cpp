// SPDX-License-Identifier: MIT
#include "kernel/platform/disk.hpp"

#include <algorithm>
#include <cstring>

#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/base/log.hpp"
#include "kernel/devices/frame_dma.hpp"
#include "kernel/devices/virtio_bus.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/platform/answer.hpp"
#include "kernel/platform/first_asked.hpp"

namespace platform {
namespace {

constexpr auto patience = base::Duration::seconds(30);
constexpr std::uint64_t sectors_per_block = fs::block_size / devices::VirtioBlock::sector_size;
static_assert(fs::block_size == devices::VirtioBlock::most_data);

constinit FirstAsked<Disk, most_disks> disks;
constinit devices::FrameDma dma;

void no_memory() { base::log_warning("disk: there is no memory to drive it"); }

}  // namespace

// Without an overflow: a disk may say that it has any number of sectors.
std::uint64_t Disk::blocks() const {
    return card_->sectors() / sectors_per_block + (card_->sectors() % sectors_per_block != 0);
}
bool Disk::read_only() const { return card_->read_only(); }

// All of a block but perhaps the last one.
std::size_t Disk::size_of(std::uint64_t number) const {
    std::uint64_t const sectors = card_->sectors() - number * sectors_per_block;
    return static_cast<std::size_t>(std::min(sectors, sectors_per_block)) * devices::VirtioBlock::sector_size;
}

// The lock is held. The request is back in our hands when this returns, unless the
// disk has failed.
base::Result<void, fs::Error> Disk::run(std::uint16_t request, Kind kind, std::uint64_t number) {
    std::size_t const size = kind == Kind::flush ? 0 : size_of(number);
    card_->submit(request, kind, kind == Kind::flush ? 0 : number * sectors_per_block, size);
    card_->kick();
    base::Instant const deadline = arch::now() + patience;
    for (;;) {
        if (auto const done = card_->finished()) {
            if (done->outcome == devices::VirtioBlock::Outcome::ok) return {};
            base::log_warning("disk: block {} could not be {}", number,
                              kind == Kind::read ? "read" : "written");
            return base::fail(fs::Error::io);
        }
        if (card_->failed()) return base::fail(fs::Error::io);
        // Each round: a disk that interrupts and never answers must not hold us.
        if (arch::now() >= deadline) {
            card_->abandon();
            continue;
        }
        if (!wait_for_answer(*card_, answered_, deadline)) card_->look_at_status();
    }
}

base::Result<void, fs::Error> Disk::read(std::uint64_t number, fs::BlockBytes into) {
    threads::MutexGuard guard(lock_);
    auto const request = number < blocks() ? card_->begin() : std::nullopt;
    if (!request) return base::fail(fs::Error::io);
    auto const done = run(*request, Kind::read, number);
    if (done) {
        std::size_t const size = size_of(number);
        std::memcpy(into.data(), card_->data(*request).data(), size);
        std::memset(into.data() + size, 0, into.size() - size);
    }
    if (!card_->failed()) card_->release(*request);
    return done;
}

base::Result<void, fs::Error> Disk::write(std::uint64_t number, fs::ConstBlockBytes from) {
    threads::MutexGuard guard(lock_);
    if (read_only()) return base::fail(fs::Error::read_only);
    // Half a block cannot keep what a whole one has.
    bool const possible = number < blocks() && size_of(number) == fs::block_size;
    auto const request = possible ? card_->begin() : std::nullopt;
    if (!request) return base::fail(fs::Error::io);
    std::memcpy(card_->data(*request).data(), from.data(), from.size());
    auto const done = run(*request, Kind::write, number);
    if (!card_->failed()) card_->release(*request);
    return done;
}

base::Result<void, fs::Error> Disk::flush() {
    threads::MutexGuard guard(lock_);
    if (!card_->has_cache()) return {};  // then what is written stays [virtio-1.2 §5.2.6.2]
    auto const request = card_->begin();
    if (!request) return base::fail(fs::Error::io);
    auto const done = run(*request, Kind::flush, 0);
    if (!card_->failed()) card_->release(*request);
    return done;
}

bool Disk::start(devices::VirtioTransport& transport) {
    auto const place = memory::allocate(sizeof(devices::VirtioBlock));
    if (!place) return no_memory(), false;
    auto const wake = [](void* self) { static_cast<Disk*>(self)->answered_.set(); };
    auto const card = devices::VirtioBlock::create(place.value(), transport, dma, wake, this);
    if (!card) {
        // Its handler may be set, and leads there: the place stays.
        memory::keep(place.value());
        base::log_warning("disk: it cannot be used: {}", name(card.error()));
        return false;
    }
    card_ = card.value();
    card_->start();
    return true;
}

Disk* disk(unsigned n) {
    return disks.get(n, [](unsigned number) -> Disk* {
        devices::VirtioTransport* const transport = devices::open_virtio(devices::VirtioBlock::type, number);
        if (transport == nullptr) return nullptr;
        auto const made = memory::make<Disk>();
        if (!made) return no_memory(), nullptr;
        memory::keep(made.value());  // a disk that failed half-way may still be written to by its device
        return made.value()->start(*transport) ? made.value() : nullptr;
    });
}

}  // namespace platform
