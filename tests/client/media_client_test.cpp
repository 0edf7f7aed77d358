#include "http/client/media_client.hpp"

#include <gtest/gtest.h>

#include "tests/client/scripted_server.hpp"

namespace omnistream::http::client {
namespace {

using testing_support::collected;
using testing_support::connection;
using testing_support::scripted_server;

constexpr const char* graph = "https://graph.facebook.com";

TEST(media_client, fetches_from_meta_alone) {
  for (const auto* url :
       {"https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",
        "https://scontent.xx.fbcdn.net/v/a.jpg", "https://mmg.whatsapp.net/x",
        "https://scontent.cdninstagram.com/x", "https://graph.facebook.com/v23.0/1/bytes"})
    EXPECT_TRUE(is_media_url(url, graph)) << url;
  for (const auto* url :
       {"http://lookaside.fbsbx.com/x", "https://fbsbx.com.evil.example/x",
        "https://evil.example/.fbsbx.com", "https://evil.example?.fbsbx.com",
        "https://evil.example#.fbsbx.com", "https://evil.example\\.fbsbx.com",
        "https://x@a.fbsbx.com/", "https://a.fbsbx.com:8443/x", "https://evilfbsbx.com/x",
        "https://graph.facebook.com.evil.example/x", "https://graph.facebook.com@evil.example/x",
        "file:///etc/passwd", "lookaside.fbsbx.com", ""})
    EXPECT_FALSE(is_media_url(url, graph)) << url;
}

/// A client that takes a scripted server for Meta, which answers everything so.
class media_server {
 public:
  media_server(const std::string& body, const std::string& status,
               std::size_t held_max = media_client::held_bytes_max)
      : server_([this, body, status](connection& peer, int) {
          while (const auto request = peer.read_request()) {
            requests.add(*request);
            peer.answer(body, status);
          }
        }) {
    settings_.meta_api_url = server_.url();
    client.emplace(settings_, held_max);
  }
  ~media_server() { client.reset(); }

  result<fetched_media> fetch(const std::string& token) {
    collected<result<fetched_media>> results;
    client->fetch(server_.url() + "/x", token, [&](auto got) { results.add(std::move(got)); });
    return results.wait_for(1).front();
  }
  std::string url() const { return server_.url(); }

  collected<std::string> requests;
  std::optional<media_client> client;

 private:
  config::settings settings_;
  scripted_server server_;
};

TEST(media_client, sends_a_token_only_where_it_has_one) {
  media_server meta("bytes", "200 OK");
  EXPECT_EQ(*meta.fetch("secret")->content, "bytes");
  EXPECT_EQ(*meta.fetch("")->content, "bytes");
  const auto asked = meta.requests.wait_for(2);
  EXPECT_NE(asked[0].find("Authorization: Bearer secret\r\n"), std::string::npos);
  EXPECT_EQ(asked[1].find("Authorization"), std::string::npos);
}

TEST(media_client, takes_nothing_but_a_whole_medium) {
  EXPECT_EQ(media_server("", "200 OK").fetch("t").error().code, "meta_error");
  EXPECT_EQ(media_server("x", "302 Found").fetch("t").error().code, "meta_error");
  EXPECT_EQ(media_server("x", "404 Not Found").fetch("t").error().code, "meta_error");
}

TEST(media_client, holds_so_many_bytes_and_no_more) {
  media_server meta("hello", "200 OK", 12);
  auto first = meta.fetch("t");
  auto second = meta.fetch("t");
  ASSERT_TRUE(first && second);
  const auto third = meta.fetch("t");
  EXPECT_EQ(third.error().code, "busy");
  EXPECT_EQ(third.error().status, 503);
  first->content = nullptr;
  EXPECT_TRUE(meta.fetch("t")) << "there is room again";
  media_server large("hello", "200 OK", 4);
  const auto alone = large.fetch("t");
  ASSERT_TRUE(alone) << "one that finds nobody there has room";
  EXPECT_EQ(large.fetch("t").error().code, "busy");
  EXPECT_EQ(large.requests.values().size(), 1u) << "what has no room is not asked for";
}

TEST(media_client, uploads_a_form) {
  using certainty = actors::send_result::certainty;
  const auto content = std::make_shared<const std::string>("%PDF\r\n--x");
  const auto upload = [&](media_server& to, const std::string& number,
                          const std::string& attachment_type = "") {
    collected<actors::send_result> results;
    to.client->upload({number, "secret", "application/pdf", "a.pdf", content, attachment_type},
                      [&](auto got) { results.add(std::move(got)); });
    return results.wait_for(1).front();
  };
  media_server meta(R"({"id":"1037"})", "200 OK");
  const auto taken = upload(meta, "1111");
  EXPECT_EQ(taken.what, certainty::accepted);
  EXPECT_EQ(taken.message_id, "1037");
  const auto request = meta.requests.wait_for(1).front();
  EXPECT_TRUE(request.starts_with("POST /v23.0/1111/media HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n" + *content),
            std::string::npos);
  EXPECT_EQ(upload(meta, "1/../2").what, certainty::rejected);

  media_server page(R"({"attachment_id":"1857"})", "200 OK");
  EXPECT_EQ(upload(page, "600", "file").message_id, "1857");
  const auto posted = page.requests.wait_for(1).front();
  EXPECT_TRUE(posted.starts_with("POST /v23.0/600/message_attachments HTTP/1.1\r\n")) << posted;
  EXPECT_NE(posted.find("name=\"message\"\r\n\r\n"
                        R"({"attachment":{"type":"file","payload":{"is_reusable":true}}})"),
            std::string::npos);
  EXPECT_NE(posted.find("name=\"filedata\"; filename=\"a.pdf\""), std::string::npos);
  EXPECT_EQ(posted.find("messaging_product"), std::string::npos);

  media_server refusing(R"({"error":{"code":190,"message":"No"}})", "401 Unauthorized");
  EXPECT_EQ(upload(refusing, "1111").error.code, 190);
  media_server broken("oops", "502 Bad Gateway");
  EXPECT_EQ(upload(broken, "1111").action, actors::send_action::slow_pair)
      << "a few times, and the number goes on";
}

}  // namespace
}  // namespace omnistream::http::client
