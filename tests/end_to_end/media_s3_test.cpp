// Media on an S3 server, through the real program.

#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/connection.hpp"
#include "tests/client/s3_server.hpp"
#include "tests/end_to_end/support/tenant.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using http::client::testing_support::s3_server;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

setting_values settings_for(const s3_server& s3) {
  config::settings of;
  s3.configure(of);
  return {{"OMNISTREAM_MEDIA_STORE", "s3"},  {"S3_ENDPOINT", of.media_s3_endpoint},
          {"S3_REGION", of.media_s3_region}, {"S3_BUCKET", of.media_s3_bucket},
          {"S3_PREFIX", of.media_s3_prefix}, {"S3_ACCESS_KEY", of.media_s3_access_key},
          {"S3_SECRET_KEY", s3_server::key}};
}

/// A tenant of a server that keeps media on an S3 server of the test.
class S3EndToEnd : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server().start());
    owner.emplace(server(), "Toko Maju");
  }

  server_program& server() { return around.server(); }
  http_answer get(const std::string& id, const http_headers& more = {}) {
    return owner->call("GET", "/api/media/" + id, nullptr, more);
  }
  http_answer upload(const std::string& text) {
    http_client client(server().port());
    return client.send(
        "POST", "/api/media/upload",
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n"
        "Content-Type: text/plain\r\n\r\n" +
            text + "\r\n--b--\r\n",
        {{"X-API-Key", owner->api_key()}, {"Content-Type", "multipart/form-data; boundary=b"}});
  }
  void sql(const std::string& text) {
    storage::connection on({.database_url = server().database_url(), .role = ""});
    on.simple(text);
  }
  s3_server s3;
  world around{{.settings = settings_for(s3)}};
  std::optional<tenant> owner;
};

/// Of several pieces.
std::string long_text() {
  std::string text;
  for (int i = 0; text.size() < 2'500'000; ++i) text += std::to_string(i) + ' ';
  return text;
}

TEST_F(S3EndToEnd, MediaComeBackAsAWholeAndInParts) {
  const auto text = long_text();
  const auto id = owner->upload(text);
  EXPECT_EQ(s3.objects().size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(server().data_dir() / "media"));
  EXPECT_TRUE(get(id).body == text);
  const auto part = get(id, {{"Range", "bytes=1048570-1048589"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, text.substr(1'048'570, 20));
  EXPECT_EQ(get(id, {{"If-None-Match", part.header("ETag")}}).status, 304);
  EXPECT_EQ(server().stop(), 0);
  EXPECT_THAT(server().log(), Not(HasSubstr(s3_server::key)));
}

TEST_F(S3EndToEnd, AServerThatIsAwayIsA503UntilItIsBack) {
  const auto id = owner->upload("before");
  s3.be(s3_server::mood::broken);
  EXPECT_EQ(upload("while").code(), "media_store_unavailable");
  EXPECT_EQ(get(id).code(), "media_store_unavailable");
  EXPECT_EQ(owner->call("GET", "/api/conversations").status, 200) << "the rest goes on";
  s3.be(s3_server::mood::well);
  EXPECT_EQ(get(id).body, "before");
  EXPECT_EQ(get(owner->upload("after")).body, "after");
}

TEST_F(S3EndToEnd, ACrashLosesNothingThatWasAnsweredAndLeavesNothingElse) {
  const auto kept = owner->upload("kept");
  s3.be(s3_server::mood::hangs_after);
  std::thread half([this] { EXPECT_NE(upload("half").status, 201); });
  EXPECT_TRUE(eventually([&] { return s3.objects().size() == 2; }));
  sql("update media set created_at = now() - interval '2 hours'");
  server().kill_now();
  half.join();
  s3.be(s3_server::mood::well);
  ASSERT_TRUE(server().start());
  EXPECT_EQ(get(kept).body, "kept");
  EXPECT_TRUE(eventually([&] { return s3.objects().size() == 1; })) << "what nobody knows of";
  EXPECT_THAT(s3.log(), Contains("DELETE"));
  EXPECT_EQ(get(kept).body, "kept");
  EXPECT_EQ(get(owner->upload("after")).body, "after");
}

}  // namespace
}  // namespace omnistream::test
