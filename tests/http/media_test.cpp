#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/base/crypto.hpp"
#include "tests/http_base/raw_client.hpp"
#include "tests/support/api_server.hpp"
#include "tests/support/test_database.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* nobody = "018f5b6e-7a3c-7c11-9d55-2f6f1e5c0001";

/// Bytes of every value, no two pieces alike.
std::string bytes(std::size_t count) {
  std::string made(count, '\0');
  std::uint32_t state = 7;
  for (auto& c : made) {
    state = state * 1'664'525 + 1'013'904'223;
    c = static_cast<char>(state >> 24);
  }
  return made;
}

class Media : public ::testing::Test {
 protected:
  api_answer post(const std::string& key, const std::string& form,
                  const std::string& type = "multipart/form-data; boundary=xyz") const {
    return server.send("POST", "/api/media/upload", form,
                       {{"X-API-Key", key}, {"Content-Type", type}});
  }
  static std::string form(const std::string& content, const std::string& type,
                          const std::string& filename = "a.bin",
                          const std::string& field = "file") {
    return "--xyz\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\"" +
           filename + "\"\r\nContent-Type: " + type + "\r\n\r\n" + content + "\r\n--xyz--\r\n";
  }
  api_answer upload(const std::string& content, const std::string& type,
                    const std::string& filename = "a.bin") const {
    return post(tenant.api_key, form(content, type, filename));
  }
  api_answer get(const std::string& id, header_lines headers = {}) const {
    headers.emplace_back("X-API-Key", tenant.api_key);
    return server.send("GET", "/api/media/" + id, "", headers);
  }
  std::filesystem::path file_of(const std::string& id) const {
    return folder.path() / "media" / tenant.id.to_string() / id;
  }

  temporary_folder folder{"media"};
  api_server server{{.adjust = [this](config::settings& values) {
    values.data_dir = folder.path().string();
    values.http_body_bytes_max = 128 << 20;
  }}};
  test_tenant tenant = server.make_tenant();
  test_tenant other = server.make_tenant("Other");
};

// -- upload ---------------------------------------------------------------------------------------

TEST_F(Media, AreUploadedAndComeBack) {
  const auto content = bytes(5'000) + "\r\n--xy\r\n";
  const auto stored = upload(content, "application/pdf", "C:\\scans\\Faktur ä.pdf");
  ASSERT_EQ(stored.status, 201) << stored.body;
  auto shown = stored.json();
  const std::string id = shown["id"];
  for (const auto* field : {"id", "created_at"}) shown.erase(field);
  EXPECT_EQ(shown, (json{{"kind", "document"},
                         {"filename", "Faktur ä.pdf"},
                         {"content_type", "application/pdf"},
                         {"size_bytes", content.size()},
                         {"sha256", crypto::sha256_hex(content)},
                         {"url", "/api/media/" + id},
                         {"uploaded_by", tenant.agent_id.to_string()}}));
  const auto got = get(id);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, content);
  EXPECT_EQ(got.header("Content-Type"), "application/pdf");
  EXPECT_EQ(got.header("Content-Disposition"), "attachment; filename*=UTF-8''Faktur%20%C3%A4.pdf");
  EXPECT_EQ(std::filesystem::file_size(file_of(id)), content.size());
}

TEST_F(Media, AreShownInlineOnlyWhereNothingCanBeExecuted) {
  const auto disposition = [this](const std::string& type) {
    const auto got = get(upload("<script>", type, "").json().value("id", ""));
    EXPECT_EQ(got.header("X-Content-Type-Options"), "nosniff") << type;
    EXPECT_THAT(got.header("Content-Security-Policy"), HasSubstr("sandbox")) << type;
    return got.header("Content-Disposition");
  };
  EXPECT_EQ(disposition("image/png"), "inline");
  EXPECT_EQ(disposition("video/mp4"), "inline");
  EXPECT_EQ(disposition("text/plain; charset=utf-8"), "attachment");
  EXPECT_EQ(disposition("Application/PDF"), "attachment");
  EXPECT_EQ(disposition("text/xml"), "attachment");
  EXPECT_EQ(disposition("image/gif"), "inline");
}

