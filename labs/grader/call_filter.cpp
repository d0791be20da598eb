// SPDX-License-Identifier: GPL-2.0-or-later
//
// The filter of system calls: a program of the kernel's packet filter over the
// call's number and its first argument. [man seccomp(2)]
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "labs/grader/walls.hpp"

namespace lab {
namespace {

// From here on numbers mean the calls of another way to call (x32).
constexpr std::uint32_t first_foreign = 0x4000'0000;

constexpr std::uint32_t refuse = SECCOMP_RET_ERRNO | EPERM, unknown = SECCOMP_RET_ERRNO | ENOSYS;

constexpr int never[] = {
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_unshare,
    SYS_setns,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_kexec_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_open_by_handle_at,
    SYS_pidfd_getfd,
};
constexpr int not_alone[] = {SYS_fork, SYS_vfork, SYS_socket, SYS_socketpair, SYS_kill, SYS_tkill};

sock_filter statement(unsigned code, std::uint32_t value) {
    return {static_cast<std::uint16_t>(code), 0, 0, value};
}
sock_filter jump(unsigned code, std::uint32_t value, unsigned yes, unsigned no) {
    return {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(yes), static_cast<std::uint8_t>(no),
            value};
}

}  // namespace

std::vector<sock_filter> filter_of_calls(bool alone) {
    constexpr auto load = [](std::size_t offset) {
        return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
    };
    constexpr unsigned equal = BPF_JMP | BPF_JEQ | BPF_K, at_least = BPF_JMP | BPF_JGE | BPF_K,
                       has_bit = BPF_JMP | BPF_JSET | BPF_K, give = BPF_RET | BPF_K;
    std::vector<sock_filter> rules = {
        load(offsetof(seccomp_data, arch)),        jump(equal, AUDIT_ARCH_X86_64, 1, 0),
        statement(give, SECCOMP_RET_KILL_PROCESS), load(offsetof(seccomp_data, nr)),
        jump(at_least, first_foreign, 0, 1),       statement(give, SECCOMP_RET_KILL_PROCESS),
    };
    auto const answer = [&](int call, std::uint32_t with) {
        rules.push_back(jump(equal, static_cast<std::uint32_t>(call), 0, 1));
        rules.push_back(statement(give, with));
    };
    for (int call : never) answer(call, refuse);
    if (alone) {
        for (int call : not_alone) answer(call, refuse);
        answer(SYS_clone3, unknown);  // the C library asks by clone then
        rules.push_back(jump(equal, SYS_clone, 0, 3));
        rules.push_back(load(offsetof(seccomp_data, args)));
        rules.push_back(jump(has_bit, CLONE_THREAD, 1, 0));
        rules.push_back(statement(give, refuse));
    }
    rules.push_back(statement(give, SECCOMP_RET_ALLOW));
    return rules;
}

}  // namespace lab
