// SPDX-License-Identifier: MIT
//
// Everybody in turn, the same time for each. Priorities mean nothing here.
#pragma once

#include "kernel/threads/policy.hpp"

namespace threads {

class RoundRobin final : public Policy {
public:
    std::string_view word() const override { return "rr"; }
    void add(Thread& thread, Arrival) override { queue_.push_back(thread); }
    bool preempts(Thread const&, Thread const&) const override { return false; }
};

}  // namespace threads
