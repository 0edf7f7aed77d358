#pragma once

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/crypto.hpp"
#include "config/base/text.hpp"
#include "config/settings.hpp"
#include "tests/client/scripted_server.hpp"

namespace omnistream::http::client::testing_support {

/// A request as a server reads it. Header names are in small letters.
struct s3_request {
  std::string method, path, query;
  std::map<std::string, std::string> headers;
  std::string body;

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

/// What is wrong with a signature, recomputed as "Signature Version 4" of Amazon's documentation
/// has it; empty if it is right.
inline std::string wrong_with(const s3_request& got, const std::string& region,
                              const std::string& key_id, const std::string& key) {
  const auto authorization = got.header("authorization");
  const auto part = [&](const std::string& name) {
    const auto at = authorization.find(name + "=");
    if (at == std::string::npos) return std::string();
    const auto begin = at + name.size() + 1;
    return authorization.substr(begin, authorization.find(',', begin) - begin);
  };
  const auto date = got.header("x-amz-date");
  const auto scope = date.substr(0, 8) + '/' + region + "/s3/aws4_request";
  if (!authorization.starts_with("AWS4-HMAC-SHA256 ")) return "not signed";
  if (part("Credential") != key_id + '/' + scope) return "credential: " + part("Credential");
  if (date.size() != 16 || date[8] != 'T' || date[15] != 'Z') return "date: " + date;
  const auto hash = got.header("x-amz-content-sha256");
  if (hash != crypto::sha256_hex(got.body)) return "payload hash: " + hash;

  const auto signed_names = part("SignedHeaders");
  std::vector<std::string> names;
  for (std::string_view rest = signed_names; !rest.empty();) {
    names.emplace_back(rest.substr(0, rest.find(';')));
    rest.remove_prefix(std::min(names.back().size() + 1, rest.size()));
  }
  if (!std::is_sorted(names.begin(), names.end())) return "not in order: " + signed_names;
  std::string lines;
  for (const auto& name : names) {
    if (!got.headers.contains(name)) return "signed but not sent: " + name;
    lines += name + ':' + got.header(name) + '\n';
  }
  for (const auto& [name, value] : got.headers)
    if ((name == "host" || name.starts_with("x-amz-")) && !std::ranges::count(names, name))
      return "not signed: " + name;

  const auto canonical = got.method + '\n' + got.path + '\n' + got.query + '\n' + lines + '\n' +
                         signed_names + '\n' + hash;
  const auto to_sign =
      "AWS4-HMAC-SHA256\n" + date + '\n' + scope + '\n' + crypto::sha256_hex(canonical);
  auto derived = crypto::hmac_sha256("AWS4" + key, date.substr(0, 8));
  for (const auto& step : {region, std::string("s3"), std::string("aws4_request")})
    derived = crypto::hmac_sha256(derived, step);
  return crypto::hmac_sha256_hex(derived, to_sign) == part("Signature") ? "" : "signature";
}

/// An S3 server with one bucket, `shop-media`, on a free port of the loopback. It refuses what is
/// not signed as it should be. Thread-safe.
class s3_server {
 public:
  static constexpr const char* key_id = "AKIDEXAMPLE";
  static constexpr const char* key = "wJalrXUtnFEMI/K7MDENG:bPxRfiCYEXAMPLEKEY";
  static constexpr const char* region = "eu-central-1";

  /// How it is to answer.
  enum class mood {
    well,
    broken,        ///< 500, and nothing is done
    silent_after,  ///< does it and closes the connection without an answer
    hangs_after,   ///< does it and says nothing
    ignores_range,
  };
  struct object {
    std::string content_type, bytes;
  };

  /// As `omnistream` would be told of it.
  void configure(config::settings& settings) const {
    settings.media_s3_endpoint = server_.url();
    settings.media_s3_region = region;
    settings.media_s3_bucket = "shop-media";
    settings.media_s3_prefix = "kept/here";
    settings.media_s3_access_key = key_id;
    settings.media_s3_secret_key = secret{key};
  }

  void be(mood how) {
    const std::lock_guard lock(mutex_);
    mood_ = how;
  }
  /// By their keys, without the prefix.
  std::map<std::string, object> objects() const {
    const std::lock_guard lock(mutex_);
    return objects_;
  }
  void change(const std::string& name, std::optional<std::string> bytes) {
    const std::lock_guard lock(mutex_);
    if (bytes)
      objects_[name].bytes = *bytes;
    else
      objects_.erase(name);
  }
  /// It is not removed any more: 403.
  void lock(const std::string& name) {
    const std::lock_guard lock(mutex_);
    locked_.insert(name);
  }
  /// Method and Range of all requests, and why one was refused.
  std::vector<std::string> log() const { return log_.values(); }

