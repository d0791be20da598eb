# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# Set-up for ./viv: Debian packages, Unicorn Engine and Dear ImGui. Sourced, not
# run. Needs $viv_root. Defines viv_setup, which either leaves everything in
# place or says what is missing and what to do, and exits 2.
#
# shellcheck disable=SC2154 # $viv_root comes from ./viv
#
# Nothing here names an archive host: Unicorn's and Dear ImGui's packages come
# from the Debian archive that this machine's apt is configured for.
# Downloads go to the user's cache folder and are renamed into place only after
# their SHA-256 matched, so a broken download is never trusted later.

viv_cache="${XDG_CACHE_HOME:-$HOME/.cache}/vivarium"
unicorn_dir="$viv_cache/unicorn-2.1.1-2+b2"
imgui_dir="$viv_cache/imgui-1.90.1"
# shellcheck disable=SC2034 # read by ./viv
need_disk_mib=3000

unicorn_dev_sha=479613e244a6023c03708951a5f0e00fc96c83a4b74b4d74c9fe7d3a9050208b
unicorn_lib_sha=3f760a28c65a93662edbcb21fceb2e0a1c0ab0e8277564fc572e6532949e3e3f
imgui_sha=ecce377df0f90b292f15dcbd83d438bddc162b2388c881132bde18c787572a1c

say() { printf 'viv: %s\n' "$*" >&2; }
fail() { # what, then what to do next
    printf 'viv: error: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '     %s\n' "$line" >&2; done
    exit 2
}

viv_missing_packages() {
    # dpkg-query exits non-zero for unknown names; only the status field counts.
    # Parts marked "later" are wanted only by a command that names them in $viv_parts, or by "all".
    wanted=$(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$viv_root/cmake/packages.txt" |
        awk -v parts=" ${viv_parts:-} " '$3 != "later" || parts == " all " || index(parts, " " $2 " ") {print $1}')
    # shellcheck disable=SC2086
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null |
        awk '$2 == "installed" {print $1}')
    for package in $wanted; do
        printf '%s\n' "$installed" | grep -qx "$package" || printf '%s ' "$package"
    done
}

viv_check_disk() { # folder, MiB wanted
    mkdir -p "$1" 2>/dev/null || fail "cannot create $1" "Make it writable, or set XDG_CACHE_HOME to a folder that is."
    free=$(df -Pm "$1" | awk 'NR == 2 {print $4}')
    [ "$free" -ge "$2" ] || fail "too little disk space: $free MiB free in $1, $2 MiB needed" \
        "Free some space there and start again."
}

viv_install_packages() {
    missing=$(viv_missing_packages)
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null 2>&1 ||
        fail "these packages are missing: $missing" "This is no Debian system; install their equivalents by hand."
    line="apt-get install --no-install-recommends $missing"
    say "installing Debian packages: $missing"
    if [ "$(id -u)" = 0 ]; then
        sudo=
    elif command -v sudo >/dev/null 2>&1; then
        if [ -t 0 ]; then sudo="sudo"; else sudo="sudo -n"; fi
        $sudo true 2>/dev/null || fail "some Debian packages are missing and sudo was refused" \
            "Run this as root, then start again:" "  $line"
    else
        fail "some Debian packages are missing and there is no sudo" \
            "Run this as root, then start again:" "  $line"
    fi
    log="$viv_cache/apt.log"
    mkdir -p "$viv_cache"
    # shellcheck disable=SC2086
    if ! $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >"$log" 2>&1; then
        # A fresh machine has no package lists yet, or stale ones.
        say "refreshing the package lists"
        if ! $sudo apt-get update >>"$log" 2>&1 ||
            ! $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >>"$log" 2>&1; then
            tail -n 5 "$log" >&2
            fail "apt could not install the packages above (whole log: $log)" \
                "Is the network up? Then run as root and start again:" "  apt-get update && $line"
        fi
    fi
}

