// SPDX-License-Identifier: MIT
//
// The one line that was changed: a longer greeting makes a longer answer.
#include "kernel/apps/http/greeting.hpp"

char const apps::greeting[] = "Good evening from the very same kernel, with one line changed in between";
