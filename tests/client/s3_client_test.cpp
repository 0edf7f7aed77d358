#include "http/client/s3_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/s3_server.hpp"

namespace omnistream::http::client {
namespace {

using ::testing::ElementsAre;
using testing_support::collected;
using testing_support::connection;
using testing_support::s3_request;
using testing_support::s3_server;
using testing_support::scripted_server;

class S3Client : public ::testing::Test {
 protected:
  S3Client() {
    server.configure(settings);
    client = s3_client::of(settings);
  }

  s3_put put(const std::string& key, const std::string& bytes,
             const std::string& type = "application/pdf") {
    collected<s3_put> results;
    const auto owner = std::make_shared<const std::string>(bytes);
    client->put({key, type, crypto::sha256_hex(bytes), *owner, owner},
                [&](s3_put outcome) { results.add(outcome); });
    return results.wait_for(1).at(0);
  }
  result<std::string> get(const std::string& key, std::uint64_t first, std::uint64_t count) {
    collected<result<std::string>> results;
    client->get(key, first, count, [&](auto bytes) { results.add(std::move(bytes)); });
    return results.wait_for(1).at(0);
  }
  s3_removal remove(const std::string& key) {
    collected<s3_removal> results;
    client->remove(key, [&](s3_removal outcome) { results.add(outcome); });
    return results.wait_for(1).at(0);
  }

  s3_server server;
  config::settings settings;
  std::unique_ptr<s3_client> client;
};

TEST_F(S3Client, PutsGetsAndRemovesWithRequestsThatAreSignedRight) {
  EXPECT_EQ(put("t/1", "hello"), s3_put::stored);
  EXPECT_EQ(server.objects().at("t/1").bytes, "hello");
  EXPECT_EQ(server.objects().at("t/1").content_type, "application/pdf");
  EXPECT_EQ(*get("t/1", 0, 5), "hello");
  EXPECT_EQ(*get("t/1", 1, 3), "ell");
  EXPECT_EQ(remove("t/1"), s3_removal::gone);
  EXPECT_EQ(remove("t/1"), s3_removal::gone) << "it is not there any more";
  EXPECT_THAT(server.log(),
              ElementsAre("PUT", "GET bytes=0-4", "GET bytes=1-3", "DELETE", "DELETE"));
}

TEST_F(S3Client, SignsTypesWithParametersAndAPrefixOfItsOwnOrNone) {
  EXPECT_EQ(put("t/1", "a", "text/plain; charset=\"utf-8\""), s3_put::stored);
  settings.media_s3_prefix = "kept/here/deeper_-X";
  client = s3_client::of(settings);
  EXPECT_EQ(put("2", "b"), s3_put::stored);
  EXPECT_EQ(server.objects().count("deeper_-X/2"), 1u);
}

TEST_F(S3Client, PutsWhatIsLarge) {
  const std::string large(30'000'000, 'x');
  EXPECT_EQ(put("t/1", large), s3_put::stored);
  EXPECT_TRUE(server.objects().at("t/1").bytes == large);
  EXPECT_TRUE(*get("t/1", 0, large.size()) == large);
}

TEST_F(S3Client, IsRefusedWithAnotherKeyOrRegion) {
  ASSERT_EQ(put("t/1", "hello"), s3_put::stored);
  const auto good = settings;
  settings.media_s3_secret_key = secret{"another"};
  client = s3_client::of(settings);
  EXPECT_EQ(put("t/2", "hello"), s3_put::refused);
  EXPECT_EQ(get("t/1", 0, 5).error().code, "media_store_unavailable");
  EXPECT_EQ(remove("t/1"), s3_removal::refused);
  settings = good;
  settings.media_s3_region = "us-east-1";
  client = s3_client::of(settings);
  EXPECT_EQ(put("t/2", "hello"), s3_put::refused);
  EXPECT_EQ(server.objects().size(), 1u);
}

TEST_F(S3Client, TellsWhatIsGoneFromWhatCannotBeHad) {
  ASSERT_EQ(put("t/1", "hello"), s3_put::stored);
  EXPECT_EQ(get("t/2", 0, 5).error().status, 404);
  EXPECT_EQ(get("t/1", 5, 5).error().status, 404);
  EXPECT_EQ(get("t/1", 3, 5).error().status, 404) << "it is shorter than it was";
  server.be(s3_server::mood::broken);
  EXPECT_EQ(get("t/1", 0, 5).error().code, "media_store_unavailable");
  EXPECT_EQ(remove("t/1"), s3_removal::failed);
  settings.media_s3_bucket = "another-bucket";
  server.be(s3_server::mood::well);
  client = s3_client::of(settings);
  EXPECT_EQ(get("t/1", 0, 5).error().status, 503);
  EXPECT_EQ(remove("t/1"), s3_removal::failed)
      << "the bucket is not there, which says nothing of the object";
}

TEST_F(S3Client, DoesNotTakeAllForAPart) {
  ASSERT_EQ(put("t/1", "hello"), s3_put::stored);
  server.be(s3_server::mood::ignores_range);
  EXPECT_EQ(*get("t/1", 0, 5), "hello");
  EXPECT_FALSE(get("t/1", 1, 4));
  EXPECT_FALSE(get("t/1", 0, 4));
}

TEST_F(S3Client, KnowsWhenItDoesNotKnow) {
  server.be(s3_server::mood::silent_after);
  EXPECT_EQ(put("t/1", "hello"), s3_put::uncertain);
  server.be(s3_server::mood::broken);
  EXPECT_EQ(put("t/2", "hello"), s3_put::uncertain);
  settings.media_s3_endpoint = "http://127.0.0.1:1";
  client = s3_client::of(settings);
  EXPECT_EQ(put("t/3", "hello"), s3_put::refused) << "nobody was there";
  EXPECT_EQ(get("t/1", 0, 5).error().code, "media_store_unavailable");
}

TEST_F(S3Client, EndsWhatTakesTooLong) {
  scripted_server silent([](connection& peer, int) { peer.wait_for_close(); });
  settings.media_s3_endpoint = silent.url();
  settings.media_s3_timeout_ms = 2'000;
  client = s3_client::of(settings);
  EXPECT_EQ(put("t/1", "hello"), s3_put::uncertain);
  EXPECT_EQ(get("t/1", 0, 5).error().code, "media_store_unavailable");
}

TEST_F(S3Client, IsNoneWithoutAServer) {
  EXPECT_EQ(s3_client::of(config::settings()), nullptr);
}

/// The example "GET Object" of Amazon's documentation of Signature Version 4 for S3.
TEST(S3Signature, OfTheDocumentationIsRight) {
  s3_request got;
  got.method = "GET";
  got.path = "/test.txt";
  got.headers = {
      {"host", "examplebucket.s3.amazonaws.com"},
      {"range", "bytes=0-9"},
      {"x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"x-amz-date", "20130524T000000Z"},
      {"authorization",
       "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
       "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
       "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"}};
  const auto wrong = [&got](const std::string& key) {
    return testing_support::wrong_with(got, "us-east-1", "AKIAIOSFODNN7EXAMPLE", key);
  };
  EXPECT_EQ(wrong("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), "");
  EXPECT_EQ(wrong("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEZ"), "signature");
  got.path = "/test.txu";
  EXPECT_EQ(wrong("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), "signature");
}

}  // namespace
}  // namespace omnistream::http::client
