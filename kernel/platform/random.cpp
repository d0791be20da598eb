// SPDX-License-Identifier: MIT
#include "kernel/platform/random.hpp"

#include <cstring>

#include "kernel/arch/x86_64/clock.hpp"
#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/cpuid.hpp"
#include "kernel/base/log.hpp"
#include "kernel/devices/frame_dma.hpp"
#include "kernel/devices/virtio_bus.hpp"
#include "kernel/devices/virtio_entropy.hpp"
#include "kernel/platform/answer.hpp"
#include "kernel/platform/chacha.hpp"
#include "kernel/threads/semaphore.hpp"

namespace platform {
namespace {

constexpr auto patience = base::Duration::seconds(1);
constinit devices::FrameDma dma;
constinit threads::Event came;

// What the host gives, by a virtio device, if there is one; mixed into the key.
bool ask_the_host(ChaCha::Key& key) {
    alignas(16) static std::byte place[sizeof(devices::VirtioEntropy)];
    auto* const transport = devices::open_virtio(devices::VirtioEntropy::type);
    if (transport == nullptr) return false;
    auto const wake = [](void* event) { static_cast<threads::Event*>(event)->set(); };
    auto const made = devices::VirtioEntropy::create(place, *transport, dma, wake, &came);
    if (!made) return false;
    devices::VirtioEntropy& source = *made.value();
    source.start();
    ChaCha::Key given{};
    std::size_t size = 0;
    for (auto const deadline = arch::now() + patience; size == 0 && arch::now() < deadline;) {
        source.ask();  // again if the answer was empty
        wait_for_answer(source, came, deadline);
        size = source.take(std::as_writable_bytes(std::span(given)));
    }
    if (size < sizeof given) return false;
    for (unsigned i = 0; i < key.size(); ++i) key[i] ^= given[i];
    return true;
}

ChaCha::Key gather_seed() {
    // RDRAND is one that gave a value each time: it may exist and give nothing.
    bool has_rdrand = (arch::cpuid(1).ecx & arch::cpuid_rdrand) != 0;
    ChaCha::Key key{};
    for (unsigned i = 0; i < key.size(); i += 2) {
        std::uint64_t value = arch::read_tsc();
        std::uint64_t random = 0;
        // It may have nothing right now; ten tries are the manual's advice.
        // [sdm-1 §7.3.17.1]
        for (unsigned tries = 0; has_rdrand && !arch::read_random(random);) has_rdrand = ++tries < 10;
        value ^= random;
        key[i] = static_cast<std::uint32_t>(value);
        key[i + 1] = static_cast<std::uint32_t>(value >> 32);
    }
    if (!has_rdrand && !ask_the_host(key))
        base::log_warning("random: this machine has no source of randomness; connections can be guessed");
    return key;
}

}  // namespace

std::uint64_t Random::next() {
    static ChaCha generator(gather_seed());
    return generator.next();
}

}  // namespace platform
