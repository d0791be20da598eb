#!/bin/sh
# SPDX-License-Identifier: MIT
#
# link_image.sh MANIFEST OUTPUT.elf [OLD.o NEW.o]...: links an image of the
# kernel. Twice: the first link gives the addresses of the functions, the second
# adds their names for the backtrace, and, where somebody asks for them by the weak
# name image_probe_notes, the notes of the probes. The manifest, written by CMake beside the
# image, names the tools and the objects; a pair OLD NEW puts one object in the
# place of another, which is how a lab links a student's file with the rest of
# the kernel.
set -eu
manifest=$1 output=$2
shift 2

value() { sed -n "s/^$1=//p" "$manifest"; }
compiler=$(value compiler)
flags=$(value flags)
objects=$(value object)
while [ $# -ge 2 ]; do
    printf '%s\n' "$objects" | grep -qxF -- "$1" || {
        echo "link_image.sh: $1 is no part of this image" >&2
        exit 2
    }
    objects=$(printf '%s\n' "$objects" | awk -v old="$1" -v new="$2" '{print $0 == old ? new : $0}')
    shift 2
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s\n' "$objects" >"$work/objects"

link() { # output, more objects...
    image=$1
    shift
    # shellcheck disable=SC2086
    "$compiler" $flags -nostdlib -static -no-pie -T "$(value script)" -Wl,--gc-sections -Wl,--build-id=none \
        -Wl,-z,max-page-size=16 -Wl,-z,noexecstack "@$work/objects" "$@" -o "$image"
}

link "$work/first.elf"
"$(dirname "$0")/symbols.sh" "$(value nm)" "$(value cxxfilt)" "$work/first.elf" "$work/symbols.S"
if xargs grep -qs image_probe_notes <"$work/objects"; then
    "$(value objcopy)" -O binary --only-section=.note.stapsdt --set-section-flags .note.stapsdt=alloc,readonly \
        "$work/first.elf" "$work/notes"
    cat >>"$work/symbols.S" <<NOTES
    .section .rodata.probe_notes, "a", @progbits
    .balign 8
    .global image_probe_notes, image_probe_notes_end
image_probe_notes:
    .incbin "$work/notes"
image_probe_notes_end:
NOTES
fi
"$compiler" -c "$work/symbols.S" -o "$work/symbols.o"
link "$output.new" "$work/symbols.o"
mv "$output.new" "$output"
