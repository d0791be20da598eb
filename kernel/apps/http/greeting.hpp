// SPDX-License-Identifier: MIT
#pragma once

namespace apps {

// The large line at the top of the page. Plain text, ends with a zero byte.
extern char const greeting[];

}  // namespace apps
