#include "http/app/database.hpp"

#include <filesystem>

namespace omnistream::http::app {

database::database(const config::settings& settings) : url_(settings.database_url.reveal()) {
  if (!url_.empty()) return;
  std::filesystem::create_directories(settings.data_dir);
  storage::embedded_options options;
  options.data_dir = settings.data_dir;
  embedded_ = storage::embedded_server::start(options);
  url_ = embedded_->database_url();
}

}  // namespace omnistream::http::app
