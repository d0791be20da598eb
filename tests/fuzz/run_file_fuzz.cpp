// SPDX-License-Identifier: MIT
//
// libFuzzer target: the reader of .run files gets whatever bytes the fuzzer
// thinks of. It may refuse them with a RunFileError; anything else is a defect.
//
// Random bytes never pass a checksum, so the first byte chooses: 0 reads the
// rest as a file; anything else takes the rest as a list of sections (tag,
// length, content), packs each with right lengths and checksums, and reads that.
#include <zstd.h>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "simulator/recording/crc32.hpp"
#include "simulator/recording/run_reader.hpp"

namespace {

using namespace sim::recording;
using Bytes = std::vector<std::uint8_t>;

void put_u32(Bytes& out, std::uint64_t value) {
    for (unsigned i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void put_section(Bytes& file, std::uint32_t tag, std::span<std::uint8_t const> plain) {
    Bytes stored(ZSTD_compressBound(plain.size()));
    stored.resize(ZSTD_compress(stored.data(), stored.size(), plain.data(), plain.size(), 1));
    Bytes head;
    put_u32(head, tag);
    put_u32(head, plain.size());
    put_u32(head, stored.size());
    put_u32(head, crc32(stored, crc32(head)));
    file.insert(file.end(), head.begin(), head.end());
    file.insert(file.end(), stored.begin(), stored.end());
}

// A manifest that is right, so that what follows it is looked at.
constexpr std::string_view manifest =
    R"({"engine":1,"image":{"name":"a","sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},)"
    R"("command_line":"","memory_bytes":67108864,"seed":1,"processors":1,"network":true,"rtc_base":0})";

Bytes packed(std::span<std::uint8_t const> input) {
    constexpr std::uint32_t tags[] = {tag_manifest,   tag_blob,    tag_inputs,  tag_hashes,
                                      tag_end,        tag("note"), tag_trail,   tag_pages,
                                      tag_checkpoint, tag_view,    tag_bookmark};
    // Those that came later, by high numbers: the corpus means what it meant.
    constexpr std::uint32_t later[] = {tag_overlay, tag_parent};
    constexpr unsigned first_later = 240;
    Bytes file(magic.begin(), magic.end());
    put_u32(file, format_version);
    put_u32(file, crc32(file));
    if (!input.empty() && input[0] & 1)
        put_section(file, tag_manifest,
                    {reinterpret_cast<std::uint8_t const*>(manifest.data()), manifest.size()});
    if (!input.empty()) input = input.subspan(1);
    while (input.size() >= 3) {
        std::uint32_t const tag =
            input[0] >= first_later ? later[input[0] % std::size(later)] : tags[input[0] % std::size(tags)];
        std::size_t const length = std::min<std::size_t>(input[1] | input[2] << 8, input.size() - 3);
        put_section(file, tag, input.subspan(3, length));
        input = input.subspan(3 + length);
    }
    return file;
}

void read(std::span<std::uint8_t const> file, Tolerance tolerance) {
    try {
        Recording const got = read_run_bytes(file, "fuzz.run", tolerance);
        // What the reader promises to those who use the recording.
        sim::machine::Moment last;
        for (auto const& input : got.inputs) {
            if (input.at < last || input.at > got.end.at || input.bytes.size() > max_input_bytes)
                std::abort();
            last = input.at;
        }
        for (auto const& point : got.trail)
            if (point.at > got.end.at) std::abort();
        for (auto const& checkpoint : got.checkpoints) {
            for (auto const& use : checkpoint.pages)
                if (use.content >= got.pages.size()) std::abort();
            if (checkpoint.overlays.size() > sim::machine::most_disks) std::abort();
            for (auto const& overlay : checkpoint.overlays)
                for (auto const& use : overlay.written)
                    if (use.content >= got.pages.size() || use.index >= overlay.pages) std::abort();
        }
    } catch (RunFileError const&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::span<std::uint8_t const> const input(data, size);
    if (input.empty()) return 0;
    Bytes const file = input[0] == 0 ? Bytes(input.begin() + 1, input.end()) : packed(input.subspan(1));
    read(file, Tolerance::whole);
    read(file, Tolerance::salvage);
    return 0;
}
