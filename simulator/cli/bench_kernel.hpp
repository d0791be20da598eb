// SPDX-License-Identifier: GPL-2.0-or-later
//
// `viv bench kernel`: what the kernel costs, held against the page that says so.
#pragma once

namespace sim::cli {

struct BenchWords;

// As bench(), for words.name "kernel".
int bench_kernel(BenchWords const&);

}  // namespace sim::cli
