// SPDX-License-Identifier: GPL-2.0-or-later
//
// The crime scene at the end of a lab: a recording of somebody else's mistake, to
// be found by looking. `viv lab scene` makes it from one of the lab's mutants, a
// student's own one and on their own machine, and judges the answer; there are no
// points. labs/NN-name/scene.json:
//
//     "check"   the check whose finding is the right answer
//     "cases"   mutants that it finds; the seed chooses one
//     "answer"  a regular expression on what was seen: its groups are the words wanted
//
// In a course's bundle there are no mutants; their kernels lie in scene/CASE.elf.
//
// And scene.md beside it tells the story and has the line "Answer:".
#pragma once

#include <string>
#include <vector>

#include "labs/grader/started.hpp"

namespace lab {

struct SceneDefinition {
    std::string check, answer;
    std::vector<std::string> cases;
};

// None: the lab has no scene. Throws UsageError for a scene.json that is damaged.
std::optional<SceneDefinition> scene_of(Definition const&);

// Makes scene.run in the lab's folder, scene.md when it is not there yet, and a note
// by which answers are judged, which does not tell them. Returns the right words; a
// person is not shown them.
std::vector<std::string> make_scene(House const&, Definition const&, Started const&);

// What is wrong with the answer in scene.md; empty: it is right. Throws UsageError when
// no scene was made.
std::string objection_to_scene(Started const&);

// `viv lab scene`: makes the scene, or judges the answer when there is one. Exit status.
int scene_command(House const&, Definition const&, Started const&, bool again);

}  // namespace lab
