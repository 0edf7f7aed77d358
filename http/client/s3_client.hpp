#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/base/result.hpp"
#include "config/settings.hpp"
#include "http/client/curl_client.hpp"

namespace omnistream::http::client {

/// An object to be put. Its bytes are not copied.
struct s3_object {
  std::string key;  ///< of characters that stand in a URL as they are
  std::string content_type;
  std::string sha256;  ///< in hex
  std::string_view bytes;
  std::shared_ptr<const void> owner;  ///< of the bytes
};

/// What became of an object that was put.
enum class s3_put {
  stored,
  refused,    ///< it is not there
  uncertain,  ///< it may be there, or come to be
};

/// What became of an object that was to be removed.
enum class s3_removal {
  gone,     ///< it is not there any more
  refused,  ///< this one the server does not remove; another one it may
  failed,   ///< the server cannot be asked now
};

/// Objects of one bucket of an S3 server, which is asked by path, with signed requests. Why it did
/// not do what it was asked to is logged. Thread-safe.
class s3_client {
 public:
  static constexpr std::size_t at_once_max = 32;
  static constexpr std::size_t waiting_max = 1'000;  ///< further requests fail at once

  /// Null if the settings name no server.
  static std::unique_ptr<s3_client> of(const config::settings& settings);
  explicit s3_client(const config::settings& settings);

  // Each calls back once, on the HTTP client's thread or within the call; that must be short.

  void put(s3_object what, std::function<void(s3_put)> done);
  /// So many bytes of an object, from `first` on. 404 if there is no such object, or it has fewer;
  /// 503 `media_store_unavailable`.
  void get(const std::string& key, std::uint64_t first, std::uint64_t count,
           std::function<void(result<std::string>)> done);
  void remove(const std::string& key, std::function<void(s3_removal)> done);

  /// As curl_client::stop().
  void stop() { http_.stop(); }

 private:
  std::string url_of(const std::string& key) const;

  const std::string bucket_url_;  ///< with the prefix and a slash
  curl_client http_;
};

/// Of a store that cannot be had now. The log says why.
problem media_store_unavailable();

}  // namespace omnistream::http::client
