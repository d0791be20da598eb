// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/world_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "simulator/links/output_file.hpp"
#include "simulator/recording/budget.hpp"
#include "simulator/recording/codec.hpp"
#include "simulator/recording/crc32.hpp"
#include "simulator/recording/packed.hpp"

namespace sim::recording {
namespace {

constexpr std::size_t head_bytes = 24;
// Topology, names and faults, and what packing may add.
constexpr std::uint64_t room_for_the_rest = 8 << 20;
constexpr std::size_t most_members = links::most_nodes, most_extra_faults = links::most_faults;

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
        out.number(input.moment.has_value());
        if (!input.moment) continue;
        out.number(input.moment->retired);
        out.number(input.moment->sub);
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
    if (in.number(1, "whether an input has a moment")) {
        std::uint64_t const retired = in.number();
        input.moment = machine::Moment{retired, in.number()};
    }
    return input;
}

std::uint64_t longest_body(std::uint64_t most) { return most / 2 + room_for_the_rest; }

void charge(Budget& budget, std::uint64_t bytes) {
    if (!budget.take(bytes)) throw DecodeError("it is larger than allowed when unpacked");
}

WorldRecording decode(std::span<std::uint8_t const> bytes, std::uint64_t most) {
    Decoder in(bytes);
    Budget budget(most);
    WorldRecording world;
    world.engine = static_cast<std::uint32_t>(in.number(UINT32_MAX, "the engine's version"));
    world.topology = in.text(max_topology_bytes);
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
        charge(budget, weight(input));
        if (input.target != links::fault_target) continue;
        try {
            links::parse_fault_line({reinterpret_cast<char const*>(input.bytes.data()), input.bytes.size()});
        } catch (std::runtime_error const& error) {
            throw DecodeError(error.what());
        }
    }
    last_ns = 0;
    for (std::uint64_t n = in.number(max_world_hashes, "the number of hashes"); n > 0; --n) {
        WorldHash hash;
        hash.at_ns = in.number(world.log.edge_ns, "a hash's time");
        if (hash.at_ns < last_ns) throw DecodeError("its hashes are not in order");
        last_ns = hash.at_ns;
        for (std::uint64_t parts = in.number(most_members + 1, "the parts of a hash"); parts > 0; --parts) {
            std::string const name = in.text(max_name_bytes);
            hash.parts[name] = in.u64();
        }
        charge(budget, weight(hash));
        world.hashes.push_back(std::move(hash));
    }
    in.finish();
    return world;
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

void write_world_file(std::filesystem::path const& path, WorldRecording const& world, std::uint64_t most) {
    links::check_replaceable(path, world_magic, "recording of a world");
    Budget budget(most);
    bool fits = world.topology.size() <= max_topology_bytes && world.log.inputs.size() <= max_world_inputs &&
                world.hashes.size() <= max_world_hashes;
    for (auto const& input : world.log.inputs) fits = fits && budget.take(weight(input));
    for (auto const& hash : world.hashes) fits = fits && budget.take(weight(hash));
    if (!fits)
        throw RunFileError(fmt::format("{}: more came into the world than a recording may hold; record less",
                                       path.string()));
    std::vector<std::uint8_t> const plain = encode(world);
    std::vector<std::uint8_t> const stored = pack(plain);
    Encoder head;
    head.raw({reinterpret_cast<std::uint8_t const*>(world_magic.data()), world_magic.size()});
    head.u32(world_format_version);
    head.u32(static_cast<std::uint32_t>(plain.size()));
    head.u32(static_cast<std::uint32_t>(stored.size()));
    head.u32(crc32(stored, crc32(head.result())));
    std::filesystem::path const part = path.string() + fmt::format(".{}.part", getpid());
    std::ofstream file(part, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<char const*>(head.result().data()),
               static_cast<std::streamsize>(head.size()));
    file.write(reinterpret_cast<char const*>(stored.data()), static_cast<std::streamsize>(stored.size()));
    file.close();
    std::error_code failure;
    if (file) std::filesystem::rename(part, path, failure);
    if (file && !failure) return;
    std::filesystem::remove(part, failure);
    throw RunFileError(fmt::format("cannot write {}; is the disk full?", path.string()));
}

WorldRecording read_world_bytes(std::span<std::uint8_t const> bytes, std::string const& name,
                                std::uint64_t most) {
    auto const refuse = [&](std::string const& why) {
        return RunFileError(fmt::format("{}: {}; record it again", name, why));
    };
    if (bytes.size() < head_bytes || std::memcmp(bytes.data(), world_magic.data(), world_magic.size()) != 0)
        throw refuse("this is no recording of a world");
    std::uint32_t const version = u32_at(bytes, 8), plain_size = u32_at(bytes, 12), size = u32_at(bytes, 16);
    if (version != world_format_version)
        throw RunFileError(
            fmt::format("{}: format {} of a world is not known here (this program writes {}); open its "
                        "machines' recordings by themselves, or record it again",
                        name, version, world_format_version));
    auto const stored = bytes.subspan(head_bytes);
    // First: a file that is too large was not read to its end.
    if (std::max(plain_size, size) > longest_body(most)) throw refuse("it is too large");
    if (stored.size() != size) throw refuse("the file is truncated");
    if (u32_at(bytes, 20) != crc32(stored, crc32(bytes.first(20)))) throw refuse("the file is corrupt");
    try {
        return decode(unpack(stored, plain_size), most);
    } catch (DecodeError const& error) {
        throw refuse(fmt::format("the file is corrupt: {}", error.what()));
    }
}

WorldRecording read_world_file(std::filesystem::path const& path, std::uint64_t most) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw RunFileError(fmt::format("cannot open {}: {}; check its name", path.string(), strerror(errno)));
    // No more is read than a file may have, and one byte, which makes it one too long.
    std::error_code failure;
    std::uint64_t const size = std::min(std::filesystem::file_size(path, failure),
                                        std::uintmax_t{head_bytes + longest_body(most) + 1});
    std::vector<std::uint8_t> bytes(failure ? 0 : size);
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return read_world_bytes(bytes, path.string(), most);
}

}  // namespace sim::recording
