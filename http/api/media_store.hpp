#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "config/base/result.hpp"
#include "config/base/uuid.hpp"
#include "config/settings.hpp"
#include "http/api/media_files.hpp"
#include "http/client/s3_client.hpp"

namespace omnistream::http::api {

using config::media_place;

/// A place as the database names it: `folder`, `s3`.
std::string_view to_string(media_place place);
media_place media_place_of(std::string_view name);

/// Where the bytes of a medium lie.
struct media_address {
  media_place place = media_place::folder;
  uuid tenant;
  uuid media;
};

/// The bytes of a medium on their way to where they are kept.
struct media_bytes {
  std::string content_type;
  std::string sha256;  ///< in hex
  std::string_view bytes;
  std::shared_ptr<const void> owner;  ///< of the bytes
};

/// What became of bytes that were to be kept.
enum class media_written {
  stored,
  failed,     ///< they are not there
  uncertain,  ///< they may be there, or come to be
};

/// Where media are kept: the folder, and an S3 server if the settings name one. What is written and
/// read there is known by the rows of the table media alone. Thread-safe.
class media_store {
 public:
  explicit media_store(const config::settings& settings);
  ~media_store();  ///< as stop()
  media_store(const media_store&) = delete;
  media_store& operator=(const media_store&) = delete;

  media_place place_of_new() const { return place_of_new_; }
  bool has_s3() const { return s3_ != nullptr; }

  // Each calls back once, on a thread of the place; that must be short. After stop() perhaps never.
  // Why something failed is logged.

  void write(const media_address& to, media_bytes what, std::function<void(media_written)> done);
  /// So many bytes from `first` on, at least one. 404 if they are not there, 503
  /// `media_store_unavailable` if they cannot be had now.
  void read(const media_address& from, std::uint64_t first, std::uint64_t count,
            std::function<void(result<std::string>)> done);
  void remove(const media_address& what, std::function<void(client::s3_removal)> done);

  /// How many bytes to read at once of a medium that is passed on piece by piece: a request to an
  /// S3 server costs more than a look into a file.
  static std::uint64_t piece_bytes_max(media_place place);

  const media_files& files() const { return files_; }
  /// As media_files::submit(), for what takes long with media.
  void submit(std::function<void()> job) { files_.submit(std::move(job)); }
  /// Drops what waits and ends what is at work.
  void stop();

 private:
  const media_place place_of_new_;
  media_files files_;
  std::unique_ptr<client::s3_client> s3_;  ///< null: there is none
};

}  // namespace omnistream::http::api
