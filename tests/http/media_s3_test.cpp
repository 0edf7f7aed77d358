// Media that are kept on an S3 server.

#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/base/crypto.hpp"
#include "http/api/account_secrets.hpp"
#include "http/api/media_sweep.hpp"
#include "http/api/upload_reader.hpp"
#include "tests/client/s3_server.hpp"
#include "tests/http/simulated_meta.hpp"
#include "tests/support/api_server.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using http::client::testing_support::collected;
using http::client::testing_support::s3_server;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A server whose new media go to an S3 server, and a tenant with a WhatsApp account and a
/// conversation whose contact wrote a minute ago.
class MediaOnS3 : public ::testing::Test {
 protected:
  MediaOnS3() {
    const auto contact = sql("insert into contacts (tenant_id, phone_number) values (" + own() +
                             ", '+6281234567890') returning id");
    conversation =
        sql("insert into conversations (tenant_id, contact_id, account_id, channel, in_inbox, "
            "last_message_at, last_inbound_at) values (" +
            own() + ", '" + contact + "', '" + account +
            "', 'whatsapp', true, now(), now() - interval '1 minute') returning id");
    const auto token =
        http::api::seal_secret(server.services().encryption_key, *uuid::parse(account),
                               "access_token", simulated_meta::token);
    sql("update integration_accounts set secrets = '" + json{{"access_token", token}}.dump() + "'");
  }

  std::string sql(const std::string& text) const { return server.database().sql(text); }
  std::string own() const { return "'" + tenant.id.to_string() + "'"; }
  static std::string bytes(std::size_t count) {
    std::string made(count, '\0');
    for (std::size_t i = 0; i < count; ++i) made[i] = static_cast<char>(i * i + i / 251);
    return made;
  }
  api_answer post(const std::string& path, const std::string& content, const std::string& type,
                  const std::string& name = "a.bin") const {
    const auto form = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name +
                      "\"\r\nContent-Type: " + type + "\r\n\r\n" + content + "\r\n--xyz--\r\n";
    return server.send(
        "POST", path, form,
        {{"X-API-Key", tenant.api_key}, {"Content-Type", "multipart/form-data; boundary=xyz"}});
  }
  std::string upload(const std::string& content, const std::string& type = "video/mp4") const {
    const auto stored = post("/api/media/upload", content, type);
    EXPECT_EQ(stored.status, 201) << stored.body;
    return stored.json().value("id", "");
  }
  api_answer get(const std::string& id, header_lines headers = {}) const {
    headers.emplace_back("X-API-Key", tenant.api_key);
    return server.send("GET", "/api/media/" + id, "", headers);
  }
  std::string key_of(const std::string& id) const { return tenant.id.to_string() + '/' + id; }
  result<std::shared_ptr<const std::string>> read(const std::string& id) {
    collected<result<std::shared_ptr<const std::string>>> results;
    http::api::read_upload(server.services(), tenant.id, *uuid::parse(id),
                           [&](auto got) { results.add(std::move(got)); });
    return results.wait_for(1).at(0);
  }
  /// A picture that the contact sent; its message's id.
  std::string picture(const std::string& base64) const {
    const std::string at_meta =
        meta.post("/_sim/media", {{"base64", base64}, {"content_type", "image/png"}})["id"];
    const json content{{"type", "image"}, {"image", {{"id", at_meta}, {"mime_type", "image/png"}}}};
    return sql(
        "insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
        "sent_at) values (" +
        own() + ", '" + conversation + "', 'inbound', gen_random_uuid()::text, 'image', '" +
        content.dump() + "', now()) returning id");
  }