# A private apt state that looks at Debian 13 in the archive this machine uses.
# Sets $apt_options. The system's own apt configuration is not touched.
viv_foreign_apt() {
    [ -n "${apt_options:-}" ] && return 0
    archive=$(apt-get indextargets --format '$(REPO_URI)|$(ORIGIN)|$(LABEL)' 'Created-By: Packages' 2>/dev/null |
        awk -F'|' '$2 == "Debian" && $3 == "Debian" {print $1; exit}')
    [ -n "$archive" ] || archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | head -n 1)
    [ -n "$archive" ] || fail "this machine's apt has no Debian archive configured" \
        "Configure one (see sources.list(5)) and start again."
    apt_state="$viv_cache/apt-debian-13"
    mkdir -p "$apt_state/lists/partial" "$apt_state/cache/archives/partial"
    printf 'deb %s trixie main\ndeb-src %s trixie main\n' "$archive" "$archive" >"$apt_state/sources.list"
    apt_options="-o Dir::Etc::sourcelist=$apt_state/sources.list -o Dir::Etc::sourceparts=- \
        -o Dir::State::lists=$apt_state/lists -o Dir::Cache=$apt_state/cache -o APT::Architecture=amd64 \
        -o Acquire::Retries=2 -o Acquire::http::Timeout=20"
    # shellcheck disable=SC2086
    apt-get $apt_options update >"$viv_cache/apt.log" 2>&1 && ! grep -q '^Err' "$viv_cache/apt.log" || {
        tail -n 5 "$viv_cache/apt.log" >&2
        fail "could not reach the Debian archive for Unicorn Engine and Dear ImGui" \
            "Check the network, then start again. The log is $viv_cache/apt.log."
    }
}

viv_verify() { # file, SHA-256
    got=$(sha256sum "$1" | cut -d' ' -f1)
    [ "$got" = "$2" ] || {
        rm -f "$1"
        fail "wrong checksum for $(basename "$1"): got $got, want $2" \
            "The download was removed. Start again; if it repeats, the archive serves another file."
    }
}

viv_install_unicorn() {
    [ -e "$unicorn_dir/complete" ] && return 0
    say "fetching Unicorn Engine 2.1.1 (5.7 MB)"
    viv_foreign_apt
    work=$(mktemp -d "$viv_cache/unicorn.XXXXXX")
    viv_partial="$work"
    # shellcheck disable=SC2086
    (cd "$work" && apt-get $apt_options download libunicorn-dev=2.1.1-2+b2 libunicorn2t64=2.1.1-2+b2) >"$viv_cache/apt.log" 2>&1 || {
        tail -n 5 "$viv_cache/apt.log" >&2
        fail "could not download Unicorn Engine 2.1.1" "Check the network, then start again."
    }
    viv_verify "$work"/libunicorn-dev_*.deb "$unicorn_dev_sha"
    viv_verify "$work"/libunicorn2t64_*.deb "$unicorn_lib_sha"
    for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/root" || fail "cannot unpack $package" "Is the disk full?"; done
    rm -f "$work"/*.deb
    touch "$work/complete"
    rm -rf "$unicorn_dir" && mv "$work" "$unicorn_dir"
    viv_partial=
}

viv_install_imgui() {
    [ -e "$imgui_dir/complete" ] && return 0
    say "fetching Dear ImGui 1.90.1 (0.8 MB)"
    viv_foreign_apt
    work=$(mktemp -d "$viv_cache/imgui.XXXXXX")
    viv_partial="$work"
    # shellcheck disable=SC2086
    (cd "$work" && apt-get $apt_options source --download-only imgui=1.90.1+ds-1) >"$viv_cache/apt.log" 2>&1 || {
        tail -n 5 "$viv_cache/apt.log" >&2
        fail "could not download Dear ImGui 1.90.1" "Check the network, then start again."
    }
    viv_verify "$work"/imgui_1.90.1+ds.orig.tar.xz "$imgui_sha"
    mkdir "$work/source"
    tar -xJf "$work"/imgui_1.90.1+ds.orig.tar.xz -C "$work/source" --strip-components=1 ||
        fail "cannot unpack Dear ImGui" "Is the disk full?"
    rm -f "$work"/imgui_*
    touch "$work/complete"
    rm -rf "$imgui_dir" && mv "$work" "$imgui_dir"
    viv_partial=
}

# Everything a build needs. Fast when nothing is missing.
viv_setup() {
    [ "$(uname -m)" = x86_64 ] || fail "this machine is $(uname -m); Vivarium needs x86-64" "Use an x86-64 machine or virtual machine."
    viv_check_disk "$viv_cache" 100
    trap '[ -z "${viv_partial:-}" ] || rm -rf "$viv_partial"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    viv_install_packages
    viv_install_unicorn
    viv_install_imgui
    trap - EXIT INT TERM
}
