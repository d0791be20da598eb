// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which lab is judged by which exams. A new lab adds its line here.
#include "labs/00-first-hour/checks/exams.hpp"

#include <fmt/format.h>

#include "labs/01-boot/checks/exams.hpp"
#include "labs/02-physical-memory/checks/exams.hpp"
#include "labs/03-paging/checks/exams.hpp"
#include "labs/04-interrupts/checks/exams.hpp"
#include "labs/grader/exam.hpp"
#include "labs/grader/qemu_exam.hpp"

namespace lab {

std::vector<Exam> exams_of(int lab) {
    switch (lab) {
        case 0:
            return {{{"boot", "greeting", "text", "rodata", "data"}, first_hour::examine_machine}};
        case 1:
            return {{{"tables", "mode", "upper-half", "call", "bss", "runs", "settings", "waits"},
                     boot::examine_machine},
                    {{"chip", "text", "numbers"}, boot::examine_on_host},
                    {{"qemu"}, examine_on_qemu},
                    {{"explain"}, boot::examine_answers}};
        case 2:
            return {{{"regions", "split-and-merge", "mistakes", "random-steps"}, frames::examine_on_host},
                    {{"inside-ram", "handed-out-once", "found", "runs", "all-come-back", "steps", "probe"},
                     frames::examine_machine},
                    {{"double-free"}, frames::examine_double_free},
                    {{"qemu"}, examine_on_qemu},
                    {{"explain"}, frames::examine_answers}};
        case 3:
            return {{{"walk", "map", "change", "split", "random-steps"}, paging::examine_on_host},
                    {{"agrees", "no-stale", "runs", "tables-come-back"}, paging::examine_machine},
                    {{"qemu"}, examine_on_qemu},
                    {{"explain"}, paging::examine_answers}};
        case 4:
            return {{{"gate"}, interrupts::examine_on_host},
                    {{"gates", "runs", "frame", "aligned", "registers", "lazy"}, interrupts::examine_machine},
                    {{"refuses"}, interrupts::examine_beyond},
                    {{"qemu"}, examine_on_qemu},
                    {{"explain"}, interrupts::examine_answers}};
        default:
            throw UsageError(fmt::format("lab {} has no checks yet", lab), "./viv lab list names the labs.");
    }
}

}  // namespace lab