  temporary_folder folder{"media-s3"};
  s3_server s3;
  simulated_meta meta;
  api_server server{{.adjust =
                         [this](config::settings& of) {
                           of.data_dir = folder.path().string();
                           of.meta_api_url = meta.url();
                           of.media_store = config::media_place::s3;
                           s3.configure(of);
                         },
                     .open_token =
                         [](const uuid&, const std::string&, const std::string&) {
                           return std::make_shared<const std::string>(simulated_meta::token);
                         }}};
  test_tenant tenant = server.make_tenant();
  test_tenant other = server.make_tenant("Other");
  std::string account =
      sql("insert into integration_accounts (tenant_id, channel, account_key, display_name, "
          "phone_number_id) values (" +
          own() + ", 'whatsapp', '1111', 'Toko', '1111') returning id");
  std::string conversation;
};

// -- up and down ----------------------------------------------------------------------------------

TEST_F(MediaOnS3, AreUploadedAndComeBack) {
  const auto content = bytes(5'000);
  const auto stored = post("/api/media/upload", content, "application/pdf", "Faktur.pdf");
  ASSERT_EQ(stored.status, 201) << stored.body;
  EXPECT_EQ(stored.json()["sha256"], crypto::sha256_hex(content));
  const std::string id = stored.json()["id"];
  const auto kept = s3.objects();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept.at(key_of(id)).bytes, content);
  EXPECT_EQ(kept.at(key_of(id)).content_type, "application/pdf");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "media"));
  const auto got = get(id);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, content);
  EXPECT_EQ(got.header("Content-Disposition"), "attachment; filename*=UTF-8''Faktur.pdf");
  EXPECT_EQ(server.call(other.api_key, "GET", "/api/media/" + id).status, 404);
}

TEST_F(MediaOnS3, AreAskedForInPiecesAsTheClientTakesThem) {
  const auto content = bytes(2'500'000);
  const auto id = upload(content);
  EXPECT_TRUE(get(id).body == content);
  EXPECT_THAT(s3.log(), ElementsAre("PUT", "GET bytes=0-1048575", "GET bytes=1048576-2097151",
                                    "GET bytes=2097152-2499999"));
}