TEST_F(Media, AreOfTypesThatAnyChannelTakesAndNotTooLarge) {
  for (const auto* type : {"text/html", "image/svg+xml", "application/javascript",
                           "application/x-msdownload", "", "application/octet-stream"})
    EXPECT_THAT(upload("x", type).wrong_fields(), ElementsAre("file:type_not_allowed")) << type;
  EXPECT_THAT(upload("", "image/png").wrong_fields(), ElementsAre("file:empty"));
  for (const auto& [type, kind] : std::initializer_list<std::pair<const char*, const char*>>{
           {"text/csv; charset=utf-8", "document"},
           {"application/zip", "document"},
           {"text/calendar", "document"},
           {"application/vnd.oasis.opendocument.text", "document"},
           {"image/gif", "image"},
           {"image/webp", "sticker"},
           {"audio/wav", "audio"},
           {"video/quicktime", "video"}})
    EXPECT_EQ(upload("x", type).json()["kind"], kind) << type;
  EXPECT_EQ(upload(std::string(25'000'000, 'x'), "image/jpeg").status, 201);
  const auto large = upload(std::string(25'000'001, 'x'), "image/jpeg");
  EXPECT_THAT(large.wrong_fields(), ElementsAre("file:too_large"));
  EXPECT_THAT(large.body, HasSubstr("no channel takes more than 25 MB of image/jpeg"));
  EXPECT_EQ(upload(std::string(25'000'001, 'x'), "application/pdf").status, 201);
}

TEST_F(Media, ComeInAFormWithOneFile) {
  EXPECT_EQ(post(tenant.api_key, "{}", "application/json").code(), "unsupported_media_type");
  EXPECT_EQ(post(tenant.api_key, "x", "multipart/form-data").code(), "unsupported_media_type");
  EXPECT_EQ(post(tenant.api_key, "--xyz\r\n").code(), "bad_form");
  EXPECT_THAT(post(tenant.api_key, "--xyz--\r\n").wrong_fields(), ElementsAre("file:required"));
  EXPECT_THAT(post(tenant.api_key, form("x", "image/png", "a", "image")).wrong_fields(),
              ElementsAre("image:unknown_field"));
}

// -- download -------------------------------------------------------------------------------------

