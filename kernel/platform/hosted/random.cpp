// SPDX-License-Identifier: MIT
#include "kernel/platform/random.hpp"

#include <sys/random.h>

#include "kernel/base/assert.hpp"
#include "kernel/platform/chacha.hpp"
#include "kernel/platform/hosted/options.hpp"

namespace platform {
namespace {

ChaCha::Key make_key() {
    ChaCha::Key key{};
    if (std::uint64_t const seed = hosted::options().seed; seed != 0) {
        key[0] = static_cast<std::uint32_t>(seed);
        key[1] = static_cast<std::uint32_t>(seed >> 32);
        return key;
    }
    if (getrandom(key.data(), sizeof key, 0) != static_cast<ssize_t>(sizeof key))
        base::panic("the host gives no random numbers");
    return key;
}

}  // namespace

std::uint64_t Random::next() {
    static ChaCha generator(make_key());
    return generator.next();
}

}  // namespace platform