TEST_F(MediaOnS3, PassARangeOn) {
  const auto content = bytes(3'000'000);
  const auto id = upload(content);
  const auto part = get(id, {{"Range", "bytes=1000-1099"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, content.substr(1'000, 100));
  EXPECT_EQ(part.header("Content-Range"), "bytes 1000-1099/3000000");
  EXPECT_EQ(get(id, {{"Range", "bytes=-5"}}).body, content.substr(2'999'995));
  EXPECT_EQ(get(id, {{"Range", "bytes=3000000-"}}).status, 416);
  EXPECT_EQ(get(id, {{"If-None-Match", part.header("ETag")}}).status, 304);
  EXPECT_THAT(s3.log(), ElementsAre("PUT", "GET bytes=1000-1099", "GET bytes=2999995-2999999"))
      << "what is known is not asked for";
}

TEST_F(MediaOnS3, AreNeitherStoredNorLostHalfWhenItIsDown) {
  s3.be(s3_server::mood::broken);
  const auto refused = post("/api/media/upload", "hello", "text/plain");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.code(), "media_store_unavailable");
  EXPECT_NE(refused.header("Retry-After"), "");
  EXPECT_EQ(sql("select count(*) from media where is_stored"), "0");
  s3.be(s3_server::mood::well);
  const auto id = upload("hello");
  s3.be(s3_server::mood::broken);
  EXPECT_EQ(get(id).code(), "media_store_unavailable");
  EXPECT_EQ(read(id).error().code, "media_store_unavailable");
  s3.be(s3_server::mood::well);
  EXPECT_EQ(get(id).body, "hello");
  s3.change(key_of(id), std::nullopt);
  EXPECT_EQ(get(id).status, 500) << "it is gone, and that is our fault";
  EXPECT_EQ(read(id).error().status, 404);
}

TEST_F(MediaOnS3, ThatNobodyKnowsOfAreSweptUp) {
  const auto kept = upload("hello");
  s3.be(s3_server::mood::silent_after);
  EXPECT_EQ(post("/api/media/upload", "lost", "text/plain").status, 503);
  EXPECT_EQ(s3.objects().size(), 2u);
  EXPECT_EQ(sql("select count(*) from media where not is_stored"), "1");
  auto& with = server.services();
  s3.be(s3_server::mood::broken);
  http::api::remove_unfinished_objects(with, std::chrono::seconds(0));
  ASSERT_TRUE(eventually([&] { return s3.log().back() == "DELETE"; }));
  s3.be(s3_server::mood::well);
  http::api::remove_unfinished_files(with.pool, with.media->files());
  EXPECT_EQ(sql("select count(*) from media where not is_stored"), "1") << "it is no file";
  http::api::remove_unfinished_objects(with, std::chrono::hours(1));
  http::api::remove_unfinished_objects(with, std::chrono::seconds(0));
  EXPECT_TRUE(eventually([&] { return sql("select count(*) from media") == "1"; }));
  EXPECT_EQ(s3.objects().size(), 1u);
  EXPECT_EQ(get(kept).body, "hello");
}

TEST_F(MediaOnS3, ThatCannotBeRemovedHoldNoOthersUp) {
  for (const auto* const content : {"1", "2", "3"}) upload(content, "text/plain");
  sql("update media set is_stored = false");
  for (const auto* const order : {"", " desc"})
    s3.lock(
        key_of(sql("select id from media order by created_at" + std::string(order) + " limit 1")));
  http::api::remove_unfinished_objects(server.services(), std::chrono::seconds(0));
  EXPECT_TRUE(eventually([&] { return sql("select count(*) from media") == "2"; }));
  EXPECT_EQ(s3.objects().size(), 2u);
}

TEST_F(MediaOnS3, ThatAreRefusedOneAfterTheOtherAreLeftAlone) {
  for (int i = 0; i < 12; ++i) {
    const auto id = upload("x", "text/plain");
    s3.lock(key_of(id));
  }
  sql("update media set is_stored = false");
  auto ends = http::api::remove_unfinished_objects(server.services(), std::chrono::seconds(0));
  ASSERT_TRUE(eventually([&] { return ends.expired(); }));
  const auto log = s3.log();
  EXPECT_EQ(std::ranges::count(log, "DELETE"), 10);
}

TEST_F(MediaOnS3, StayWhereTheyAreWhenThePlaceOfNewOnesChanges) {
  const auto in_bucket = upload("bucket", "text/plain");
  constexpr const char* in_folder = "018f5b6e-7a3c-7c11-9d55-2f6f1e5c0001";
  server.services().media->files().write(tenant.id, *uuid::parse(in_folder), "folder");
  sql(std::string("insert into media (id, tenant_id, content_type, size_bytes, sha256, "
                  "uploaded_by, is_stored, place) values ('") +
      in_folder + "', " + own() + ", 'text/plain', 6, 'x', gen_random_uuid(), true, 'folder')");
  EXPECT_EQ(get(in_folder).body, "folder");
  EXPECT_EQ(get(in_bucket).body, "bucket");
  EXPECT_EQ(**read(in_folder), "folder");
}

// -- between us and Meta --------------------------------------------------------------------------

TEST_F(MediaOnS3, AreHandedToMeta) {
  const auto id = upload("%PDF", "application/pdf");
  const auto path = "/api/conversations/" + conversation + "/messages";
  const json body{{"type", "document"}, {"document", {{"media_id", id}}}};
  EXPECT_EQ(server.call(tenant.api_key, "POST", path, body).status, 202);
  ASSERT_TRUE(eventually([&] { return server.sender().sent().size() == 1; }));
  const auto meta_id = sql("select external_id from media_handovers where sender_id = '1111'");
  EXPECT_EQ(meta.get("/v23.0/" + meta_id)["file_size"], 4);
  EXPECT_EQ(**read(id), "%PDF") << "as mails attach it";
}

TEST_F(MediaOnS3, AreKeptThereWhenContactsSendThem) {
  const auto id = picture("aGVsbG8=");
  EXPECT_EQ(get(id).body, "hello");
  EXPECT_EQ(s3.objects().at(key_of(id)).bytes, "hello");
  meta.fault({{"kind", "error"}, {"code", 100}});
  EXPECT_EQ(get(id).body, "hello");
}

TEST_F(MediaOnS3, AreGivenAndNotKeptWhenItIsDown) {
  const auto id = picture("aGVsbG8=");
  s3.be(s3_server::mood::broken);
  EXPECT_EQ(get(id).body, "hello");
  EXPECT_EQ(sql("select count(*) from media where is_stored"), "0");
}

// -- POST /api/media/upload-s3 --------------------------------------------------------------------

class UploadS3 : public MediaOnS3 {};

TEST_F(UploadS3, KeepsItThere) {
  const auto stored = post("/api/media/upload-s3", "hello", "text/plain");
  ASSERT_EQ(stored.status, 201) << stored.body;
  EXPECT_EQ(s3.objects().at(key_of(stored.json()["id"])).bytes, "hello");
  EXPECT_EQ(get(stored.json()["id"]).body, "hello");
  EXPECT_THAT(post("/api/media/upload-s3", "x", "text/html").wrong_fields(),
              ElementsAre("file:type_not_allowed"));
}

TEST(UploadS3Setting, MayBeUsedBesideTheFolder) {
  temporary_folder folder{"media-s3"};
  s3_server s3;
  api_server server{{.adjust = [&](config::settings& of) {
    of.data_dir = folder.path().string();
    s3.configure(of);
  }}};
  const auto tenant = server.make_tenant();
  const auto post = [&](const std::string& path) {
    return server.send(
        "POST", path,
        "--b\r\nContent-Disposition: form-data; name=\"file\"\r\nContent-Type: "
        "text/plain\r\n\r\nhello\r\n--b--\r\n",
        {{"X-API-Key", tenant.api_key}, {"Content-Type", "multipart/form-data; boundary=b"}});
  };
  const auto in_folder = post("/api/media/upload");
  EXPECT_THAT(s3.log(), IsEmpty());
  const auto in_bucket = post("/api/media/upload-s3");
  EXPECT_THAT(s3.log(), ElementsAre("PUT"));
  for (const auto& one : {in_folder, in_bucket})
    EXPECT_EQ(server.call(tenant.api_key, "GET", one.json()["url"]).body, "hello");
}

TEST(UploadS3Setting, SaysWhatToSetWhereItIsNot) {
  api_server server;
  const auto tenant = server.make_tenant();
  const auto refused = server.send(
      "POST", "/api/media/upload-s3", "--b--\r\n",
      {{"X-API-Key", tenant.api_key}, {"Content-Type", "multipart/form-data; boundary=b"}});
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.code(), "s3_not_configured");
  EXPECT_THAT(refused.body, HasSubstr("media.s3_endpoint"));
}

TEST(UploadS3Setting, NeverShowsTheKey) {
  ::testing::internal::CaptureStderr();
  std::string answers;
  {
    s3_server s3;
    api_server server{{.adjust = [&](config::settings& of) {
      s3.configure(of);
      of.media_s3_region = "us-east-1";  // another one: what is signed is refused
    }}};
    const auto tenant = server.make_tenant();
    const auto refused = server.send(
        "POST", "/api/media/upload-s3",
        "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n"
        "Content-Type: text/plain\r\n\r\nhello\r\n--b--\r\n",
        {{"X-API-Key", tenant.api_key}, {"Content-Type", "multipart/form-data; boundary=b"}});
    EXPECT_EQ(refused.code(), "media_store_unavailable");
    EXPECT_EQ(server.database().sql("select count(*) from media"), "0");
    answers = refused.body;
  }
  const auto logged = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(logged, HasSubstr("SignatureDoesNotMatch"));
  for (const auto& text : {logged, answers}) {
    EXPECT_THAT(text, Not(HasSubstr("wJalr")));
    EXPECT_THAT(text, Not(HasSubstr(s3_server::key_id)));
  }
}

}  // namespace
}  // namespace omnistream::test
