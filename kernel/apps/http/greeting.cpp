// SPDX-License-Identifier: MIT
//
// The first thing that a visitor reads. Change the line between the quotes,
// start the machine again, and load the page.
#include "kernel/apps/http/greeting.hpp"

char const apps::greeting[] = "Hello from a kernel you can look into";
