// SPDX-License-Identifier: GPL-2.0-or-later
//
// From rows of views.query to the types of kernel_view.hpp. Entities and fields
// are found by name; what is not declared stays empty.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "simulator/debug/guest_memory.hpp"
#include "simulator/debug/kernel_view.hpp"
#include "simulator/debug/view_request.hpp"
#include "simulator/debug/views_query.hpp"

namespace sim::debug {

class KernelReader {
public:
    KernelReader(std::shared_ptr<Views const>, std::shared_ptr<Symbols const>);

    // The rows of views.query, for who reads one of them by itself; never null.
    Views const& views() const { return *views_; }
    // `stack_pointer`: RSP now, of the running thread.
    KernelView read(KernelList, GuestMemory const&, std::uint64_t stack_pointer);
    // The thread object that runs, and nothing else of the threads; 0: none, or nobody tells.
    std::uint64_t current_thread(GuestMemory const&) const;
    // The name of one thread object; "" if it cannot be had.
    std::string thread_name(std::uint64_t address, GuestMemory const&) const;
    // "10.0.2.15:80 with 10.0.2.2:51514"; "" if it is none of the kernel's connections.
    std::string connection_name(std::uint64_t address, GuestMemory const&) const;
    // The states of a connection by their numbers, as the kernel's source calls
    // them; empty when the image does not say.
    std::vector<std::string> connection_states() const;

private:
    std::uint64_t told_by_processors(GuestMemory const&) const;
    void threads(KernelView&, GuestMemory const&, std::uint64_t stack_pointer) const;
    void run_queue(KernelView&, GuestMemory const&) const;
    void frames(KernelView&, GuestMemory const&);
    void heap(KernelView&, GuestMemory const&) const;
    void locks(KernelView&, GuestMemory const&) const;
    void interrupts(KernelView&, GuestMemory const&) const;
    void virtqueues(KernelView&, GuestMemory const&) const;
    void connections(KernelView&, GuestMemory const&) const;
    void block_caches(KernelView&, GuestMemory const&) const;
    void others(KernelView&, GuestMemory const&) const;

    std::shared_ptr<Views const> views_;
    std::shared_ptr<Symbols const> symbols_;
    std::shared_ptr<FrameMap const> last_frames_;
};

}  // namespace sim::debug
