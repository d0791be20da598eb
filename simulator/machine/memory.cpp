// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/machine/memory.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "simulator/machine/hash.hpp"
#include "simulator/machine/power_on.hpp"

namespace sim::machine {
namespace {

constexpr std::uint64_t hole_pages = (hole_end - hole_start) / page_bytes;

// One page's share of the hash of all RAM. Shares are added, so that a new
// page replaces the old one's share without a look at the others.
std::uint64_t share(std::size_t index, Page const& page) { return scramble(page.hash ^ scramble(index)); }

// What RAM holds before anybody wrote it. The same in every page, so that all
// untouched pages are one page in every picture.
PagePtr pattern_page(std::uint64_t seed) {
    auto page = std::make_shared<Page>();
    fill_as_at_power_on(seed, page->bytes);
    page->hash = hash_bytes(page->bytes);
    return page;
}

PagePtr copy_of(std::uint8_t const* bytes) {
    auto page = std::make_shared<Page>();
    std::memcpy(page->bytes.data(), bytes, page_bytes);
    page->hash = hash_bytes(page->bytes);
    return page;
}

// Host memory full of the pattern that costs nothing until it is written: one
// small file with the pattern, mapped privately again and again.
std::uint8_t* map_pattern(std::uint64_t size, Page const& pattern) {
    constexpr std::uint64_t piece = 4 << 20;
    auto const failed = [&] {
        return std::runtime_error(fmt::format("the host has no {} MiB for the machine's memory: {}",
                                              size >> 20, std::strerror(errno)));
    };
    void* const whole = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (whole == MAP_FAILED) throw failed();
    auto* const start = static_cast<std::uint8_t*>(whole);
    int const file = memfd_create("vivarium-ram", MFD_CLOEXEC);
    bool ok = file >= 0 && ftruncate(file, piece) == 0;
    for (std::uint64_t at = 0; ok && at < std::min(piece, size); at += page_bytes)
        ok = pwrite(file, pattern.bytes.data(), page_bytes, static_cast<off_t>(at)) == page_bytes;
    for (std::uint64_t at = 0; ok && at < size; at += piece)
        ok = mmap(start + at, std::min(piece, size - at), PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, file, 0) != MAP_FAILED;
    auto const error = failed();
    if (file >= 0) close(file);
    if (!ok) {
        munmap(whole, size);
        throw error;
    }
    return start;
}

}  // namespace

RamImage RamImage::with(std::span<Place const> places) const {
    RamImage result = *this;
    std::size_t open = SIZE_MAX;
    std::shared_ptr<Group> group;
    for (auto const& [index, page] : places) {
        if (index / group_pages != open) {
            open = index / group_pages;
            group = std::make_shared<Group>(*result.groups_[open]);
            result.groups_[open] = group;
        }
        PagePtr& place = (*group)[index % group_pages];
        result.hash_ += share(index, *page) - share(index, *place);
        place = page;
    }
    return result;
}

PhysicalMemory::PhysicalMemory(std::uint64_t bytes, std::uint64_t seed)
    : size_((bytes + page_bytes - 1) / page_bytes * page_bytes) {
    if (bytes == 0 || bytes > (1ull << 40))
        throw std::runtime_error("the machine's memory must be 1 byte to 1 TiB");
    PagePtr const pattern = pattern_page(seed);
    host_ = map_pattern(size_, *pattern);

    std::uint64_t const low = std::min<std::uint64_t>(size_, hole_start);
    regions_.push_back({0, {host_, low}});
    if (size_ > low) regions_.push_back({hole_end, {host_ + low, size_ - low}});

    current_.pages_ = pages();
    for (std::size_t first = 0; first < pages(); first += RamImage::group_pages) {
        auto group = std::make_shared<RamImage::Group>();
        for (std::size_t i = 0; i < RamImage::group_pages && first + i < pages(); ++i) {
            (*group)[i] = pattern;
            current_.hash_ += share(first + i, *pattern);
        }
        current_.groups_.push_back(std::move(group));
    }
    written_.resize(pages());
}

PhysicalMemory::~PhysicalMemory() { munmap(host_, size_); }

std::span<std::uint8_t> PhysicalMemory::at(PhysAddr address, std::uint64_t length) {
    for (engine::RamRegion const& region : regions_) {
        if (address < region.start) continue;
        std::uint64_t const offset = address - region.start;
        if (offset <= region.bytes.size() && length <= region.bytes.size() - offset)
            return region.bytes.subspan(offset, length);
    }
    return {};
}

std::span<std::uint8_t const> PhysicalMemory::at(PhysAddr address, std::uint64_t length) const {
    return const_cast<PhysicalMemory*>(this)->at(address, length);
}

bool PhysicalMemory::read(PhysAddr address, std::span<std::uint8_t> into) const {
    if (into.empty()) return true;
    auto const from = at(address, into.size());
    if (from.empty()) return false;
    std::memcpy(into.data(), from.data(), into.size());
    return true;
}

bool PhysicalMemory::write(PhysAddr address, std::span<std::uint8_t const> from) {
    if (from.empty()) return true;
    auto const into = at(address, from.size());
    if (into.empty()) return false;
    std::memcpy(into.data(), from.data(), from.size());
    for (PageNumber n = address / page_bytes; n <= (address + from.size() - 1) / page_bytes; ++n)
        mark_written(n);
    return true;
}

std::size_t PhysicalMemory::index_of(PageNumber number) const {
    if (number < hole_start / page_bytes) return std::min<std::size_t>(number, pages());
    if (number < hole_end / page_bytes) return pages();
    return std::min<std::size_t>(number - hole_pages, pages());
}

PageNumber PhysicalMemory::number_of(std::size_t index) const {
    return index < hole_start / page_bytes ? index : index + hole_pages;
}

void PhysicalMemory::mark_written(PageNumber number) {
    std::size_t const index = index_of(number);
    if (index >= pages() || written_[index]) return;
    written_[index] = true;
    written_list_.push_back(index);
}

RamImage const& PhysicalMemory::capture() {
    // In order, so that a group with several new pages is copied once.
    std::sort(written_list_.begin(), written_list_.end());
    for (std::size_t const index : written_list_) refresh(index);
    written_list_.clear();
    return current_;
}

PagePtr PhysicalMemory::page(PageNumber number) {
    std::size_t const index = index_of(number);
    if (index >= pages()) return nullptr;
    refresh(index);
    return current_.page(index);
}

// Makes the picture true for one page, if it has been written.
void PhysicalMemory::refresh(std::size_t index) {
    if (!written_[index]) return;
    written_[index] = false;  // its entry in the list is passed over later
    std::uint8_t const* const bytes = host_ + index * page_bytes;
    Page const& old = *current_.page(index);
    if (std::memcmp(old.bytes.data(), bytes, page_bytes) == 0) return;
    PagePtr fresh = copy_of(bytes);
    current_.hash_ += share(index, *fresh) - share(index, old);

    // A group that somebody else's picture holds is copied before the change.
    auto& group = current_.groups_[index / RamImage::group_pages];
    if (group.use_count() > 1) group = std::make_shared<RamImage::Group>(*group);
    const_cast<RamImage::Group&>(*group)[index % RamImage::group_pages] = std::move(fresh);
}

void PhysicalMemory::restore(RamImage const& image, std::function<void(PageNumber)> const& changed) {
    if (image.pages() != pages()) throw std::logic_error("a picture of another machine's memory");
    std::vector<bool> touched(current_.groups_.size());
    for (std::size_t const index : written_list_) touched[index / RamImage::group_pages] = true;

    for (std::size_t g = 0; g < image.groups_.size(); ++g) {
        if (!touched[g] && image.groups_[g] == current_.groups_[g]) continue;
        for (std::size_t i = 0; i < RamImage::group_pages; ++i) {
            std::size_t const index = g * RamImage::group_pages + i;
            if (index >= pages()) break;
            PagePtr const& wanted = image.page(index);
            if (!written_[index] && wanted == current_.page(index)) continue;
            std::uint8_t* const bytes = host_ + index * page_bytes;
            if (std::memcmp(bytes, wanted->bytes.data(), page_bytes) == 0) continue;
            std::memcpy(bytes, wanted->bytes.data(), page_bytes);
            changed(number_of(index));
        }
    }
    for (std::size_t const index : written_list_) written_[index] = false;
    written_list_.clear();
    current_ = image;
}

}  // namespace sim::machine
