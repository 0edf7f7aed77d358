#include <future>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/simulated_meta.hpp"
#include "tests/support/api_server.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

const std::string waba = "102290129340398";

class WaTemplates : public testing::Test {
 protected:
  api_answer call(const std::string& method, const std::string& rest = "",
                  const json& body = nullptr) {
    return server.call(tenant.api_key, method, "/api/wa-templates" + rest, body);
  }
  std::string connect(const test_tenant& of, const std::string& number,
                      const std::string& business = waba) {
    const auto made = server.call(of.api_key, "POST", "/api/integration-accounts",
                                  {{"channel", "whatsapp"},
                                   {"display_name", "Toko"},
                                   {"config",
                                    {{"phone_number_id", number},
                                     {"waba_id", business},
                                     {"access_token", simulated_meta::token}}}});
    EXPECT_EQ(made.status, 201) << made.body;
    return made.json()["id"];
  }
  static json wanted(const std::string& name) {
    return {{"name", name}, {"components", {{{"type", "BODY"}, {"text", "Selamat pagi."}}}}};
  }
  std::string sql(const std::string& text) { return server.database().sql(text); }
  /// The template with this name, as the list shows it.
  json named(const std::string& name) {
    const auto page = call("GET", "?per_page=100").json();
    for (const auto& one : page["data"])
      if (one["name"] == name) return one;
    return nullptr;
  }
  std::string id_of(const std::string& name) { return named(name).value("id", ""); }
  std::string campaign(const std::string& used, const std::string& account,
                       const std::string& status) {
    return store_campaign(server.database(), tenant.id, used, account, status);
  }

  simulated_meta meta;
  api_server server{
      {.adjust = [this](config::settings& values) { values.meta_api_url = meta.url(); }}};
  test_tenant tenant = server.make_tenant();
  test_tenant other = server.make_tenant("Other");
};

TEST_F(WaTemplates, AreSyncedFromMeta) {
  connect(tenant, "777001");
  const auto synced = call("POST", "/sync");
  ASSERT_EQ(synced.status, 200) << synced.body;
  EXPECT_EQ(synced.json()["total_from_meta"], 4);
  EXPECT_EQ(synced.json()["synced"], 4);
  EXPECT_EQ(synced.json()["errors"], 0);
  EXPECT_EQ(call("GET").json()["total"], 4);
  const auto promo = named("promo_image");
  EXPECT_EQ(promo["status"], "APPROVED");
  EXPECT_EQ(promo["waba_id"], waba);
  EXPECT_EQ(promo["header_media_url"], "https://example.com/promo.jpg");
  EXPECT_EQ(promo["components"][0]["type"], "HEADER");
  EXPECT_EQ(named("not_allowed")["rejection_reason"], "INVALID_FORMAT");
  EXPECT_FALSE(named("order_update").contains("rejection_reason"));
  EXPECT_EQ(call("GET", "/" + id_of("promo_image")).json(), promo);
  EXPECT_EQ(call("GET", "?status=REJECTED").json()["total"], 1);
  EXPECT_EQ(call("GET", "?category=UTILITY&per_page=1").json()["total_pages"], 2);
  EXPECT_EQ(call("GET", "?waba_id=5").json()["total"], 0);
  EXPECT_EQ(server.call(other.api_key, "GET", "/api/wa-templates").json()["total"], 0);
}

TEST_F(WaTemplates, SyncAgainAndAtOnce) {
  connect(tenant, "777001");
  std::vector<std::future<int>> syncs;
  for (int i = 0; i < 6; ++i)
    syncs.push_back(
        std::async(std::launch::async, [this] { return call("POST", "/sync").status; }));
  for (auto& one : syncs) EXPECT_EQ(one.get(), 200);
  const auto before = call("GET").json();
  EXPECT_EQ(before["total"], 4);
  EXPECT_THAT(call("POST", "/sync").json()["message"], HasSubstr("0 were new or changed"));
  EXPECT_EQ(call("GET").json(), before);
}

TEST_F(WaTemplates, SyncReadsAllPages) {
  const std::string business = "555000111";
  connect(tenant, "777001", business);
  constexpr int count = 120;
  for (int i = 0; i < count; ++i)
    ASSERT_TRUE(meta.post("/v23.0/" + business + "/message_templates",
                          {{"name", "made_" + std::to_string(i)},
                           {"language", "id"},
                           {"category", "UTILITY"},
                           {"components", {{{"type", "BODY"}, {"text", "Halo."}}}}})
                    .contains("id"));
  EXPECT_EQ(call("POST", "/sync").json()["total_from_meta"], count + 4);
  EXPECT_EQ(call("GET").json()["total"], count + 4);
}

