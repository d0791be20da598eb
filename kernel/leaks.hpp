// SPDX-License-Identifier: MIT
#pragma once

namespace kernel {

// At the end of the application, in development builds: the objects that it
// allocated and did not free, by the function that did. Silent while other
// threads live on: what they hold is in use.
void report_leaks();

}  // namespace kernel
