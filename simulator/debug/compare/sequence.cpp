// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/compare/sequence.hpp"

#include <algorithm>

namespace sim::debug::compare {

namespace {

using Kind = Edit::Kind;
using Index = std::ptrdiff_t;

// On diagonal k = i - j, how far along `one` can be come with d differences? The
// answers for each d are kept, to find the way back.
class Myers {
public:
    Myers(std::vector<std::uint64_t> const& one, std::vector<std::uint64_t> const& other, std::size_t skip,
          Index n, Index m)
        : one_(one), other_(other), skip_(skip), n_(n), m_(m) {}

    bool run(Index most) {
        most = std::min(most, n_ + m_);
        std::vector<Index> furthest(static_cast<std::size_t>(2 * most + 3), 0);
        Index const middle = most + 1;
        auto const at = [&](Index k) -> Index& { return furthest[static_cast<std::size_t>(middle + k)]; };
        for (Index d = 0; d <= most; ++d) {
            trace_.emplace_back(furthest.begin() + (middle - d - 1), furthest.begin() + (middle + d + 2));
            for (Index k = -d; k <= d; k += 2) {
                Index i = k == -d || (k != d && at(k - 1) < at(k + 1)) ? at(k + 1) : at(k - 1) + 1;
                while (i < n_ && i - k < m_ && equal(i, i - k)) ++i;
                at(k) = i;
                if (i >= n_ && i - k >= m_) return true;
            }
        }
        return false;
    }

    // Backwards from the end.
    std::vector<Edit> way() const {
        std::vector<Edit> edits;
        Index i = n_, j = m_;
        for (Index d = static_cast<Index>(trace_.size()) - 1; d >= 0; --d) {
            std::vector<Index> const& v = trace_[static_cast<std::size_t>(d)];
            auto const at = [&](Index k) { return v[static_cast<std::size_t>(k + d + 1)]; };
            Index const k = i - j;
            bool const down = k == -d || (k != d && at(k - 1) < at(k + 1));
            Index const before_k = down ? k + 1 : k - 1;
            Index const before_i = d == 0 ? 0 : at(before_k), before_j = d == 0 ? 0 : before_i - before_k;
            while (i > before_i && j > before_j) tell(edits, Kind::same, --i, --j);
            if (d == 0) break;
            if (down)
                tell(edits, Kind::added, i, --j);
            else
                tell(edits, Kind::missing, --i, j);
        }
        std::reverse(edits.begin(), edits.end());
        return edits;
    }

private:
    bool equal(Index i, Index j) const {
        return one_[skip_ + static_cast<std::size_t>(i)] == other_[skip_ + static_cast<std::size_t>(j)];
    }
    void tell(std::vector<Edit>& edits, Kind kind, Index i, Index j) const {
        edits.push_back({kind, skip_ + static_cast<std::size_t>(i), skip_ + static_cast<std::size_t>(j)});
    }

    std::vector<std::uint64_t> const &one_, &other_;
    std::size_t skip_;
    Index n_, m_;
    std::vector<std::vector<Index>> trace_;  // [d]: diagonals -d-1 to d+1 before step d
};

}  // namespace

EditScript edit_script(std::vector<std::uint64_t> const& one, std::vector<std::uint64_t> const& other,
                       std::size_t most_differences) {
    std::size_t head = 0, tail = 0;
    std::size_t const shorter = std::min(one.size(), other.size());
    while (head < shorter && one[head] == other[head]) ++head;
    while (tail < shorter - head && one[one.size() - 1 - tail] == other[other.size() - 1 - tail]) ++tail;

    EditScript script;
    for (std::size_t i = 0; i < head; ++i) script.edits.push_back({Kind::same, i, i});
    std::size_t const n = one.size() - head - tail, m = other.size() - head - tail;
    Myers myers(one, other, head, static_cast<Index>(n), static_cast<Index>(m));
    if (myers.run(static_cast<Index>(most_differences))) {
        for (Edit const& edit : myers.way()) script.edits.push_back(edit);
    } else {
        script.coarse = true;
        for (std::size_t i = 0; i < n; ++i) script.edits.push_back({Kind::missing, head + i, head});
        for (std::size_t j = 0; j < m; ++j) script.edits.push_back({Kind::added, head + n, head + j});
    }
    for (std::size_t i = 0; i < tail; ++i)
        script.edits.push_back({Kind::same, one.size() - tail + i, other.size() - tail + i});
    return script;
}

}  // namespace sim::debug::compare
