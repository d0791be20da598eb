// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/exchange.hpp"

#include <algorithm>

namespace sim::debug {

Exchange::Exchange(std::function<void()> nudge)
    : nudge_(std::move(nudge)), request_(std::make_shared<ViewRequest const>()) {}
Exchange::~Exchange() = default;

std::shared_ptr<Snapshot const> Exchange::snapshot() const {
    std::lock_guard lock(guard_);
    return published_;
}

void Exchange::request(ViewRequest wanted) {
    std::lock_guard lock(guard_);
    if (wanted == *request_) return;
    request_ = std::make_shared<ViewRequest const>(std::move(wanted));
    wake_.notify_one();
}

CommandNumber Exchange::post(Command command) {
    std::lock_guard lock(guard_);
    if (std::holds_alternative<SeekTo>(command) && !queue_.empty() &&
        std::holds_alternative<SeekTo>(queue_.back().second))
        queue_.pop_back();
    queue_.emplace_back(++last_number_, std::move(command));
    if (nudge_) nudge_();
    wake_.notify_one();
    return last_number_;
}

bool Exchange::waits() const {
    std::lock_guard lock(guard_);
    return !queue_.empty();
}

bool Exchange::waits(std::function<bool(Command const&)> const& for_one) const {
    std::lock_guard lock(guard_);
    return std::ranges::any_of(queue_, for_one, &Posted::second);
}

std::optional<Exchange::Posted> Exchange::next(std::function<bool(Command const&)> const& take) {
    std::lock_guard lock(guard_);
    if (queue_.empty() || (take && !take(queue_.front().second))) return std::nullopt;
    Posted first = std::move(queue_.front());
    queue_.pop_front();
    return first;
}

std::shared_ptr<ViewRequest const> Exchange::wanted() const {
    std::lock_guard lock(guard_);
    return request_;
}

bool Exchange::unanswered() const {
    std::lock_guard lock(guard_);
    return published_->request != request_;
}

void Exchange::publish(std::shared_ptr<Snapshot const> snapshot) {
    std::lock_guard lock(guard_);
    published_ = std::move(snapshot);
}

void Exchange::start(std::function<void()> life) {
    if (thread_.joinable()) return;
    stopping_ = false;
    thread_ = std::thread(std::move(life));
}

void Exchange::stop() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    {
        std::lock_guard lock(guard_);
        if (nudge_) nudge_();
        wake_.notify_one();
    }
    thread_.join();
    stopping_ = false;  // what is done without a thread is not given up
}

void Exchange::sleep(std::chrono::milliseconds most) {
    std::unique_lock lock(guard_);
    wake_.wait_for(lock, most, [this] { return stopping_ || !queue_.empty(); });
}

}  // namespace sim::debug
