// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/pcapng.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "simulator/links/output_file.hpp"

namespace sim::links {
namespace {

constexpr std::string_view section_magic{"\x0a\x0d\x0d\x0a", 4};

// Little endian, 4-byte aligned: a block repeats its length at its end.
class Block {
public:
    explicit Block(std::uint32_t type) {
        u32(type);
        u32(0);  // length, known at the end
    }
    void u16(std::uint16_t value) { little_endian(value, 2); }
    void u32(std::uint32_t value) { little_endian(value, 4); }
    void bytes(std::span<std::uint8_t const> data) {
        out_.insert(out_.end(), data.begin(), data.end());
        while (out_.size() % 4 != 0) out_.push_back(0);
    }
    void option(std::uint16_t code, std::string_view value) {
        u16(code);
        u16(static_cast<std::uint16_t>(value.size()));
        bytes({reinterpret_cast<std::uint8_t const*>(value.data()), value.size()});
    }
    std::vector<std::uint8_t> finish() {
        u32(0);  // opt_endofopt: code 0, length 0
        auto const length = static_cast<std::uint32_t>(out_.size() + 4);
        for (unsigned i = 0; i < 4; ++i) out_[4 + i] = static_cast<std::uint8_t>(length >> (8 * i));
        u32(length);
        return std::move(out_);
    }

private:
    void little_endian(std::uint64_t value, unsigned size) {
        for (unsigned i = 0; i < size; ++i) out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
    std::vector<std::uint8_t> out_;
};

}  // namespace

std::vector<std::uint8_t> pcapng_header(std::vector<std::string> const& interfaces) {
    Block section(0x0A0D0D0A);  // Section Header Block
    section.u32(0x1A2B3C4D);    // byte order
    section.u16(1);             // version 1.0
    section.u16(0);
    section.u32(0xFFFFFFFF);  // section length: not known
    section.u32(0xFFFFFFFF);
    section.option(4, "Vivarium");  // shb_userappl
    std::vector<std::uint8_t> out = section.finish();

    for (std::string const& name : interfaces) {
        Block interface(1);  // Interface Description Block
        interface.u16(1);    // LINKTYPE_ETHERNET
        interface.u16(0);
        interface.u32(0);             // no snap length
        interface.option(2, name);    // if_name
        interface.option(9, "\x09");  // if_tsresol: nanoseconds
        auto const description = interface.finish();
        out.insert(out.end(), description.begin(), description.end());
    }
    return out;
}

std::vector<std::uint8_t> pcapng_frame(std::span<std::uint8_t const> frame, std::uint64_t since_epoch_ns,
                                       Direction direction, std::string_view comment,
                                       std::uint32_t interface) {
    Block packet(6);  // Enhanced Packet Block
    packet.u32(interface);
    packet.u32(static_cast<std::uint32_t>(since_epoch_ns >> 32));
    packet.u32(static_cast<std::uint32_t>(since_epoch_ns));
    packet.u32(static_cast<std::uint32_t>(frame.size()));
    packet.u32(static_cast<std::uint32_t>(frame.size()));
    packet.bytes(frame);
    packet.u16(2);  // epb_flags
    packet.u16(4);
    packet.u32(static_cast<std::uint32_t>(direction));
    if (!comment.empty()) packet.option(1, comment.substr(0, 65'535));  // opt_comment
    return packet.finish();
}

PcapngFile::PcapngFile(std::filesystem::path const& path, std::vector<std::string> const& interfaces)
    : path_(path) {
    check_replaceable(path, section_magic, "packet capture (pcapng)");
    file_.reset(std::fopen(path.c_str(), "wbe"));
    if (!file_) throw std::runtime_error(fmt::format("cannot write {}: {}", path.string(), strerror(errno)));
    append(pcapng_header(interfaces));
}

void PcapngFile::write(std::span<std::uint8_t const> frame, std::uint64_t since_epoch_ns, Direction direction,
                       std::string_view comment, std::uint32_t interface) {
    append(pcapng_frame(frame, since_epoch_ns, direction, comment, interface));
}

void PcapngFile::append(std::vector<std::uint8_t> const& bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size() ||
        std::fflush(file_.get()) != 0)
        throw std::runtime_error(
            fmt::format("cannot write {}: {}; is the disk full?", path_.string(), strerror(errno)));
}

}  // namespace sim::links
