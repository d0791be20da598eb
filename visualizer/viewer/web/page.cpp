// SPDX-License-Identifier: GPL-2.0-or-later
//
// The viewer in a browser: Dear ImGui on a canvas by WebGL 2. Input comes from
// Emscripten's html5.h; page.html finds an album, unpacks it and hands it over, and can
// ask for what is shown as text. Drawn only when something happens.
#include <GLES3/gl3.h>
#include <emscripten/emscripten.h>
#include <emscripten/html5.h>
#include <imgui.h>
#include <imgui_impl_opengl3.h>
#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <type_traits>

#include "visualizer/viewer/viewer.hpp"
#include "visualizer/viewer/web/keyboard.hpp"
#include "visualizer/viewer/web/touch.hpp"
#include "visualizer/widgets/style.hpp"
#include "visualizer/widgets/textures.hpp"

namespace viz::viewer {
namespace {

constexpr char const* canvas = "#canvas";
constexpr double seconds_a_moment = 0.12;  // while it plays
// The shell's parts stand in each other's way on less; there all is drawn smaller.
constexpr double least_width = 800, least_height = 480;

class Textures : public widgets::TextureStore {
public:
    ImTextureID upload(unsigned slot, unsigned width, unsigned height,
                       std::span<std::uint32_t const> pixels) override {
        auto [found, fresh] = names_.try_emplace(slot, 0);
        if (fresh) glGenTextures(1, &found->second);
        glBindTexture(GL_TEXTURE_2D, found->second);
        for (GLenum filter : {GL_TEXTURE_MIN_FILTER, GL_TEXTURE_MAG_FILTER})
            glTexParameteri(GL_TEXTURE_2D, filter, GL_NEAREST);
        for (GLenum wrap : {GL_TEXTURE_WRAP_S, GL_TEXTURE_WRAP_T})
            glTexParameteri(GL_TEXTURE_2D, wrap, GL_CLAMP_TO_EDGE);
        glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, static_cast<GLsizei>(width), static_cast<GLsizei>(height), 0,
                     GL_RGBA, GL_UNSIGNED_BYTE, pixels.data());
        return reinterpret_cast<ImTextureID>(static_cast<std::uintptr_t>(found->second));
    }

private:
    std::map<unsigned, GLuint> names_;
};

struct Page {
    Textures textures;
    std::unique_ptr<Viewer> viewer;
    float scale = 0, ratio = 1;
    Fingers fingers;
    int lively = 3;  // frames to draw before it may rest
    double last_frame = 0, last_moment = 0;
    std::string answer;  // of the last call from the page
};
Page* the_page = nullptr;

// Where the code view finds source text: in the page's own memory.
void lay_out_sources(sim::album::Album const& album) {
    namespace fs = std::filesystem;
    fs::path const root = "/source";
    std::error_code ignored;
    fs::remove_all(root, ignored);
    for (auto const& file : album.sources) {
        fs::path const name = fs::path(file.name).lexically_normal();
        if (name.is_absolute() || name.empty() || *name.begin() == "..") continue;
        fs::create_directories((root / name).parent_path(), ignored);
        std::ofstream(root / name, std::ios::binary) << file.text;
    }
    setenv("VIV_ROOT", root.c_str(), 1);
}

void wake(int frames = 3) { the_page->lively = std::max(the_page->lively, frames); }

bool start() {
    EmscriptenWebGLContextAttributes wanted;
    emscripten_webgl_init_context_attributes(&wanted);
    wanted.majorVersion = 2;
    wanted.alpha = wanted.depth = wanted.stencil = false;
    wanted.preserveDrawingBuffer = true;  // frames are drawn only when something changed
    auto const context = emscripten_webgl_create_context(canvas, &wanted);
    if (context <= 0 || emscripten_webgl_make_context_current(context) != EMSCRIPTEN_RESULT_SUCCESS) return false;
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = io.LogFilename = nullptr;
    io.BackendFlags |= ImGuiBackendFlags_HasMouseCursors;
    io.SetClipboardTextFn = [](void*, char const* text) {
        EM_ASM({ navigator.clipboard && navigator.clipboard.writeText(UTF8ToString($0)); }, text);
    };
    return ImGui_ImplOpenGL3_Init("#version 300 es");
}

// The canvas has as many pixels as the display under it.
void fit() {
    double width = 0, height = 0;
    emscripten_get_element_css_size(canvas, &width, &height);
    double const ratio = emscripten_get_device_pixel_ratio();
    int const w = std::max(1, static_cast<int>(std::lround(width * ratio)));
    int const h = std::max(1, static_cast<int>(std::lround(height * ratio)));
    int old_w = 0, old_h = 0;
    emscripten_get_canvas_element_size(canvas, &old_w, &old_h);
    if (w != old_w || h != old_h) {
        emscripten_set_canvas_element_size(canvas, w, h);
        wake();
    }
    the_page->ratio = static_cast<float>(ratio);
    ImGui::GetIO().DisplaySize = {static_cast<float>(w), static_cast<float>(h)};
    auto const& window = the_page->viewer->shell().window();
    double const room = std::min({1.0, width / least_width, height / least_height});
    float const wanted = std::clamp(static_cast<float>(ratio * room) * window.zoom, 0.5f, 4.0f);
    if (wanted != the_page->scale) {
        the_page->scale = wanted;
        widgets::set_style({window.theme, widgets::load_fonts(wanted), wanted});
        ImGui_ImplOpenGL3_DestroyFontsTexture();
    } else if (widgets::style().theme != window.theme) {
        widgets::set_style({window.theme, widgets::fonts(), wanted});
    }
}

void show_pointer() {
    static constexpr char const* names[ImGuiMouseCursor_COUNT] = {
        "default", "text", "move", "ns-resize", "ew-resize", "nesw-resize", "nwse-resize", "pointer", "not-allowed"};
    static ImGuiMouseCursor shown = ImGuiMouseCursor_None;
    ImGuiMouseCursor const now = ImGui::GetMouseCursor();
    if (now == shown) return;
    shown = now;
    EM_ASM({ document.getElementById('canvas').style.cursor = UTF8ToString($0); },
           now < 0 ? "none" : names[now]);
}

void draw() {
    Page& page = *the_page;
    fit();
    double const now = emscripten_get_now() / 1000;
    bool const play = page.viewer->playing() && now - page.last_moment >= seconds_a_moment;
    if (play) page.last_moment = now;
    if (page.lively == 0 && !play) return;
    if (page.lively > 0) --page.lively;
    ImGui::GetIO().DeltaTime = std::clamp(static_cast<float>(now - page.last_frame), 0.001f, 0.1f);
    page.last_frame = now;
    ImGui_ImplOpenGL3_NewFrame();
    ImGui::NewFrame();
    page.viewer->frame(play);
    ImGui::Render();
    ImVec2 const size = ImGui::GetIO().DisplaySize;
    glViewport(0, 0, static_cast<int>(size.x), static_cast<int>(size.y));
    ImVec4 const ground = widgets::vec(widgets::theme().gap);
    glClearColor(ground.x, ground.y, ground.z, 1);
    glClear(GL_COLOR_BUFFER_BIT);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    show_pointer();
    if (page.viewer->restless()) wake();
    // What a window would do: a page is closed by its browser.
    auto& window = page.viewer->shell().window();
    if (std::exchange(window.quit, false)) page.viewer->shell().notice("close this page to quit");
    if (std::exchange(window.picture, false)) EM_ASM({ savePicture(); });
}

// What a view throws ends the album, not the page.
void frame() {
    if (!the_page->viewer) return;
    try {
        draw();
    } catch (std::exception const& error) {
        if (ImGui::GetCurrentContext()->WithinFrameScope) {
            ImGui::ErrorCheckEndFrameRecover(nullptr);
            ImGui::EndFrame();
        }
        the_page->viewer.reset();
        EM_ASM({ viewerFailed(UTF8ToString($0)); }, error.what());
    }
}

EM_BOOL on_mouse(int kind, EmscriptenMouseEvent const* e, void*) {
    if (!the_page->viewer) return EM_FALSE;
    ImGuiIO& io = ImGui::GetIO();
    float const ratio = the_page->ratio;
    io.AddMouseSourceEvent(ImGuiMouseSource_Mouse);
    io.AddMousePosEvent(static_cast<float>(e->targetX) * ratio, static_cast<float>(e->targetY) * ratio);
    static constexpr int buttons[] = {ImGuiMouseButton_Left, ImGuiMouseButton_Middle, ImGuiMouseButton_Right};
    if (kind != EMSCRIPTEN_EVENT_MOUSEMOVE && e->button < 3)
        io.AddMouseButtonEvent(buttons[e->button], kind == EMSCRIPTEN_EVENT_MOUSEDOWN);
    wake();
    return EM_FALSE;  // the canvas takes the keyboard
}

EM_BOOL on_leave(int, EmscriptenMouseEvent const*, void*) {
    if (!the_page->viewer) return EM_FALSE;
    ImGui::GetIO().AddMousePosEvent(-1e30f, -1e30f);
    wake();
    return EM_TRUE;
}

EM_BOOL on_wheel(int, EmscriptenWheelEvent const* e, void*) {
    if (!the_page->viewer) return EM_FALSE;
    double const unit = e->deltaMode == DOM_DELTA_PIXEL ? 100 : e->deltaMode == DOM_DELTA_LINE ? 3 : 1;
    ImGui::GetIO().AddMouseWheelEvent(static_cast<float>(-e->deltaX / unit), static_cast<float>(-e->deltaY / unit));
    wake();
    return EM_TRUE;
}

EM_BOOL on_key(int kind, EmscriptenKeyboardEvent const* e, void*) {
    if (!the_page->viewer) return EM_FALSE;
    bool const known = tell(ImGui::GetIO(), {.code = e->code,
                                             .key = e->key,
                                             .down = kind == EMSCRIPTEN_EVENT_KEYDOWN,
                                             .control = e->ctrlKey != 0,
                                             .shift = e->shiftKey != 0,
                                             .alt = e->altKey != 0,
                                             .command = e->metaKey != 0});
    wake();
    // The browser's own keys stay its own.
    return known && !stays_with_browser(e->code, e->ctrlKey || e->metaKey) ? EM_TRUE : EM_FALSE;
}

EM_BOOL on_focus(int kind, EmscriptenFocusEvent const*, void*) {
    if (!the_page->viewer) return EM_FALSE;
    ImGui::GetIO().AddFocusEvent(kind == EMSCRIPTEN_EVENT_FOCUS);
    wake();
    return EM_FALSE;
}

EM_BOOL on_touch(int kind, EmscriptenTouchEvent const* e, void*) {
    using What = Fingers::What;
    if (!the_page->viewer) return EM_FALSE;
    float const ratio = the_page->ratio;
    bool const lifts = kind == EMSCRIPTEN_EVENT_TOUCHEND || kind == EMSCRIPTEN_EVENT_TOUCHCANCEL;
    std::array<Finger, std::extent_v<decltype(e->touches)>> fingers;
    auto const count = std::min(fingers.size(), static_cast<std::size_t>(std::max(e->numTouches, 0)));
    for (std::size_t i = 0; i < count; ++i) {
        auto const& touch = e->touches[i];
        fingers[i] = {{static_cast<float>(touch.targetX) * ratio, static_cast<float>(touch.targetY) * ratio},
                      lifts && touch.isChanged};
    }
    the_page->fingers.told(ImGui::GetIO(),
                           kind == EMSCRIPTEN_EVENT_TOUCHSTART  ? What::put_down
                           : kind == EMSCRIPTEN_EVENT_TOUCHMOVE ? What::moved
                           : kind == EMSCRIPTEN_EVENT_TOUCHEND  ? What::lifted
                                                                : What::cancelled,
                           {fingers.data(), count}, 40 * ratio);
    wake(6);  // what a finger does at once takes a frame each
    return EM_TRUE;
}

void listen() {
    for (auto listen : {emscripten_set_mousedown_callback_on_thread, emscripten_set_mousemove_callback_on_thread})
        listen(canvas, nullptr, EM_FALSE, on_mouse, EM_CALLBACK_THREAD_CONTEXT_CALLING_THREAD);
    // Let go outside of the canvas, too.
    emscripten_set_mouseup_callback(EMSCRIPTEN_EVENT_TARGET_WINDOW, nullptr, EM_FALSE, on_mouse);
    emscripten_set_mouseleave_callback(canvas, nullptr, EM_FALSE, on_leave);
    emscripten_set_wheel_callback(canvas, nullptr, EM_FALSE, on_wheel);
    emscripten_set_keydown_callback(canvas, nullptr, EM_FALSE, on_key);
    emscripten_set_keyup_callback(canvas, nullptr, EM_FALSE, on_key);
    emscripten_set_focus_callback(canvas, nullptr, EM_FALSE, on_focus);
    emscripten_set_blur_callback(canvas, nullptr, EM_FALSE, on_focus);
    for (auto listen : {emscripten_set_touchstart_callback_on_thread, emscripten_set_touchmove_callback_on_thread,
                        emscripten_set_touchend_callback_on_thread, emscripten_set_touchcancel_callback_on_thread})
        listen(canvas, nullptr, EM_FALSE, on_touch, EM_CALLBACK_THREAD_CONTEXT_CALLING_THREAD);
}

}  // namespace
}  // namespace viz::viewer

