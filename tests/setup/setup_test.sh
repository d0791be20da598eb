#!/bin/sh
# SPDX-License-Identifier: MIT
#
# ./viv setup on machines that lack something: each case puts a stand-in for one
# system command in front of PATH, starts set-up with an empty cache folder, and
# checks the exit status, the words, and that nothing is left that a later start
# would trust. No network is used and nothing is installed.
set -u

root=${VIV_ROOT:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# A new case: an empty cache, and a folder of stand-ins.
begin() {
    name=$1
    rm -rf "$work/cache" "$work/bin"
    mkdir -p "$work/cache" "$work/bin"
}

stand_in() { # command, then its script on standard input
    { echo '#!/bin/sh'; cat; } >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}

# All packages are there, whatever this machine has.
all_packages_installed() {
    stand_in dpkg-query <<'SH'
for word; do case "$word" in -*|'${'*) ;; *) echo "$word installed" ;; esac; done
SH
}
no_packages_installed() { echo 'exit 1' | stand_in dpkg-query; }
not_root() { echo 'echo 1000' | stand_in id; }

setup() { PATH="$work/bin:$PATH" XDG_CACHE_HOME="$work/cache" "$root/viv" setup >"$work/out" 2>&1 </dev/null; status=$?; }

expect() { # exit status, then words the output must hold
    want=$1
    shift
    problem=
    [ "$status" = "$want" ] || problem="exit status $status, want $want"
    for words; do grep -qF -- "$words" "$work/out" || problem="$problem; no \"$words\""; done
    # A later start trusts only a folder marked complete.
    [ -z "$(find "$work/cache" -name complete)" ] || problem="$problem; something is marked complete"
    [ -z "$(find "$work/cache" -maxdepth 2 -name 'unicorn.*' -o -maxdepth 2 -name 'imgui.*')" ] ||
        problem="$problem; a partial folder was left"
    if [ -z "$problem" ]; then
        passed=$((passed + 1))
        echo "ok      $name"
    else
        failed=$((failed + 1))
        echo "FAILED  $name: $problem"
        sed 's/^/        /' "$work/out"
    fi
}

begin "no network: says so and what to do"
all_packages_installed
stand_in apt-get <<'SH'
case "$*" in
*indextargets*) echo 'file:/nowhere|Debian|Debian' ;;
*) echo 'Err:1 cannot connect'; exit 100 ;;
esac
SH
setup
expect 2 "could not reach the Debian archive" "Check the network"

begin "wrong checksum: removes the download"
all_packages_installed
stand_in apt-get <<'SH'
case "$*" in
*indextargets*) echo 'file:/nowhere|Debian|Debian' ;;
*download*) echo junk >libunicorn-dev_1_amd64.deb; echo junk >libunicorn2t64_1_amd64.deb ;;
esac
SH
setup
expect 2 "wrong checksum for libunicorn-dev_1_amd64.deb" "Start again"

begin "wrong checksum of Dear ImGui's source"
all_packages_installed
mkdir -p "$work/real"
stand_in apt-get <<'SH'
case "$*" in
*indextargets*) echo 'file:/nowhere|Debian|Debian' ;;
*download-only*) echo junk >imgui_1.90.1+ds.orig.tar.xz ;;
*download*) echo a >libunicorn-dev_1_amd64.deb; echo a >libunicorn2t64_1_amd64.deb ;;
esac
SH
stand_in sha256sum <<'SH'
case "$1" in
*libunicorn-dev*) echo "479613e244a6023c03708951a5f0e00fc96c83a4b74b4d74c9fe7d3a9050208b  $1" ;;
*libunicorn2t64*) echo "3f760a28c65a93662edbcb21fceb2e0a1c0ab0e8277564fc572e6532949e3e3f  $1" ;;
*) exec /usr/bin/sha256sum "$@" ;;
esac
SH
echo 'mkdir -p "$3"' | stand_in dpkg-deb
setup
# Unicorn was fine and is kept; only Dear ImGui must be absent.
if [ -e "$work/cache/vivarium/unicorn-2.1.1-2+b2/complete" ]; then rm -r "$work/cache/vivarium/unicorn-2.1.1-2+b2"; fi
expect 2 "wrong checksum for imgui_1.90.1+ds.orig.tar.xz"

begin "too little disk"
all_packages_installed
stand_in df <<'SH'
echo 'Filesystem 1048576-blocks Used Available Capacity Mounted on'
echo '/dev/x 100 90 10 90% /'
SH
setup
expect 2 "too little disk space: 10 MiB free" "Free some space"

