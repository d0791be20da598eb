#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Runs packetdrill scripts on our stack, on a virtual clock. Needs no root. Those that are
# called *.ipv6.pkt go over IPv6.
#
#     tests/conformance/run.sh PACKETDRILL [SCRIPT...]     (all of ours without SCRIPT)
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
[ $# -gt 0 ] || { sed -n 's/^# \{0,1\}//p' "$0" | sed 1,2d >&2; exit 2; }
packetdrill=$1
shift
library=${VIV_PACKETDRILL_LIBRARY:-$("$here/../../viv" build --target packetdrill)}
[ $# -gt 0 ] || set -- "$here"/scripts/*.pkt
failed=0
for script in "$@"; do
    case $script in
    *.ipv6.pkt) addresses="--ip_version=ipv6 --local_ip=fd3d:a0b:17d6::1 --gateway_ip=fd3d:a0b:17d6:8888::1 \
        --remote_ip=fd3d:fa7b:d17d::1" ;;
    *) addresses="--local_ip=192.168.0.1 --netmask_ip=255.255.0.0 --gateway_ip=192.168.0.2 \
        --remote_ip=192.0.2.1" ;;
    esac
    # shellcheck disable=SC2086
    if timeout 60 "$packetdrill" $addresses ${VIV_PACKETDRILL_FLAGS:-} --so_filename="$library" "$script"; then
        echo "ok      $script"
    else
        echo "failed  $script"
        failed=$((failed + 1))
    fi
done
echo "$(($# - failed)) of $# passed"
[ "$failed" = 0 ]
