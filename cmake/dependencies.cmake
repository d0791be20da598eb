# SPDX-License-Identifier: MIT
#
# Libraries from outside. The kernel uses none of them.
set(VIV_CACHE "$ENV{XDG_CACHE_HOME}")
if(NOT VIV_CACHE)
    set(VIV_CACHE "$ENV{HOME}/.cache")
endif()
set(VIV_UNICORN_DIR "${VIV_CACHE}/vivarium/unicorn-2.1.1-2+b2" CACHE PATH "Unicorn Engine 2.1.1, unpacked by ./viv setup")
set(VIV_IMGUI_DIR "${VIV_CACHE}/vivarium/imgui-1.90.1" CACHE PATH "Dear ImGui 1.90.1, unpacked by ./viv setup")
foreach(folder VIV_UNICORN_DIR VIV_IMGUI_DIR)
    if(NOT EXISTS "${${folder}}/complete")
        message(FATAL_ERROR "${folder}=${${folder}} is not set up. Run ./viv setup.")
    endif()
endforeach()

find_package(PkgConfig REQUIRED)
find_package(GTest REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SDL2 REQUIRED)
find_package(OpenGL REQUIRED)
pkg_check_modules(SLIRP REQUIRED IMPORTED_TARGET slirp)
pkg_check_modules(DW REQUIRED IMPORTED_TARGET libdw libelf)
pkg_check_modules(CAPSTONE REQUIRED IMPORTED_TARGET capstone)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)

add_library(unicorn SHARED IMPORTED)
set_target_properties(unicorn PROPERTIES
    IMPORTED_LOCATION "${VIV_UNICORN_DIR}/root/usr/lib/x86_64-linux-gnu/libunicorn.so.2"
    INTERFACE_INCLUDE_DIRECTORIES "${VIV_UNICORN_DIR}/root/usr/include")

set(imgui_source "${VIV_IMGUI_DIR}/source")
# Dear ImGui by itself, and with a window.
add_library(imgui STATIC EXCLUDE_FROM_ALL
    ${imgui_source}/imgui.cpp
    ${imgui_source}/imgui_draw.cpp
    ${imgui_source}/imgui_tables.cpp
    ${imgui_source}/imgui_widgets.cpp)
target_include_directories(imgui SYSTEM PUBLIC ${imgui_source} ${imgui_source}/backends)
add_library(imgui_window STATIC EXCLUDE_FROM_ALL
    ${imgui_source}/backends/imgui_impl_sdl2.cpp
    ${imgui_source}/backends/imgui_impl_opengl3.cpp)
target_link_libraries(imgui_window PUBLIC imgui SDL2::SDL2 OpenGL::GL)
foreach(part imgui imgui_window)
    target_compile_options(${part} PRIVATE -g1)
endforeach()
