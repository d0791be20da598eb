// SPDX-License-Identifier: MIT
#include "kernel/platform/random.hpp"

#include "kernel/arch/x86_64/cpu.hpp"
#include "kernel/arch/x86_64/cpuid.hpp"
#include "kernel/platform/chacha.hpp"

namespace platform {
namespace {

ChaCha::Key gather_seed() {
    bool const has_rdrand = (arch::cpuid(1).ecx & arch::cpuid_rdrand) != 0;
    ChaCha::Key key{};
    for (unsigned i = 0; i < key.size(); i += 2) {
        std::uint64_t value = arch::read_tsc();
        std::uint64_t random = 0;
        // It may have nothing right now; ten tries are the manual's advice.
        // [sdm-1 §7.3.17.1]
        for (unsigned tries = 0; has_rdrand && tries < 10; ++tries) {
            if (!arch::read_random(random)) continue;
            value ^= random;
            break;
        }
        key[i] = static_cast<std::uint32_t>(value);
        key[i + 1] = static_cast<std::uint32_t>(value >> 32);
    }
    return key;
}

}  // namespace

std::uint64_t Random::next() {
    static ChaCha generator(gather_seed());
    return generator.next();
}

}  // namespace platform
