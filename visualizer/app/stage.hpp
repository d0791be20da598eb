// SPDX-License-Identifier: GPL-2.0-or-later
//
// For tests: the shell without a graphics card. A Dear ImGui context is fed with
// input and draws frames; what it drew and what it asked for can be looked at.
#pragma once

#include <imgui.h>

#include <initializer_list>
#include <memory>

#include "visualizer/app/shell.hpp"
#include "visualizer/testing/recording_door.hpp"
#include "visualizer/testing/sample_snapshot.hpp"
#include "visualizer/widgets/style.hpp"

namespace viz::app {

using testing::last_of;
using testing::RecordingDoor;

// A screen that nobody sees.
class Stage {
public:
    explicit Stage(float width = 1600, float height = 900, float scale = 1) {
        ImGui::CreateContext();
        ImGuiIO& io = ImGui::GetIO();
        io.IniFilename = nullptr;
        io.DisplaySize = {width, height};
        io.DeltaTime = 1.0f / 60;
        io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
        widgets::set_style({&model::dark_theme(), widgets::load_fonts(scale), scale});
        unsigned char* pixels = nullptr;
        int w = 0, h = 0;
        io.Fonts->GetTexDataAsRGBA32(&pixels, &w, &h);
        shell = std::make_unique<Shell>(door);
    }
    ~Stage() {
        shell.reset();
        ImGui::DestroyContext();
    }
    void frame(unsigned count = 1) {
        for (unsigned i = 0; i < count; ++i) {
            ImGui::NewFrame();
            shell->draw(snapshot);
            ImGui::Render();
        }
    }
    void key(ImGuiKey k, std::initializer_list<ImGuiKey> modifiers = {}) {
        ImGuiIO& io = ImGui::GetIO();
        for (ImGuiKey m : modifiers) io.AddKeyEvent(m, true);
        io.AddKeyEvent(k, true);
        frame(2);
        io.AddKeyEvent(k, false);
        for (ImGuiKey m : modifiers) io.AddKeyEvent(m, false);
        frame(2);
    }
    void click(float x, float y) {
        ImGuiIO& io = ImGui::GetIO();
        io.AddMousePosEvent(x, y);
        frame(2);
        io.AddMouseButtonEvent(0, true);
        frame();
        io.AddMouseButtonEvent(0, false);
        frame(2);
    }
    void type(char const* text) {
        ImGui::GetIO().AddInputCharactersUTF8(text);
        frame(2);
    }

    RecordingDoor door;
    std::shared_ptr<sim::debug::Snapshot const> snapshot = testing::sample_snapshot();
    std::unique_ptr<Shell> shell;
};

}  // namespace viz::app
