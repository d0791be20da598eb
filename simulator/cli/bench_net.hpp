// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv bench net`: our web server and streams beside those of Linux.
#pragma once

namespace sim::cli {

struct BenchWords;

// As bench(), for words.name "net". Afterwards this process is in a network of its own.
int bench_net(BenchWords const&);

}  // namespace sim::cli
