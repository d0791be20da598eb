// SPDX-License-Identifier: GPL-2.0-or-later
//
// How the sections of a .run file write numbers and bytes: numbers as LEB128
// (seven bits a byte, low bits first), so that small ones are short; bytes and
// strings with their length in front. Reading checks every bound.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sim::recording {

class Encoder {
public:
    void number(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<std::uint8_t>(value | 0x80));
        bytes_.push_back(static_cast<std::uint8_t>(value));
    }
    void u64(std::uint64_t value) {  // eight bytes: for hashes, which are never small
        for (unsigned i = 0; i < 8; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
    void u32(std::uint32_t value) {
        for (unsigned i = 0; i < 4; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
    void raw(std::span<std::uint8_t const> data) { bytes_.insert(bytes_.end(), data.begin(), data.end()); }
    void bytes(std::span<std::uint8_t const> data) {
        number(data.size());
        bytes_.insert(bytes_.end(), data.begin(), data.end());
    }
    void text(std::string_view data) {
        bytes({reinterpret_cast<std::uint8_t const*>(data.data()), data.size()});
    }
    std::vector<std::uint8_t> const& result() const { return bytes_; }
    std::size_t size() const { return bytes_.size(); }
    void clear() { bytes_.clear(); }

private:
    std::vector<std::uint8_t> bytes_;
};

// Where the bytes say what they cannot mean. The reader of the file turns it
// into a message that names the file and the section.
class DecodeError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Decoder {
public:
    explicit Decoder(std::span<std::uint8_t const> bytes) : bytes_(bytes) {}

    bool at_end() const { return bytes_.empty(); }

    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0;; shift += 7) {
            std::uint8_t const byte = take(1)[0];
            if (shift == 63 && byte > 1) throw DecodeError("a number is larger than 64 bits");
            value |= std::uint64_t{byte & 0x7Fu} << shift;
            if (!(byte & 0x80)) return value;
        }
    }
    // A number that must be at most `most`.
    std::uint64_t number(std::uint64_t most, char const* what) {
        std::uint64_t const value = number();
        if (value > most) throw DecodeError(std::string(what) + " is out of range");
        return value;
    }
    std::uint64_t u64() {
        auto const raw = take(8);
        std::uint64_t value = 0;
        for (unsigned i = 0; i < 8; ++i) value |= std::uint64_t{raw[i]} << (8 * i);
        return value;
    }
    std::uint32_t u32() {
        auto const raw = take(4);
        std::uint32_t value = 0;
        for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{raw[i]} << (8 * i);
        return value;
    }
    // So many bytes, with no length in front.
    std::span<std::uint8_t const> raw(std::uint64_t count) { return take(count); }
    std::span<std::uint8_t const> bytes(std::uint64_t most) {
        std::uint64_t const length = number();
        if (length > most) throw DecodeError("a string of bytes is too long");
        return take(length);
    }
    std::string text(std::uint64_t most) {
        auto const raw = bytes(most);
        return {raw.begin(), raw.end()};
    }
    void finish() const {
        if (!at_end()) throw DecodeError("there is something after its end");
    }

private:
    std::span<std::uint8_t const> take(std::uint64_t count) {
        if (count > bytes_.size()) throw DecodeError("it ends too early");
        auto const result = bytes_.first(count);
        bytes_ = bytes_.subspan(count);
        return result;
    }
    std::span<std::uint8_t const> bytes_;
};

}  // namespace sim::recording
