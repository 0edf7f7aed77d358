// Media between us and Meta: what people send is fetched and kept, uploads are handed over.

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/api/account_secrets.hpp"
#include "http/api/media_handover.hpp"
#include "http/api/media_sweep.hpp"
#include "http/api/waiting_line.hpp"
#include "tests/http/simulated_meta.hpp"
#include "tests/support/api_server.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

/// A tenant with a WhatsApp account and a conversation whose contact wrote a minute ago.
class ReceivedMedia : public testing::Test {
 protected:
  ReceivedMedia() {
    const auto contact = sql("insert into contacts (tenant_id, phone_number) values (" + own() +
                             ", '+6281234567890') returning id");
    conversation =
        sql("insert into conversations (tenant_id, contact_id, account_id, channel, in_inbox, "
            "last_message_at, last_inbound_at) values (" +
            own() + ", '" + contact + "', '" + account +
            "', 'whatsapp', true, now(), now() - interval '1 minute') returning id");
    sql("update integration_accounts set secrets = '" +
        json{{"access_token",
              http::api::seal_secret(server.services().encryption_key, *uuid::parse(account),
                                     "access_token", simulated_meta::token)}}
            .dump() +
        "'");
  }

  std::string sql(const std::string& text) const { return server.database().sql(text); }
  std::string own() const { return "'" + tenant.id.to_string() + "'"; }

  /// A medium at Meta; its id there.
  std::string at_meta(const std::string& base64, const std::string& type) const {
    return meta.post("/_sim/media", {{"base64", base64}, {"content_type", type}})["id"];
  }
  /// A message of the contact; its id.
  std::string message(const std::string& type, const json& content) const {
    return sql(
        "insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
        "sent_at) values (" +
        own() + ", '" + conversation + "', 'inbound', gen_random_uuid()::text, '" + type + "', '" +
        content.dump() + "', now()) returning id");
  }
  std::string picture(const std::string& id) const {
    return message("image",
                   {{"type", "image"}, {"image", {{"id", id}, {"mime_type", "image/png"}}}});
  }
  api_answer get(const std::string& id, header_lines headers = {}) const {
    headers.emplace_back("X-API-Key", tenant.api_key);
    return server.send("GET", "/api/media/" + id, "", headers);
  }
  std::string upload(const std::string& content, const std::string& type) const {
    const auto form =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22b.pdf\"\r\n"
        "Content-Type: " +
        type + "\r\n\r\n" + content + "\r\n--b--\r\n";
    const auto stored = server.send(
        "POST", "/api/media/upload", form,
        {{"X-API-Key", tenant.api_key}, {"Content-Type", "multipart/form-data; boundary=b"}});
    EXPECT_EQ(stored.status, 201) << stored.body;
    return stored.json().value("id", "");
  }
  api_answer send(const json& body) const {
    return server.call(tenant.api_key, "POST", "/api/conversations/" + conversation + "/messages",
                       body);
  }
  json newest() const {
    return server.call(tenant.api_key, "GET", "/api/conversations/" + conversation + "/messages")
        .json()["data"][0];
  }

