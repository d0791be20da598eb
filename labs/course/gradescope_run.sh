#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Gradescope runs this for each submission, in a container of its own. The submission
# is not run as root; where the container does not allow walls, it is the wall.
set -u

mkdir -p /autograder/results
/autograder/vivarium/viv lab grade /autograder/submission --one --lab @LAB@ --unconfined \
    --format gradescope --out /tmp/graded >/autograder/results/results.json.new
status=$?
mv /autograder/results/results.json.new /autograder/results/results.json
exit $status
