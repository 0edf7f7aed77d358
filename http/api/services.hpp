#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actors/engine.hpp"
#include "config/base/crypto.hpp"
#include "config/settings.hpp"
#include "http/api/hashing_queue.hpp"
#include "http/api/identity.hpp"
#include "http/api/session_token.hpp"
#include "http/client/graph_api.hpp"
#include "storage/pool.hpp"

namespace omnistream::http::api {

/// What routes work with. Owned by main, outlives every request.
struct services {
  const config::settings& settings;
  storage::pool& pool;
  actors::engine& engine;
  client::graph_api& graph;
  const crypto::key256& encryption_key;
  const session_tokens& tokens;
  identity_cache& identities;
  wall_clock now;
  std::function<bool()> draining;    ///< the server is shutting down
  std::function<bool()> owns_lease;  ///< this process is the one that sends
  std::string openapi;  ///< the document of all operations, set before the server listens
  /// Bounds the hashing of passwords.
  std::shared_ptr<hashing_queue> hashing = std::make_shared<hashing_queue>();
};

}  // namespace omnistream::http::api
