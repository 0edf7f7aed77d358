#include "http/client/media_client.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <chrono>
#include <utility>

#include "config/base/crypto.hpp"
#include "http/client/graph_json.hpp"
#include "http/client/graph_reply.hpp"

namespace omnistream::http::client {
namespace {

constexpr std::array<std::string_view, 4> domains_of_meta{".fbsbx.com", ".fbcdn.net",
                                                          ".whatsapp.net", ".cdninstagram.com"};
constexpr std::size_t header_bytes_max = 64 * 1'024;
constexpr std::chrono::minutes upload_timeout{2};  ///< 100 MB at 7 Mbit/s

client_options options_of(const config::settings& settings) {
  client_options options;
  options.connections_max = media_client::at_once_max;
  options.connections_per_host_max = media_client::at_once_max;
  options.requests_in_flight_max = media_client::at_once_max;
  options.requests_queued_max = media_client::waiting_max;
  options.connect_timeout = std::chrono::milliseconds(settings.meta_connect_timeout_ms);
  options.total_timeout = std::chrono::milliseconds(settings.meta_request_timeout_ms);
  options.drain_timeout = std::chrono::milliseconds{0};
  options.gather = std::chrono::microseconds{0};
  options.response_bytes_max = media_client::media_bytes_max + header_bytes_max;
  options.ca_file = settings.meta_ca_file;
  return options;
}

/// `https://host:port` of a URL.
std::string_view origin(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return url.substr(0, url.find_first_of("/?#\\", scheme + 3));
}

problem meta_error(const std::string& why) {
  return problems::upstream("meta_error", why);
}

result<std::string> content_of(const http_response& response) {
  if (response.what != http_response::outcome::answered)
    return meta_unreachable(std::string(response.error));
  if (response.status != 200)
    return meta_error("Meta refused to give the medium, with HTTP status " +
                      std::to_string(response.status) + "; it may be gone there.");
  if (response.body.empty()) return meta_error("Meta gave an empty medium.");
  return std::move(*response.body_buffer);
}

problem too_much_is_held() {
  return problems::unavailable("busy", "Too many received media are on their way; try again.", 5);
}

/// A form with what Meta wants of an upload.
std::string form_of(const media_upload& what, const std::string& boundary) {
  const auto field = [&boundary](const std::string& name) {
    return "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + '"';
  };
  const bool to_page = !what.attachment_type.empty();
  std::string form;
  if (to_page)
    form = field("message") + "\r\n\r\n{\"attachment\":{\"type\":\"" + what.attachment_type +
           "\",\"payload\":{\"is_reusable\":true}}}\r\n";
  else
    form = field("messaging_product") + "\r\n\r\nwhatsapp\r\n" + field("type") + "\r\n\r\n" +
           what.content_type + "\r\n";
  form += field(to_page ? "filedata" : "file") + "; filename=\"" + what.filename +
          "\"\r\nContent-Type: " + what.content_type + "\r\n\r\n";
  form.reserve(form.size() + what.content->size() + boundary.size() + 8);
  return form.append(*what.content).append("\r\n--").append(boundary).append("--\r\n");
}

/// Not the number's fault, nor to be tried for ever.
actors::send_result later(std::string_view why) {
  actors::send_result result;
  result.what = actors::send_result::certainty::rejected;
  result.action = actors::send_action::slow_pair;
  result.error.message = "The upload could not be handed to Meta. " + std::string(why);
  return result;
}

actors::send_result read_upload_reply(const http_response& response) {
  using certainty = actors::send_result::certainty;
  const auto told = read_graph_json(response);
  for (const auto* id : {"id", "attachment_id"}) {
    if (!told || !told->contains(id) || !(*told)[id].is_string()) continue;
    actors::send_result taken;
    taken.what = certainty::accepted;
    taken.http_status = response.status;
    taken.message_id = (*told)[id];
    return taken;
  }
  auto result = read_send_reply(response);
  if (result.what == certainty::rejected) return result;
  return later(result.error.message);
}

}  // namespace

bool is_media_url(std::string_view url, std::string_view graph_url) {
  const auto from = origin(url);
  if (!from.empty() && from == origin(graph_url)) return true;
  constexpr std::string_view scheme = "https://";
  if (!from.starts_with(scheme)) return false;
  const auto host = from.substr(scheme.size());
  // No port and nobody's name in front: a host and nothing else.
  const bool plain = std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.';
  });
  return plain && std::any_of(domains_of_meta.begin(), domains_of_meta.end(),
                              [host](std::string_view domain) { return host.ends_with(domain); });
}

