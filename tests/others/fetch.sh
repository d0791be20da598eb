#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: fetch.sh FOLDER
#
# Kernels of others: FOLDER/memtest.bin, FOLDER/xen.elf, FOLDER/vmlinuz. The packages
# come by apt-get download; nothing is installed. What is there is kept.
# Exit status 77: the packages cannot be had here (no apt, no network).
set -eu

folder=${1:?usage: fetch.sh FOLDER}
unavailable() {
    echo "fetch.sh: $1" >&2
    exit 77
}

mkdir -p "$folder"
exec 9>"$folder/.lock"
flock 9 # two tests at once
# The name says from what it was made: a change here makes it again.
stamp="$folder/made-from-$(sha256sum <"$0" | cut -c1-16)"
[ -e "$stamp" ] && [ -e "$folder/memtest.bin" ] && [ -e "$folder/xen.elf" ] && [ -e "$folder/vmlinuz" ] && exit 0

command -v apt-get >/dev/null || unavailable "no apt-get on this machine"
work=$(mktemp -d "$folder/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
first_dependency() {
    apt-cache depends --no-recommends --no-suggests "$1" 2>/dev/null |
        sed -n "s/^ *|\{0,1\}Depends: *\($2[-0-9].*\)$/\1/p" | head -n 1
}
linux=$(first_dependency linux-image-amd64 linux-image)
xen=$(first_dependency xen-system-amd64 xen-hypervisor)
[ -n "$linux" ] && [ -n "$xen" ] || unavailable "apt knows no linux-image-amd64 or xen-system-amd64; apt-get update may help"
apt-get download memtest86+ "$xen" "$linux" >download.log 2>&1 ||
    unavailable "cannot download memtest86+, $xen and $linux: $(tail -n 1 download.log)"
for package in *.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --wildcards './boot/*'
done
rm -f "$folder"/made-from-*
gzip -dc boot/xen-*-amd64.gz >xen.elf
find boot -name 'memtest86+x64.bin' -exec mv {} "$folder/memtest.bin" \;
find boot -name 'vmlinuz-*' -exec mv {} "$folder/vmlinuz" \;
mv xen.elf "$folder/xen.elf"
touch "$stamp"
