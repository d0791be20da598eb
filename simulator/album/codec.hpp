// SPDX-License-Identifier: GPL-2.0-or-later
//
// Values as bytes and back. Integers and enumerators in groups of seven bits, low ones
// first, bit 7 says that more follow; strings, lists and what may be absent begin with
// a number. A struct is its fields, as fields.hpp lists them, or its tables().
//
// The decoder trusts nothing: elements are made one by one, each from bytes that are
// there, so that a short file cannot ask for much memory.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "simulator/album/album.hpp"

namespace sim::album {

class Encoder {
public:
    template <class... T>
    void operator()(T const&... values) {
        (put(values), ...);
    }
    void number(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<std::uint8_t>(value | 0x80));
        bytes_.push_back(static_cast<std::uint8_t>(value));
    }
    void raw(std::span<std::uint8_t const> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    std::vector<std::uint8_t> take() { return std::move(bytes_); }
    std::size_t size() const { return bytes_.size(); }

private:
    template <class T>
    void put(T const& value) {
        if constexpr (std::is_same_v<T, bool>)
            number(value);
        else if constexpr (std::is_enum_v<T>)
            number(static_cast<std::uint64_t>(value));
        else if constexpr (std::is_integral_v<T>)
            number(static_cast<std::make_unsigned_t<T>>(value));
        else if constexpr (std::is_same_v<T, std::string>)
            put_text(value);
        else if constexpr (requires { const_cast<T&>(value).tables(*this); })
            const_cast<T&>(value).tables(*this);
        else
            put_more(value);
    }
    void put_text(std::string const& text) {
        number(text.size());
        bytes_.insert(bytes_.end(), text.begin(), text.end());
    }
    template <class T>
    void put_more(std::vector<T> const& list) {
        number(list.size());
        for (T const& value : list) put(value);
    }
    template <class T, std::size_t n>
    void put_more(std::array<T, n> const& list) {
        for (T const& value : list) put(value);
    }
    template <class T>
    void put_more(std::optional<T> const& value) {
        number(value.has_value());
        if (value) put(*value);
    }
    template <class A, class B>
    void put_more(std::pair<A, B> const& pair) {
        put(pair.first);
        put(pair.second);
    }
    template <class T>
        requires std::is_class_v<T>
    void put_more(T const& value) {
        fields(*this, const_cast<T&>(value));  // reads them only
    }

    std::vector<std::uint8_t> bytes_;
};

class Decoder {
public:
    Decoder(std::span<std::uint8_t const> bytes, char const* what) : bytes_(bytes), what_(what) {}

    template <class... T>
    void operator()(T&... values) {
        (get(values), ...);
    }
    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            std::uint8_t const byte = raw(1)[0];
            if (shift == 63 && byte > 1) wrong("a number is too large");
            value |= std::uint64_t{byte & 0x7fU} << shift;
            if (byte < 0x80) return value;
        }
        wrong("a number is too long");
    }
    std::span<std::uint8_t const> raw(std::uint64_t count) {
        if (count > bytes_.size()) wrong("it ends too early");
        auto const result = bytes_.first(static_cast<std::size_t>(count));
        bytes_ = bytes_.subspan(static_cast<std::size_t>(count));
        return result;
    }
    std::size_t left() const { return bytes_.size(); }
    void finish() const {
        if (!bytes_.empty()) wrong("there is more than there should be");
    }
    [[noreturn]] void wrong(char const* why) const {
        throw AlbumError(std::string("the album is damaged: ") + what_ + ": " + why);
    }

private:
    static constexpr unsigned deepest = 32;  // a tree inside a tree
    static constexpr std::uint64_t most_made = 512U << 20;  // bytes of elements: many are larger than their encoding

    template <class T>
    void get(T& value) {
        if constexpr (std::is_same_v<T, bool>) {
            value = narrow<std::uint8_t>(1) != 0;
        } else if constexpr (std::is_enum_v<T>) {
            value = static_cast<T>(narrow<std::underlying_type_t<T>>());
        } else if constexpr (std::is_integral_v<T>) {
            value = static_cast<T>(narrow<std::make_unsigned_t<T>>());
        } else if constexpr (std::is_same_v<T, std::string>) {
            auto const text = raw(number());
            value.assign(text.begin(), text.end());
        } else if constexpr (requires { value.tables(*this); }) {
            value.tables(*this);
        } else {
            get_more(value);
        }
    }
    template <class T>
    T narrow(std::uint64_t most = std::numeric_limits<T>::max()) {
        std::uint64_t const value = number();
        if (value > most) wrong("a number is too large");
        return static_cast<T>(value);
    }
    template <class T>
    void get_more(std::vector<T>& list) {
        std::uint64_t const count = number();
        if (count > bytes_.size()) wrong("a list is longer than the file");  // a byte each at least
        made_ += count * sizeof(T);
        if (made_ > most_made) wrong("its lists would take too much memory");
        list.clear();
        for (std::uint64_t i = 0; i < count; ++i) get(list.emplace_back());
    }
    template <class T, std::size_t n>
    void get_more(std::array<T, n>& list) {
        for (T& value : list) get(value);
    }
    template <class T>
    void get_more(std::optional<T>& value) {
        value.reset();
        if (!narrow<std::uint8_t>(1)) return;
        T one{};  // emplace() is refused by clang 14 for a class inside another
        get(one);
        value = std::move(one);
    }
    template <class A, class B>
    void get_more(std::pair<A, B>& pair) {
        get(pair.first);
        get(pair.second);
    }
    template <class T>
        requires std::is_class_v<T>
    void get_more(T& value) {
        if (++depth_ > deepest) wrong("a tree is too deep");
        fields(*this, value);
        --depth_;
    }

    std::span<std::uint8_t const> bytes_;
    char const* what_;
    unsigned depth_ = 0;
    std::uint64_t made_ = 0;
};

}  // namespace sim::album
