// SPDX-License-Identifier: MIT
//
// Result<T, E>: a value, or the reason why there is none. The kernel has no
// exceptions, and std::expected arrives only in C++23.
//
// Each module has its own error enum whose enumerators name causes. A Result
// may not be ignored: the compiler warns. TRY passes a failure up; MUST is for
// boot and tests, where there is nobody to pass it to.
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "kernel/base/assert.hpp"

namespace base {

template <class E>
struct Failure {
    E error;
};

template <class E>
constexpr Failure<E> fail(E error) {
    return Failure<E>{error};
}

template <class T, class E>
class [[nodiscard]] Result {
public:
    using Value = T;
    using Error = E;

    constexpr Result(T const& value) : ok_(true) { ::new (static_cast<void*>(&value_)) T(value); }
    constexpr Result(T&& value) : ok_(true) { ::new (static_cast<void*>(&value_)) T(std::move(value)); }
    constexpr Result(Failure<E> failure) : error_(failure.error), ok_(false) {}

    constexpr Result(Result&& other) : ok_(other.ok_) {
        if (ok_)
            ::new (static_cast<void*>(&value_)) T(std::move(other.value_));
        else
            error_ = other.error_;
    }
    Result(Result const&) = delete;
    Result& operator=(Result const&) = delete;
    Result& operator=(Result&&) = delete;
    constexpr ~Result() {
        if (ok_) value_.~T();
    }

    constexpr bool ok() const { return ok_; }
    constexpr explicit operator bool() const { return ok_; }

    // The value. Asking for it when there is none is our own mistake.
    constexpr T& value() & {
        ASSERT(ok_);
        return value_;
    }
    constexpr T const& value() const& {
        ASSERT(ok_);
        return value_;
    }
    constexpr T&& value() && {
        ASSERT(ok_);
        return std::move(value_);
    }
    constexpr E error() const {
        ASSERT(!ok_);
        return error_;
    }

private:
    union {
        T value_;
        E error_;
    };
    bool ok_;
};

template <class E>
class [[nodiscard]] Result<void, E> {
public:
    using Value = void;
    using Error = E;

    constexpr Result() : error_{}, ok_(true) {}
    constexpr Result(Failure<E> failure) : error_(failure.error), ok_(false) {}

    constexpr bool ok() const { return ok_; }
    constexpr explicit operator bool() const { return ok_; }
    constexpr void value() const { ASSERT(ok_); }
    constexpr E error() const {
        ASSERT(!ok_);
        return error_;
    }

private:
    E error_;
    bool ok_;
};

}  // namespace base

// [doc:try]
// The value of a Result, or return its failure from the enclosing function.
#define TRY(expression)                                           \
    __extension__({                                               \
        auto try_result = (expression);                           \
        if (!try_result) return ::base::fail(try_result.error()); \
        std::move(try_result).value();                            \
    })
// [/doc:try]

// The value of a Result that cannot fail here.
#define MUST(expression)                 \
    __extension__({                      \
        auto must_result = (expression); \
        ASSERT(must_result.ok());        \
        std::move(must_result).value();  \
    })