// ---- what page.html calls ----

using namespace viz::viewer;

extern "C" {

// An unpacked album. "" or why not, in one line.
EMSCRIPTEN_KEEPALIVE char const* viewer_open(std::uint8_t const* bytes, std::size_t length) {
    Page& page = *the_page;
    try {
        auto const before = page.viewer ? page.viewer->shell().desk().saved() : std::string();
        auto const album = sim::album::read_album({bytes, length});
        auto next = std::make_unique<Viewer>(album);
        if (!before.empty()) next->shell().desk().restore(before);
        lay_out_sources(*album);  // not those of one that is refused
        page.viewer = std::move(next);
        page.answer.clear();
        wake();
    } catch (std::exception const& error) {
        page.answer = error.what();
    }
    return page.answer.c_str();
}
EMSCRIPTEN_KEEPALIVE char const* viewer_go(char const* place) {
    Page& page = *the_page;
    page.answer = page.viewer ? page.viewer->go_to(place) : "no album is open";
    if (page.viewer && !page.answer.empty()) page.viewer->shell().notice(page.answer);
    wake();
    return page.answer.c_str();
}
// A view's text; of "" the names of all views, a line each.
EMSCRIPTEN_KEEPALIVE char const* viewer_print(char const* view, int json) {
    Page& page = *the_page;
    page.answer.clear();
    if (!*view)
        for (auto const& v : viz::model::text_views()) page.answer += std::string(v.name) + "\n";
    else if (page.viewer)
        page.answer = page.viewer->print(view, json != 0);
    wake();
    return page.answer.c_str();
}
// What the album holds, for people.
EMSCRIPTEN_KEEPALIVE char const* viewer_about() {
    the_page->answer = the_page->viewer ? describe(the_page->viewer->life().album()) : "";
    return the_page->answer.c_str();
}
// A line of the command table, as the line mode has it.
EMSCRIPTEN_KEEPALIVE char const* viewer_do(char const* line) {
    Page& page = *the_page;
    page.answer = page.viewer ? page.viewer->obey(line) : "no album is open";
    wake();
    return page.answer.c_str();
}

}  // extern "C"

int main() {
    static Page page;
    the_page = &page;
    if (!start()) {
        EM_ASM({ noGraphics(); });
        return 1;
    }
    viz::widgets::set_textures(&page.textures);
    listen();
    emscripten_set_main_loop(frame, 0, false);
    EM_ASM({ viewerIsReady(); });
    return 0;
}
