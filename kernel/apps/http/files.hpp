// SPDX-License-Identifier: MIT
//
// /files/PATH: what is on the first disk, whole or in parts. A directory answers
// with its index.html, and with 301 when the path does not end in a slash. What is
// neither a file nor a directory, such as a link, is 404.
#pragma once

#include <string_view>

#include "kernel/fs/volume.hpp"
#include "kernel/http/request.hpp"
#include "kernel/http/response.hpp"

namespace apps {

// A route's handler; `volume` is an fs::Volume*, null for none: 404.
void serve_file(void* volume, http::Request const& request, std::string_view path,
                http::ResponseWriter& response);

// By the name's ending.
std::string_view type_of(std::string_view name);

// "%20" becomes a blank. The text in `room`; empty when it is no path: a bad code, a null
// character, or too long.
std::string_view decode_path(std::string_view text, std::span<char> room);

}  // namespace apps
