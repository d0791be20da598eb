#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds the browser's viewer: one HTML file that needs nothing else.
#   build.sh ROOT FOLDER IMGUI      leaves FOLDER/viewer.html
set -eu
root=$1 folder=$2 imgui=$3
command -v emcc >/dev/null 2>&1 || {
    echo "Emscripten is not installed: apt-get install --no-install-recommends emscripten" >&2
    exit 1
}
mkdir -p "$folder"
# A compiler cache that may be in use knows nothing of emcc's other settings.
[ -e "$folder/build.ninja" ] || env -u CMAKE_CXX_COMPILER_LAUNCHER -u CMAKE_C_COMPILER_LAUNCHER \
    emcmake cmake -G Ninja -S "$root/visualizer/viewer/web" -B "$folder" -DCMAKE_BUILD_TYPE=Release \
    -DVIV_SOURCES="$folder/sources.cmake" -DVIV_IMGUI="$imgui" >"$folder/configure.log" 2>&1 || {
    tail -n 20 "$folder/configure.log" >&2
    rm -f "$folder/build.ninja"
    exit 1
}
case "$(ninja -C "$folder" -n viewer.html 2>/dev/null)" in *"no work to do"*) exit 0 ;; esac
exec ninja -C "$folder" viewer.html
