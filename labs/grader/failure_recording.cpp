// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/failure_recording.hpp"

#include "simulator/recording/recorder.hpp"

namespace lab {

std::string record_failure(StudentRun& run, std::string const& name, Finding const& finding,
                           std::filesystem::path const& folder) {
    std::filesystem::path const file = folder / ("fail-" + name + ".run");
    // The image inside: the next build replaces the student's, and the file can
    // be handed to somebody else.
    sim::recording::Recorder recorder(file, run.machine().config(), true);
    recorder.bookmark({.name = first_bad,
                       .at = finding.moment.value_or(run.machine().moment()),
                       .text = finding.seen,
                       .view = finding.view,
                       .address = finding.address});
    recorder.finish(run.machine());
    return file.string();
}

}  // namespace lab
