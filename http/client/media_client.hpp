#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "actors/dispatch/message_sender.hpp"
#include "config/base/result.hpp"
#include "config/settings.hpp"
#include "http/client/curl_client.hpp"
#include "http/client/graph_client.hpp"

namespace omnistream::http::client {

/// A medium as its server gave it.
struct fetched_media {
  std::shared_ptr<const std::string> content;  ///< counts as held until it dies
  std::string content_type;                    ///< may be empty
};

/// A medium to be handed to Meta.
struct media_upload {
  std::string sender_id;  ///< the phone number, or the page
  std::string access_token;
  std::string content_type;
  std::string filename;  ///< without quotes and control characters
  std::shared_ptr<const std::string> content;
  /// To a page: what Messenger shows it as: image, video, audio or file. Empty: to a phone number.
  std::string attachment_type = {};
};

/// Fetches media from where Meta keeps them, and brings them there. Thread-safe.
class media_client {
 public:
  /// On the HTTP client's thread or within the call, exactly once; must be short. 502
  /// `meta_unreachable` if there was no whole answer, 502 `meta_error` if it was none with the
  /// medium, 503 `busy` if too much is held.
  using callback = std::function<void(result<fetched_media>)>;

  static constexpr std::size_t media_bytes_max = 100'000'000;  ///< no channel carries larger ones
  static constexpr std::size_t at_once_max = 4;                ///< each is held in memory
  static constexpr std::size_t waiting_max = 256;              ///< further ones are refused
  /// Bytes of media that were fetched and are held since, because they are not kept yet, or cannot
  /// be and their clients read slowly. One that finds nobody there has room, however large it is.
  static constexpr std::size_t held_bytes_max = 200'000'000;

  explicit media_client(const config::settings& settings, std::size_t held_max = held_bytes_max);

  /// The bytes at `url`, which must be of Meta or of the origin of meta.api_url: another one is a
  /// `meta_error`, so that nobody can lead us or the access token elsewhere. An empty token is not
  /// sent.
  void fetch(const std::string& url, const std::string& access_token, callback done);

  /// Counts what was received in another way as if it had been fetched. 503 `busy` if too much is
  /// held.
  result<std::shared_ptr<const std::string>> hold(std::string content);

  /// POST /{phone number}/media, or /{page}/message_attachments. `done` is called as that of
  /// fetch(): accepted with Meta's id of the medium as message_id, or rejected: with Meta's error,
  /// or to be tried again a few times, as an upload can be made again.
  void upload(media_upload what, std::function<void(actors::send_result)> done);
  void stop() { http_.stop(); }

 private:
  class held_bytes;

  const std::string graph_url_;
  const graph_endpoint endpoint_;
  const std::shared_ptr<held_bytes> held_;
  curl_client http_;
};

/// Whether media are fetched from there: a host of Meta's by https, or the origin of `graph_url`.
bool is_media_url(std::string_view url, std::string_view graph_url);

}  // namespace omnistream::http::client
