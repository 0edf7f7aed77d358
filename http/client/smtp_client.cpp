#include "http/client/smtp_client.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "http/client/smtp_transfer.hpp"

namespace omnistream::http::client {
namespace {

struct job {
  outgoing_mail mail;
  smtp_client::callback done;
  std::string server;  ///< its host and port
};

void refuse(const job& what, const char* why) {
  smtp_response response;
  response.what = smtp_response::outcome::not_sent;
  response.error = why;
  what.done(std::move(response));
}

constexpr const char* too_many_wait = "Too many mails are waiting to be sent.";
constexpr const char* client_stops = "The server is shutting down.";

}  // namespace

/// The threads with what they share, which is under guard_.
class smtp_client::pool {
 public:
  explicit pool(smtp_options options) : options_(std::move(options)) {}
  ~pool() { stop(); }
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;

  void submit(job what) {
    const char* why = nullptr;
    {
      const std::lock_guard lock(guard_);
      if (stopping_)
        why = client_stops;
      else if (waiting_.size() >= options_.mails_waiting_max)
        why = too_many_wait;
      else
        waiting_.push_back(std::move(what));
      const bool all_at_work = waiting_.size() > workers_.size() - at_work_;
      if (why == nullptr && all_at_work && workers_.size() < options_.connections_max)
        workers_.emplace_back([this] { work(); });
    }
    if (why != nullptr) return refuse(what, why);
    changed_.notify_one();
  }

  void stop() {
    std::deque<job> dropped;
    std::vector<std::thread> workers;
    {
      const std::lock_guard lock(guard_);
      stopping_ = true;
      dropped.swap(waiting_);
      workers.swap(workers_);
    }
    changed_.notify_all();
    for (const auto& one : dropped) refuse(one, client_stops);
    for (auto& one : workers) one.join();
  }

 private:
  void work() {
    std::optional<smtp_transfer> used;
    while (auto next = take(used)) {
      if (!used) used.emplace(options_, stopping_);
      auto response = used->send(next->mail);
      if (!used->in_order()) used.reset();
      release(next->server);
      next->done(std::move(response));
    }
  }

  /// The next mail, when there is one; nothing at the end. A connection that is not used for long
  /// is closed.
  std::optional<job> take(std::optional<smtp_transfer>& used) {
    std::unique_lock lock(guard_);
    while (!stopping_) {
      if (const auto found = next(); found != waiting_.end()) {
        auto taken = std::move(*found);
        waiting_.erase(found);
        ++at_work_;
        ++of_server_[taken.server];
        return taken;
      }
      if (changed_.wait_for(lock, options_.idle_connection_max) == std::cv_status::no_timeout)
        continue;
      lock.unlock();
      used.reset();
      lock.lock();
    }
    return std::nullopt;
  }

  /// The first whose server has not enough of them already.
  std::deque<job>::iterator next() {
    return std::ranges::find_if(waiting_, [this](const job& one) {
      const auto found = of_server_.find(one.server);
      return found == of_server_.end() || found->second < options_.connections_per_server_max;
    });
  }

  void release(const std::string& server) {
    {
      const std::lock_guard lock(guard_);
      --at_work_;
      const auto found = of_server_.find(server);
      if (--found->second == 0) of_server_.erase(found);
    }
    changed_.notify_one();
  }

  const smtp_options options_;
  std::mutex guard_;
  std::condition_variable changed_;
  std::deque<job> waiting_;
  std::map<std::string, std::size_t> of_server_;  ///< mails on their way
  std::size_t at_work_ = 0;
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> workers_;
};

smtp_client::smtp_client(smtp_options options)
    : pool_(std::make_unique<pool>(std::move(options))) {}
smtp_client::~smtp_client() = default;

void smtp_client::submit(outgoing_mail what, callback done) {
  auto server = what.via.host + ' ' + std::to_string(what.via.port);
  pool_->submit({std::move(what), std::move(done), std::move(server)});
}

void smtp_client::stop() {
  pool_->stop();
}

}  // namespace omnistream::http::client
