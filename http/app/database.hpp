#pragma once

#include <memory>
#include <string>

#include "config/settings.hpp"
#include "storage/embedded_server.hpp"

namespace omnistream::http::app {

/// The database the settings name: a managed server's, or the embedded one, which lives as long as
/// this object.
class database {
 public:
  explicit database(const config::settings& settings);
  const std::string& url() const { return url_; }

 private:
  std::unique_ptr<storage::embedded_server> embedded_;
  std::string url_;
};

}  // namespace omnistream::http::app
