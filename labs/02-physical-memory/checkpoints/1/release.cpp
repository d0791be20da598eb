// SPDX-License-Identifier: MIT
set_owner(FrameNumber(first), order, FrameOwner::free);
push(FrameNumber(first), order);
