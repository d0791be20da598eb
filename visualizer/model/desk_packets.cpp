// SPDX-License-Identifier: GPL-2.0-or-later
//
// From a packet to its story, and to what handled it: the descriptor of the ring, the
// interrupt, the thread, the line of code. Interrupt and thread are in the index of events. Which
// memory the card wrote, and who read it first, only a question to the past tells:
// it is asked, and the answer is followed when it comes.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "visualizer/model/desk.hpp"

namespace viz::model {

using sim::debug::Event;
using sim::debug::EventKind;
using sim::machine::Moment;

namespace {

// Instructions behind a packet within which what handles it begins.
constexpr std::uint64_t soon = 2'000'000;

// The first event of a kind behind a packet, before the next one comes.
std::optional<std::uint64_t> first_behind(sim::debug::EventView const& events, std::uint64_t packet,
                                          EventKind kind) {
    std::uint64_t const last = events.all[packet].at.retired + soon;
    for (std::uint64_t n = packet + 1; n < events.all.end() && events.all[n].at.retired <= last; ++n) {
        if (events.all[n].kind == kind) return n;
        if (events.all[n].kind == EventKind::packet_in) break;
    }
    return std::nullopt;
}

// Late enough that all that a packet brought about lies before it.
Moment behind(sim::debug::EventView const& events, std::uint64_t packet, Moment end) {
    unsigned more = 4;  // packets: its answers, too
    for (std::uint64_t n = packet + 1; n < events.all.end(); ++n)
        if (events.all[n].kind == EventKind::packet_in && --more == 0) return events.all[n].at;
    return end;
}

std::string question_about(Model const& model, std::uint64_t packet) {
    return fmt::format("packet {}", model.packet_number(*model.packet_index_of(packet)));
}

std::string text_of(nlohmann::json const& object, char const* name) {
    auto const found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

void Desk::go_to_handler(CommandId what) {
    auto const& now = model_.now();
    auto const& events = now.events;
    std::uint64_t const packet = state_.selected.id;
    bool const selected =
        state_.selected.kind == EntityKind::packet && model_.packet_index_of(packet).has_value();
    if (!selected) return refuse("select a packet first");
    Event const& event = events.all[packet];
    bool const received = event.kind == EventKind::packet_in;
    auto go = [&](Moment moment, ViewId view) {
        door_.post(sim::debug::SeekTo{moment});
        bring_forward(view);
    };
    if (what == CommandId::packet_interrupt) {
        if (!received) return refuse("the guest sent this packet: no interrupt brought it");
        auto const found = first_behind(events, packet, EventKind::interrupt);
        if (!found) return refuse("no interrupt came for this packet: the guest looked by itself");
        remember_place();
        state_.selected = state_.revealed.emplace(Entity{EntityKind::event, *found, 0});
        return go(events.all[*found].at, ViewId::events);
    }
    if (what == CommandId::packet_thread) {
        std::uint64_t thread = model_.running_thread_at(event.virtual_ns);
        Moment at = event.at;
        if (auto const woken =
                received ? first_behind(events, packet, EventKind::thread_wake) : std::nullopt) {
            thread = events.all[*woken].a;
            at = events.all[*woken].at;
            for (std::uint64_t n = *woken; n < events.all.end(); ++n)
                if (events.all[n].kind == EventKind::thread_switch && events.all[n].b == thread) {
                    at = events.all[n].at;
                    break;
                }
        }
        if (thread == 0) return refuse("which thread ran then is not known");
        remember_place();
        state_.selected = state_.revealed.emplace(Entity{EntityKind::thread, thread, 0});
        return go(at, ViewId::threads);
    }
    if (!received && what == CommandId::packet_code) {
        remember_place();
        state_.code_address.reset();
        notice("here the guest tells the card of it");
        return go(event.at, ViewId::source);
    }
    if (!received) return refuse("which descriptor carried it is known of received packets only");
    remember_place();
    if (Moment const later = behind(events, packet, std::max(now.end, now.moment)); now.moment < later)
        door_.post(sim::debug::SeekTo{later});
    std::string question = question_about(model_, packet);
    door_.post(sim::debug::Ask{question});
    followed_ = Followed{what, packet, std::move(question), now.answer};
}

// Before it has come there is nothing to tell: it is asked where all of it lies behind,
// and the answer leads back to where one was.
void Desk::tell_story_of_packet(std::uint64_t packet) {
    auto const& now = model_.now();
    std::string const question = question_about(model_, packet);
    Moment const later = behind(now.events, packet, std::max(now.end, now.moment));
    if (now.moment <= now.events.all[packet].at && now.moment < later) {
        door_.post(sim::debug::SeekTo{later});
        followed_ = Followed{CommandId::tell_story, packet, question, now.answer};
        followed_->back = now.moment;
    }
    ask(question);
}

// In each frame while something is followed.
void Desk::follow_answer() {
    if (!followed_) return;
    auto const& now = model_.now();
    if (followed_->payload) return follow_descriptor(*followed_->payload);
    if (!now.answer || now.answer == followed_->before) return;
    Followed const asked = *std::exchange(followed_, std::nullopt);
    if (now.answer->question != asked.question || now.answer->cancelled) return;
    if (asked.back) return door_.post(sim::debug::SeekTo{*asked.back});
    auto const told = nlohmann::json::parse(now.answer->json, nullptr, false);
    if (!told.is_object()) return refuse(now.answer->text);
    if (std::string const problem = text_of(told, "problem"); !problem.empty()) return refuse(problem);
    if (asked.what == CommandId::packet_code) {
        auto const readers = told.find("readers");
        if (readers == told.end() || readers->empty()) return refuse("nobody has read this packet");
        auto const& first = readers->front();
        auto const moment = sim::machine::parse_moment(text_of(first, "first"));
        if (!moment) return refuse("nobody has read this packet");
        state_.code_address.reset();
        door_.post(sim::debug::SeekTo{*moment});
        bring_forward(ViewId::source);
        return notice(
            fmt::format("{} reads it first, at {}", text_of(first, "function"), text_of(first, "line")));
    }
    for (auto const& range : told.value("dma", nlohmann::json::array()))
        if (text_of(range, "what") == "packet") {
            followed_ = asked;
            followed_->payload = std::strtoull(text_of(range, "physical").c_str(), nullptr, 16);
            door_.post(sim::debug::SeekTo{now.events.all[asked.packet].at});
            bring_forward(ViewId::devices);
            sim::debug::ViewRequest request;
            request.lists = sim::debug::KernelList::virtqueues | sim::debug::KernelList::threads;
            return door_.request(std::move(request));
        }
    refuse("the card wrote this packet nowhere");
}

// The machine stands before the card takes one of the buffers that were offered.
void Desk::follow_descriptor(std::uint64_t payload) {
    auto const& now = model_.now();
    if (!now.events.all.holds(followed_->packet)) return followed_.reset();
    bool const there = now.moment == now.events.all[followed_->packet].at;
    bool const known = there && !now.kernel.virtqueues.empty();
    constexpr unsigned patience = 500;  // snapshots of a machine that stands still
    if (!known && (model_.running() || ++followed_->waited < patience)) return;
    followed_.reset();
    for (std::size_t q = 0; q < now.kernel.virtqueues.size(); ++q)
        for (auto const& d : now.kernel.virtqueues[q].descriptors)
            if (d.in_flight && d.address <= payload && payload - d.address < d.length) {
                state_.selected = state_.revealed.emplace(
                    Entity{EntityKind::descriptor, std::uint64_t{q} << 32 | d.index, 0});
                return notice(fmt::format("{}: {} bytes at physical {:#x}", name_of(state_.selected, model_),
                                          d.length, d.address));
            }
    refuse("no descriptor that is offered here holds it");
}

}  // namespace viz::model
