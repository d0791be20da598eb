// SPDX-License-Identifier: MIT
//
// The facts as a page for people, and as JSON for programs.
#pragma once

#include "kernel/apps/http/facts.hpp"
#include "kernel/http/response.hpp"

namespace apps {

void write_page(Facts const& facts, http::ResponseWriter& response);
void write_json(Facts const& facts, http::ResponseWriter& response);

}  // namespace apps
