// SPDX-License-Identifier: GPL-2.0-or-later
//
// Walls around what students hand in. Their code runs in four places: the compiler
// reads it, the program for the checks on the host is made of it, QEMU and the
// simulator (which is in the judge) execute it. Each of these is a process of its
// own with namespaces of its own (bubblewrap): no network, nobody else's processes,
// of the files only what it needs, all read-only but one folder, and not root.
//
// Where there are walls, run_process() hands every process that is not `Runs::ours`
// to them. The judge is behind walls itself and cannot build others: it asks the
// grader outside (broker.hpp).
#pragma once

#include <linux/filter.h>

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "labs/grader/process.hpp"

namespace lab {

class Walls {
public:
    virtual ~Walls() = default;
    virtual ProcessResult run(ProcessRequest const&) = 0;
};

// Those of the current thread; null: none, as in ./viv lab check.
Walls* walls_of_now();
class Behind {
public:
    explicit Behind(Walls&);
    ~Behind();
    Behind(Behind const&) = delete;
    Behind& operator=(Behind const&) = delete;

private:
    Walls* before_;
};

// How this host can confine.
enum class Confinement {
    none,
    by_root,  // bubblewrap as root, which becomes nobody inside; needs no user namespaces
    by_user,  // bubblewrap in a user namespace
};
struct Found {
    Confinement how = Confinement::none;
    std::string why;  // of none: what was tried, and what it said
};
// Tries it out: starts an empty program behind the walls.
Found find_confinement();
char const* name_of(Confinement);

// What is seen of the files from behind the walls, besides the system's programs.
// `inside`: where it is seen; empty: at its own path. The later ones cover the earlier.
struct View {
    std::filesystem::path outside, inside{};
    bool writable = false;
};
using Views = std::map<Runs, std::vector<View>>;

// What one submission may use, all its processes together.
struct Allowance {
    double processor_seconds = 60;
    double program_seconds = 20;       // of this, for programs of its own
    double program_real_seconds = 60;  // they may sleep; or the host is busy, which is not their fault
    double real_seconds = 240;         // all but the judge, who waits for the others
    std::uint64_t memory_bytes = 1ull << 30;
};

// The walls of one submission.
class Yard final : public Walls {
public:
    // With Confinement::none: limits, a filter of system calls and, for root, another
    // user, but no walls. `environment`: "NAME=value"; there is no other inside.
    Yard(Confinement how, Views views, std::vector<std::string> environment, Allowance allowance = {});
    ProcessResult run(ProcessRequest const&) override;

    double used_seconds() const;
    std::uint64_t most_memory() const;

private:
    std::vector<std::string> command(ProcessRequest const&, bool has_filter) const;

    Confinement how_;
    Views views_;
    std::vector<std::string> environment_;
    mutable std::mutex lock_;
    Allowance left_;
    double used_seconds_ = 0;
    std::uint64_t most_memory_ = 0;
};

// The filter of system calls: nothing that looks into other processes or into rare
// corners of the host's kernel; with `alone` no new processes and no sockets either.
// Threads are allowed: the sanitizers start one.
std::vector<sock_filter> filter_of_calls(bool alone);

// Who students' processes are when the grader is root.
constexpr unsigned nobody = 65534;
// What on the way to a folder, or that itself, everybody cannot enter, and so nobody
// cannot, such as /root; empty: nothing. Where there are walls it does not matter: they
// show the folder at its end.
std::filesystem::path barred_to_nobody(std::filesystem::path const& folder);

}  // namespace lab
