// SPDX-License-Identifier: MIT
#include "kernel/http/router.hpp"

#include "kernel/http/text.hpp"

namespace http {
namespace {

bool matches(Route const& route, std::string_view path, std::string_view& rest) {
    if (route.match == Route::Match::Whole) return is_text(path, route.path);
    if (!begins_with(path, route.path)) return false;
    rest = path.substr(route.path.size());
    return true;
}

// What a path offers, as the Allow field says it. Our routes know two methods.
std::string_view allowed(bool get, bool post) {
    if (get && post) return "GET, HEAD, POST, OPTIONS";
    return get ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
}

}  // namespace

void Router::dispatch(Request const& request, ResponseWriter& response) const {
    Method const wanted = request.method == Method::Head ? Method::Get : request.method;
    bool get = request.path == "*";  // "OPTIONS *" asks about the server as a whole
    bool post = false;
    std::string_view rest;
    for (Route const& route : routes_) {
        if (!matches(route, request.path, rest)) continue;
        if (route.method == wanted) return route.handler(route.context, request, rest, response);
        get = get || route.method == Method::Get;
        post = post || route.method == Method::Post;
    }
    if (!get && !post) return response.fail(Status::NotFound);
    if (request.method == Method::Options)
        response.set_status(Status::NoContent);
    else
        response.fail(Status::MethodNotAllowed);
    response.set_allow(allowed(get, post));
}

}  // namespace http