/// How many bytes of fetched media are in memory. Thread-safe.
class media_client::held_bytes : public std::enable_shared_from_this<held_bytes> {
 public:
  explicit held_bytes(std::size_t at_most) : at_most_(at_most) {}

  bool is_full() const { return bytes_ >= at_most_; }
  /// Null if there is no room for it.
  std::shared_ptr<const std::string> hold(std::string content) {
    const auto size = content.size();
    if (const auto before = bytes_.fetch_add(size); before > 0 && before + size > at_most_) {
      bytes_ -= size;
      return nullptr;
    }
    return {new std::string(std::move(content)), [me = shared_from_this()](const std::string* one) {
              me->bytes_ -= one->size();
              delete one;
            }};
  }

 private:
  const std::size_t at_most_;
  std::atomic<std::size_t> bytes_{0};
};

media_client::media_client(const config::settings& settings, std::size_t held_max)
    : graph_url_(settings.meta_api_url),
      endpoint_{settings.meta_api_url, settings.meta_api_version, settings.meta_instagram_api_url},
      held_(std::make_shared<held_bytes>(held_max)),
      http_(options_of(settings)) {}

void media_client::fetch(const std::string& url, const std::string& access_token, callback done) {
  http_request request;
  request.url = url;
  request.headers = access_token.empty()
                        ? header_list::make({})
                        : header_list::make({"Authorization: Bearer " + access_token});
  if (!is_media_url(url, graph_url_) || request.headers == nullptr)
    return done(meta_error("The medium is at no address of Meta's."));
  if (held_->is_full()) return done(too_much_is_held());
  http_.submit(std::move(request),
               [held = held_, done = std::move(done)](const http_response& got) {
                 auto content = content_of(got);
                 if (!content) return done(content.error());
                 std::string type(got.header("Content-Type").value_or(""));
                 auto kept = held->hold(std::move(*content));
                 if (kept == nullptr) return done(too_much_is_held());
                 done(fetched_media{std::move(kept), std::move(type)});
               });
}

result<std::shared_ptr<const std::string>> media_client::hold(std::string content) {
  auto kept = held_->hold(std::move(content));
  if (kept == nullptr) return too_much_is_held();
  return kept;
}

void media_client::upload(media_upload what, std::function<void(actors::send_result)> done) {
  const auto boundary = crypto::random_token();
  http_request request;
  request.method = "POST";
  request.repeatable = true;
  request.total_timeout = upload_timeout;
  request.url =
      graph_url(endpoint_, what.sender_id +
                               (what.attachment_type.empty() ? "/media" : "/message_attachments"));
  request.headers = header_list::make({"Authorization: Bearer " + what.access_token,
                                       "Content-Type: multipart/form-data; boundary=" + boundary});
  request.body = form_of(what, boundary);
  if (!is_graph_id(what.sender_id) || request.headers == nullptr) {
    actors::send_result refused;
    refused.what = actors::send_result::certainty::rejected;
    refused.http_status = 401;
    refused.error.message = "The id of the number or page, or the access token, cannot be sent.";
    return done(std::move(refused));
  }
  http_.submit(std::move(request), [done = std::move(done)](const http_response& response) {
    done(read_upload_reply(response));
  });
}

}  // namespace omnistream::http::client
