// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/walls.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <set>
#include <stdexcept>

namespace lab {
namespace {

namespace fs = std::filesystem;

thread_local Walls* walls_here = nullptr;

constexpr char const* bubblewrap = "/usr/bin/bwrap";
constexpr char const* filter_descriptor = "20";

using Words = std::vector<std::string>;
void add(Words& words, Words const& more) { words.insert(words.end(), more.begin(), more.end()); }

// The walls without what is particular to one program.
Words walls_of(Confinement how, char const* room) {
    Words words = {bubblewrap};
    if (how == Confinement::by_user) add(words, {"--unshare-user", "--uid", "65534", "--gid", "65534"});
    add(words, {"--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
                "--die-with-parent", "--new-session", "--hostname", "vivarium", "--cap-drop", "ALL"});
    // Root's own walls: what becomes nobody inside needs these until it has.
    if (how == Confinement::by_root)
        add(words, {"--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"});
    add(words, {"--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--size", room, "--tmpfs", "/tmp"});
    add(words, {"--ro-bind", "/usr", "/usr"});
    for (char const* folder : {"/bin", "/sbin", "/lib", "/lib64"}) {
        if (!fs::exists(folder)) continue;
        if (fs::is_symlink(folder))
            add(words, {"--symlink", fs::read_symlink(folder).string(), folder});
        else
            add(words, {"--ro-bind", folder, folder});
    }
    add(words, {"--perms", "0755", "--dir", "/etc"});
    for (char const* file : {"/etc/alternatives", "/etc/ld.so.cache"})
        if (fs::exists(file)) add(words, {"--ro-bind", file, file});
    return words;
}

// The folders on the way to a view are made first, open to everybody: bubblewrap
// makes them for root alone.
void add_views(Words& words, std::vector<View> const& views) {
    std::vector<fs::path> shown;
    std::set<fs::path> made = {"/", "/tmp"};
    for (auto const& view : views) {
        fs::path const inside = view.inside.empty() ? view.outside : view.inside;
        fs::path way = "/";
        for (auto const& name : inside.parent_path().relative_path()) {
            way /= name;
            bool const there = std::find(shown.begin(), shown.end(), way) != shown.end();
            if (there) break;  // it is part of another view
            if (made.insert(way).second) add(words, {"--perms", "0755", "--dir", way.string()});
        }
        add(words, {view.writable ? "--bind" : "--ro-bind", view.outside.string(), inside.string()});
        shown.push_back(inside);
    }
}

Words to_become_nobody() {
    return {"/usr/bin/setpriv", "--reuid=65534",   "--regid=65534",
            "--clear-groups",   "--inh-caps=-all", "--no-new-privs"};
}

bool is_root() { return geteuid() == 0; }

// A file without a name that holds the filter.
int file_of(std::vector<sock_filter> const& filter) {
    int const file = memfd_create("filter", MFD_CLOEXEC);
    auto const size = filter.size() * sizeof filter[0];
    if (file < 0 || write(file, filter.data(), size) != static_cast<ssize_t>(size))
        throw std::runtime_error("cannot keep the filter of system calls");
    lseek(file, 0, SEEK_SET);
    return file;
}

std::uint64_t whole(double seconds) { return static_cast<std::uint64_t>(std::max(1.0, std::ceil(seconds))); }

std::string first_line(std::string const& text) { return text.substr(0, text.find('\n')); }

}  // namespace

Walls* walls_of_now() { return walls_here; }
Behind::Behind(Walls& walls) : before_(walls_here) { walls_here = &walls; }
Behind::~Behind() { walls_here = before_; }

fs::path barred_to_nobody(fs::path const& folder) {
    fs::path way;
    for (auto const& name : fs::canonical(folder)) {
        way /= name;
        if ((fs::status(way).permissions() & fs::perms::others_exec) == fs::perms::none) return way;
    }
    return {};
}

char const* name_of(Confinement how) {
    switch (how) {
        case Confinement::none:
            return "not confined";
        case Confinement::by_root:
            return "bubblewrap, as root, nobody inside";
        case Confinement::by_user:
            return "bubblewrap, in a user namespace";
    }
    return "";
}

Found find_confinement() {
    if (!fs::exists(bubblewrap))
        return {Confinement::none, "there is no bubblewrap: apt-get install bubblewrap"};
    if (access(bubblewrap, X_OK) != 0)
        return {Confinement::none, fmt::format("{} cannot be started: {}", bubblewrap, std::strerror(errno))};
    Found found;
    for (Confinement how : {Confinement::by_root, Confinement::by_user}) {
        if (how == Confinement::by_root && !is_root()) continue;
        Words words = walls_of(how, "65536");
        words.push_back("--");
        if (how == Confinement::by_root) add(words, to_become_nobody());
        add(words, {"/usr/bin/test", "-e", "/proc/self/status"});
        auto const tried = run_process(words, "/");
        if (tried.status == 0) return {how, {}};
        found.why +=
            fmt::format("{}{}: {}", found.why.empty() ? "" : "; ", name_of(how), first_line(tried.output));
    }
    return found;
}

Yard::Yard(Confinement how, Views views, Words environment, Allowance allowance)
    : how_(how), views_(std::move(views)), environment_(std::move(environment)), left_(allowance) {}

Words Yard::command(ProcessRequest const& request, bool has_filter) const {
    Words settings = environment_;
    add(settings, request.environment);
    add(settings, {"PATH=/usr/bin:/bin", "HOME=/tmp", "LC_ALL=C", "TMPDIR=/tmp"});
    Words words;
    if (how_ == Confinement::none) {
        if (is_root()) words = to_become_nobody();
        add(words, {"/usr/bin/env", "-i"});
        add(words, settings);
        add(words, request.arguments);
        return words;
    }
    words = walls_of(how_, request.runs == Runs::program ? "65536" : "268435456");
    if (auto const found = views_.find(request.runs); found != views_.end()) add_views(words, found->second);
    add(words, {"--chdir", request.folder.string(), "--clearenv"});
    for (auto const& setting : settings) {
        auto const equals = setting.find('=');
        add(words, {"--setenv", setting.substr(0, equals), setting.substr(equals + 1)});
    }
    if (has_filter) add(words, {"--seccomp", filter_descriptor});
    words.push_back("--");
    if (how_ == Confinement::by_root) add(words, to_become_nobody());
    add(words, request.arguments);
    return words;
}

ProcessResult Yard::run(ProcessRequest const& asked) {
    ProcessRequest request = asked;
    bool const own_program = asked.runs == Runs::program;
    {
        std::scoped_lock const guard(lock_);
        double const processor =
            own_program ? std::min(left_.program_seconds, left_.processor_seconds) : left_.processor_seconds;
        if (processor <= 0 || left_.real_seconds <= 0 || (own_program && left_.program_real_seconds <= 0)) {
            ProcessResult none;
            none.status = 128;
            none.out_of_time = true;
            return none;
        }
        auto& limits = request.limits;
        limits.processor_seconds = std::min(limits.processor_seconds, whole(processor));
        limits.real_seconds = std::min(limits.real_seconds, whole(left_.real_seconds));
        if (own_program)
            limits.real_seconds = std::min(limits.real_seconds, whole(left_.program_real_seconds));
        limits.memory_bytes = left_.memory_bytes;
        limits.processes = 48;
        limits.file_bytes = std::min(limits.file_bytes, std::uint64_t{64} << 20);
    }
    auto filter = filter_of_calls(own_program);
    int file = -1;
    request.runs = Runs::ours;
    request.arguments = command(asked, true);
    if (how_ == Confinement::none) {
        request.filter = std::move(filter);
    } else {
        file = file_of(filter);
        request.descriptors.push_back({std::atoi(filter_descriptor), file});
        request.folder = "/";
    }
    auto const started = std::chrono::steady_clock::now();
    ProcessResult result;
    try {
        result = run_process(request);
    } catch (...) {
        if (file >= 0) close(file);
        throw;
    }
    if (file >= 0) close(file);
    std::chrono::duration<double> const real = std::chrono::steady_clock::now() - started;
    std::scoped_lock const guard(lock_);
    used_seconds_ += result.processor_seconds;
    left_.processor_seconds -= result.processor_seconds;
    if (asked.runs != Runs::judge) left_.real_seconds -= real.count();  // the others run while it waits
    if (own_program) {
        left_.program_seconds -= result.processor_seconds;
        left_.program_real_seconds -= real.count();
    }
    most_memory_ = std::max(most_memory_, result.memory_bytes);
    return result;
}

double Yard::used_seconds() const {
    std::scoped_lock const guard(lock_);
    return used_seconds_;
}

std::uint64_t Yard::most_memory() const {
    std::scoped_lock const guard(lock_);
    return most_memory_;
}

}  // namespace lab