  temporary_folder folder{"received-media"};
  simulated_meta meta;
  api_server server{{.adjust =
                         [this](config::settings& of) {
                           of.meta_api_url = meta.url();
                           of.data_dir = folder.path().string();
                           of.media_bytes_per_tenant_max = 100;
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

TEST_F(ReceivedMedia, AreFetchedFromMetaOnceAndKept) {
  const auto id = picture(at_meta("aGVsbG8=", "image/png"));
  EXPECT_EQ(newest()["media_url"], "/api/media/" + id);
  const auto got = get(id, {{"Range", "bytes=1-3"}});
  EXPECT_EQ(got.status, 206) << got.body;
  EXPECT_EQ(got.body, "ell");
  meta.fault({{"kind", "error"}, {"code", 100}});
  const auto kept = get(id);
  EXPECT_EQ(kept.body, "hello");
  EXPECT_EQ(kept.header("Content-Type"), "image/png");
  EXPECT_EQ(kept.header("Content-Disposition"), "inline");
}

TEST_F(ReceivedMedia, AreGivenAndNotKeptWhereThereIsNoRoom) {
  const auto id = picture(at_meta(std::string(200, 'A'), "image/png"));
  EXPECT_EQ(get(id).body, std::string(150, '\0'));
  EXPECT_EQ(sql("select count(*) from media"), "0");
  EXPECT_EQ(get(id).status, 200) << "fetched again";
}

TEST_F(ReceivedMedia, AreNotGivenToWhoeverDoesNotSeeTheConversation) {
  const auto id = picture(at_meta("aGVsbG8=", "image/png"));
  EXPECT_EQ(server.call(other.api_key, "GET", "/api/media/" + id).status, 404);
  const auto [agent, key] = server.make_agent(tenant.id, "dewi@toko.example");
  EXPECT_EQ(server.call(key, "GET", "/api/media/" + id).body, "hello") << "it is nobody's";
  sql("update conversations set assigned_agent_id = '" + tenant.agent_id.to_string() + "'");
  EXPECT_EQ(server.call(key, "GET", "/api/media/" + id).status, 404) << "also when it is kept";
}

TEST_F(ReceivedMedia, AreAClearFailureWhereMetaHasNone) {
  EXPECT_EQ(get(picture("0")).code(), "meta_error");
  EXPECT_EQ(get(picture("../../me")).code(), "meta_error");
  EXPECT_EQ(get(message("text", {{"type", "text"}, {"text", {{"body", "Halo"}}}})).status, 404);
  meta.fault({{"kind", "expire_token"}});
  EXPECT_EQ(get(picture("1037")).code(), "meta_token_refused");
}

TEST_F(ReceivedMedia, OfPagesComeFromAddressesOfMetaOnly) {
  sql("update integration_accounts set channel = 'messenger'");
  sql("update conversations set channel = 'messenger'");
  const auto at = [this](const std::string& url) {
    return message(
        "image",
        {{"message",
          {{"attachments", json::array({{{"type", "image"}, {"payload", {{"url", url}}}}})}}}});
  };
  const auto refused = get(at("https://evil.example/x.png"));
  EXPECT_EQ(refused.code(), "meta_error");
  EXPECT_THAT(refused.body, testing::HasSubstr("no address of Meta's"));
}

TEST_F(ReceivedMedia, OfPagesAreAllThatCameInAMessage) {
  sql("update integration_accounts set channel = 'messenger'");
  sql("update conversations set channel = 'messenger'");
  const auto at = [this](const std::string& base64, const std::string& type) {
    const auto url = meta.url() + "/v23.0/" + at_meta(base64, "image/png") +
                     "/bytes?access_token=" + simulated_meta::token;
    return json{{"type", type}, {"payload", {{"url", url}}}};
  };
  const auto id = message(
      "image", {{"message",
                 {{"attachments", json::array({at("aGVsbG8=", "image"), at("aGVsbG8=", "fallback"),
                                               at("aGFsbG8=", "file")})}}}});
  const auto shown = newest();
  EXPECT_EQ(shown["media_url"], "/api/media/" + id);
  EXPECT_EQ(shown["attachments"], json::array({{{"url", "/api/media/" + id + "?attachment=1"}},
                                               {{"url", "/api/media/" + id + "?attachment=3"}}}));
  EXPECT_EQ(get(id).body, "hello");
  EXPECT_EQ(get(id + "?attachment=1").body, "hello");
  EXPECT_EQ(get(id + "?attachment=2").status, 404) << "no medium";
  const auto third = get(id + "?attachment=3", {{"Range", "bytes=1-2"}});
  EXPECT_EQ(third.status, 206) << third.body;
  EXPECT_EQ(third.body, "al");
  EXPECT_EQ(get(id + "?attachment=4").status, 404);
  for (const auto* wrong : {"0", "501", "x"})
    EXPECT_EQ(get(id + "?attachment=" + wrong).status, 422) << wrong;
  meta.fault({{"kind", "error"}, {"code", 100}});
  EXPECT_EQ(get(id + "?attachment=3").body, "hallo") << "it was kept";
  EXPECT_EQ(sql("select count(*) from media"), "2");
  sql("update conversations set channel = 'whatsapp'");
  EXPECT_EQ(get(picture("1037") + "?attachment=2").status, 404);
  EXPECT_EQ(get(upload("png", "image/png") + "?attachment=2").status, 404);
}

TEST_F(ReceivedMedia, ThatWereHalfWrittenAreRemovedAtStart) {
  const auto id = upload("hello", "text/plain");
  const auto file = folder.path() / "media" / tenant.id.to_string() / id;
  auto& with = server.services();
  http::api::remove_unfinished_files(with.pool, with.media->files());
  EXPECT_TRUE(std::filesystem::exists(file));
  sql("update media set is_stored = false");
  EXPECT_EQ(get(id).status, 404);
  http::api::remove_unfinished_files(with.pool, with.media->files());
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_EQ(sql("select count(*) from media"), "0");
}

// -- sending an upload ----------------------------------------------------------------------------

TEST_F(ReceivedMedia, UploadsAreHandedToMetaOncePerNumber) {
  const auto id = upload("%PDF", "application/pdf");
  const json body{{"type", "document"}, {"document", {{"media_id", id}, {"caption", "Here"}}}};
  EXPECT_EQ(send(body).status, 202);
  ASSERT_TRUE(eventually([&] { return newest()["status"] == "sent"; })) << newest();
  EXPECT_EQ(newest()["media_url"], "/api/media/" + id);
  EXPECT_EQ(send(body).status, 202);
  ASSERT_TRUE(eventually([&] { return server.sender().sent().size() == 2; }));
  const auto meta_id = sql("select external_id from media_handovers where sender_id = '1111'");
  for (const auto& one : server.sender().sent())
    EXPECT_EQ(json::parse(one.body)["document"],
              (json{{"id", meta_id}, {"caption", "Here"}, {"filename", "a\"b.pdf"}}));
  EXPECT_EQ(meta.get("/v23.0/" + meta_id)["file_size"], 4);
}

/// Messenger's ids are good for one kind of attachment each.
TEST_F(ReceivedMedia, UploadsAreHandedToMessengerOncePerPageAndKind) {
  sql("update integration_accounts set channel = 'messenger', account_key = '600', "
      "phone_number_id = null");
  sql("update conversations set channel = 'messenger'");
  sql("insert into contact_identities (tenant_id, channel, external_id, contact_id) select " +
      own() + ", 'messenger', '7001', contact_id from conversations");
  const auto id = upload("png", "image/png");
  for (const auto* type : {"image", "document", "image"})
    EXPECT_EQ(send({{"type", type}, {type, {{"media_id", id}}}}).status, 202) << type;
  ASSERT_TRUE(eventually([&] { return server.sender().sent().size() == 3; })) << newest();
  const auto meta_id = [this](const std::string& kind) {
    return sql("select external_id from media_handovers where sender_id = '600 " + kind + "'");
  };
  const auto attachment = [this](std::size_t at) {
    return json::parse(server.sender().sent()[at].body)["message"]["attachment"];
  };
  const json picture{{"type", "image"}, {"payload", {{"attachment_id", meta_id("image")}}}};
  EXPECT_EQ(attachment(0), picture);
  EXPECT_EQ(attachment(1),
            (json{{"type", "file"}, {"payload", {{"attachment_id", meta_id("file")}}}}));
  EXPECT_EQ(attachment(2), picture) << "handed over once";
  EXPECT_EQ(sql("select count(*) from media_handovers"), "2");
  EXPECT_EQ(meta.get("/v23.0/" + meta_id("file"))["mime_type"], "image/png");
  sql("update media set size_bytes = 25000001");
  EXPECT_THAT(send({{"type", "image"}, {"image", {{"media_id", id}}}}).wrong_fields(),
              ElementsAre("image.media_id:too_large"));
}

TEST_F(ReceivedMedia, UploadsMetaRefusesAreNotSent) {
  const auto id = upload("png", "image/png");
  meta.fault({{"kind", "error"}, {"code", 131053}});
  EXPECT_EQ(send({{"type", "image"}, {"image", {{"media_id", id}}}}).status, 202);
  ASSERT_TRUE(eventually([&] { return newest()["status"] == "failed"; })) << newest();
  EXPECT_EQ(newest()["error_code"], 131053);
  EXPECT_THAT(server.sender().sent(), IsEmpty());
}

TEST(WaitingLine, LetsFewInAndTheOthersInTheirOrder) {
  http::api::waiting_line line(1, 2);
  std::string came;
  const auto comes = [&](char who) { return [&came, who] { came += who; }; };
  EXPECT_TRUE(line.enter(comes('a')));
  EXPECT_TRUE(line.enter(comes('b')));
  EXPECT_TRUE(line.enter(comes('c')));
  EXPECT_FALSE(line.enter(comes('d'))) << "two wait";
  EXPECT_EQ(came, "a");
  line.leave();
  EXPECT_EQ(came, "ab");
  line.leave();
  line.leave();
  EXPECT_TRUE(line.enter(comes('e')));
  EXPECT_EQ(came, "abce");
}

TEST(UploadsUnderWay, AreFewAndEachOnce) {
  http::api::uploads_under_way all;
  std::vector<uuid> media;
  for (int i = 0; i < 5; ++i) media.push_back(uuid::v7(system_now()));
  EXPECT_TRUE(all.begin(media[0], "1"));
  EXPECT_FALSE(all.begin(media[0], "1")) << "it is under way";
  EXPECT_TRUE(all.begin(media[0], "2")) << "to another number";
  EXPECT_TRUE(all.begin(media[1], "1"));
  EXPECT_TRUE(all.begin(media[2], "1"));
  EXPECT_FALSE(all.begin(media[3], "1")) << "four at once";
  all.end(media[0], "1");
  EXPECT_TRUE(all.begin(media[3], "1"));
}

TEST_F(ReceivedMedia, UploadsMayStandInTheHeaderOfButtons) {
  const auto id = upload("png", "image/png");
  const auto buttons = [](const std::string& type, const std::string& media) {
    return json{
        {"type", "interactive"},
        {"interactive",
         {{"type", "button"},
          {"header", {{"type", type}, {type, {{"media_id", media}}}}},
          {"body", {{"text", "Which?"}}},
          {"action",
           {{"buttons",
             json::array({{{"type", "reply"}, {"reply", {{"id", "1"}, {"title", "This"}}}}})}}}}}};
  };
  EXPECT_THAT(send(buttons("video", id)).wrong_fields(),
              ElementsAre("interactive.header.video.media_id:wrong_kind"));
  const auto taken = send(buttons("image", id));
  EXPECT_EQ(taken.status, 202) << taken.body;
  ASSERT_TRUE(eventually([&] { return server.sender().sent().size() == 1; }));
  const auto sent = json::parse(server.sender().sent().front().body);
  EXPECT_EQ(sent["interactive"]["header"]["image"],
            (json{{"id", sql("select external_id from media_handovers")}}));
}

TEST_F(ReceivedMedia, UploadsAreRefusedWhereTheirChannelDoesNotTakeThem) {
  const auto refused = [this](const std::string& type, const std::string& id) {
    return send({{"type", type}, {type, {{"media_id", id}}}});
  };
  const auto gif = upload("gif", "image/gif");
  const auto unknown = refused("image", gif);
  EXPECT_THAT(unknown.wrong_fields(), ElementsAre("image.media_id:not_on_channel"));
  EXPECT_THAT(unknown.body, testing::HasSubstr("The upload is of the type image/gif. WhatsApp "
                                               "takes as image: image/jpeg, image/png up to 5 MB"));
  EXPECT_THAT(refused("document", upload("zip", "application/zip")).wrong_fields(),
              ElementsAre("document.media_id:not_on_channel"));
  EXPECT_THAT(refused("video", gif).body,
              testing::HasSubstr("takes as video: video/3gpp, video/mp4 up to 16 MB."));
  const auto picture = upload("jpeg", "image/jpeg");
  sql("update media set size_bytes = 5000001 where id = '" + picture + "'");
  const auto large = refused("image", picture);
  EXPECT_THAT(large.wrong_fields(), ElementsAre("image.media_id:too_large"));
  EXPECT_THAT(large.body, testing::HasSubstr("WhatsApp takes image/jpeg up to 5 MB; the upload has "
                                             "5000001 bytes."));
  sql("update media set size_bytes = 5000000 where id = '" + picture + "'");
  EXPECT_EQ(refused("image", picture).status, 202);
  sql("update conversations set channel = 'messenger'");
  sql("insert into contact_identities (tenant_id, channel, external_id, contact_id) select " +
      own() + ", 'messenger', '7001', contact_id from conversations");
  EXPECT_EQ(refused("image", gif).status, 202) << "Messenger takes it";
}

TEST_F(ReceivedMedia, UploadsFitTheirMessage) {
  const auto id = upload("png", "image/png");
  const auto wrong = [this](const std::string& type, const json& object) {
    return send({{"type", type}, {type, object}}).wrong_fields();
  };
  EXPECT_THAT(wrong("video", {{"media_id", id}}), ElementsAre("video.media_id:wrong_kind"));
  EXPECT_THAT(wrong("sticker", {{"media_id", id}}), ElementsAre("sticker.media_id:wrong_kind"));
  EXPECT_THAT(wrong("image", {{"media_id", tenant.id.to_string()}}),
              ElementsAre("image.media_id:not_found"));
  EXPECT_THAT(wrong("image", {{"media_id", id}, {"id", "1"}}), ElementsAre("image.link:ambiguous"));
  sql("update media set tenant_id = '" + other.id.to_string() + "'");
  EXPECT_THAT(wrong("image", {{"media_id", id}}), ElementsAre("image.media_id:not_found"));
}

}  // namespace
}  // namespace omnistream::test
