#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: fetch.sh FOLDER
#
# Debian's cloud kernel and a RAM disk of busybox: FOLDER/vmlinuz, FOLDER/initrd.img.
# The packages come by apt-get download from the archive that this machine uses,
# which checks their signatures; nothing is installed. What is there is kept.
# Exit status 77: the packages cannot be had here (no apt, no network).
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
folder=${1:?usage: fetch.sh FOLDER}
unavailable() {
    echo "fetch.sh: $1" >&2
    exit 77
}

mkdir -p "$folder"
exec 9>"$folder/.lock"
flock 9 # two tests at once

# The name says from what it was made: a change here makes it again.
stamp="$folder/made-from-$(cat "$0" "$here/init" | sha256sum | cut -c1-16)"
[ -e "$stamp" ] && [ -e "$folder/vmlinuz" ] && [ -e "$folder/initrd.img" ] && exit 0

command -v apt-get >/dev/null || unavailable "no apt-get on this machine"
work=$(mktemp -d "$folder/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
kernel=$(apt-cache depends --no-recommends --no-suggests linux-image-cloud-amd64 2>/dev/null |
    sed -n 's/^ *Depends: *\(linux-image-[0-9].*\)$/\1/p' | head -n 1)
[ -n "$kernel" ] || unavailable "apt knows no linux-image-cloud-amd64; apt-get update may help"
apt-get download "$kernel" busybox-static >download.log 2>&1 ||
    unavailable "cannot download $kernel and busybox-static: $(tail -n 1 download.log)"

# The kernel, and the modules in the order in which they need each other.
modules="net/core/failover drivers/net/net_failover drivers/virtio/virtio_ring drivers/virtio/virtio
drivers/virtio/virtio_pci_legacy_dev drivers/virtio/virtio_pci_modern_dev drivers/virtio/virtio_pci
drivers/virtio/virtio_mmio drivers/block/virtio_blk drivers/net/virtio_net drivers/char/virtio_console
drivers/char/hw_random/virtio-rng"
mkdir kernel busybox root
dpkg-deb --fsys-tarfile linux-image-*.deb |
    tar -x -C kernel --wildcards './boot/vmlinuz-*' './lib/modules/*/kernel/net/core/*' \
        './lib/modules/*/kernel/drivers/net/*' './lib/modules/*/kernel/drivers/virtio/*' \
        './lib/modules/*/kernel/drivers/block/*' './lib/modules/*/kernel/drivers/char/*'
dpkg-deb -x busybox-static_*.deb busybox
(cd root && mkdir bin dev etc lib mnt proc sys tmp)
cp "$(find busybox -path '*bin/busybox' -type f | head -n 1)" root/bin/busybox
number=10
for module in $modules; do
    file=$(find kernel/lib/modules -path "*/kernel/$module.ko" | head -n 1)
    [ -n "$file" ] && cp "$file" "root/lib/$number-$(basename "$module").ko"
    number=$((number + 1))
done
install -m 755 "$here/init" root/init
(cd root && find . | LC_ALL=C sort >../names && ./bin/busybox cpio -o -H newc <../names >../initrd.cpio 2>../cpio.log) || {
    cat cpio.log >&2
    exit 1
}
gzip -9n <initrd.cpio >initrd.img

rm -f "$folder"/made-from-*
mv kernel/boot/vmlinuz-* "$folder/vmlinuz"
mv initrd.img "$folder/initrd.img"
touch "$stamp"
