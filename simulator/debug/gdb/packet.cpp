// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/gdb/packet.hpp"

#include <algorithm>

namespace sim::debug::gdb {

namespace {
constexpr std::uint8_t control_c = 3;
constexpr char digits[] = "0123456789abcdef";
}  // namespace

void PacketReader::feed(std::span<std::uint8_t const> bytes) {
    for (std::uint8_t b : bytes) byte(b);
}

void PacketReader::byte(std::uint8_t b) {
    switch (state_) {
        case State::outside:
            if (b == '$') {
                state_ = State::body;
                body_.clear();
                sum_ = 0;
                too_long_ = false;
            } else if (b == control_c) {
                items_.push_back({Kind::interrupt, {}});
            } else if (b == '+') {
                items_.push_back({Kind::ack, {}});
            } else if (b == '-') {
                items_.push_back({Kind::nack, {}});
            }
            return;  // anything else between packets is noise
        case State::body:
        case State::escaped:
            if (b == '$') {  // the one before was cut off
                state_ = State::body;
                body_.clear();
                sum_ = 0;
                too_long_ = false;
                return;
            }
            if (b == '#') {
                state_ = State::first_digit;
                return;
            }
            sum_ = static_cast<std::uint8_t>(sum_ + b);
            if (state_ == State::body && b == '}') {
                state_ = State::escaped;
                return;
            }
            if (body_.size() >= max_packet) {
                too_long_ = true;
                body_.clear();
            }
            if (!too_long_) body_.push_back(static_cast<char>(state_ == State::escaped ? b ^ 0x20 : b));
            state_ = State::body;
            return;
        case State::first_digit:
            digit_ = hex_digit(static_cast<char>(b)).value_or(256);
            state_ = State::second_digit;
            return;
        case State::second_digit:
            finish(digit_ * 16 + hex_digit(static_cast<char>(b)).value_or(4096));
            return;
    }
}

void PacketReader::finish(unsigned given) {
    state_ = State::outside;
    if (given != sum_)
        items_.push_back({Kind::damaged, {}});
    else if (too_long_)
        items_.push_back({Kind::too_long, {}});
    else
        items_.push_back({Kind::packet, std::move(body_)});
    body_.clear();
}

std::optional<PacketReader::Item> PacketReader::next() {
    if (items_.empty()) return std::nullopt;
    Item item = std::move(items_.front());
    items_.pop_front();
    return item;
}

bool PacketReader::interrupt_waiting() const {
    return std::any_of(items_.begin(), items_.end(),
                       [](Item const& item) { return item.kind == Kind::interrupt; });
}

std::string frame_packet(std::string_view body) {
    std::string text = "$";
    std::uint8_t sum = 0;
    auto put = [&](char c) {
        text += c;
        sum = static_cast<std::uint8_t>(sum + static_cast<std::uint8_t>(c));
    };
    for (char c : body) {
        if (c == '#' || c == '$' || c == '}' || c == '*') {
            put('}');
            put(static_cast<char>(c ^ 0x20));
        } else {
            put(c);
        }
    }
    text += '#';
    text += digits[sum >> 4];
    text += digits[sum & 15];
    return text;
}

std::string hex(std::span<std::uint8_t const> bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (std::uint8_t b : bytes) {
        text += digits[b >> 4];
        text += digits[b & 15];
    }
    return text;
}

std::string hex(std::string_view text) {
    return hex(std::span(reinterpret_cast<std::uint8_t const*>(text.data()), text.size()));
}

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

std::optional<std::vector<std::uint8_t>> unhex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::vector<std::uint8_t> bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        auto const high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
        if (!high || !low) return std::nullopt;
        bytes.push_back(static_cast<std::uint8_t>(*high << 4 | *low));
    }
    return bytes;
}

std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t value = 0;
    std::size_t n = 0;
    for (; n < text.size(); ++n) {
        auto const digit = hex_digit(text[n]);
        if (!digit) break;
        if (n == 16) return std::nullopt;
        value = value << 4 | *digit;
    }
    if (n == 0) return std::nullopt;
    text.remove_prefix(n);
    return value;
}

bool take(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
}

}  // namespace sim::debug::gdb
