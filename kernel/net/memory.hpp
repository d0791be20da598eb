// SPDX-License-Identifier: MIT
//
// Making objects from the allocator that the stack was given.
#pragma once

#include <new>
#include <utility>

#include "kernel/net/config.hpp"

namespace net {

template <class T, class... Arguments>
T* make(Allocator& memory, Arguments&&... arguments) {
    void* place = memory.allocate(sizeof(T), alignof(T));
    return place == nullptr ? nullptr : ::new (place) T(std::forward<Arguments>(arguments)...);
}

template <class T>
void destroy(Allocator& memory, T* object) {
    if (object == nullptr) return;
    object->~T();
    memory.release(object, sizeof(T));
}

// A table whose size is fixed when it is made.
template <class T>
class Table {
public:
    Table() = default;
    Table(Table const&) = delete;
    Table& operator=(Table const&) = delete;
    ~Table() {
        if (memory_ == nullptr) return;
        for (std::size_t i = 0; i < size_; ++i) entries_[i].~T();
        memory_->release(entries_, size_ * sizeof(T));
    }

    // False when there is no memory; the table is then empty.
    [[nodiscard]] bool create(Allocator& memory, std::size_t size) {
        void* place = memory.allocate(size * sizeof(T), alignof(T));
        if (place == nullptr) return false;
        memory_ = &memory;
        entries_ = static_cast<T*>(place);
        size_ = size;
        for (std::size_t i = 0; i < size; ++i) ::new (static_cast<void*>(entries_ + i)) T();
        return true;
    }

    std::size_t size() const { return size_; }
    T& operator[](std::size_t i) { return entries_[i]; }
    T const& operator[](std::size_t i) const { return entries_[i]; }
    T* begin() { return entries_; }
    T* end() { return entries_ + size_; }
    T const* begin() const { return entries_; }
    T const* end() const { return entries_ + size_; }

private:
    Allocator* memory_ = nullptr;
    T* entries_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace net
