// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/visitor.hpp"

#include <fmt/format.h>

#include <charconv>

namespace sim::bench {
namespace {

constexpr std::uint8_t fin = 0x01, syn = 0x02, push = 0x08, ack = 0x10;
constexpr std::uint32_t port = 40'000, server_port = 80, window = 65'535;
constexpr std::size_t tcp_header = 20;

}  // namespace

Frame Visitor::segment(std::uint8_t flags, std::string const& data) {
    std::vector<std::uint8_t> segment(tcp_header + data.size());
    put_be(segment, 0, 2, port);
    put_be(segment, 2, 2, server_port);
    put_be(segment, 4, 4, next_);
    put_be(segment, 8, 4, flags & ack ? expected_ : 0);
    segment[12] = tcp_header / 4 << 4;
    segment[13] = flags;
    put_be(segment, 14, 2, window);
    std::copy(data.begin(), data.end(), segment.begin() + tcp_header);
    next_ += static_cast<std::uint32_t>(data.size()) + ((flags & (syn | fin)) != 0);
    owes_ = false;
    return tcp_packet(std::move(segment));
}

std::vector<Frame> Visitor::open() { return {arp_request(), segment(syn)}; }

Frame Visitor::request(std::string const& path) {
    text_.clear();
    return segment(push | ack, fmt::format("GET {} HTTP/1.1\r\nHost: 10.0.2.15\r\n\r\n", path));
}

void Visitor::on_frame(std::span<std::uint8_t const> frame) {
    std::size_t const at = ethernet_header + ip_header;
    if (frame.size() < at + tcp_header || get_be(frame, 12, 2) != 0x0800 || frame[ethernet_header + 9] != ip_tcp)
        return;
    std::size_t const end = ethernet_header + get_be(frame, ethernet_header + 2, 2);
    std::size_t const data = at + std::size_t{frame[at + 12]} / 16 * 4;
    if (get_be(frame, at + 2, 2) != port || end > frame.size() || data > end) return;
    std::uint32_t const sequence = get_be(frame, at + 4, 4);
    if (frame[at + 13] & syn) {
        connected_ = owes_ = true;
        expected_ = sequence + 1;
        return;
    }
    if (sequence != expected_ || data == end) return;  // in order, or it is not for us
    expected_ += static_cast<std::uint32_t>(end - data);
    text_.append(frame.begin() + static_cast<std::ptrdiff_t>(data),
                 frame.begin() + static_cast<std::ptrdiff_t>(end));
    owes_ = true;
}

std::optional<Frame> Visitor::answer() {
    if (!owes_ || answered()) return std::nullopt;
    return segment(ack);
}

bool Visitor::answered() const {
    constexpr std::string_view head_end = "\r\n\r\n", length_word = "Content-Length: ";
    std::size_t const head = text_.find(head_end), word = text_.find(length_word);
    if (head == std::string::npos || word == std::string::npos || word > head) return false;
    std::size_t length = 0;
    char const* const digits = text_.data() + word + length_word.size();
    std::from_chars(digits, text_.data() + head, length);
    return text_.size() >= head + head_end.size() + length;
}

}  // namespace sim::bench