TEST_F(WaTemplates, SyncMarksWhatIsGoneAtMeta) {
  const auto account = connect(tenant, "777001");
  EXPECT_EQ(call("POST", "/sync").json()["deleted"], 0);
  const auto id = id_of("order_update");
  const auto draft = campaign(id, account, "draft");
  meta.delete_template(waba, "order_update");
  const auto synced = call("POST", "/sync");
  EXPECT_EQ(synced.json()["total_from_meta"], 3);
  EXPECT_EQ(synced.json()["deleted"], 1);
  EXPECT_THAT(synced.json()["message"], HasSubstr("Gone at Meta: 1."));
  EXPECT_EQ(named("order_update")["status"], "DELETED");
  EXPECT_EQ(id_of("order_update"), id);
  EXPECT_EQ(named("promo_image")["status"], "APPROVED");
  EXPECT_EQ(call("POST", "/sync").json()["deleted"], 0);

  const auto sent = server.call(tenant.api_key, "POST", "/api/campaigns/" + draft + "/send");
  EXPECT_EQ(sent.status, 409);
  EXPECT_EQ(sent.code(), "template_not_approved");
  EXPECT_THAT(sent.json()["detail"], HasSubstr("order_update is DELETED"));
  EXPECT_THAT(
      server
          .call(tenant.api_key, "POST", "/api/campaigns", {{"name", "Promo"}, {"template_id", id}})
          .wrong_fields(),
      ElementsAre("template_id:template_not_approved"));
  EXPECT_EQ(server.sender().sent().size(), 0u);
}

TEST_F(WaTemplates, ComeBackWithASync) {
  const auto account = connect(tenant, "777001");
  call("POST", "/sync");
  const auto id = id_of("order_update");
  sql("update wa_templates set status = 'DELETED' where id = '" + id + "'");
  const auto draft = campaign(id, account, "draft");
  EXPECT_EQ(call("POST", "/sync").status, 200);
  EXPECT_EQ(named("order_update")["status"], "APPROVED");
  EXPECT_EQ(server.call(tenant.api_key, "POST", "/api/campaigns/" + draft + "/send").status, 200);
}

TEST_F(WaTemplates, PausedCampaignsFollowWhatIsGoneAtMeta) {
  const auto account = connect(tenant, "777001");
  call("POST", "/sync");
  server.sender().answers_with([](const actors::outbound_message&) {
    actors::send_result slow;
    slow.what = actors::send_result::certainty::not_sent;
    return slow;
  });
  const auto running = campaign(id_of("order_update"), account, "sending");
  server.services().engine.resume();
  meta.delete_template(waba, "order_update");
  EXPECT_EQ(call("POST", "/sync").status, 200);
  EXPECT_TRUE(eventually([&] {
    return sql("select coalesce(pause_code, '') from campaigns where id = '" + running + "'") ==
           "template_not_approved";
  }));
}

TEST_F(WaTemplates, SyncThatIsNotWholeMarksNothing) {
  const std::string business = "555000111";
  connect(tenant, "777001", business);
  for (int i = 0; i < 120; ++i)
    meta.post("/v23.0/" + business + "/message_templates",
              {{"name", "made_" + std::to_string(i)},
               {"language", "id"},
               {"category", "UTILITY"},
               {"components", {{{"type", "BODY"}, {"text", "Halo."}}}}});
  ASSERT_EQ(call("POST", "/sync").status, 200);
  meta.delete_template(business, "order_update");
  // Which calls a share of the faults hits is the simulator's chance: until the first page passes
  // and the second does not.
  bool broke_at_second_page = false;
  for (int i = 0; i < 100 && !broke_at_second_page; ++i) {
    meta.fault({{"kind", "latency"}, {"ms", 1}});
    meta.fault({{"kind", "http_500"}, {"share", 0.5}});
    const auto synced = call("POST", "/sync");
    const auto faults = meta.get("/_sim/faults")["faults"];
    meta.clear_faults();
    broke_at_second_page = synced.status != 200 && faults[0]["hits"] == 2;
    if (synced.status == 200)
      sql("update wa_templates set status = 'APPROVED' where status = 'DELETED'");
    else
      EXPECT_EQ(sql("select count(*) from wa_templates where status = 'DELETED'"), "0");
  }
  EXPECT_TRUE(broke_at_second_page);
  EXPECT_EQ(call("POST", "/sync").json()["deleted"], 1);
}

TEST_F(WaTemplates, CanBeMadeAnewWhenGoneAtMeta) {
  connect(tenant, "777001");
  call("POST", "/sync");
  const auto id = id_of("order_update");
  meta.delete_template(waba, "order_update");
  call("POST", "/sync");
  const auto made = call("POST", "", wanted("order_update"));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.json()["id"], id);
  EXPECT_EQ(made.json()["status"], "PENDING");
  EXPECT_EQ(made.json()["category"], "MARKETING");
  EXPECT_EQ(made.json()["components"], wanted("order_update")["components"]);
}

