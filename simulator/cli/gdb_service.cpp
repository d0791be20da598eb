// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/gdb_service.hpp"

#include <cstdio>

#include "simulator/cli/ending.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/debug/gdb/service.hpp"

namespace sim::cli {

int serve_gdb(machine::Machine& machine, GdbWords const& words, std::string& ending) {
    using debug::gdb::ServiceEnd;
    debug::gdb::Listener listener(words.port);
    debug::gdb::MachineTarget target({machine, "", words.after_slice,
                                      [](std::string_view text) {
                                          std::fwrite(text.data(), 1, text.size(), stdout);
                                          std::fflush(stdout);
                                      },
                                      words.run});
    Interruption interruption;
    interruption.also_interrupt(machine);
    say("gdb can connect: gdb -ex 'target remote 127.0.0.1:{}' {}", listener.port(),
        words.image.empty() ? machine.config().image.name : words.image);
    ServiceEnd const end = serve(target, listener,
                                 {.run_before = words.live && !words.wait,
                                  .run_after_detach = words.live,
                                  .interrupted = Interruption::requested,
                                  .say = [](std::string_view text) { say("{}", text); }});
    switch (end) {
        case ServiceEnd::killed:
            ending = "gdb ended it";
            return status_right;
        case ServiceEnd::guest_ended: {
            auto const guest =
                ending_of(machine.ended().value_or(machine::RunResult{machine::RunStop::halted, 0, ""}));
            ending = guest->text;
            return guest->status;
        }
        case ServiceEnd::interrupted:
            break;
    }
    ending = "interrupted";
    return status_interrupted;
}

}  // namespace sim::cli
