// SPDX-License-Identifier: MIT
//
// Which function answers which path. The table is the application's.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kernel/http/request.hpp"
#include "kernel/http/response.hpp"

namespace http {

// `context` is the route's own; `rest` is the path behind a prefix route's path.
using Handler = void (*)(void* context, Request const& request, std::string_view rest,
                         ResponseWriter& response);

struct Route {
    enum class Match : std::uint8_t { Whole, Prefix };

    Method method;
    Match match;
    std::string_view path;
    Handler handler;
    void* context = nullptr;
};

class Router {
public:
    explicit constexpr Router(std::span<Route const> routes) : routes_(routes) {}

    // The first route that matches answers. A GET route answers HEAD too: the
    // session leaves the body out. Otherwise 404, or 405 when the path is known
    // under other methods. [rfc9110 §15.5.5, §15.5.6]
    void dispatch(Request const& request, ResponseWriter& response) const;

private:
    std::span<Route const> routes_;
};

}  // namespace http
