// SPDX-License-Identifier: MIT
//
// libFuzzer target: the reader of a world's recording, and of the topology in it,
// gets whatever bytes the fuzzer thinks of. They may refuse them with a
// std::runtime_error; anything else is a defect.
//
// The first byte chooses: 0 takes the rest as a file; anything else takes it as a
// file's content, packed and summed up as it should be.
#include <zstd.h>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "simulator/recording/crc32.hpp"
#include "simulator/recording/world_file.hpp"

namespace {

using namespace sim::recording;
using Bytes = std::vector<std::uint8_t>;

void put_u32(Bytes& out, std::uint64_t value) {
    for (unsigned i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

Bytes packed(std::span<std::uint8_t const> plain) {
    Bytes stored(ZSTD_compressBound(plain.size()));
    stored.resize(ZSTD_compress(stored.data(), stored.size(), plain.data(), plain.size(), 1));
    Bytes file(world_magic.begin(), world_magic.end());
    put_u32(file, world_format_version);
    put_u32(file, plain.size());
    put_u32(file, stored.size());
    put_u32(file, crc32(stored, crc32(file)));
    file.insert(file.end(), stored.begin(), stored.end());
    return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::span<std::uint8_t const> const input(data, size);
    if (input.empty()) return 0;
    Bytes const file = input[0] == 0 ? Bytes(input.begin() + 1, input.end()) : packed(input.subspan(1));
    try {
        WorldRecording const world = read_world_bytes(file, "fuzz.run", 1 << 20);
        // What the reader promises to those who use the recording.
        std::uint64_t last_ns = 0;
        for (auto const& one : world.log.inputs) {
            if (one.at_ns < last_ns || one.at_ns > world.log.edge_ns) std::abort();
            last_ns = one.at_ns;
        }
        for (auto const& [machine, name] : world.members)
            if (name.empty() || name.find('/') != std::string::npos || name == "..") std::abort();
        sim::links::parse_topology("fuzz.topology", world.topology);
    } catch (std::runtime_error const&) {  // the file's or the topology's
    }
    return 0;
}
