#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Vivarium, as a course hands it out: nothing here is built or installed. What the
# labs need of the computer is a C++ compiler. See README.md, or ./viv --help.
set -eu

VIV_ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
VIV_BUILD="$VIV_ROOT/build/dev"
export VIV_ROOT VIV_BUILD
bin="$VIV_BUILD/bin"

fail() { # what, then what to do next
    printf 'viv: error: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '     %s\n' "$line" >&2; done
    exit 2
}

usage() {
    cat <<'TEXT'
Vivarium: an x86-64 unikernel, and the glass around it.

usage: ./viv COMMAND [options]        (./viv COMMAND --help tells more)

  lab       the labs: list, start, check, open, hint, scene
            (in a lab's folder: ./viv demo, ./viv check, ./viv hint)
  demo      boot the HTTP server in the simulator, watch it, talk to it
  run       run one application on one target (sim or qemu)
  open      open a recording in the visualizer
  tour      guided tours of a machine's life
  shot      write a picture of a view, with no display
  replay    run a recording again and compare it
  query     ask a recording: who wrote this, why is this mapped, who held this lock
  compare   two moments of two recordings side by side
  doctor    live one life in many manners and compare: is it deterministic?
  export    a recording as packet capture, trace or table
  explore   run the schedules of a scenario, record the first that fails
TEXT
}

need_glass() {
    [ -x "$bin/viv-glass" ] || fail "this bundle has no visualizer" "Its makers left it out; the other commands work."
}

need_compiler() {
    compiler=$(sed -n 's/^compiler=//p' "$VIV_BUILD/images/practice.link")
    [ -x "$compiler" ] || fail "there is no C++ compiler: $compiler" \
        "On Debian: apt-get install build-essential. Or ask whoever looks after this computer."
}

# In a lab's folder (its own ./viv sets VIV_LAB_DIR) the kernel is the student's.
lab_image() {
    need_compiler
    image=$("$bin/viv-lab" build "$VIV_LAB_DIR") || exit 2
}

command=${1:-}
[ $# -gt 0 ] && shift
case "$command" in
'' | -h | --help | help)
    usage
    [ -n "$command" ] || exit 2
    ;;
lab)
    case "${1:-}" in check | build | grade) need_compiler ;; open) need_glass ;; esac
    exec "$bin/viv-lab" "$@"
    ;;
check | hint)
    [ -n "${VIV_LAB_DIR:-}" ] || fail "./viv $command belongs to a lab's folder" "Start a lab first: ./viv lab start 0 DIR"
    [ "$command" = hint ] || need_compiler
    exec "$bin/viv-lab" "$command" "$@"
    ;;
demo | open | shot | tour)
    need_glass
    if [ "$command" = demo ] && [ -n "${VIV_LAB_DIR:-}" ]; then
        lab_image
        set -- --kernel "$image" "$@"
    fi
    exec "$bin/viv-glass" "$command" "$@"
    ;;
run | replay | query | compare | doctor | export | explore)
    if [ "$command" = run ] && [ -n "${VIV_LAB_DIR:-}" ]; then
        lab_image
        [ "${1:-}" = http ] && shift
        set -- --kernel "$image" "$@"
    fi
    for argument in "$@"; do
        if [ "$command" = run ] && [ "$argument" = --gui ]; then
            need_glass
            exec "$bin/viv-glass" run "$@"
        fi
    done
    exec "$bin/viv-machine" "$command" "$@"
    ;;
*)
    usage >&2
    fail "unknown command: $command" "The commands are listed above."
    ;;
esac
