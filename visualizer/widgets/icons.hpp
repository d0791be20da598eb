// SPDX-License-Identifier: GPL-2.0-or-later
//
// Font Awesome 4.7 code points as UTF-8. Where the icon font is missing the
// glyphs are not loaded; icon() of fonts.hpp then gives the plain word instead.
#pragma once

namespace viz::widgets::icons {

inline constexpr char play[] = "\uf04b";
inline constexpr char pause[] = "\uf04c";
inline constexpr char step_forward[] = "\uf051";
inline constexpr char step_back[] = "\uf048";
inline constexpr char to_end[] = "\uf050";
inline constexpr char to_start[] = "\uf049";
inline constexpr char undo[] = "\uf0e2";
inline constexpr char redo[] = "\uf01e";
inline constexpr char leaf[] = "\uf06c";
inline constexpr char eye[] = "\uf06e";
inline constexpr char power[] = "\uf011";
inline constexpr char memory[] = "\uf00a";
inline constexpr char scheduling[] = "\uf0ae";
inline constexpr char network[] = "\uf0e8";
inline constexpr char search[] = "\uf002";
inline constexpr char help[] = "\uf059";
inline constexpr char terminal[] = "\uf120";
inline constexpr char code[] = "\uf121";
inline constexpr char chip[] = "\uf2db";
inline constexpr char table[] = "\uf0ce";
inline constexpr char list[] = "\uf03a";
inline constexpr char bolt[] = "\uf0e7";
inline constexpr char warning[] = "\uf071";
inline constexpr char info[] = "\uf05a";
inline constexpr char clock[] = "\uf017";
inline constexpr char globe[] = "\uf0ac";
inline constexpr char lock[] = "\uf023";
inline constexpr char check[] = "\uf00c";
inline constexpr char cross[] = "\uf00d";
inline constexpr char arrow_right[] = "\uf061";
inline constexpr char arrow_left[] = "\uf060";
inline constexpr char arrow_down[] = "\uf063";
inline constexpr char caret_right[] = "\uf0da";
inline constexpr char caret_down[] = "\uf0d7";
inline constexpr char exchange[] = "\uf0ec";
inline constexpr char sitemap[] = "\uf0e8";
inline constexpr char cubes[] = "\uf1b3";
inline constexpr char tasks[] = "\uf0ae";
inline constexpr char plug[] = "\uf1e6";
inline constexpr char flag[] = "\uf024";
inline constexpr char bookmark[] = "\uf02e";
inline constexpr char crosshairs[] = "\uf05b";
inline constexpr char circle[] = "\uf111";
inline constexpr char circle_o[] = "\uf10c";
inline constexpr char camera[] = "\uf030";
inline constexpr char random[] = "\uf074";
inline constexpr char branch[] = "\uf126";
inline constexpr char columns[] = "\uf0db";
inline constexpr char keyboard[] = "\uf11c";
inline constexpr char trash[] = "\uf1f8";
inline constexpr char disk[] = "\uf0a0";
inline constexpr char save[] = "\uf0c7";
inline constexpr char hourglass[] = "\uf252";

// What the font is loaded for.
inline constexpr char const* all[] = {
    play, pause, step_forward, step_back, to_end, to_start, undo, redo, leaf, eye, power, memory,
    scheduling, network, search, help, terminal, code, chip, table, list, bolt, warning, info, clock,
    globe, lock, check, cross, arrow_right, arrow_left, arrow_down, caret_right, caret_down, exchange,
    sitemap, cubes, tasks, plug, flag, bookmark, crosshairs, circle, circle_o, camera, random, branch,
    columns, keyboard, trash, disk, save, hourglass};

}  // namespace viz::widgets::icons
