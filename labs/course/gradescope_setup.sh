#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Gradescope runs this once, as root, when it makes the image in which submissions
# are judged. It wants Debian 12, or Ubuntu 24.04 ("base image" in the assignment's
# settings): the programs need glibc 2.36.
set -eu

apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    g++-12 binutils libc6-dev bubblewrap xz-utils qemu-system-x86 seabios
# The compiler that the kernel's objects were made with; the default may be another.
for name in c++ g++; do update-alternatives --install /usr/bin/$name $name /usr/bin/g++-12 120; done
for name in cc gcc; do update-alternatives --install /usr/bin/$name $name /usr/bin/gcc-12 120; done

mkdir -p /autograder/vivarium
tar -xJf /autograder/source/vivarium.tar.xz -C /autograder/vivarium --no-same-owner
/autograder/vivarium/viv lab list
