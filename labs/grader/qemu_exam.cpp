// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/qemu_exam.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "labs/grader/process.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

bool has_qemu() {
    std::array<char const*, 2> const folders = {"/usr/bin", "/usr/local/bin"};
    for (char const* folder : folders)
        if (fs::exists(fs::path(folder) / "qemu-system-x86_64")) return true;
    return false;
}

}  // namespace

void examine_on_qemu(Subject const& subject, Judgement& judgement) {
    if (subject.tools.empty()) return judgement.skip("qemu", "nobody asked");
    if (!has_qemu()) return judgement.skip("qemu", "there is no QEMU here: apt-get install qemu-system-x86");
    ProcessRequest request;
    request.arguments = {
        (subject.tools / "viv-machine").string(), "run", "--on", "qemu", "--kernel", subject.elf.string()};
    request.folder = subject.folder;
    request.runs = Runs::emulator;
    request.limits = {
        .processor_seconds = 15, .real_seconds = 60, .file_bytes = 1 << 20, .most_output = 1 << 16};
    auto const ended = run_process(request);
    if (ended.status == 0) return;
    std::string seen;
    switch (ended.status) {
        case 101:
            seen = "the kernel panicked on QEMU";
            break;
        case 102:
            seen = "the kernel ended in a triple fault on QEMU";
            break;
        default:
            seen = ended.out_of_time ? "the kernel never ended on QEMU"
                                     : fmt::format("the kernel ended with status {} on QEMU", ended.status);
    }
    judgement.fail(
        "qemu",
        {.seen = seen,
         .rule = "One image runs everywhere: what runs in the simulator boots on QEMU, too.",
         .cause = "Something that the simulator does not insist on. Its output is kept in the file below; "
                  "./viv run --on qemu shows it live."},
        ended.output);
}

}  // namespace lab
