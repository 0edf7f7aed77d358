#include <gtest/gtest.h>

#include "http/client/graph_client.hpp"
#include "tests/client/scripted_server.hpp"
#include "tests/client/tls_peer.hpp"

namespace omnistream::http::client {
namespace {

using namespace std::chrono_literals;
using actors::send_result;
using testing_support::collected;
using testing_support::connection;
using testing_support::scripted_server;
using testing_support::tls_connection;
using testing_support::tls_identity;
using certainty = send_result::certainty;

const std::string accepted_json = R"({"messages":[{"id":"wamid.TLS"}]})";

/// A CA file that is gone after the test.
class ca_file {
 public:
  explicit ca_file(const tls_identity& identity) {
    std::string name = (std::filesystem::temp_directory_path() / "omnistream-ca-XXXXXX").string();
    ::close(::mkstemp(name.data()));
    path_ = name;
    identity.write_certificate(path_);
  }
  ~ca_file() { std::filesystem::remove(path_); }
  ca_file(const ca_file&) = delete;
  ca_file& operator=(const ca_file&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

send_result send_once(const std::string& url, const std::string& ca,
                      const std::string& body = "{}") {
  client_options options;
  options.ca_file = ca;
  options.total_timeout = 5s;
  curl_client http(options);
  graph_client graph(http, {url, "v23.0"});
  collected<send_result> results;
  actors::sending_account account;
  account.sender_id = "77001";
  account.access_token = std::make_shared<const std::string>("secret");
  graph.send({std::make_shared<const actors::sending_account>(account), body},
             [&](send_result result) { results.add(std::move(result)); });
  const auto all = results.wait_for(1);
  EXPECT_EQ(all.size(), 1u);
  return all.empty() ? send_result{} : all.front();
}

std::string https(const scripted_server& server) {
  return "https://127.0.0.1:" + std::to_string(server.port());
}

TEST(tls, certificates_are_checked) {
  const tls_identity ours("IP:127.0.0.1");
  const tls_identity other_name("DNS:other.example");
  const tls_identity stranger("IP:127.0.0.1");
  const auto play = [](const tls_identity& identity) {
    return [&identity](connection& peer, int) {
      tls_connection tls(identity, peer);
      std::string request;
      while (!request.ends_with("\r\n\r\n{}")) {
        const auto next = tls.read(1);
        if (next.empty()) return;
        request += next;
      }
      tls.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(accepted_json.size()) +
                "\r\n\r\n" + accepted_json);
    };
  };
  const ca_file trusted(ours);
  const ca_file trusted_other(other_name);
  scripted_server good(play(ours));
  EXPECT_EQ(send_once(https(good), trusted.path()).what, certainty::accepted);
  EXPECT_EQ(send_once(https(good), "").what, certainty::not_sent)
      << "not signed by the system's authorities";
  scripted_server unknown(play(stranger));
  EXPECT_EQ(send_once(https(unknown), trusted.path()).what, certainty::not_sent);
  scripted_server misnamed(play(other_name));
  EXPECT_EQ(send_once(https(misnamed), trusted_other.path()).what, certainty::not_sent);
}

TEST(tls, plain_text_on_a_tls_port_is_not_sent) {
  scripted_server plain([](connection& peer, int) {
    peer.read_some();
    peer.write("HTTP/1.1 200 OK\r\n\r\n");
  });
  EXPECT_EQ(send_once(https(plain), "").what, certainty::not_sent);
}

// -- HTTP/2, frame by frame (RFC 9113)
// ------------------------------------------------------------------------------

enum frame_type : unsigned char {
  data_frame = 0,
  headers_frame = 1,
  reset_frame = 3,
  settings_frame = 4,
  goaway_frame = 7
};
constexpr unsigned char end_stream = 1;
constexpr unsigned char end_headers = 4;

struct frame {
  unsigned char type = 0;
  unsigned char flags = 0;
  std::uint32_t stream = 0;
  std::string payload;
};

std::string number_bytes(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

std::string written(const frame& one) {
  return number_bytes(static_cast<std::uint32_t>(one.payload.size())).substr(1) +
         static_cast<char>(one.type) + static_cast<char>(one.flags) + number_bytes(one.stream) +
         one.payload;
}

std::optional<frame> read_frame(tls_connection& tls) {
  const auto head = tls.read(9);
  if (head.size() < 9) return std::nullopt;
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(head[i]));
  };
  frame one;
  one.type = static_cast<unsigned char>(head[3]);
  one.flags = static_cast<unsigned char>(head[4]);
  one.stream = (byte(5) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8)) & 0x7fffffff;
  one.payload = tls.read(byte(0) << 16 | byte(1) << 8 | byte(2));
  return one;
}

/// Serves HTTP/2 and calls `on_request` once the whole request of a stream is there.
class http2_server {
 public:
  using request_function = std::function<void(tls_connection&, std::uint32_t stream, int number)>;

  explicit http2_server(request_function on_request)
      : identity_("IP:127.0.0.1"), ca_(identity_), on_request_(std::move(on_request)) {
    identity_.offer_http2();
    server_.emplace([this](connection& peer, int) { play(peer); });
  }
  std::string url() const { return https(*server_); }
  std::string ca() const { return ca_.path(); }
  int requests() const { return requests_; }

 private:
  void play(connection& peer) {
    tls_connection tls(identity_, peer);
    tls.read(24);  // the preface
    tls.write(written({settings_frame, 0, 0, ""}));
    while (const auto one = read_frame(tls)) {
      if (one->type == settings_frame && (one->flags & 1) == 0)
        tls.write(written({settings_frame, 1, 0, ""}));
      const bool of_request = one->type == data_frame || one->type == headers_frame;
      if (of_request && (one->flags & end_stream) != 0) on_request_(tls, one->stream, ++requests_);
    }
  }

  tls_identity identity_;
  ca_file ca_;
  request_function on_request_;
  std::atomic<int> requests_ = 0;
  std::optional<scripted_server> server_;
};

void answer(tls_connection& tls, std::uint32_t stream) {
  tls.write(written({headers_frame, end_headers, stream, "\x88"}));  // HPACK: `:status 200`
  tls.write(written({data_frame, end_stream, stream, accepted_json}));
}

TEST(http2, is_used_where_the_server_offers_it) {
  http2_server server([](tls_connection& tls, std::uint32_t stream, int) { answer(tls, stream); });
  const auto result = send_once(server.url(), server.ca());
  EXPECT_EQ(result.what, certainty::accepted) << result.error.message;
  EXPECT_EQ(result.message_id, "wamid.TLS");
}

TEST(http2, a_refused_stream_is_not_tried_again) {
  http2_server server([](tls_connection& tls, std::uint32_t stream, int) {
    tls.write(written({reset_frame, 0, stream, number_bytes(7)}));  // REFUSED_STREAM
  });
  EXPECT_EQ(send_once(server.url(), server.ca()).what, certainty::uncertain);
  EXPECT_EQ(server.requests(), 1);
}

TEST(http2, a_stream_of_a_connection_that_goes_away_is_not_tried_again) {
  http2_server server([](tls_connection& tls, std::uint32_t, int) {
    tls.write(written({goaway_frame, 0, 0, number_bytes(0) + number_bytes(0)}));
  });
  EXPECT_EQ(send_once(server.url(), server.ca()).what, certainty::uncertain);
  EXPECT_EQ(server.requests(), 1);
}

}  // namespace
}  // namespace omnistream::http::client
