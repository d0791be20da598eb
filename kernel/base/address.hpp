// SPDX-License-Identifier: MIT
//
// Physical addresses, virtual addresses and frame numbers as types that do not
// mix. Crossing from one to another has a name, so that it can be searched for.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace base {

constexpr std::size_t page_size = 4096;
constexpr unsigned page_shift = 12;

class PhysAddr {
public:
    constexpr PhysAddr() = default;
    explicit constexpr PhysAddr(std::uint64_t raw) : raw_(raw) {}
    constexpr std::uint64_t raw() const { return raw_; }
    constexpr std::uint64_t page_offset() const { return raw_ & (page_size - 1); }
    constexpr PhysAddr align_down(std::uint64_t to) const { return PhysAddr(raw_ & ~(to - 1)); }
    constexpr PhysAddr align_up(std::uint64_t to) const { return PhysAddr((raw_ + to - 1) & ~(to - 1)); }
    friend constexpr auto operator<=>(PhysAddr, PhysAddr) = default;
    friend constexpr PhysAddr operator+(PhysAddr a, std::uint64_t n) { return PhysAddr(a.raw_ + n); }
    friend constexpr std::uint64_t operator-(PhysAddr a, PhysAddr b) { return a.raw_ - b.raw_; }

private:
    std::uint64_t raw_ = 0;
};

class VirtAddr {
public:
    constexpr VirtAddr() = default;
    explicit constexpr VirtAddr(std::uint64_t raw) : raw_(raw) {}
    template <class T>
    static VirtAddr of(T const* pointer) {
        return VirtAddr(reinterpret_cast<std::uint64_t>(pointer));
    }
    constexpr std::uint64_t raw() const { return raw_; }
    constexpr std::uint64_t page_offset() const { return raw_ & (page_size - 1); }
    constexpr VirtAddr align_down(std::uint64_t to) const { return VirtAddr(raw_ & ~(to - 1)); }
    constexpr VirtAddr align_up(std::uint64_t to) const { return VirtAddr((raw_ + to - 1) & ~(to - 1)); }
    template <class T>
    T* as() const {
        return reinterpret_cast<T*>(raw_);
    }
    friend constexpr auto operator<=>(VirtAddr, VirtAddr) = default;
    friend constexpr VirtAddr operator+(VirtAddr a, std::uint64_t n) { return VirtAddr(a.raw_ + n); }
    friend constexpr std::uint64_t operator-(VirtAddr a, VirtAddr b) { return a.raw_ - b.raw_; }

private:
    std::uint64_t raw_ = 0;
};

// [doc:frame-number]
// A 4 KiB page of physical memory: its address divided by 4096.
class FrameNumber {
public:
    constexpr FrameNumber() = default;
    explicit constexpr FrameNumber(std::uint64_t raw) : raw_(raw) {}
    static constexpr FrameNumber containing(PhysAddr a) { return FrameNumber(a.raw() >> page_shift); }
    constexpr std::uint64_t raw() const { return raw_; }
    constexpr PhysAddr start() const { return PhysAddr(raw_ << page_shift); }
    friend constexpr auto operator<=>(FrameNumber, FrameNumber) = default;
    friend constexpr FrameNumber operator+(FrameNumber a, std::uint64_t n) { return FrameNumber(a.raw_ + n); }
    friend constexpr std::uint64_t operator-(FrameNumber a, FrameNumber b) { return a.raw_ - b.raw_; }

private:
    std::uint64_t raw_ = 0;
};
// [/doc:frame-number]

}  // namespace base
