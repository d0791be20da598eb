// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/screen.hpp"

#include <SDL.h>
#include <SDL_opengl.h>
#include <fmt/format.h>
#include <imgui_impl_opengl3.h>
#include <imgui_impl_sdl2.h>

#include <algorithm>
#include <map>

#include "visualizer/widgets/style.hpp"

namespace viz::app {

class Screen::Textures : public widgets::TextureStore {
public:
    ~Textures() override {
        for (auto& [slot, name] : names_) glDeleteTextures(1, &name);
    }
    ImTextureID upload(unsigned slot, unsigned width, unsigned height,
                       std::span<std::uint32_t const> pixels) override {
        auto [found, fresh] = names_.try_emplace(slot, 0);
        if (fresh) glGenTextures(1, &found->second);
        glBindTexture(GL_TEXTURE_2D, found->second);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
        glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
        glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, static_cast<GLsizei>(width), static_cast<GLsizei>(height), 0,
                     GL_RGBA, GL_UNSIGNED_BYTE, pixels.data());
        return reinterpret_cast<ImTextureID>(static_cast<std::uintptr_t>(found->second));
    }

private:
    std::map<unsigned, GLuint> names_;
};

std::unique_ptr<Screen> Screen::open(ScreenOptions const& options, std::string& why) {
    std::unique_ptr<Screen> screen(new Screen);
    screen->offscreen_ = options.offscreen;
    screen->width_ = options.width, screen->height_ = options.height;
    auto failed = [&](char const* what) {
        why = fmt::format("{}: {}", what, SDL_GetError());
        return nullptr;
    };
    // The program handles its own signals (Ctrl-C must end a recording well).
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    SDL_SetHint(SDL_HINT_MOUSE_FOCUS_CLICKTHROUGH, "1");
    if (options.offscreen) SDL_SetHint(SDL_HINT_VIDEODRIVER, "offscreen");
    if (SDL_InitSubSystem(SDL_INIT_VIDEO) != 0)
        return failed(options.offscreen ? "SDL's offscreen driver does not start" : "no display");
    screen->sdl_ = true;
    // "dummy" has no OpenGL and nobody would see it.
    std::string driver = SDL_GetCurrentVideoDriver() ? SDL_GetCurrentVideoDriver() : "";
    if (driver == "dummy") {
        SDL_SetError("SDL found only its dummy driver");
        return failed("no display");
    }
    if (driver == "offscreen") screen->offscreen_ = true;

    SDL_GL_SetAttribute(SDL_GL_CONTEXT_PROFILE_MASK, SDL_GL_CONTEXT_PROFILE_CORE);
    SDL_GL_SetAttribute(SDL_GL_CONTEXT_MAJOR_VERSION, 3);
    SDL_GL_SetAttribute(SDL_GL_CONTEXT_MINOR_VERSION, 3);
    SDL_GL_SetAttribute(SDL_GL_DOUBLEBUFFER, 1);
    SDL_GL_SetAttribute(SDL_GL_DEPTH_SIZE, 0);
    Uint32 flags = SDL_WINDOW_OPENGL | SDL_WINDOW_ALLOW_HIGHDPI |
                   (screen->offscreen_ ? Uint32{0} : Uint32{SDL_WINDOW_RESIZABLE});
    // No larger than the display: where no window manager fits it, its edges would be lost.
    int width = options.width, height = options.height;
    if (SDL_Rect room{}; !screen->offscreen_ && SDL_GetDisplayUsableBounds(0, &room) == 0 && room.w > 0) {
        width = std::min(width, room.w);
        height = std::min(height, room.h);
    }
    screen->window_ = SDL_CreateWindow(options.title.c_str(), SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED,
                                       width, height, flags);
    if (!screen->window_) return failed("no window with OpenGL");
    screen->context_ = SDL_GL_CreateContext(screen->window_);
    if (!screen->context_) return failed("no OpenGL 3.3");
    SDL_GL_SetSwapInterval(screen->offscreen_ ? 0 : 1);
    if (!screen->offscreen_) SDL_SetWindowMinimumSize(screen->window_, 800, 500);

    ImGui::CreateContext();
    screen->imgui_ = true;
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;  // the layout is ours to keep
    io.LogFilename = nullptr;
    io.ConfigInputTrickleEventQueue = true;
    screen->backend_ = ImGui_ImplSDL2_InitForOpenGL(screen->window_, screen->context_);
    screen->gl_backend_ = screen->backend_ && ImGui_ImplOpenGL3_Init("#version 330 core");
    if (!screen->gl_backend_) return failed("Dear ImGui does not start");
    screen->textures_ = std::make_unique<Textures>();
    widgets::set_textures(screen->textures_.get());
    return screen;
}

Screen::~Screen() {
    widgets::set_textures(nullptr);
    textures_.reset();
    if (gl_backend_) ImGui_ImplOpenGL3_Shutdown();
    if (backend_) ImGui_ImplSDL2_Shutdown();
    if (imgui_) ImGui::DestroyContext();
    if (context_) SDL_GL_DeleteContext(context_);
    if (window_) SDL_DestroyWindow(window_);
    if (sdl_) SDL_QuitSubSystem(SDL_INIT_VIDEO);
}

