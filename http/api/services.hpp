#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>

#include "actors/engine.hpp"
#include "config/base/crypto.hpp"
#include "config/settings.hpp"
#include "http/api/host_lookups.hpp"
#include "http/api/identity.hpp"
#include "http/api/long_work_queue.hpp"
#include "http/api/media_store.hpp"
#include "http/api/session_token.hpp"
#include "http/api/waiting_line.hpp"
#include "http/client/graph_api.hpp"
#include "http/client/login_api.hpp"
#include "http/client/media_client.hpp"
#include "http/client/signal_client.hpp"
#include "storage/pool.hpp"

namespace omnistream::http::api {

/// What routes work with. Owned by main, outlives every request.
struct services {
  const config::settings& settings;
  storage::pool& pool;
  actors::engine& engine;
  client::graph_api& graph;
  client::login_api& logins;
  const crypto::key256& encryption_key;
  const session_tokens& tokens;
  identity_cache& identities;
  wall_clock now;
  std::function<bool()> draining;    ///< the server is shutting down
  std::function<bool()> owns_lease;  ///< this process is the one that sends
  std::string openapi;  ///< the document of all operations, set before the server listens
  /// One actor thread always stays free of it, and never more than two work on it: a password takes
  /// 64 MiB.
  std::shared_ptr<long_work_queue> long_work = std::make_shared<long_work_queue>(
      std::clamp(static_cast<int>(settings.actors_threads) - 1, 1, 2));
  std::shared_ptr<host_lookups> lookups = std::make_shared<host_lookups>();
  std::shared_ptr<media_store> media = std::make_shared<media_store>(settings);
  std::shared_ptr<client::media_client> meta_media =
      std::make_shared<client::media_client>(settings);
  /// Who reads an attachment of a mail: while it is read, the mail is in memory more than once.
  std::shared_ptr<waiting_line> mail_readers = std::make_shared<waiting_line>(2, 64);
  std::shared_ptr<client::signal_client> signals =
      std::make_shared<client::signal_client>(settings);
};

}  // namespace omnistream::http::api
