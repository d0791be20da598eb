// SPDX-License-Identifier: GPL-2.0-or-later
//
// What packet_decode.hpp is made of; nobody else includes this. A window on the
// frame, a layer's fields, and the decoder that goes from layer to layer: the
// link and the network in packet_decode.cpp, TCP and UDP in packet_transport.cpp,
// what they carry in packet_payload.cpp.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "simulator/debug/packet_decode.hpp"

namespace sim::debug::packets {

// A window on the frame. Reading beyond its end gives 0 and remembers it: the
// layer is then marked as cut short. Offsets are those of the whole frame.
class Window {
public:
    Window(std::span<std::uint8_t const> frame, std::size_t begin, std::size_t end)
        : frame_(frame), begin_(begin), end_(std::min(end, frame.size())) {
        begin_ = std::min(begin_, end_);
    }
    std::size_t size() const { return end_ - begin_; }
    std::uint32_t base() const { return static_cast<std::uint32_t>(begin_); }
    bool holds(std::size_t at, std::size_t n) const { return at <= size() && n <= size() - at; }
    std::uint8_t u8(std::size_t at) const { return holds(at, 1) ? frame_[begin_ + at] : 0; }
    std::uint16_t u16(std::size_t at) const {
        return holds(at, 2) ? static_cast<std::uint16_t>(u8(at) << 8 | u8(at + 1)) : 0;
    }
    std::uint32_t u32(std::size_t at) const {
        return holds(at, 4) ? std::uint32_t{u16(at)} << 16 | u16(at + 2) : 0;
    }
    Window sub(std::size_t at, std::size_t length) const {
        std::size_t const start = begin_ + std::min(at, size());
        return {frame_, start, start + std::min(length, end_ - start)};
    }
    Window from(std::size_t at) const { return sub(at, size()); }
    std::span<std::uint8_t const> bytes() const { return frame_.subspan(begin_, size()); }

private:
    std::span<std::uint8_t const> frame_;
    std::size_t begin_, end_;
};

// Builds one layer's fields.
class Layer {
public:
    Layer(std::string name, Window window, std::size_t length) : window_(window) {
        field_.name = std::move(name);
        field_.offset = window.base();
        field_.length = static_cast<std::uint32_t>(std::min(length, window.size()));
    }
    PacketField& add(std::string name, std::string value, std::size_t at, std::size_t length) {
        PacketField f;
        f.name = std::move(name);
        f.value = std::move(value);
        f.offset = window_.base() + static_cast<std::uint32_t>(std::min(at, window_.size()));
        f.length = static_cast<std::uint32_t>(window_.sub(at, length).size());
        if (!window_.holds(at, length)) {
            f.bad = true;
            f.remark = "cut short";
        }
        if (f.bad) bad_ = true;
        field_.children.push_back(std::move(f));
        return field_.children.back();
    }
    void mark_bad(PacketField& f, std::string remark) {
        f.bad = true;
        f.remark = std::move(remark);
        bad_ = true;
    }
    void mark_bad(std::string remark) {
        field_.bad = bad_ = true;
        field_.remark = std::move(remark);
    }
    void summary(std::string text) { field_.value = std::move(text); }
    bool bad() const { return bad_; }
    PacketField take() {
        field_.bad = field_.bad || bad_;
        return std::move(field_);
    }

private:
    Window window_;
    PacketField field_;
    bool bad_ = false;
};

std::string mac(Window, std::size_t at);
std::string ipv4(Window, std::size_t at);
// What cannot be printed becomes '.', ends of lines are seen.
std::string printable(std::span<std::uint8_t const>, std::size_t most);

// The Internet checksum before its final complement. [rfc1071]
std::uint32_t sum_words(std::span<std::uint8_t const>, std::uint32_t sum = 0);
// Adds the field and says whether it is right. `sum` covers everything, the
// stored checksum too: a right one gives 0xffff.
void add_checksum(Layer&, Window, std::size_t at, std::uint32_t sum, bool offloaded, char const* name);

class Decoder {
public:
    Decoder(std::span<std::uint8_t const> frame, bool offloaded) : frame_(frame), offloaded_(offloaded) {}

    DecodedPacket run() {
        ethernet(Window(frame_, 0, frame_.size()));
        return std::move(packet_);
    }

private:
    void ethernet(Window);
    void arp(Window);
    void ip(Window);
    void icmp(Window);
    void udp(Window ip_header, Window);
    void dhcp(Window);
    void tcp(Window ip_header, Window);
    void tcp_options(Layer&, Window header, std::size_t header_length);
    void http(Window);
    void data(Window, char const* name = "Data");

    void push(Layer& layer, Protocol protocol) {
        packet_.protocol = protocol;
        packet_.bad = packet_.bad || layer.bad();
        packet_.layers.push_back(layer.take());
    }
    // A layer whose fixed part is not all there.
    bool cut(Layer& layer, Window w, std::size_t least, Protocol protocol) {
        if (w.size() >= least) return false;
        layer.mark_bad(fmt::format("cut short: {} of at least {} bytes", w.size(), least));
        packet_.info = fmt::format("{} cut short", name_of(protocol));
        push(layer, protocol);
        return true;
    }

    std::span<std::uint8_t const> frame_;
    bool offloaded_;
    DecodedPacket packet_;
};

}  // namespace sim::debug::packets