TEST_F(WaTemplates, SyncKeepsAMediumThatWasSet) {
  connect(tenant, "777001");
  call("POST", "/sync");
  const auto id = id_of("promo_image");
  const auto url = "https://cdn.toko.example/own.jpg";
  const auto changed = call("PATCH", "/" + id + "/header-media", {{"header_media_url", url}});
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.json()["header_media_url"], url);
  call("POST", "/sync");
  EXPECT_EQ(named("promo_image")["header_media_url"], url);
}

TEST_F(WaTemplates, TakeNoLinkThatDiesFromMeta) {
  const std::string business = "555000222";
  connect(tenant, "777001", business);
  const std::map<std::string, bool> lasts{{"https://scontent.whatsapp.net/v/t61/1.jpg?oe=6", false},
                                          {"https://whatsapp.net/1.jpg", false},
                                          {"https://lookaside.fbsbx.com:443/a", false},
                                          {"https://cdn.notwhatsapp.net/1.jpg", true},
                                          {"https://cdn.toko.example/whatsapp.net", true}};
  int number = 0;
  for (const auto& [url, kept] : lasts) {
    const auto name = "media_" + std::to_string(++number);
    meta.post("/v23.0/" + business + "/message_templates",
              {{"name", name},
               {"language", "id"},
               {"category", "MARKETING"},
               {"components",
                {{{"type", "HEADER"}, {"format", "IMAGE"}, {"example", {{"header_handle", {url}}}}},
                 {{"type", "BODY"}, {"text", "Halo."}}}}});
    ASSERT_EQ(call("POST", "/sync").status, 200);
    const auto shown = named(name);
    EXPECT_EQ(shown["components"][0]["example"]["header_handle"][0], url);
    EXPECT_EQ(shown.value("header_media_url", ""), kept ? url : "") << url;
  }
}

TEST_F(WaTemplates, RefuseMediaThatCannotBe) {
  connect(tenant, "777001");
  call("POST", "/sync");
  const auto path = "/" + id_of("promo_image") + "/header-media";
  for (const auto* url : {"http://example.com/a.jpg", "ftp://example.com/a", "promo.jpg", ""})
    EXPECT_EQ(call("PATCH", path, {{"header_media_url", url}}).status, 422) << url;
  EXPECT_EQ(
      call("PATCH", path, {{"header_media_url", "https://a.example/" + std::string(2048, 'x')}})
          .status,
      422);
  EXPECT_THAT(call("PATCH", path, json::object()).wrong_fields(),
              ElementsAre("header_media_url:required"));
  EXPECT_EQ(call("PATCH", "/" + id_of("order_update") + "/header-media",
                 {{"header_media_url", "https://example.com/a.jpg"}})
                .code(),
            "no_media_header");
}

TEST_F(WaTemplates, AreSubmittedToMeta) {
  const auto account = connect(tenant, "777001");
  const auto made = call("POST", "", wanted("greeting"));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.json()["status"], "PENDING");
  EXPECT_EQ(made.json()["language"], "id");
  EXPECT_EQ(made.json()["category"], "MARKETING");
  EXPECT_EQ(made.json()["waba_id"], waba);
  EXPECT_TRUE(made.json().contains("meta_template_id"));
  EXPECT_EQ(call("POST", "", wanted("greeting")).code(), "template_exists");
  auto english = wanted("greeting");
  english["language"] = "en_US";
  english["category"] = "UTILITY";
  english["integration_account_id"] = account;
  EXPECT_EQ(call("POST", "", english).status, 201);
  EXPECT_EQ(call("POST", "/sync").json()["total_from_meta"], 6);
  EXPECT_EQ(call("GET").json()["total"], 6);
}

TEST_F(WaTemplates, StoreNothingThatMetaRefuses) {
  connect(tenant, "777001");
  auto odd = wanted("odd");
  odd["components"] = {{{"type", "NOTHING"}}};
  const auto refused = call("POST", "", odd);
  EXPECT_EQ(refused.status, 502);
  EXPECT_EQ(refused.code(), "meta_error");
  meta.fault({{"kind", "expire_token"}});
  EXPECT_EQ(call("POST", "", wanted("greeting")).code(), "meta_token_refused");
  EXPECT_EQ(call("POST", "/sync").code(), "meta_token_refused");
  meta.clear_faults();
  EXPECT_EQ(call("GET").json()["total"], 0);
}