begin "no sudo: prints the exact line"
no_packages_installed
not_root
# A PATH with everything but sudo.
for tool in sh dash dirname sed awk grep df mkdir cut env uname mktemp rm head tail cat printf apt-get; do
    path=$(command -v $tool) && [ -x "$path" ] && ln -sf "$path" "$work/bin/$tool"
done
PATH="$work/bin" XDG_CACHE_HOME="$work/cache" "$root/viv" setup >"$work/out" 2>&1 </dev/null
status=$?
expect 2 "there is no sudo" "apt-get install --no-install-recommends build-essential"

begin "sudo refused, not on a terminal: does not ask, prints the exact line"
no_packages_installed
not_root
stand_in sudo <<'SH'
[ "$1" = -n ] || { echo "asked for a password"; sleep 60; }
exit 1
SH
setup
expect 2 "sudo was refused" "apt-get install --no-install-recommends build-essential"

# Which packages a command wants: the line that it prints when none is there and sudo says no.
wanted_by() { # command...
    no_packages_installed
    not_root
    echo 'exit 1' | stand_in sudo
    PATH="$work/bin:$PATH" XDG_CACHE_HOME="$work/cache" "$root/viv" "$@" >"$work/out" 2>&1 </dev/null
    status=$?
}

begin "setup wants all packages, the book's and paper's too"
wanted_by setup
expect 2 "build-essential" "furo" "weasyprint"

begin "demo does not want the book's"
wanted_by demo
if grep -q furo "$work/out"; then status="2 and furo"; fi
expect 2 "build-essential"

begin "docs wants the book's, and paper's only with --pdf"
wanted_by docs check
if grep -q weasyprint "$work/out"; then status="2 and weasyprint"; fi
expect 2 "build-essential" "furo" "universal-ctags"
wanted_by docs build --pdf
expect 2 "furo" "weasyprint"

begin "test wants the book's"
wanted_by test
expect 2 "furo"

begin "bench net wants its comparator's, and nothing more when asked for help"
wanted_by bench net
expect 2 "build-essential" "wrk"
wanted_by bench net --help
if grep -q wrk "$work/out"; then status="2 and wrk"; fi
expect 2 "build-essential"

begin "test shows at its end what this run's tests told, and keeps their status"
all_packages_installed
echo 'echo "ninja: no work to do."' | stand_in ninja
stand_in ctest <<'SH'
mkdir -p "$VIV_ROOT/build/$VIV_PRESET/Testing/told"
echo "7 cut points tried" >"$VIV_ROOT/build/$VIV_PRESET/Testing/told/power_cuts"
exit 8
SH
preset=told-$$
mkdir -p "$root/build/$preset/Testing/told"
touch "$root/build/$preset/build.ninja"
echo "of yesterday" >"$root/build/$preset/Testing/told/old"
PATH="$work/bin:$PATH" VIV_PRESET=$preset "$root/viv" test >"$work/out" 2>&1 </dev/null
status=$?
rm -rf "${root:?}/build/$preset"
if grep -q yesterday "$work/out"; then status="$status and what is old"; fi
expect 8 "power_cuts: 7 cut points tried"

begin "apt fails: shows its words and the line to run"
no_packages_installed
stand_in apt-get <<'SH'
echo 'E: Unable to fetch some archives'; exit 100
SH
echo 'echo 0' | stand_in id
setup
expect 2 "Unable to fetch some archives" "Is the network up?"

begin "setup, asked for help or something unknown, installs nothing"
no_packages_installed
echo 'echo asked; exit 1' | stand_in sudo
wanted_by setup --help
expect 0 "usage: ./viv setup"
wanted_by setup --everything
expect 2 "unknown option: --everything"

begin "another processor architecture"
stand_in uname <<'SH'
echo aarch64
SH
setup
expect 2 "this machine is aarch64"

# Commands that do not exist, and no command.
begin "unknown command"
"$root/viv" frobnicate >"$work/out" 2>&1
status=$?
expect 2 "unknown command: frobnicate" "usage: ./viv"

begin "no archive host stands in the repository"
status=0
(cd "$root" && git ls-files -z 2>/dev/null | xargs -0 grep -nIE 'deb\.debian|archive\.ubuntu|snapshot\.debian|registry\.npm') >"$work/out" && status=1
expect 0

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
