// SPDX-License-Identifier: GPL-2.0-or-later
//
// What SDL heard, as frames see it.
#include "visualizer/app/screen.hpp"

#include <SDL.h>
#include <gtest/gtest.h>
#include <imgui.h>

#include <vector>

#include "visualizer/widgets/style.hpp"

namespace viz::app {
namespace {

void push(std::uint32_t type, SDL_Scancode scancode, SDL_Keycode key, std::uint16_t modifiers) {
    SDL_Event event{};
    event.type = type;
    event.key.keysym.scancode = scancode;
    event.key.keysym.sym = key;
    event.key.keysym.mod = modifiers;
    ASSERT_EQ(SDL_PushEvent(&event), 1);
}

// Where frames take long, a person lets go of Ctrl while one is drawn.
TEST(Screen, a_chord_whose_modifier_came_a_frame_before_and_is_let_go_is_still_one) {
    std::string why;
    auto const screen = Screen::open({"keys", 800, 500, true}, why);
    ASSERT_TRUE(screen) << why;
    widgets::set_style({&model::dark_theme(), widgets::load_fonts(1), 1});
    screen->fonts_changed();
    bool with_control = false, without = false, down = true;
    auto const frame = [&] {
        bool something = false;
        screen->take_input(0, something);
        screen->frame([&] {
            ImGuiIO const& io = ImGui::GetIO();
            down = io.KeyCtrl || ImGui::IsKeyDown(ImGuiKey_B);
            if (ImGui::IsKeyPressed(ImGuiKey_B)) (io.KeyCtrl ? with_control : without) = true;
        });
    };
    frame();
    push(SDL_KEYDOWN, SDL_SCANCODE_LCTRL, SDLK_LCTRL, KMOD_LCTRL);
    frame();
    push(SDL_KEYDOWN, SDL_SCANCODE_B, SDLK_b, KMOD_LCTRL);
    push(SDL_KEYUP, SDL_SCANCODE_LCTRL, SDLK_LCTRL, KMOD_NONE);
    push(SDL_KEYUP, SDL_SCANCODE_B, SDLK_b, KMOD_NONE);
    for (int i = 0; i < 4; ++i) frame();
    EXPECT_TRUE(with_control);
    EXPECT_FALSE(without);
    EXPECT_FALSE(down) << "all of it is taken in the end";
}

SDL_Event mouse(std::uint32_t type, int x, int y) {
    SDL_Event event{};
    event.type = type;
    if (type == SDL_MOUSEMOTION) {
        event.motion.x = x, event.motion.y = y;
    } else {
        event.button.x = x, event.button.y = y;
        event.button.button = SDL_BUTTON_LEFT;
    }
    return event;
}

// As Dear ImGui's backend does in each frame where there is a display.
TEST(Screen, a_click_belongs_where_the_pointer_was_told_to_be_whatever_else_is_said_of_it) {
    std::string why;
    auto const screen = Screen::open({"pointer", 800, 500, true}, why);
    ASSERT_TRUE(screen) << why;
    widgets::set_style({&model::dark_theme(), widgets::load_fonts(1), 1});
    screen->fonts_changed();
    std::vector<ImVec2> clicked;
    int released = 0;
    auto const frame = [&] {
        bool something = false;
        screen->take_input(0, something);
        ImGui::GetIO().AddMousePosEvent(10, 10);  // where it was before
        screen->frame([&] {
            if (ImGui::IsMouseClicked(ImGuiMouseButton_Left)) clicked.push_back(ImGui::GetIO().MousePos);
            released += ImGui::IsMouseReleased(ImGuiMouseButton_Left);
        });
    };
    auto const push = [](SDL_Event event) { ASSERT_EQ(SDL_PushEvent(&event), 1); };
    frame();
    push(mouse(SDL_MOUSEMOTION, 300, 200));
    for (int i = 0; i < 3; ++i) frame();
    EXPECT_EQ(ImGui::GetIO().MousePos.x, 300);
    push(mouse(SDL_MOUSEBUTTONDOWN, 300, 200));
    push(mouse(SDL_MOUSEBUTTONUP, 300, 200));
    for (int i = 0; i < 6; ++i) frame();
    ASSERT_EQ(clicked.size(), 1u);
    EXPECT_EQ(clicked[0].x, 300);
    EXPECT_EQ(clicked[0].y, 200);
    EXPECT_EQ(released, 1);
    SDL_Event left{};
    left.type = SDL_WINDOWEVENT;
    left.window.event = SDL_WINDOWEVENT_LEAVE;
    push(left);
    for (int i = 0; i < 3; ++i) frame();
    EXPECT_NE(ImGui::GetIO().MousePos.x, 300) << "it is over the window no more";
}

}  // namespace
}  // namespace viz::app
