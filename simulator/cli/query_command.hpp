// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv query FILE[@MOMENT] QUESTION...`: asks a recording about its past.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sim::cli {

struct QueryWords {
    std::string file;                   // with or without @MOMENT
    std::vector<std::string> question;  // "last-write", "rsp"
    std::optional<unsigned> chain, follow;
    std::string kernel;  // the image, when it cannot be found
    bool salvage = false;
    bool json = false;
};

int query(QueryWords const&);

}  // namespace sim::cli
