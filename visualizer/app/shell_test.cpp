// SPDX-License-Identifier: GPL-2.0-or-later
//
// The shell without a graphics card: a Dear ImGui context is fed with input and
// draws frames; what it drew and what it asked for is looked at.
#include "visualizer/app/shell.hpp"

#include <gtest/gtest.h>
#include <imgui.h>
#include <imgui_internal.h>

#include <random>
#include <set>

#include "visualizer/app/keys.hpp"
#include "visualizer/testing/sample_snapshot.hpp"
#include "visualizer/widgets/style.hpp"

namespace viz::app {
namespace {

using model::CommandId;
using model::Perspective;
using model::ViewId;
using sim::debug::Direction;
using sim::debug::StepUnit;

struct RecordingDoor : Door {
    void post(sim::debug::Command c) override { commands.push_back(std::move(c)); }
    void request(sim::debug::ViewRequest r) override { last = std::move(r); }
    std::vector<sim::debug::Command> commands;
    sim::debug::ViewRequest last;
};

template <class T>
T const* last_of(RecordingDoor const& door) {
    return door.commands.empty() ? nullptr : std::get_if<T>(&door.commands.back());
}

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

constexpr std::tuple<float, float, float> displays[] = {
    {1600, 900, 1}, {1280, 720, 1}, {1600, 900, 1.6f}, {1280, 720, 1.6f}, {800, 500, 1}};

TEST(Shell, draws_every_perspective_within_the_frame_at_every_size) {
    for (auto [w, h, scale] : displays) {
        Stage stage(w, h, scale);
        for (auto const& p : model::all_perspectives()) {
            stage.frame();
            stage.shell->show(p.id);
            stage.frame(4);
            ImDrawData const* drawn = ImGui::GetDrawData();
            EXPECT_GT(drawn->TotalVtxCount, 2000) << p.name;
            for (ImGuiWindow const* window : ImGui::GetCurrentContext()->Windows) {
                if (!window->Active || window->Hidden || window->IsFallbackWindow) continue;
                EXPECT_GE(window->Pos.x, 0) << p.name << " " << window->Name;
                EXPECT_GE(window->Pos.y, 0) << p.name << " " << window->Name;
                EXPECT_LE(window->Pos.x + window->Size.x, w + 1) << p.name << " " << window->Name;
                EXPECT_LE(window->Pos.y + window->Size.y, h + 1) << p.name << " " << window->Name;
            }
        }
    }
}

TEST(Shell, every_view_alone_draws_something_of_its_own) {
    Stage stage;
    std::set<int> counts;
    for (auto const& view : model::all_views()) {
        stage.shell->show_alone(view.id);
        stage.frame(4);
        counts.insert(ImGui::GetDrawData()->TotalVtxCount);
    }
    EXPECT_GT(counts.size(), model::view_count - 2) << "no two alike, but for a chance";
}

TEST(Shell, a_machine_that_has_not_begun_draws_in_every_view) {
    Stage stage;
    stage.snapshot = std::make_shared<sim::debug::Snapshot>();
    for (auto const& view : model::all_views()) {
        stage.shell->show_alone(view.id);
        stage.frame(3);
        EXPECT_GT(ImGui::GetDrawData()->TotalVtxCount, 500) << view.name;
    }
}

TEST(Questions, are_typed_at_a_prompt_and_answered_in_their_view) {
    Stage stage;
    stage.key(ImGuiKey_Q);
    stage.type("first-true ticks == 3");
    stage.key(ImGuiKey_Enter);
    auto const* asked = last_of<sim::debug::Ask>(stage.door);
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->question, "first-true ticks == 3");
    EXPECT_TRUE(stage.shell->layout().visible(model::ViewId::answers));

