// SPDX-License-Identifier: MIT
#include "kernel/http/request_parser.hpp"

#include <cstring>

#include "kernel/base/assert.hpp"
#include "kernel/http/text.hpp"

namespace http {

std::string_view name_of(Method method) {
    switch (method) {
        case Method::Get:
            return "GET";
        case Method::Head:
            return "HEAD";
        case Method::Post:
            return "POST";
        case Method::Put:
            return "PUT";
        case Method::Delete:
            return "DELETE";
        case Method::Options:
            return "OPTIONS";
    }
    return "";
}

std::string_view Request::field(std::string_view name) const {
    std::string_view rest = fields;
    while (!rest.empty()) {
        std::string_view value = take_until(rest, '\r');
        if (!rest.empty()) rest.remove_prefix(1);  // the line feed
        if (same_word(take_until(value, ':'), name)) return without_blanks(value);
    }
    return {};
}

std::span<char> RequestParser::room() {
    // The head may fill the buffer up to its limit; what lies behind that is
    // always free for a line of the body.
    return {buffer_ + end_, sizeof buffer_ - end_};
}

RequestParser::Progress RequestParser::feed(std::size_t count) {
    ASSERT(count <= sizeof buffer_ - end_);
    end_ += count;
    return parse();
}

RequestParser::Progress RequestParser::progress() const {
    if (state_ == State::Complete) return Progress::Complete;
    return state_ == State::Bad ? Progress::Bad : Progress::NeedsMore;
}

RequestParser::Progress RequestParser::next() {
    ASSERT(state_ == State::Complete);
    std::size_t const behind = end_ - line_;  // line_ stands behind head and body now
    if (behind) std::memmove(buffer_, buffer_ + line_, behind);
    reset();
    end_ = behind;
    return behind ? parse() : Progress::NeedsMore;
}

// The rest of a request is there as soon as its head is.
void RequestParser::reset() {
    end_ = line_ = scanned_ = trailer_bytes_ = 0;
    request_.host = {};
    request_.content_length = 0;
    request_.expects_continue = false;
    state_ = State::RequestLine;
    fields_ = 0;
    minor_version_0_ = has_host_ = has_length_ = chunked_ = wants_close_ = wants_keep_alive_ = false;
}

RequestParser::Progress RequestParser::parse() {
    std::string_view line;
    for (;;) {
        switch (state_) {
            case State::RequestLine:
            case State::Fields:
                switch (take_head_line(line)) {
                    case Line::Missing:
                        return Progress::NeedsMore;
                    case Line::Bad:
                        return Progress::Bad;
                    case Line::Found:
                        break;
                }
                if (state_ == State::RequestLine) {
                    // An empty line before the request is left over from a
                    // careless client. [rfc9112 §2.2]
                    if (!line.empty() && !parse_request_line(line)) return Progress::Bad;
                } else if (line.empty()) {
                    if (!finish_head()) return Progress::Bad;
                } else if (!parse_field(line)) {
                    return Progress::Bad;
                }
                break;

            case State::Body:
                if (!drop_body_bytes()) return Progress::NeedsMore;
                state_ = State::Complete;
                break;

            case State::ChunkData:
                if (!drop_body_bytes()) return Progress::NeedsMore;
                state_ = State::ChunkEnd;
                break;

            case State::ChunkSize:
            case State::ChunkEnd:
            case State::Trailer:
                switch (take_body_line(line)) {
                    case Line::Missing:
                        return Progress::NeedsMore;
                    case Line::Bad:
                        return Progress::Bad;
                    case Line::Found:
                        break;
                }
                if (state_ == State::ChunkEnd) {
                    if (!line.empty()) return refuse(Status::BadRequest), Progress::Bad;
                    state_ = State::ChunkSize;
                } else if (state_ == State::Trailer) {
                    if (line.empty()) state_ = State::Complete;
                } else {
                    // Extensions after the ';' mean nothing to us. [rfc9112 §7.1.1]
                    if (!parse_hexadecimal(without_blanks_behind(take_until(line, ';')), remaining_))
                        return refuse(Status::BadRequest), Progress::Bad;
                    if (remaining_ > body_limit - request_.content_length)
                        return refuse(Status::ContentTooLarge), Progress::Bad;
                    request_.content_length += remaining_;
                    state_ = remaining_ ? State::ChunkData : State::Trailer;
                }
                break;

            case State::Complete:
                return Progress::Complete;
            case State::Bad:
                return Progress::Bad;
        }
    }
}

// --- lines ---------------------------------------------------------------

RequestParser::Line RequestParser::take_head_line(std::string_view& line) {
    // [lab:14-head-line]
    std::size_t line_feed = 0;
    bool const found = find_line_end(line_feed);
    if (scanned_ > head_limit || (!found && end_ >= head_limit)) {
        refuse(state_ == State::RequestLine ? Status::UriTooLong : Status::FieldsTooLarge);
        return Line::Bad;
    }
    if (!found) return Line::Missing;
    // A line ends with CR LF and in no other way: what one reader takes for
    // the end of a line must be the end for every reader.
    if (line_feed == line_ || buffer_[line_feed - 1] != '\r') {
        refuse(Status::BadRequest);
        return Line::Bad;
    }
    line = {buffer_ + line_, line_feed - 1 - line_};
    line_ = scanned_;
    return Line::Found;
    // [/lab:14-head-line]
}

bool RequestParser::refuse(Status why) {
    state_ = State::Bad;
    error_ = why;
    return false;
}

// --- the head --------------------------------------------------------------

bool RequestParser::parse_request_line(std::string_view line) {  // [rfc9112 §3]
    char const* at = line.data();
    std::string_view const method = take_class(at, character::token);
    if (method.empty() || *at++ != ' ') return refuse(Status::BadRequest);
    char const* const target = at;
    request_.path = take_class(at, character::path);
    request_.query = *at == '?' ? take_class(++at, character::target) : std::string_view(at, 0);
    request_.target = {target, static_cast<std::size_t>(at - target)};
    if (at == target || *at++ != ' ') return refuse(Status::BadRequest);
    std::string_view const version = {at, static_cast<std::size_t>(line.end() - at)};
    if (!parse_version(version)) return false;

    // [lab:14-request-line]
    if (is_literal(method, "GET"))
        request_.method = Method::Get;
    else if (is_literal(method, "HEAD"))
        request_.method = Method::Head;
    else if (is_literal(method, "POST"))
        request_.method = Method::Post;
    else if (is_literal(method, "PUT"))
        request_.method = Method::Put;
    else if (is_literal(method, "DELETE"))
        request_.method = Method::Delete;
    else if (is_literal(method, "OPTIONS"))
        request_.method = Method::Options;
    else
        return refuse(Status::NotImplemented);
    // [/lab:14-request-line]

    if (*target != '/' && !parse_other_target(request_.target)) return false;
    fields_at_ = line_;
    state_ = State::Fields;
    return true;
}

// "HTTP/" digit "." digit, and nothing behind it. [rfc9112 §2.3]
bool RequestParser::parse_version(std::string_view version) {
    minor_version_0_ = false;
    if (is_literal(version, "HTTP/1.1")) return true;
    auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (version.size() != 8 || !is_literal(version.substr(0, 5), "HTTP/") || !is_digit(version[5]) ||
        version[6] != '.' || !is_digit(version[7]))
        return refuse(Status::BadRequest);
    if (version[5] != '1') return refuse(Status::VersionNotSupported);
    minor_version_0_ = version[7] == '0';
    return true;
}

// One that is no path: the asterisk, or the absolute form, which a server must accept though
// only proxies need it. The authority ends where the path or the query begins. [rfc9112 §3.2]
bool RequestParser::parse_other_target(std::string_view target) {
    if (target == "*" && request_.method == Method::Options) return true;
    constexpr std::string_view scheme = "http://";
    if (target.size() <= scheme.size() || !same_word({target.data(), scheme.size()}, scheme))
        return refuse(Status::BadRequest);
    target.remove_prefix(scheme.size());
    while (!target.empty() && target.front() != '/' && target.front() != '?') target.remove_prefix(1);
    request_.path = take_until(target, '?');
    request_.query = target;
    if (request_.path.empty()) request_.path = "/";
    return true;
}

bool RequestParser::parse_field(std::string_view line) {  // [rfc9112 §5]
    if (++fields_ > field_limit) return refuse(Status::FieldsTooLarge);
    // This also refuses a blank before the colon, and a line that begins with
    // one to continue the line above. [rfc9112 §5.1, §5.2]
    char const* at = line.data();
    std::string_view const name = take_class(at, character::token);
    if (name.empty() || *at++ != ':') return refuse(Status::BadRequest);
    while (*at == ' ' || *at == '\t') ++at;
    std::string_view const value = without_blanks_behind({at, static_cast<std::size_t>(line.end() - at)});
    std::uint8_t const classes = common_classes(value);
    if (!(classes & character::value)) return refuse(Status::BadRequest);

    switch (name.size()) {  // most fields are told apart by their length alone
        case 4:
            if (is_name(name, "host")) {
                if (has_host_ || !(classes & character::host)) return refuse(Status::BadRequest);
                has_host_ = true;
                request_.host = value;
            }
            break;
        case 6:
            if (is_name(name, "expect")) {
                if (!same_word(value, "100-continue")) return refuse(Status::ExpectationFailed);
                request_.expects_continue = true;
            }
            break;
        case 10:
            if (is_name(name, "connection")) {
                if (lists_word(value, "close")) wants_close_ = true;
                if (lists_word(value, "keep-alive")) wants_keep_alive_ = true;
            }
            break;
        case 14:
            if (is_name(name, "content-length")) {
                // Two lengths, even equal ones, are one too many. [rfc9112 §6.3]
                if (has_length_ || !parse_decimal(value, request_.content_length))
                    return refuse(Status::BadRequest);
                has_length_ = true;
            }
            break;
        case 17:
            if (is_name(name, "transfer-encoding")) {
                if (chunked_) return refuse(Status::BadRequest);
                if (!same_word(value, "chunked")) return refuse(Status::NotImplemented);  // [rfc9112 §6.1]
                chunked_ = true;
            }
            break;
    }
    return true;
}

bool RequestParser::finish_head() {
    // [lab:14-framing]
    // Version 1.1 made it a duty to say whom one talks to. [rfc9112 §3.2]
    if (!has_host_ && !minor_version_0_) return refuse(Status::BadRequest);
    // Two framings at once are an attack until proven otherwise, and chunked
    // did not exist in 1.0. [rfc9112 §6.1]
    if (chunked_ && (has_length_ || minor_version_0_)) return refuse(Status::BadRequest);
    if (request_.content_length > body_limit) return refuse(Status::ContentTooLarge);

    head_end_ = line_;
    request_.fields = {buffer_ + fields_at_, line_ - 2 - fields_at_};
    request_.keep_alive = !wants_close_ && (!minor_version_0_ || wants_keep_alive_);  // [rfc9112 §9.3]
    if (minor_version_0_) request_.expects_continue = false;                          // [rfc9110 §10.1.1]

    if (chunked_) {
        state_ = State::ChunkSize;
    } else {
        remaining_ = request_.content_length;
        state_ = remaining_ ? State::Body : State::Complete;
    }
    return true;
    // [/lab:14-framing]
}

}  // namespace http