TEST_F(WaTemplates, SayAllThatIsWrong) {
  EXPECT_THAT(
      call("POST", "",
           {{"name", "Not A Name"},
            {"language", "?"},
            {"category", "FUN"},
            {"components", json::array()},
            {"integration_account_id", "x"}})
          .wrong_fields(),
      UnorderedElementsAre("name:bad_format", "language:bad_format", "category:not_in_enum",
                           "components:too_few_items", "integration_account_id:bad_format"));
  EXPECT_THAT(call("POST", "", json::object()).wrong_fields(),
              UnorderedElementsAre("name:required", "components:required"));
  EXPECT_EQ(call("POST", "", wanted(std::string(513, 'a'))).status, 422);
  EXPECT_EQ(call("POST", "", wanted("greeting")).code(), "no_account");
  EXPECT_EQ(call("POST", "/sync").code(), "no_account");
}

TEST_F(WaTemplates, UseOwnAccountsOnly) {
  const auto foreign = connect(other, "777009");
  connect(tenant, "777001");
  auto body = wanted("greeting");
  body["integration_account_id"] = foreign;
  EXPECT_THAT(call("POST", "", body).wrong_fields(),
              ElementsAre("integration_account_id:not_found"));
  EXPECT_THAT(call("POST", "/sync?integration_account_id=" + foreign).wrong_fields(),
              ElementsAre("integration_account_id:not_found"));
  const auto mail =
      server.call(tenant.api_key, "POST", "/api/integration-accounts",
                  {{"channel", "email"}, {"account_key", "a@toko.example"}, {"display_name", "M"}});
  EXPECT_EQ(
      call("POST", "/sync?integration_account_id=" + mail.json()["id"].get<std::string>()).code(),
      "not_whatsapp");
}

TEST_F(WaTemplates, OfOtherTenantsAreNotThere) {
  connect(other, "777009");
  ASSERT_EQ(server.call(other.api_key, "POST", "/api/wa-templates/sync").status, 200);
  const auto id = sql("select id from wa_templates where name = 'promo_image'");
  EXPECT_EQ(call("GET", "/" + id).status, 404);
  EXPECT_EQ(call("DELETE", "/" + id).status, 404);
  EXPECT_EQ(
      call("PATCH", "/" + id + "/header-media", {{"header_media_url", "https://example.com/a.jpg"}})
          .status,
      404);
  EXPECT_EQ(sql("select count(*) from wa_templates where header_media_url like '%promo.jpg'"), "1");
}

TEST_F(WaTemplates, StayWhileACampaignNamesThem) {
  const auto account = connect(tenant, "777001");
  call("POST", "/sync");
  const auto id = id_of("order_update");
  for (const auto* status : {"draft", "completed"}) {
    const auto user = campaign(id, account, status);
    EXPECT_EQ(call("DELETE", "/" + id).code(), "template_in_use") << status;
    sql("delete from campaigns where id = '" + user + "'");
  }
  EXPECT_EQ(call("DELETE", "/" + id).status, 200);
  EXPECT_EQ(call("GET", "/" + id).status, 404);
  EXPECT_EQ(call("POST", "/sync").json()["total_from_meta"], 4);
  EXPECT_NE(id_of("order_update"), "");
}

TEST_F(WaTemplates, WakeCampaignsWhenTheyBecomeUsable) {
  const auto account = connect(tenant, "777001");
  call("POST", "/sync");
  const auto id = id_of("order_update");
  sql("update wa_templates set status = 'PAUSED' where id = '" + id + "'");
  const auto running = campaign(id, account, "sending");
  const auto now = [&](const std::string& column) {
    return sql("select coalesce(" + column + ", '') from campaigns where id = '" + running + "'");
  };
  server.services().engine.resume();
  ASSERT_TRUE(eventually([&] { return now("pause_code") == "template_not_approved"; }));
  EXPECT_EQ(call("POST", "/sync").status, 200);
  EXPECT_TRUE(eventually([&] { return now("status") == "completed"; })) << now("pause_code");
  EXPECT_EQ(server.sender().sent().size(), 1u);
}

TEST(WaTemplateSettings, ServeTheFirstTenant) {
  simulated_meta meta;
  api_server server({.adjust = [&meta](config::settings& values) {
    values.meta_api_url = meta.url();
    values.meta_access_token = secret(simulated_meta::token);
    values.meta_waba_id = waba;
  }});
  const auto owner = server.make_tenant();
  const auto stranger = server.make_tenant("Stranger");
  EXPECT_EQ(server.call(stranger.api_key, "POST", "/api/wa-templates/sync").code(), "no_account");
  EXPECT_EQ(server.call(owner.api_key, "POST", "/api/wa-templates/sync").status, 200);
  EXPECT_EQ(server.call(owner.api_key, "GET", "/api/wa-templates").json()["total"], 4);
}

}  // namespace
}  // namespace omnistream::test
