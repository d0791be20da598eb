// SPDX-License-Identifier: GPL-2.0-or-later
//
// How a device saves and loads itself. A device lists its fields once:
//
//     template <class Self, class Visitor>
//     static void fields(Self& self, Visitor& visit) {
//         visit("divisor", self.divisor_);
//         visit("received", self.received_);
//     }
//     void save(StateWriter& w) const override { fields(*this, w); }
//     void load(StateReader& r) override { fields(*this, r); }
//
// One list for both directions cannot drift. Numbers are little-endian; vectors
// and strings carry a 32-bit length. Names are not stored: they say, when two
// states differ, in which field (StateWriter::fields).
//
// Saved state may come from a file that nobody should trust: the reader checks
// every bound and throws StateError, and a device checks in load() what it will
// later use as an index.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace sim::machine {

class StateError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Where a field lies in the saved bytes; nested names are joined with dots.
struct StateField {
    std::string name;
    std::size_t offset = 0;
    std::size_t size = 0;
};

template <class T, class Visitor>
concept HasFields = requires(T& t, Visitor& v) {
    std::remove_const_t<T>::fields(t, v);
};

class StateWriter {
public:
    // With names, the writer also remembers where each field went.
    explicit StateWriter(bool with_names = false) : with_names_(with_names) {}

    template <class T>
    void operator()(std::string_view name, T const& value) {
        std::size_t const outer = prefix_.size();
        std::size_t const start = bytes_.size();
        if (with_names_) prefix_.append(prefix_.empty() ? "" : ".").append(name);
        bool const leaf = put(value);
        if (with_names_) {
            if (leaf) fields_.push_back({prefix_, start, bytes_.size() - start});
            prefix_.resize(outer);
        }
    }

    // Fields under a common name.
    template <class Function>
    void group(std::string_view name, Function const& function) {
        std::size_t const outer = prefix_.size();
        if (with_names_) prefix_.append(prefix_.empty() ? "" : ".").append(name);
        function();
        prefix_.resize(outer);
    }

    bool with_names() const { return with_names_; }
    std::vector<std::uint8_t> const& bytes() const { return bytes_; }
    std::vector<std::uint8_t> take() { return std::move(bytes_); }
    std::vector<StateField> const& fields() const { return fields_; }

private:
    template <class T>
    bool put(T const& value) {
        if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
            auto const raw = static_cast<std::uint64_t>(value);
            for (std::size_t i = 0; i < sizeof(T); ++i)
                bytes_.push_back(static_cast<std::uint8_t>(raw >> (8 * i)));
            return true;
        } else if constexpr (HasFields<T const, StateWriter>) {
            T::fields(value, *this);
            return false;
        } else if constexpr (std::is_same_v<T, std::string>) {
            put(static_cast<std::uint32_t>(value.size()));
            bytes_.insert(bytes_.end(), value.begin(), value.end());
            return true;
        } else {
            return put_many(value);
        }
    }
    template <class T, std::size_t n>
    bool put_many(std::array<T, n> const& values) {
        return put_elements(values);
    }
    template <class T>
    bool put_many(std::vector<T> const& values) {
        put(static_cast<std::uint32_t>(values.size()));
        return put_elements(values);
    }
    template <class T>
    bool put_many(std::deque<T> const& values) {
        put(static_cast<std::uint32_t>(values.size()));
        return put_elements(values);
    }
    template <class T>
    bool put_many(std::optional<T> const& value) {
        put(value.has_value());
        if (value) put(*value);
        return true;
    }
    template <class Container>
    bool put_elements(Container const& values) {
        using T = typename Container::value_type;
        if constexpr (sizeof(T) == 1 && std::is_integral_v<T>) {
            bytes_.insert(bytes_.end(), values.begin(), values.end());
            return true;
        } else {
            std::size_t index = 0;
            for (auto const& value : values) {
                if (with_names_)
                    (*this)(std::to_string(index++), value);
                else
                    put(value);
            }
            return false;
        }
    }

    bool with_names_;
    std::string prefix_;
    std::vector<std::uint8_t> bytes_;
    std::vector<StateField> fields_;
};

class StateReader {
public:
    explicit StateReader(std::span<std::uint8_t const> bytes) : bytes_(bytes) {}

    template <class T>
    void operator()(std::string_view name, T& value) {
        name_ = name;
        get(value);
    }
    template <class Function>
    void group(std::string_view, Function const& function) {
        function();
    }
    // Every byte must have been wanted: a longer state belongs to another version.
    void finish() const {
        if (!bytes_.empty()) throw StateError("saved state is longer than its device expects");
    }
    std::size_t left() const { return bytes_.size(); }

private:
    std::span<std::uint8_t const> take(std::size_t n) {
        if (n > bytes_.size()) throw StateError("saved state ends in the middle of " + std::string(name_));
        auto const result = bytes_.first(n);
        bytes_ = bytes_.subspan(n);
        return result;
    }
    template <class T>
    void get(T& value) {
        if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
            std::uint64_t raw = 0;
            auto const bytes = take(sizeof(T));
            for (std::size_t i = 0; i < sizeof(T); ++i) raw |= std::uint64_t{bytes[i]} << (8 * i);
            if constexpr (std::is_same_v<T, bool>)
                value = raw != 0;
            else
                value = static_cast<T>(raw);
        } else if constexpr (HasFields<T, StateReader>) {
            T::fields(value, *this);
        } else if constexpr (std::is_same_v<T, std::string>) {
            auto const bytes = take(length());
            value.assign(bytes.begin(), bytes.end());
        } else {
            get_many(value);
        }
    }
    std::uint32_t length() {
        std::uint32_t n = 0;
        get(n);
        // Each element takes at least one byte: a larger number is a lie, and
        // finding out now keeps the memory from being asked for.
        if (n > bytes_.size()) throw StateError("saved state: impossible length of " + std::string(name_));
        return n;
    }
    template <class T, std::size_t n>
    void get_many(std::array<T, n>& values) {
        for (T& value : values) get(value);
    }
    template <class Container>
    void get_many(Container& values) {
        if constexpr (requires { values.has_value(); }) {
            bool present = false;
            get(present);
            if (present)
                get(values.emplace());
            else
                values.reset();
        } else {
            values.clear();
            values.resize(length());
            for (auto& value : values) get(value);
        }
    }

    std::span<std::uint8_t const> bytes_;
    std::string_view name_;
};

}  // namespace sim::machine