    auto next = std::make_shared<sim::debug::Snapshot>(*stage.snapshot);
    auto answer = std::make_shared<sim::debug::QuestionAnswer>();
    answer->question = asked->question;
    answer->understood = true;
    answer->text = "first true at moment 962491\n  after 0xffffffff80001000\n";
    next->answer = answer;
    stage.snapshot = next;
    stage.frame(3);
    ASSERT_EQ(stage.shell->model().answers().size(), 1u);
    EXPECT_EQ(stage.shell->model().answers()[0], answer);
    stage.frame(3);
    EXPECT_EQ(stage.shell->model().answers().size(), 1u) << "the same answer once";
}

TEST(Questions, are_asked_about_what_is_selected) {
    Stage stage;
    stage.frame();
    stage.shell->perform({model::CommandId::who_wrote, {}});
    EXPECT_FALSE(last_of<sim::debug::Ask>(stage.door)) << "nothing is selected";
    stage.shell->state().selected = {model::EntityKind::frame, 0x123, 0};
    stage.shell->perform({model::CommandId::who_wrote, {}});
    EXPECT_EQ(std::get<sim::debug::Ask>(stage.door.commands.back()).question, "last-write phys:0x123000");
    stage.shell->perform({model::CommandId::why_mapped, std::uint64_t{0xffff800000001000}});
    EXPECT_EQ(std::get<sim::debug::Ask>(stage.door.commands.back()).question,
              "why-mapped 0xffff800000001000");
    stage.shell->perform({model::CommandId::tell_story, {}});
    EXPECT_EQ(std::get<sim::debug::Ask>(stage.door.commands.back()).question, "frame phys:0x123000");
    auto const& events = stage.shell->model().now().events;
    auto const second = events.group(sim::debug::EventGroup::packets)[1];
    stage.shell->state().selected = {model::EntityKind::packet, second, 0};
    stage.shell->perform({model::CommandId::tell_story, {}});
    EXPECT_EQ(std::get<sim::debug::Ask>(stage.door.commands.back()).question, "packet 2");
}

TEST(Stops, are_typed_listed_switched_and_removed) {
    Stage stage;
    stage.key(ImGuiKey_B);
    stage.type("watch counter if rax == 3 every 2");
    stage.key(ImGuiKey_Enter);
    auto const* added = last_of<sim::debug::AddStop>(stage.door);
    ASSERT_TRUE(added);
    EXPECT_EQ(added->stop.place, "counter");
    EXPECT_EQ(added->stop.condition, "rax == 3");
    EXPECT_EQ(added->stop.count, 2u);
    EXPECT_TRUE(stage.shell->layout().visible(model::ViewId::stops));

    std::size_t const before = stage.door.commands.size();
    stage.shell->perform({model::CommandId::add_stop, std::string("nonsense")});
    EXPECT_EQ(stage.door.commands.size(), before) << "what is wrong is told, not sent";

    auto next = std::make_shared<sim::debug::Snapshot>(*stage.snapshot);
    next->stops.push_back({7, sim::debug::StopKind::watchpoint, true, "watchpoint 7: counter, on change"});
    stage.snapshot = next;
    stage.frame(3);
    stage.shell->perform({model::CommandId::switch_stop, std::uint64_t{7}});
    auto const* switched = last_of<sim::debug::EnableStop>(stage.door);
    ASSERT_TRUE(switched);
    EXPECT_EQ(switched->number, 7u);
    EXPECT_FALSE(switched->enabled);
    stage.shell->perform({model::CommandId::remove_stop, std::uint64_t{7}});
    EXPECT_EQ(std::get<sim::debug::RemoveStop>(stage.door.commands.back()).number, 7u);
}

TEST(Keys, every_key_of_the_table_is_one_that_keyboards_have) {
    for (auto const& c : model::all_commands()) {
        std::string_view keys = c.keys;
        while (!keys.empty()) {
            std::size_t end = std::min(keys.find(' '), keys.size());
            EXPECT_TRUE(parse_chord(keys.substr(0, end))) << c.name << ": " << keys;
            keys.remove_prefix(std::min(end + 1, keys.size()));
        }
    }
    EXPECT_FALSE(parse_chord("Hyper+Q"));
}

// A display that is slow to draw sees both in one frame.
TEST(Keys, a_chord_pressed_and_released_between_two_frames_is_one) {
    Stage stage;
    stage.frame(2);
    ImGuiIO& io = ImGui::GetIO();
    io.AddKeyEvent(ImGuiMod_Ctrl, true);
    io.AddKeyEvent(ImGuiKey_LeftCtrl, true);
    io.AddKeyEvent(ImGuiKey_6, true);
    io.AddKeyEvent(ImGuiKey_6, false);
    io.AddKeyEvent(ImGuiMod_Ctrl, false);
    io.AddKeyEvent(ImGuiKey_LeftCtrl, false);
    stage.frame(4);
    EXPECT_EQ(stage.shell->desk().perspective(), Perspective::compare);
}

TEST(Keys, space_runs_and_arrows_step_both_ways_in_the_chosen_unit) {
    Stage stage;
    stage.frame(2);
    stage.key(ImGuiKey_Space);
    EXPECT_TRUE(last_of<sim::debug::Run>(stage.door));
    stage.key(ImGuiKey_U);
    stage.key(ImGuiKey_LeftArrow);
    auto const* step = last_of<sim::debug::Step>(stage.door);
    ASSERT_TRUE(step);
    EXPECT_EQ(step->unit, StepUnit::line_over);
    EXPECT_EQ(step->direction, Direction::backward);
    stage.key(ImGuiKey_F11);
    step = last_of<sim::debug::Step>(stage.door);
    ASSERT_TRUE(step);
    EXPECT_EQ(step->unit, StepUnit::instruction);
    EXPECT_EQ(step->direction, Direction::forward);
}

TEST(Palette, opens_finds_and_carries_out) {
    Stage stage;
    stage.frame(2);
    stage.key(ImGuiKey_P, {ImGuiMod_Ctrl, ImGuiKey_LeftCtrl});
    stage.type("page walk");
    stage.key(ImGuiKey_Enter);
    EXPECT_TRUE(stage.shell->layout().visible(ViewId::walk));
}

// Each command and view by typing its title, as a person without a mouse does.
TEST(Palette, leads_everywhere_by_keyboard_alone) {
    Stage stage;
    stage.frame(2);
    for (auto const& row : model::palette_rows("")) {
        stage.key(ImGuiKey_Escape);
        stage.key(ImGuiKey_P, {ImGuiMod_Ctrl, ImGuiKey_LeftCtrl});
        stage.type(row.title.c_str());
        ImGui::GetIO().AddKeyEvent(ImGuiKey_Enter, true);
        bool done = false;
        for (unsigned i = 0; i < 4; ++i) {
            stage.frame();
            for (auto const& request : stage.shell->performed()) done |= request == row.request;
        }
        ImGui::GetIO().AddKeyEvent(ImGuiKey_Enter, false);
        stage.frame(2);
        EXPECT_TRUE(done) << row.title;
        if (row.request.id == CommandId::type_argument) {
            EXPECT_TRUE(stage.shell->window().palette) << row.title << " asks for its argument";
        }
    }
}

TEST(Branches, are_forked_written_to_and_compared_by_keyboard_alone) {
    Stage stage;
    stage.frame(2);
    stage.key(ImGuiKey_B, {ImGuiMod_Ctrl, ImGuiKey_LeftCtrl});
    EXPECT_TRUE(last_of<sim::debug::Fork>(stage.door));
    stage.shell->state().selected = {model::EntityKind::frame, 8, 0};
    stage.key(ImGuiKey_E);
    stage.type("0x5a");  // the place stands there already
    stage.key(ImGuiKey_Enter);
    auto const* poke = last_of<sim::debug::PokeByte>(stage.door);
    ASSERT_TRUE(poke);
    EXPECT_EQ(poke->address, 0x8000u);
    EXPECT_EQ(poke->space, sim::debug::AddressSpace::physical);
    stage.key(ImGuiKey_C);
    stage.type("status");
    stage.key(ImGuiKey_Enter);
    ASSERT_TRUE(last_of<sim::debug::TypeText>(stage.door));
    EXPECT_EQ(last_of<sim::debug::TypeText>(stage.door)->text, "status\n");
    stage.key(ImGuiKey_P, {ImGuiMod_Ctrl, ImGuiKey_LeftCtrl});
    stage.type("Compare with");
    stage.key(ImGuiKey_Enter);
    stage.type("original");
    stage.key(ImGuiKey_Enter);
    auto const* both = last_of<sim::debug::CompareBranches>(stage.door);
    ASSERT_TRUE(both);
    EXPECT_EQ(both->one, sim::debug::original);
    EXPECT_EQ(both->other, 1u);
    EXPECT_TRUE(stage.shell->layout().visible(ViewId::comparison));
}

TEST(Branches, a_click_goes_to_one_and_another_compares_it) {
    Stage stage;
    stage.frame(2);
    stage.shell->show_alone(ViewId::branches);
    stage.frame(4);
    for (float y = 120; y < 360; y += 10) stage.click(300, y);
    std::set<sim::debug::BranchNumber> visited;
    for (auto const& c : stage.door.commands)
        if (auto const* there = std::get_if<sim::debug::SwitchBranch>(&c)) visited.insert(there->branch);
    EXPECT_EQ(visited, (std::set<sim::debug::BranchNumber>{0, 2})) << "all but the one that is looked at";
    for (float y = 120; y < 360; y += 10)
        for (float x = 1500; x < 1590; x += 10) {
            stage.shell->show_alone(ViewId::branches);
            stage.frame();
            stage.click(x, y);
        }
    bool compared = false, dropped = false;
    for (auto const& c : stage.door.commands) {
        compared |= std::holds_alternative<sim::debug::CompareBranches>(c);
        if (auto const* gone = std::get_if<sim::debug::DropBranch>(&c)) dropped |= gone->branch == 2;
    }
    EXPECT_TRUE(compared);
    EXPECT_TRUE(dropped);
}

TEST(Palette, typing_there_is_no_command) {
    Stage stage;
    stage.frame(2);
    stage.key(ImGuiKey_P, {ImGuiMod_Ctrl, ImGuiKey_LeftCtrl});
    stage.key(ImGuiKey_Space);
    stage.key(ImGuiKey_I);
    EXPECT_TRUE(stage.door.commands.empty());
    stage.key(ImGuiKey_Escape);
    stage.key(ImGuiKey_Space);
    EXPECT_TRUE(last_of<sim::debug::Run>(stage.door));
}

TEST(Mouse, the_transport_bar_has_a_button_for_each_direction) {
    Stage stage;
    stage.frame(2);
    for (float x = 200; x < 1500; x += 12) stage.click(x, 26);
    bool run = false, forward = false, back = false, start = false;
    for (auto const& c : stage.door.commands) {
        run |= std::holds_alternative<sim::debug::Run>(c);
        if (auto const* step = std::get_if<sim::debug::Step>(&c))
            (step->direction == Direction::forward ? forward : back) = true;
        if (auto const* seek = std::get_if<sim::debug::SeekTo>(&c))
            start |= seek->moment == sim::machine::Moment{};
    }
    EXPECT_TRUE(run);
    EXPECT_TRUE(forward);
    EXPECT_TRUE(back);
    EXPECT_TRUE(start);
}

TEST(Mouse, a_click_on_the_time_line_travels_there) {
    Stage stage;
    stage.frame(2);
    auto rects = model::place_shell({0, 0, 1600, 900}, 1);
    stage.click(rects.timeline.x + rects.timeline.width / 2, rects.timeline.y + 60);
    auto const* seek = last_of<sim::debug::SeekTo>(stage.door);
    ASSERT_TRUE(seek);
    EXPECT_GT(seek->moment.retired, 0u);
    EXPECT_LT(seek->moment, stage.snapshot->end);
}

TEST(Mouse, an_activity_changes_the_panes_and_a_splitter_their_sizes) {
    Stage stage;
    stage.frame(2);
    stage.click(40, 60 + 64 * 2 + 30);
    EXPECT_TRUE(stage.shell->layout().visible(ViewId::frames)) << "the memory perspective";
    auto rects = model::place_shell({0, 0, 1600, 900}, 1);
    auto placed = model::place_panes(stage.shell->layout(), rects.body.inset(3), 6, 120);
    auto bar = placed.splitters[0].rect;
    float before = stage.shell->layout().nodes[0].ratio;
    ImGuiIO& io = ImGui::GetIO();
    io.AddMousePosEvent(bar.x + 3, bar.y + 100);
    stage.frame(2);
    io.AddMouseButtonEvent(0, true);
    stage.frame();
    io.AddMousePosEvent(bar.x + 203, bar.y + 100);
    stage.frame(2);
    io.AddMouseButtonEvent(0, false);
    stage.frame();
    EXPECT_GT(stage.shell->layout().nodes[0].ratio, before + 0.05f);
}

TEST(Selection, of_a_packet_in_its_list_is_known_to_all) {
    Stage stage;
    stage.frame(2);
    stage.shell->show(Perspective::network);
    stage.frame(4);
    auto rects = model::place_shell({0, 0, 1600, 900}, 1);
    stage.click(rects.body.x + 400, rects.body.y + 120);
    EXPECT_EQ(stage.shell->state().selected.kind, model::EntityKind::packet);
    stage.key(ImGuiKey_Escape);
    EXPECT_FALSE(stage.shell->state().selected);
}

TEST(History, back_returns_to_where_one_was) {
    Stage stage;
    stage.frame(2);
    stage.shell->perform({CommandId::show_memory, std::uint64_t{0x1000}});
    stage.shell->perform({CommandId::show_memory, std::uint64_t{0x2000}});
    stage.shell->perform({CommandId::history_back, {}});
    EXPECT_EQ(stage.shell->state().memory_address, 0x1000u);
    stage.shell->perform({CommandId::history_back, {}});
    EXPECT_EQ(stage.shell->state().memory_address, std::nullopt);
    stage.shell->perform({CommandId::history_forward, {}});
    EXPECT_EQ(stage.shell->state().memory_address, 0x1000u);
}

TEST(GoTo, understands_moments_and_says_what_it_does_not) {
    Stage stage;
    stage.frame(2);
    stage.shell->perform({CommandId::go_to_place, std::string("packet:2")});
    ASSERT_TRUE(last_of<sim::debug::SeekTo>(stage.door));
    EXPECT_EQ(stage.shell->state().selected.kind, model::EntityKind::packet);
    std::size_t before = stage.door.commands.size();
    stage.shell->perform({CommandId::go_to_place, std::string("nowhere at all")});
    EXPECT_EQ(stage.door.commands.size(), before);
}

TEST(Fonts, missing_ones_are_named_and_the_frame_is_drawn) {
    setenv("VIV_FONT_DIR", "/nonexistent", 1);
    {
        Stage stage;
        stage.frame(3);
        EXPECT_NE(widgets::fonts().missing.find("fonts-roboto-unhinted"), std::string::npos);
        EXPECT_FALSE(widgets::fonts().have_icons);
        EXPECT_GT(ImGui::GetDrawData()->TotalVtxCount, 2000);
    }
    unsetenv("VIV_FONT_DIR");
}

// Whatever a person does, in whatever order.
TEST(Anything, ten_thousand_random_commands_and_gestures) {
    Stage stage;
    std::mt19937 random(20260101);
    auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    std::vector<std::shared_ptr<sim::debug::Snapshot const>> snapshots = {
        std::make_shared<sim::debug::Snapshot>(), testing::sample_snapshot(0), testing::sample_snapshot(1),
        testing::sample_snapshot(5)};
    char const* places[] = {"packet:1", "12us", "0x0",      "0xffffffffffffffff",
                            "end",      "",     "fault:99", "18446744073709551615"};
    std::uint64_t addresses[] = {0, 1, 0xfff, 0x100000, 0xffffffff80103a11, UINT64_MAX, 0x7fffffffffff};
    for (unsigned i = 0; i < 10'000; ++i) {
        model::Argument argument;
        switch (below(8)) {
            case 0:
                argument = sim::machine::Moment{random(), below(3)};
                break;
            case 1:
                argument = addresses[below(std::size(addresses))];
                break;
            case 2:
                argument = static_cast<ViewId>(below(model::view_count));
                break;
            case 3:
                argument = static_cast<Perspective>(below(model::perspective_count));
                break;
            case 4:
                argument = static_cast<StepUnit>(below(7));
                break;
            case 5:
                argument =
                    model::Entity{static_cast<model::EntityKind>(below(14)),
                                  below(2) ? below(200) : addresses[below(std::size(addresses))], below(100)};
                break;
            case 6:
                argument = std::string(places[below(std::size(places))]);
                break;
            default:
                break;
        }
        stage.shell->perform({static_cast<CommandId>(below(model::command_count)), std::move(argument)});
        if (below(10)) continue;
        if (below(4) == 0) stage.snapshot = snapshots[below(static_cast<unsigned>(snapshots.size()))];
        ImGuiIO& io = ImGui::GetIO();
        io.AddMousePosEvent(static_cast<float>(below(1700)) - 50, static_cast<float>(below(1000)) - 50);
        if (below(3) == 0) io.AddMouseButtonEvent(static_cast<int>(below(3)), below(2));
        if (below(5) == 0) io.AddMouseWheelEvent(0, static_cast<float>(below(7)) - 3);
        if (below(6) == 0) io.AddInputCharacter('0' + below(70));
        stage.frame();
    }
    stage.shell->perform({CommandId::reset_layout, {}});
    stage.frame(2);
    EXPECT_GT(ImGui::GetDrawData()->TotalVtxCount, 500);
}

}  // namespace
}  // namespace viz::app
