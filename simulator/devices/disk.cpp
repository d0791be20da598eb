// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/disk.hpp"

#include <algorithm>
#include <array>

namespace sim::devices {
namespace {

using machine::page_bytes;

machine::PagePtr zero_page() {
    static machine::PagePtr const page = [] {
        std::array<std::uint8_t, page_bytes> const zeros{};
        return machine::make_page(zeros);
    }();
    return page;
}

// Calls `piece(page, offset in page, offset in the span, length)` over a range.
template <class Function>
void for_each_page(std::uint64_t start, std::uint64_t length, Function const& piece) {
    for (std::uint64_t done = 0; done < length;) {
        std::uint64_t const at = start + done;
        std::uint64_t const part = std::min<std::uint64_t>(length - done, page_bytes - at % page_bytes);
        piece(static_cast<std::size_t>(at / page_bytes), at % page_bytes, done, part);
        done += part;
    }
}

}  // namespace

Disk::Disk(machine::Blob base) : base_(std::move(base)) {
    std::uint64_t const bytes = base_.present() ? base_.bytes->size() : 0;
    sectors_ = (bytes + sector_bytes - 1) / sector_bytes;
    written_ = machine::PageOverlay(
        2 * static_cast<std::size_t>((sectors_ * sector_bytes + page_bytes - 1) / page_bytes));
}

void Disk::base_page(std::size_t index, std::span<std::uint8_t> into) const {
    std::fill(into.begin(), into.end(), std::uint8_t{0});
    std::size_t const start = index * page_bytes;
    if (!base_.present() || start >= base_.bytes->size()) return;
    std::copy_n(base_.bytes->begin() + static_cast<std::ptrdiff_t>(start),
                std::min<std::size_t>(page_bytes, base_.bytes->size() - start), into.begin());
}

void Disk::read(std::uint64_t sector, std::span<std::uint8_t> into) const {
    std::array<std::uint8_t, page_bytes> base;
    for_each_page(sector * sector_bytes, into.size(),
                  [&](std::size_t index, std::uint64_t offset, std::uint64_t done, std::uint64_t length) {
                      machine::PagePtr const page = written_.page(index);
                      if (!page) base_page(index, base);
                      auto const from = page ? std::span(page->bytes) : std::span<std::uint8_t const>(base);
                      std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(offset), length,
                                  into.begin() + static_cast<std::ptrdiff_t>(done));
                  });
}

void Disk::write(std::uint64_t sector, std::span<std::uint8_t const> from) {
    std::array<std::uint8_t, page_bytes> bytes;
    for_each_page(sector * sector_bytes, from.size(),
                  [&](std::size_t index, std::uint64_t offset, std::uint64_t done, std::uint64_t length) {
                      if (length < page_bytes) {
                          if (machine::PagePtr const page = written_.page(index))
                              bytes = page->bytes;
                          else
                              base_page(index, bytes);
                      }
                      std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(done), length,
                                  bytes.begin() + static_cast<std::ptrdiff_t>(offset));
                      put(index, machine::make_page(bytes));
                  });
}

void Disk::zero(std::uint64_t sector, std::uint64_t count) {
    static constexpr std::array<std::uint8_t, page_bytes> zeros{};
    for_each_page(sector * sector_bytes, count * sector_bytes,
                  [&](std::size_t index, std::uint64_t offset, std::uint64_t, std::uint64_t length) {
                      if (length == page_bytes)
                          put(index, zero_page());
                      else
                          write(index * (page_bytes / sector_bytes) + offset / sector_bytes,
                                std::span(zeros).first(length));
                  });
}

void Disk::put(std::size_t index, machine::PagePtr page) {
    bool const known = written_.hash() == known_hash_;
    written_.put(index, std::move(page));
    if (!known) return;
    candidates_.insert(index);
    known_hash_ = written_.hash();
}

// A walk over every page ever written after a restore; else only what is new.
std::set<std::size_t> const& Disk::not_flushed() {
    if (written_.hash() == known_hash_) return candidates_;
    candidates_.clear();
    written_.for_each_new(nullptr, [&](std::size_t index, machine::PagePtr const&) {
        if (index < pages() && !is_flushed(index)) candidates_.insert(candidates_.end(), index);
    });
    known_hash_ = written_.hash();
    return candidates_;
}

void Disk::flush() {
    for (std::size_t const index : not_flushed())
        if (!is_flushed(index)) written_.put(pages() + index, written_.page(index));
    candidates_.clear();
    known_hash_ = written_.hash();
}

void Disk::forget() {
    std::array<std::uint8_t, page_bytes> bytes;
    for (std::size_t const index : not_flushed()) {
        if (is_flushed(index)) continue;
        machine::PagePtr page = written_.page(pages() + index);
        if (!page) {
            base_page(index, bytes);
            page = machine::make_page(bytes);
        }
        written_.put(index, std::move(page));
    }
    known_hash_ = written_.hash();
    // What was never flushed has a page of the base's bytes now, which counts as not flushed.
    std::erase_if(candidates_, [&](std::size_t index) { return is_flushed(index); });
}

std::size_t Disk::pages_written() const {
    std::size_t count = 0;
    written_.for_each_new(nullptr,
                          [&](std::size_t index, machine::PagePtr const&) { count += index < pages(); });
    return count;
}

std::size_t Disk::pages_not_flushed() const {
    std::size_t count = 0;
    written_.for_each_new(nullptr, [&](std::size_t index, machine::PagePtr const&) {
        count += index < pages() && !is_flushed(index);
    });
    return count;
}

}  // namespace sim::devices
