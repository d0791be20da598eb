// SPDX-License-Identifier: MIT
//
// A request's body, of which nothing is kept: how it passes, and where it ends. [rfc9112 §6, §7]
#include <cstring>

#include "kernel/http/request_parser.hpp"

namespace http {

// A line behind the head. It is dropped once taken; the view stays good until
// the next line is asked for.
RequestParser::Line RequestParser::take_body_line(std::string_view& line) {
    if (line_ > head_end_) {
        drop_behind_head(line_ - head_end_);
        line_ = scanned_ = head_end_;
    }
    std::size_t line_feed = 0;
    bool const found = find_line_end(line_feed);
    if (scanned_ - head_end_ > line_limit_in_body) {
        refuse(Status::BadRequest);
        return Line::Bad;
    }
    if (!found) return Line::Missing;
    if (line_feed == line_ || buffer_[line_feed - 1] != '\r') {
        refuse(Status::BadRequest);
        return Line::Bad;
    }
    if (state_ == State::Trailer) {
        trailer_bytes_ += scanned_ - line_;
        if (trailer_bytes_ > trailer_limit) {
            refuse(Status::FieldsTooLarge);
            return Line::Bad;
        }
    }
    line = {buffer_ + line_, line_feed - 1 - line_};
    if (!all_of_class(line, character::value)) {
        refuse(Status::BadRequest);
        return Line::Bad;
    }
    line_ = scanned_;
    return Line::Found;
}

// True when the last of remaining_ has arrived.
bool RequestParser::drop_body_bytes() {
    if (line_ > head_end_) {  // the chunk-size line before it
        drop_behind_head(line_ - head_end_);
        line_ = scanned_ = head_end_;
    }
    std::size_t const here = end_ - head_end_;
    std::size_t const taken = remaining_ < here ? static_cast<std::size_t>(remaining_) : here;
    drop_behind_head(taken);
    remaining_ -= taken;
    return remaining_ == 0;
}

void RequestParser::drop_behind_head(std::size_t count) {
    std::memmove(buffer_ + head_end_, buffer_ + head_end_ + count, end_ - head_end_ - count);
    end_ -= count;
}

}  // namespace http
