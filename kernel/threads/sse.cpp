// SPDX-License-Identifier: MIT
//
// That this is linked into an image says: its application uses SSE registers, so
// every thread needs room for them (see kernel_image(... SSE)).
extern "C" {
extern char const sse_application[];
char const sse_application[] = "SSE";
}
