// SPDX-License-Identifier: GPL-2.0-or-later
//
// A log that one thread appends to and others read without a lock. It is made
// of chunks that never move. A reader holds a LogView: a list of chunks and a
// length that were true when it was taken. Elements below that length are never
// written again, so taking a view costs one reference count.
//
// Bounded: above `max_chunks` the oldest chunk is forgotten (a reader that still
// holds a view keeps it alive). Numbers stay: element n is n for ever.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace sim::debug {

template <class T, std::size_t chunk_size = 1024>
class LogView {
public:
    using Chunk = std::array<T, chunk_size>;
    using Directory = std::vector<std::shared_ptr<Chunk>>;

    LogView() = default;
    LogView(std::shared_ptr<Directory const> chunks, std::uint64_t begin, std::uint64_t end)
        : chunks_(std::move(chunks)), base_(begin), begin_(begin), end_(end) {}

    // Elements begin() <= n < end() are there. begin() is 0 until old ones are forgotten.
    std::uint64_t begin() const { return begin_; }
    std::uint64_t end() const { return end_; }
    std::uint64_t size() const { return end_ - begin_; }
    bool empty() const { return begin_ == end_; }
    bool holds(std::uint64_t n) const { return begin_ <= n && n < end_; }
    T const& operator[](std::uint64_t n) const {
        return (*(*chunks_)[(n - base_) / chunk_size])[(n - base_) % chunk_size];
    }
    // The same without the elements before `first`.
    LogView since(std::uint64_t first) const {
        LogView view = *this;
        view.begin_ = first < begin_ ? begin_ : first < end_ ? first : end_;
        return view;
    }
    T const& back() const { return (*this)[end_ - 1]; }

    // First n for which `before(element)` is false; the log must be ordered so.
    template <class Before>
    std::uint64_t partition_point(Before before) const {
        std::uint64_t low = begin_, high = end_;
        while (low < high) {
            std::uint64_t middle = low + (high - low) / 2;
            if (before((*this)[middle]))
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

private:
    std::shared_ptr<Directory const> chunks_;
    std::uint64_t base_ = 0;  // number of the first element of the first chunk
    std::uint64_t begin_ = 0;
    std::uint64_t end_ = 0;
};

template <class T, std::size_t chunk_size = 1024>
class AppendLog {
public:
    explicit AppendLog(std::size_t max_chunks) : max_chunks_(max_chunks < 2 ? 2 : max_chunks) {}

    std::uint64_t append(T value) {
        if (((end_ - begin_) % chunk_size) == 0) grow();
        (*directory_->back())[(end_ - begin_) % chunk_size] = std::move(value);
        return end_++;
    }
    void clear() {
        directory_ = std::make_shared<Directory>();
        begin_ = end_ = 0;
    }
    // Of an empty log: its first element will be number `first`.
    void start_at(std::uint64_t first) { begin_ = end_ = first; }
    // Another log that begins with our elements before `end`: whole chunks are
    // shared, the last one is its own, so that both may go on.
    AppendLog until(std::uint64_t end) const {
        AppendLog log(max_chunks_);
        log.begin_ = begin_;
        log.end_ = end < begin_ ? begin_ : end < end_ ? end : end_;
        std::size_t const chunks = (log.end_ - begin_ + chunk_size - 1) / chunk_size;
        auto directory = std::make_shared<Directory>(directory_->begin(), directory_->begin() + chunks);
        if (chunks > 0) directory->back() = std::make_shared<Chunk>(*directory->back());
        log.directory_ = std::move(directory);
        return log;
    }
    LogView<T, chunk_size> view() const { return {directory_, begin_, end_}; }

private:
    using Chunk = std::array<T, chunk_size>;
    using Directory = std::vector<std::shared_ptr<Chunk>>;

    // The directory may be in a reader's hands: a new chunk means a new directory.
    void grow() {
        auto next = std::make_shared<Directory>();
        bool full = directory_->size() >= max_chunks_;
        next->reserve(directory_->size() + 1);
        next->assign(directory_->begin() + (full ? 1 : 0), directory_->end());
        if (full) begin_ += chunk_size;
        next->push_back(std::make_shared<Chunk>());
        directory_ = std::move(next);
    }

    std::size_t max_chunks_;
    std::shared_ptr<Directory> directory_ = std::make_shared<Directory>();
    std::uint64_t begin_ = 0;
    std::uint64_t end_ = 0;
};

}  // namespace sim::debug
