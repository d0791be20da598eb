// SPDX-License-Identifier: GPL-2.0-or-later
//
// Watches a student's page tables at work in the simulator. After every map, unmap
// and protect it looks at two things: do the tables say what they should, and does
// the processor's TLB remember anything that they no longer say.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "labs/03-paging/checks/address_space.hpp"
#include "labs/grader/call_watch.hpp"

namespace lab::paging {

struct Breach {
    enum class Rule { tables, stale } rule;
    std::uint64_t address = 0;
    std::string seen;
    Call call;
};

// A 2 MiB page of the exercise came apart, in this call.
struct Split {
    std::uint64_t page = 0;      // its first address
    std::uint64_t entry = 0;     // where the entry lies that was the page's and is the table's
    std::uint64_t physical = 0;  // what the page was
    Call call;
};

class PagingMonitor {
public:
    explicit PagingMonitor(StudentRun&);

    // Runs on until the machine ends or something is wrong.
    void run() { watch_.run(); }
    std::optional<Breach> const& breach() const { return breach_; }
    // The first one.
    std::optional<Split> const& split() const { return split_; }
    // What is missing of the exercise, in words; empty: it ran from its beginning to
    // its end, and made as many requests as it does.
    std::string missing(std::uint64_t least_requests) const;

    // How many tables there should be, and how many frames the kernel holds for them.
    std::uint64_t tables_needed() const { return space_.tables(); }
    std::uint64_t tables_held() const { return table_frames_.size(); }

private:
    void entered(Call const&);
    bool returned(Call const&);
    bool frames_returned(Call const&);
    std::optional<std::string> wrong_table(std::uint64_t root, std::uint64_t page) const;
    std::optional<std::string> stale_entry(std::uint64_t page) const;

    StudentRun& run_;
    CallWatch watch_;
    AddressSpace space_;
    std::set<std::uint64_t> table_frames_;
    std::uint64_t requests_ = 0;  // since the exercise began
    std::optional<Breach> breach_;
    std::optional<Split> whole_;  // the large page that the call may split
    std::optional<Split> split_;
};

}  // namespace lab::paging
