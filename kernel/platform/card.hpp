// SPDX-License-Identifier: MIT
//
// What the network thread drives: a virtio card on the machine, a descriptor that
// carries frames in a Linux process. Both have the same members; which it is, is
// decided here and nowhere else.
#pragma once

#if __STDC_HOSTED__
#include "kernel/platform/hosted/frame_card.hpp"
#else
#include "kernel/devices/virtio_net.hpp"
#endif

namespace platform {

#if __STDC_HOSTED__
using Card = hosted::FrameCard;
#else
using Card = devices::VirtioNet;
#endif

}  // namespace platform
