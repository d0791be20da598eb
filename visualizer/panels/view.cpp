// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/panels/view.hpp"

#include "visualizer/panels/views.hpp"

namespace viz::panels {

std::unique_ptr<View> make_view(model::ViewId id) {
    switch (id) {
        case model::ViewId::machine:
            return make_machine_view();
        case model::ViewId::console:
            return make_console_view();
        case model::ViewId::source:
            return make_source_view();
        case model::ViewId::registers:
            return make_registers_view();
        case model::ViewId::memory:
            return make_memory_view();
        case model::ViewId::frames:
            return make_frames_view();
        case model::ViewId::walk:
            return make_walk_view();
        case model::ViewId::pages:
            return make_pages_view();
        case model::ViewId::heap:
            return make_heap_view();
        case model::ViewId::descriptors:
            return make_descriptors_view();
        case model::ViewId::threads:
            return make_threads_view();
        case model::ViewId::waits:
            return make_waits_view();
        case model::ViewId::scheduler:
            return make_scheduler_view();
        case model::ViewId::packets:
            return make_packets_view();
        case model::ViewId::ladder:
            return make_ladder_view();
        case model::ViewId::connection:
            return make_connection_view();
        case model::ViewId::events:
            return make_events_view();
        case model::ViewId::devices:
            return make_devices_view();
        case model::ViewId::disk:
            return make_disk_view();
        case model::ViewId::stops:
            return make_stops_view();
        case model::ViewId::answers:
            return make_answers_view();
        case model::ViewId::branches:
            return make_branches_view();
        case model::ViewId::comparison:
            return make_comparison_view();
    }
    return nullptr;
}

}  // namespace viz::panels
