// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/world_file.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "simulator/links/output_file.hpp"
#include "simulator/recording/codec.hpp"
#include "simulator/recording/crc32.hpp"

namespace sim::recording {
namespace {

constexpr std::size_t head_bytes = 24;
constexpr std::size_t most_members = 64, most_extra_faults = 1000, most_hashes = 1'000'000;

std::vector<std::uint8_t> encode(WorldRecording const& world) {
    Encoder out;
    out.number(world.engine);
    out.text(world.topology);
    out.u64(world.seed);
    out.number(world.faults.size());
    for (auto const& line : world.faults) out.text(line);
    out.number(world.members.size());
    for (auto const& [name, file] : world.members) {
        out.text(name);
        out.text(file);
    }
    out.number(world.log.edge_ns);
    out.number(world.log.inputs.size());
    std::uint64_t last_ns = 0;
    for (auto const& input : world.log.inputs) {
        out.number(input.at_ns - last_ns);
        last_ns = input.at_ns;
        out.text(input.target);
        out.text(input.device);
        out.number(static_cast<std::uint64_t>(input.kind));
        out.bytes(input.bytes);
    }
    out.number(world.hashes.size());
    for (auto const& hash : world.hashes) {
        out.number(hash.at_ns);
        out.number(hash.parts.size());
        for (auto const& [name, value] : hash.parts) {
            out.text(name);
            out.u64(value);
        }
    }
    return out.result();
}

// It names a file beside this one, and nothing else.
bool is_plain_name(std::string const& name) {
    return !name.empty() && name.find('/') == std::string::npos && name.find('\0') == std::string::npos &&
           name != "." && name != "..";
}

links::WorldInput decode_input(Decoder& in, std::uint64_t& last_ns, std::uint64_t edge_ns) {
    links::WorldInput input;
    std::uint64_t const step = in.number(machine::end_of_time_ns, "an input's time");
    input.at_ns = last_ns += step;
    if (input.at_ns > edge_ns) throw DecodeError("an input comes after its end");
    input.target = in.text(max_name_bytes);
    input.device = in.text(max_name_bytes);
    input.kind = static_cast<machine::InputKind>(
        in.number(static_cast<std::uint64_t>(machine::last_input_kind), "an input's kind"));
    auto const bytes = in.bytes(max_input_bytes);
    input.bytes.assign(bytes.begin(), bytes.end());
    return input;
}

WorldRecording decode(std::span<std::uint8_t const> bytes) {
    Decoder in(bytes);
    WorldRecording world;
    world.engine = static_cast<std::uint32_t>(in.number(UINT32_MAX, "the engine's version"));
    world.topology = in.text(max_manifest_bytes * 4);
    world.seed = in.u64();
    for (std::uint64_t n = in.number(most_extra_faults, "the number of faults"); n > 0; --n)
        world.faults.push_back(in.text(max_name_bytes));
    for (std::uint64_t n = in.number(most_members, "the number of machines"); n > 0; --n) {
        std::string const name = in.text(max_name_bytes);
        std::string const file = in.text(max_name_bytes);
        if (!is_plain_name(file)) throw DecodeError("a machine's recording does not lie beside it");
        if (!world.members.emplace(name, file).second) throw DecodeError("a machine is named twice");
    }
    world.log.edge_ns = in.number(machine::end_of_time_ns - 1, "its end");
    std::uint64_t last_ns = 0;
    for (std::uint64_t n = in.number(max_world_inputs, "the number of inputs"); n > 0; --n) {
        world.log.inputs.push_back(decode_input(in, last_ns, world.log.edge_ns));
        auto const& input = world.log.inputs.back();
        if (input.target != links::fault_target) continue;
        try {
            links::parse_fault_line({reinterpret_cast<char const*>(input.bytes.data()), input.bytes.size()});
        } catch (std::runtime_error const& error) {
            throw DecodeError(error.what());
        }
    }
    last_ns = 0;
    for (std::uint64_t n = in.number(most_hashes, "the number of hashes"); n > 0; --n) {
        WorldHash hash;
        hash.at_ns = in.number(world.log.edge_ns, "a hash's time");
        if (hash.at_ns < last_ns) throw DecodeError("its hashes are not in order");
        last_ns = hash.at_ns;
        for (std::uint64_t parts = in.number(most_members + 1, "the parts of a hash"); parts > 0; --parts) {
            std::string const name = in.text(max_name_bytes);
            hash.parts[name] = in.u64();
        }
        world.hashes.push_back(std::move(hash));
    }
    in.finish();
    return world;
}

void put_u32(std::vector<std::uint8_t>& out, std::uint64_t value) {
    for (unsigned i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint32_t get_u32(std::span<std::uint8_t const> bytes, std::size_t at) {
    return bytes[at] | std::uint32_t{bytes[at + 1]} << 8 | std::uint32_t{bytes[at + 2]} << 16 |
           std::uint32_t{bytes[at + 3]} << 24;
}

}  // namespace

bool is_world_file(std::filesystem::path const& path) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) return false;
    std::ifstream file(path, std::ios::binary);
    std::string begin(world_magic.size(), '\0');
    file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
    return file && begin == world_magic;
}

std::filesystem::path member_file(std::filesystem::path const& world, std::string const& machine) {
    std::string const stem = world.extension() == ".run" ? world.stem().string() : world.filename().string();
    return std::filesystem::path(world).replace_filename(stem + "-" + machine + ".run");
}

void write_world_file(std::filesystem::path const& path, WorldRecording const& world) {
    links::check_replaceable(path, world_magic, "recording of a world");
    std::vector<std::uint8_t> const plain = encode(world);
    if (plain.size() > max_world_bytes)
        throw RunFileError(fmt::format("{}: {} MiB came into the world, which is too much to record",
                                       path.string(), plain.size() >> 20));
    std::vector<std::uint8_t> stored(ZSTD_compressBound(plain.size()));
    std::size_t const size = ZSTD_compress(stored.data(), stored.size(), plain.data(), plain.size(), 9);
    if (ZSTD_isError(size)) throw RunFileError(fmt::format("zstd: {}", ZSTD_getErrorName(size)));
    stored.resize(size);
    std::vector<std::uint8_t> head(world_magic.begin(), world_magic.end());
    put_u32(head, world_format_version);
    put_u32(head, plain.size());
    put_u32(head, stored.size());
    put_u32(head, crc32(stored, crc32(head)));
    std::filesystem::path const part = path.string() + fmt::format(".{}.part", getpid());
    std::ofstream file(part, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<char const*>(head.data()), static_cast<std::streamsize>(head.size()));
    file.write(reinterpret_cast<char const*>(stored.data()), static_cast<std::streamsize>(stored.size()));
    file.close();
    std::error_code failure;
    if (file) std::filesystem::rename(part, path, failure);
    if (file && !failure) return;
    std::filesystem::remove(part, failure);
    throw RunFileError(fmt::format("cannot write {}; is the disk full?", path.string()));
}

WorldRecording read_world_file(std::filesystem::path const& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw RunFileError(fmt::format("cannot open {}: {}; check its name", path.string(), strerror(errno)));
    std::vector<char> const raw{std::istreambuf_iterator<char>(file), {}};
    std::span<std::uint8_t const> const bytes(reinterpret_cast<std::uint8_t const*>(raw.data()), raw.size());
    auto const refuse = [&](std::string const& why) {
        return RunFileError(fmt::format("{}: {}; record it again", path.string(), why));
    };
    if (bytes.size() < head_bytes || !std::equal(world_magic.begin(), world_magic.end(), raw.begin()))
        throw refuse("this is no recording of a world");
    std::uint32_t const version = get_u32(bytes, 8), plain_size = get_u32(bytes, 12),
                        size = get_u32(bytes, 16);
    if (version != world_format_version)
        throw refuse(fmt::format("format {} of a world is not known here", version));
    if (bytes.size() != head_bytes + std::size_t{size}) throw refuse("the file is truncated");
    if (plain_size > max_world_bytes) throw refuse("it is too large");
    auto const stored = bytes.subspan(head_bytes);
    if (get_u32(bytes, 20) != crc32(stored, crc32(bytes.first(20)))) throw refuse("the file is corrupt");
    std::vector<std::uint8_t> plain(plain_size);
    std::size_t const got = ZSTD_decompress(plain.data(), plain.size(), stored.data(), stored.size());
    if (ZSTD_isError(got) || got != plain_size) throw refuse("the file is corrupt");
    try {
        return decode(plain);
    } catch (DecodeError const& error) {
        throw refuse(fmt::format("the file is corrupt: {}", error.what()));
    }
}

}  // namespace sim::recording