namespace {

bool is_modifier(SDL_KeyboardEvent const& key) {
    return key.keysym.scancode >= SDL_SCANCODE_LCTRL && key.keysym.scancode <= SDL_SCANCODE_RGUI;
}

// What comes next is the release of Ctrl, Shift or Alt.
bool modifier_is_let_go() {
    SDL_PumpEvents();
    SDL_Event next;
    return SDL_PeepEvents(&next, 1, SDL_PEEKEVENT, SDL_FIRSTEVENT, SDL_LASTEVENT) == 1 &&
           next.type == SDL_KEYUP && is_modifier(next.key);
}

}  // namespace

bool Screen::take_input(int wait_ms, bool& something) {
    bool go_on = true, pressed = false;
    SDL_Event event;
    bool some = wait_ms > 0 ? SDL_WaitEventTimeout(&event, wait_ms) : SDL_PollEvent(&event);
    while (some) {
        if (event.type != SDL_USEREVENT) something = true;
        ImGui_ImplSDL2_ProcessEvent(&event);
        if (event.type == SDL_MOUSEMOTION)
            pointer_ = Pointer{static_cast<float>(event.motion.x), static_cast<float>(event.motion.y)};
        if (event.type == SDL_WINDOWEVENT && event.window.event == SDL_WINDOWEVENT_LEAVE) pointer_.reset();
        if (event.type == SDL_QUIT) go_on = false;
        if (event.type == SDL_WINDOWEVENT && event.window.event == SDL_WINDOWEVENT_CLOSE) go_on = false;
        // A frame is drawn in between: else Ctrl+B, let go while the last frame was drawn, is a B.
        pressed |= event.type == SDL_KEYDOWN && !is_modifier(event.key);
        if (pressed && modifier_is_let_go()) break;
        some = SDL_PollEvent(&event);
    }
    return go_on;
}

void Screen::wake() {
    SDL_Event event{};
    event.type = SDL_USEREVENT;
    SDL_PushEvent(&event);
}

void Screen::fonts_changed() { ImGui_ImplOpenGL3_DestroyFontsTexture(); }

void Screen::frame(std::function<void()> const& draw) {
    ImGui_ImplOpenGL3_NewFrame();
    ImGui_ImplSDL2_NewFrame();
    // Each frame Dear ImGui's backend asks SDL where on the display the pointer is. SDL answers
    // from memory until a pointing device moves: where a program has put the pointer (remote
    // desktops, tests) that is where it was before, and a click would belong there.
    if (pointer_) ImGui::GetIO().AddMousePosEvent(pointer_->x, pointer_->y);
    if (offscreen_) {
        // Pictures do not depend on how fast the host is, nor on a pointer.
        ImGuiIO& io = ImGui::GetIO();
        io.DisplaySize = {static_cast<float>(width_), static_cast<float>(height_)};
        io.DisplayFramebufferScale = {1, 1};
        io.DeltaTime = 1.0f / 60.0f;
    }
    ImGui::NewFrame();
    draw();
    ImGui::Render();
    ImVec2 size = ImGui::GetIO().DisplaySize, factor = ImGui::GetIO().DisplayFramebufferScale;
    glViewport(0, 0, static_cast<int>(size.x * factor.x), static_cast<int>(size.y * factor.y));
    ImVec4 ground = widgets::vec(widgets::theme().gap);
    glClearColor(ground.x, ground.y, ground.z, 1);
    glClear(GL_COLOR_BUFFER_BIT);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    if (!offscreen_) SDL_GL_SwapWindow(window_);
}

Picture Screen::read() {
    int width = 0, height = 0;
    SDL_GL_GetDrawableSize(window_, &width, &height);
    Picture picture{static_cast<unsigned>(width), static_cast<unsigned>(height), {}};
    picture.rgb.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    glReadBuffer(offscreen_ ? GL_BACK : GL_FRONT);
    glPixelStorei(GL_PACK_ALIGNMENT, 1);
    glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE, picture.rgb.data());
    // OpenGL counts rows from the bottom.
    std::size_t row = static_cast<std::size_t>(width) * 3;
    for (std::size_t a = 0, b = static_cast<std::size_t>(height); a + 1 < b; ++a) {
        --b;
        std::swap_ranges(&picture.rgb[a * row], &picture.rgb[a * row] + row, &picture.rgb[b * row]);
    }
    return picture;
}

float Screen::display_scale() const {
    if (offscreen_) return 1;
    float dpi = 96;
    int display = SDL_GetWindowDisplayIndex(window_);
    if (display < 0 || SDL_GetDisplayDPI(display, nullptr, &dpi, nullptr) != 0) return 1;
    // Steps of a quarter: a font of 15.3 px helps nobody, and displays lie a bit.
    float scale = std::round(dpi / 96 * 4) / 4;
    return std::clamp(scale, 1.0f, 3.0f);
}

}  // namespace viz::app