 private:
  static constexpr std::string_view folder = "/shop-media/kept/here/";

  void play(connection& peer) {
    while (auto got = read(peer)) {
      const auto how = current_mood();
      const auto wrong = wrong_with(*got, region, key_id, key);
      const auto range = got->header("range");
      log_.add(got->method + (range.empty() ? "" : " " + range) +
               (wrong.empty() ? "" : " refused: " + wrong));
      if (how == mood::broken) {
        refuse(peer, "500 Internal Server Error", "InternalError");
      } else if (!wrong.empty()) {
        refuse(peer, "403 Forbidden", "SignatureDoesNotMatch");
      } else if (!got->path.starts_with(folder)) {
        refuse(peer, "404 Not Found", "NoSuchBucket");
      } else if (!serve(peer, *got, how)) {
        return;
      }
    }
  }

  /// The request with its whole body; nothing if the client is gone.
  static std::optional<s3_request> read(connection& peer) {
    std::size_t end = std::string::npos;
    while ((end = peer.wire.find("\r\n\r\n")) == std::string::npos)
      if (!peer.read_some()) return std::nullopt;
    s3_request got;
    std::string_view head(peer.wire.data(), end);
    const auto line = head.substr(0, head.find("\r\n"));
    got.method = line.substr(0, line.find(' '));
    const auto target = line.substr(got.method.size() + 1, line.rfind(' ') - got.method.size() - 1);
    got.path = target.substr(0, target.find('?'));
    if (got.path.size() < target.size()) got.query = target.substr(got.path.size() + 1);
    for (auto rest = head.substr(std::min(line.size() + 2, head.size())); !rest.empty();) {
      const auto one = rest.substr(0, rest.find("\r\n"));
      rest.remove_prefix(std::min(one.size() + 2, rest.size()));
      std::string name(one.substr(0, one.find(':')));
      for (auto& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      got.headers[name] = trimmed(one.substr(std::min(one.find(':') + 1, one.size())));
    }
    if (got.header("expect") == "100-continue") peer.write("HTTP/1.1 100 Continue\r\n\r\n");
    const auto length = std::strtoull(got.header("content-length").c_str(), nullptr, 10);
    while (peer.wire.size() < end + 4 + length)
      if (!peer.read_some(1 << 20)) return std::nullopt;
    got.body = peer.wire.substr(end + 4, length);
    peer.wire.erase(0, end + 4 + length);
    return got;
  }

  /// False: the connection is to be closed.
  bool serve(connection& peer, const s3_request& got, mood how) {
    const auto name = got.path.substr(folder.size());
    std::optional<object> known;
    if (got.method == "DELETE" && is_locked(std::string(name)))
      return refuse(peer, "403 Forbidden", "AccessDenied");
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = objects_.find(name); found != objects_.end()) known = found->second;
      if (got.method == "PUT") objects_[name] = {got.header("content-type"), got.body};
      if (got.method == "DELETE") objects_.erase(name);
    }
    if (how == mood::hangs_after) peer.wait_for_close();
    if (how == mood::silent_after || how == mood::hangs_after) return false;
    if (got.method == "PUT") return peer.answer("");
    if (got.method == "DELETE") return peer.write("HTTP/1.1 204 No Content\r\n\r\n");
    if (!known) return refuse(peer, "404 Not Found", "NoSuchKey");
    if (how == mood::ignores_range) return peer.answer(known->bytes);
    std::size_t first = 0;
    std::size_t last = 0;
    const auto range = got.header("range");
    const auto dash = range.find('-');
    std::from_chars(range.data() + 6, range.data() + dash, first);
    std::from_chars(range.data() + dash + 1, range.data() + range.size(), last);
    if (first >= known->bytes.size())
      return refuse(peer, "416 Range Not Satisfiable", "InvalidRange");
    return peer.answer(known->bytes.substr(first, last - first + 1), "206 Partial Content");
  }

  static bool refuse(connection& peer, const std::string& status, const std::string& code) {
    return peer.answer("<?xml version=\"1.0\"?><Error><Code>" + code + "</Code></Error>", status);
  }

  bool is_locked(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    return locked_.contains(name);
  }
  mood current_mood() const {
    const std::lock_guard lock(mutex_);
    return mood_;
  }

  mutable std::mutex mutex_;
  mood mood_ = mood::well;
  std::map<std::string, object> objects_;
  std::set<std::string> locked_;
  collected<std::string> log_;
  scripted_server server_{[this](connection& peer, int) { play(peer); }};
};

}  // namespace omnistream::http::client::testing_support
