// SPDX-License-Identifier: MIT
//
// What an application chooses for one connection beside its bytes: settings, the question whether
// the peer is still there, urgent data.
#include "kernel/net/tcp/connection.hpp"

namespace net::tcp {

using base::Duration;
using base::Instant;

void Connection::configure(Settings const& settings, Instant now) {
    bool const was_alive = settings_.keep_alive;
    settings_ = settings;
    sender_.set_no_delay(settings.no_delay);
    sender_.set_cork(settings.cork);
    sender_.set_buffer(settings.send_buffer);
    receiver_.set_buffer(settings.receive_buffer);
    sender_.set_give_up(settings.user_timeout > Duration() ? settings.user_timeout
                                                           : shared_.config.tcp.give_up);
    if (!settings.keep_alive) stop_keep_alive();
    if (settings.keep_alive && !was_alive) heard_at_ = now;
    plan_keep_alive(now);
}

// Something that the application may want to know, and that does not end the connection.
void Connection::report(Error trouble) {
    trouble_ = trouble;
    if (settings_.tell_of_trouble) events_.news = true;
}

void Connection::plan_keep_alive(Instant now) {
    if (!settings_.keep_alive || !is_synchronised(state_) || state_ == State::TimeWait) return;
    // From when something was last heard (MUST-26); the clock is not moved for every segment.
    Instant const at = heard_at_ + settings_.keep_alive_idle;
    keep_alive_at_ = at > now ? at : now;
}

void Connection::stop_keep_alive() {
    keep_alive_at_ = Instant::never();
    keep_alive_due_ = false;
}

// The time has come to ask, or it has not, because something came meanwhile. False: enough
// was asked (MUST-29).
bool Connection::keep_alive_is_due(Instant now) {
    if (heard_at_ + settings_.keep_alive_idle > now) {
        plan_keep_alive(now);
        return true;
    }
    keep_alive_at_ = now + settings_.keep_alive_interval;
    if (sender_.in_flight() > 0) return true;  // a question is out already: the data
    if (keep_alive_asked_ >= settings_.keep_alive_probes) return false;
    ++keep_alive_asked_;
    keep_alive_due_ = true;
    return true;
}

base::Result<std::size_t, Error> Connection::send_urgent(Bytes data) {
    auto sent = send(data);
    if (!sent) return sent;
    sender_.mark_urgent();
    receiver_.acknowledge_now();  // with the pointer, should the data have to wait
    return sent;
}

}  // namespace net::tcp