TEST_F(Media, AreServedInParts) {
  const auto content = bytes(10'000);
  const std::string id = upload(content, "video/mp4").json()["id"];
  const auto part = get(id, {{"Range", "bytes=100-199"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, content.substr(100, 100));
  EXPECT_EQ(part.header("Content-Range"), "bytes 100-199/10000");
  EXPECT_EQ(part.header("Accept-Ranges"), "bytes");
  EXPECT_EQ(get(id, {{"Range", "bytes=9990-"}}).body, content.substr(9'990));
  EXPECT_EQ(get(id, {{"Range", "bytes=-10"}}).body, content.substr(9'990));
  EXPECT_EQ(get(id, {{"Range", "bytes=9990-20000"}}).header("Content-Range"),
            "bytes 9990-9999/10000");
  const auto beyond = get(id, {{"Range", "bytes=10000-"}});
  EXPECT_EQ(beyond.code(), "range_not_satisfiable");
  EXPECT_EQ(beyond.header("Content-Range"), "bytes */10000");
  EXPECT_EQ(beyond.json()["title"], "Range Not Satisfiable");
  EXPECT_EQ(get(id, {{"Range", "bytes=0-1,5-6"}}).body, content) << "more than one: all of it";
  const auto etag = part.header("ETag");
  EXPECT_EQ(get(id, {{"Range", "bytes=0-1"}, {"If-Range", etag}}).status, 206);
  EXPECT_EQ(get(id, {{"Range", "bytes=0-1"}, {"If-Range", "\"other\""}}).body, content);
  for (const auto& header : {etag, "W/" + etag, "\"other\" , " + etag, std::string("*")}) {
    const auto known = get(id, {{"If-None-Match", header}});
    EXPECT_EQ(known.status, 304) << header;
    EXPECT_EQ(known.body, "");
  }
  EXPECT_EQ(get(id, {{"If-None-Match", "\"other\", W/\"a\""}}).status, 200);
}

TEST_F(Media, TellTheirLengthToHead) {
  const auto content = bytes(300'000);
  const std::string id = upload(content, "video/mp4").json()["id"];
  omnistream::testing::raw_client asking(server.port());
  for (const auto* range : {"", "Range: bytes=0-9\r\n"}) {
    asking.send("HEAD /api/media/" + id + " HTTP/1.1\r\nHost: a\r\nX-API-Key: " + tenant.api_key +
                "\r\n" + range + "\r\n");
    const auto got = asking.receive(false);
    EXPECT_EQ(got.status, 200) << "Range is for GET alone";
    EXPECT_EQ(got.header("Content-Length"), "300000");
    EXPECT_EQ(got.header("Content-Range"), "");
    EXPECT_EQ(got.header("Content-Type"), "video/mp4");
    EXPECT_EQ(got.header("Accept-Ranges"), "bytes");
    EXPECT_NE(got.header("ETag"), "");
  }
}

TEST_F(Media, ThatAreLargeAreSentPieceByPiece) {
  const auto content = bytes(7'654'321);
  const std::string id = upload(content, "audio/ogg").json()["id"];
  EXPECT_TRUE(get(id).body == content);
  const auto part = get(id, {{"Range", "bytes=1000000-5999999"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.header("Content-Range"), "bytes 1000000-5999999/7654321");
  EXPECT_TRUE(part.body == content.substr(1'000'000, 5'000'000));
}

TEST_F(Media, AreNotSentInOneWriteThatASlowClientMayNotTakeInTime) {
  const auto content = bytes(300'000);
  const std::string id = upload(content, "audio/ogg").json()["id"];
  const auto got = get(id);
  EXPECT_EQ(got.header("Transfer-Encoding"), "chunked");
  EXPECT_TRUE(got.body == content);
}

TEST_F(Media, GoWithTheirLengthToClientsOfHttp10) {
  const auto content = bytes(300'000);
  const std::string id = upload(content, "audio/ogg").json()["id"];
  omnistream::testing::raw_client old(server.port());
  old.send("GET /api/media/" + id + " HTTP/1.0\r\nX-API-Key: " + tenant.api_key + "\r\n\r\n");
  const auto got = old.receive();
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.header("Content-Length"), "300000");
  EXPECT_EQ(got.header("Transfer-Encoding"), "");
  EXPECT_TRUE(got.body == content);
  EXPECT_TRUE(old.closed());
}

TEST_F(Media, WhoseFileIsGoneAreAnErrorOfTheServer) {
  const std::string id = upload("hello", "text/plain").json()["id"];
  std::filesystem::remove(file_of(id));
  EXPECT_EQ(get(id).status, 500);
}

// -- who may --------------------------------------------------------------------------------------

TEST_F(Media, OfAnotherTenantDoNotExist) {
  const std::string id = upload("hello", "text/plain").json()["id"];
  EXPECT_EQ(server.call(other.api_key, "GET", "/api/media/" + id).status, 404);
  EXPECT_EQ(get(nobody).status, 404);
  EXPECT_EQ(get("..%2F..%2Fencryption.key").status, 404);
}

TEST_F(Media, NeedTheirPermissions) {
  const std::string id = upload("hello", "text/plain").json()["id"];
  server.database().sql("insert into roles (tenant_id, name, permissions) values ('" +
                        tenant.id.to_string() + "', 'onlooker', '{conversations.view}')");
  const auto [agent, key] = server.make_agent(tenant.id, "dewi@toko.example");
  EXPECT_EQ(post(key, form("x", "text/plain")).status, 201) << "an agent";
  server.database().sql(
      "update agents set role_id = (select id from roles where name = 'onlooker') where id = '" +
      agent.to_string() + "'");
  server.services().identities.forget_all();
  EXPECT_EQ(server.call(key, "GET", "/api/media/" + id).body, "hello");
  EXPECT_EQ(post(key, form("x", "text/plain")).code(), "permission_denied");
  EXPECT_EQ(post("", form("x", "text/plain")).status, 401);
  EXPECT_EQ(server.call("", "GET", "/api/media/" + id).status, 401);
}

}  // namespace
}  // namespace omnistream::test
