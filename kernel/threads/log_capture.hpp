// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "kernel/base/log.hpp"

namespace threads {

// What the log says while one of these lives.
class LogCapture final : public base::TextSink {
public:
    LogCapture() { base::the_log().sink = this; }
    ~LogCapture() { base::the_log().sink = nullptr; }
    void write(std::string_view text) override { text_ += text; }
    std::string const& text() const { return text_; }

private:
    std::string text_;
};

}  // namespace threads
