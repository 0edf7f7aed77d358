#include "http/api/event_client.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "http/api/authenticator.hpp"
#include "http/api/services.hpp"
#include "http/server/answer_pipe.hpp"

namespace omnistream::http::api {
namespace {

/// An exchange whose answer goes on as long as the hub writes it.
class event_client final : public actors::live_client,
                           public std::enable_shared_from_this<event_client> {
 public:
  event_client(exchange_ptr on, std::size_t bytes_max)
      : on_(std::move(on)), bytes_max_(bytes_max) {}

  /// Not in the constructor: there is no pointer to this one yet.
  void connect() {
    pipe_ = std::make_shared<server::answer_pipe>(
        bytes_max_, [&engine = on_->with().engine, me = weak_from_this()] {
          if (auto client = me.lock()) engine.stream_gone(std::move(client));
        });
  }

  void refuse(const problem& why) override {
    if (auto on = std::exchange(on_, nullptr)) on->fail(why);
  }

  void accept() override {
    if (auto on = std::exchange(on_, nullptr))
      on->send({.status = 200,
                .content_type = "text/event-stream",
                .body = {},
                // A proxy must neither keep it nor wait for more of it.
                .headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}},
                .goes_on = std::make_shared<server::answer_outlet>(pipe_)});
  }

  void write(actors::live_text text) override { pipe_->write(std::move(text)); }
  void end() override { pipe_->end(); }

 private:
  exchange_ptr on_;  ///< until it is answered
  const std::size_t bytes_max_;
  std::shared_ptr<server::answer_pipe> pipe_;
};

actors::live_caller caller_of(const exchange_ptr& on) {
  const auto& who = on->caller();
  actors::live_credential by;
  if (who.session_id)
    by.session = *who.session_id;
  else
    by.key_hash = api_key_hash(on->request().header("X-API-Key"));
  return {who.tenant_id, who.agent_id, std::move(by)};
}

}  // namespace

actors::live_options live_options_of(const config::settings& settings) {
  actors::live_options options;
  options.streams_max = static_cast<std::size_t>(settings.live_streams_max);
  options.streams_per_agent_max = static_cast<std::size_t>(settings.live_streams_per_agent_max);
  options.buffer_bytes_max = static_cast<std::size_t>(settings.live_buffer_bytes_max);
  options.kept = std::chrono::seconds(settings.live_events_kept_s);
  // The server ends an answer that is silent for that long.
  options.beat_every =
      std::min(options.beat_every, std::chrono::milliseconds(settings.http_request_timeout_ms / 3));
  return options;
}

void stream_events(const exchange_ptr& on, std::string after) {
  auto& with = on->with();
  auto client = std::make_shared<event_client>(
      on, static_cast<std::size_t>(with.settings.live_buffer_bytes_max));
  client->connect();
  with.engine.open_stream(caller_of(on), std::move(after), std::move(client));
}

}  // namespace omnistream::http::api
