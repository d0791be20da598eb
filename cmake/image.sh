#!/bin/sh
# SPDX-License-Identifier: MIT
#
# viv image: an application as a file that boots by itself.
set -eu

usage() {
    cat <<'USAGE'
usage: ./viv image APP [--iso] [--append "WORDS"] -o FILE

Without --iso: the stripped ELF image, for loaders that know PVH (QEMU's -kernel)
or multiboot2. With --iso: a disc that boots by BIOS and by UEFI, with GRUB.
WORDS are for the guest's command line; an ELF image has no place for them.
USAGE
}
fail() {
    echo "viv: error: $1" >&2
    exit 2
}

images=$1
shift
app='' file='' iso='' words=''
while [ $# -gt 0 ]; do
    case "$1" in
    -h | --help) usage; exit 0 ;;
    --iso) iso=1 ;;
    -o) [ $# -ge 2 ] || fail "-o needs a file's name"; file=$2; shift ;;
    --append) [ $# -ge 2 ] || fail "--append needs words"; words=$2; shift ;;
    -*) fail "unknown option: $1; see ./viv image --help" ;;
    *) [ -z "$app" ] || fail "one application at a time: $app or $1"; app=$1 ;;
    esac
    shift
done
[ -n "$app" ] || { usage >&2; exit 2; }
[ -n "$file" ] || fail "where to? Give -o FILE"
[ -f "$images/$app.elf" ] || fail "there is no application $app; $images has $(cd "$images" && ls ./*.elf | sed 's|^./||; s|\.elf$||' | tr '\n' ' ')"
case "$words" in
*[!A-Za-z0-9\ ._=,:@/+%-]*) fail "--append: GRUB would not take these words as they are: $words" ;;
esac
[ -n "$iso" ] || [ -z "$words" ] || fail "--append needs --iso: an ELF image has no place for words"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
if [ -z "$iso" ]; then
    strip -o "$scratch/image" "$images/$app.elf"
else
    command -v grub-mkrescue >/dev/null || fail "grub-mkrescue is missing; ./viv setup installs it"
    mkdir -p "$scratch/disc/boot/grub"
    strip -o "$scratch/disc/boot/vivarium.elf" "$images/$app.elf"
    cat > "$scratch/disc/boot/grub/grub.cfg" <<GRUB
set timeout=0
menuentry "Vivarium: $app" {
    multiboot2 /boot/vivarium.elf $words
    boot
}
GRUB
    grub-mkrescue -o "$scratch/image" "$scratch/disc" > "$scratch/log" 2>&1 ||
        fail "grub-mkrescue failed: $(tail -n 1 "$scratch/log")"
fi
# Whole or not at all.
cp "$scratch/image" "$file.part" || fail "cannot write $file.part"
mv "$file.part" "$file"
echo "viv: $file: $(stat -c %s "$file") bytes$([ -z "$iso" ] || echo ", boots by BIOS and by UEFI")" >&2
