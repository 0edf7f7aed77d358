#include "tests/http/conversations_fixture.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class MessageSearch : public Conversations {
 protected:
  /// One message; later ones were sent later, a second each.
  void write(const std::string& in, const std::string& type, const json& content) {
    const auto number = std::to_string(++written);
    sql("insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
        "sent_at) values ('" +
        tenant.id.to_string() + "', '" + in + "', 'inbound', 'wamid." + number + "', '" + type +
        "', $$" + content.dump() + "$$, timestamptz '2026-11-20T10:00:00Z' + interval '" + number +
        " s')");
  }
  void write(const std::string& in, const std::string& text) {
    write(in, "text", {{"type", "text"}, {"text", {{"body", text}}}});
  }
  /// Many, each with these words and a number of its own.
  void write_many(const std::string& in, const std::string& words, int count) {
    sql("insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
        "sent_at) select '" +
        tenant.id.to_string() + "', '" + in + "', 'inbound', '" + words +
        "' || n, 'text', json_build_object('text', json_build_object('body', '" + words +
        " n' || n)), '2026-11-19T00:00:00Z' from generate_series(1, " + std::to_string(count) +
        ") n");
  }
  api_answer search(const std::string& query, const std::string& key) const {
    return server.call(key, "GET", "/api/messages/search?q=" + query);
  }
  api_answer search(const std::string& query) const { return search(query, tenant.api_key); }
  /// The texts of what is found, in its order.
  std::vector<std::string> found(const std::string& query, const std::string& key) const {
    const auto got = search(query, key);
    EXPECT_EQ(got.status, 200) << got.body;
    std::vector<std::string> texts;
    const auto page = got.json();
    for (const auto& one : page["data"]) texts.push_back(one["text"]);
    EXPECT_EQ(page["total"], texts.size());
    return texts;
  }
  std::vector<std::string> found(const std::string& query) const {
    return found(query, tenant.api_key);
  }

  int written = 0;
};

// -- what is found --------------------------------------------------------------------------------

TEST_F(MessageSearch, FindsAllWordsInWhateverCaseAndOrder) {
  const auto id = add("Ani");
  const std::string order = "Halo Budi, pesanan INV-7/2025 belum DATANG";
  write(id, order);
  write(id, "halo dunia");
  EXPECT_THAT(found("HALO"), UnorderedElementsAre(order, "halo dunia"));
  EXPECT_THAT(found("budi+halo"), ElementsAre(order));
  EXPECT_THAT(found("halo%20dunia"), ElementsAre("halo dunia"));
  EXPECT_THAT(found("inv-7"), ElementsAre(order));
  EXPECT_THAT(found("2025"), ElementsAre(order));
  EXPECT_THAT(found("halo+budi+dunia"), IsEmpty());
  EXPECT_THAT(found("selamat"), IsEmpty());
}

TEST_F(MessageSearch, FindsBeginningsOfTheLastWordOnly) {
  const auto id = add("Ani");
  const std::string address = "Mail: budi@toko-maju.example";
  write(id, address);
  write(id, "pesanan datang");
  EXPECT_THAT(found("pesan"), ElementsAre("pesanan datang"));
  EXPECT_THAT(found("datang+pe"), ElementsAre("pesanan datang"));
  EXPECT_THAT(found("pe+datang"), IsEmpty());
  EXPECT_THAT(found("p"), IsEmpty()) << "one letter stands for too many words";
  for (const auto* part : {"budi@toko-maju.example", "budi@tok", "maju.ex", "toko"})
    EXPECT_THAT(found(part), ElementsAre(address)) << part;
}

TEST_F(MessageSearch, FindsWhatAPersonReads) {
  const auto id = add("Ani");
  write(id, "image", {{"type", "image"}, {"image", {{"id", "9"}, {"caption", "Foto rumah"}}}});
  write(id, "image", {{"type", "image"}, {"image", {{"id", "8"}}}});
  write(id, "button", {{"type", "button"}, {"button", {{"text", "Rumah"}, {"payload", "x"}}}});
  write(id, "Ärger 你好 😀");
  EXPECT_THAT(found("rumah"), ElementsAre("Rumah", "Foto rumah"));
  EXPECT_THAT(found("image"), IsEmpty()) << "no word of a person";
  EXPECT_THAT(found("%C3%A4rger"), ElementsAre("Ärger 你好 😀"));
  EXPECT_THAT(found("%E4%BD%A0"), ElementsAre("Ärger 你好 😀"));
}

TEST_F(MessageSearch, TakesTextsOfAnyKind) {
  const auto id = add("Ani");
  std::string words;
  for (int n = 0; n < 20'000; ++n) words += "w" + std::to_string(n) + ' ';
  write(id, words);
  write(id, std::string(5'000, 'x') + " panjang");
  write(id, "' \\ :* & | ! ( ) <-> % _ kutip");
  EXPECT_THAT(search("w77").json()["total"], 1);
  EXPECT_THAT(search("w19999").json()["total"], 0) << "beyond the first 8,192 characters";
  EXPECT_THAT(search("panjang").json()["total"], 1);
  EXPECT_THAT(search(std::string(100, 'x')).json()["total"], 1) << "64 letters of a word count";
  for (const auto* strange : {"kutip'", "%27%20kutip", "kutip%20%3A*%20%26%20%7C%20!%20(%5C"})
    EXPECT_THAT(search(strange).json()["total"], 1) << strange;
  for (const auto* nothing : {"%20", "%27", "%3F!", "%F0%9F%98%80", "-"})
    EXPECT_THAT(search(nothing).json()["data"], json::array()) << nothing;
}

// -- how it is shown ------------------------------------------------------------------------------

TEST_F(MessageSearch, ShowsWhereItStands) {
  const auto id = add("Ani");
  write(id, "Halo <b>Budi</b>: \"order\" 7 & orders, reorder");
  const auto got = search("budi+ord").json();
  EXPECT_EQ(got["complete"], true);
  auto one = got["data"][0];
  for (const auto* field : {"id", "contact_id", "rank"}) one.erase(field);
  EXPECT_EQ(one, (json{{"conversation_id", id},
                       {"contact_name", "Ani"},
                       {"channel", "whatsapp"},
                       {"direction", "inbound"},
                       {"type", "text"},
                       {"text", "Halo <b>Budi</b>: \"order\" 7 & orders, reorder"},
                       {"highlight",
                        "Halo &lt;b&gt;<mark>Budi</mark>&lt;/b&gt;: &quot;<mark>order</mark>&quot; "
                        "7 &amp; <mark>orders</mark>, reorder"},
                       {"sent_at", "2026-11-20T10:00:01.000Z"}}));
}

TEST_F(MessageSearch, ShowsAPieceOfALongText) {
  std::string around;
  for (int n = 0; n < 100; ++n) around += "kata ";
  write(add("Ani"), around + "emas " + around);
  const std::string shown = search("emas").json()["data"][0]["highlight"];
  EXPECT_TRUE(shown.starts_with("…") && shown.ends_with("…")) << shown;
  EXPECT_THAT(shown, testing::HasSubstr("kata <mark>emas</mark> kata"));
  EXPECT_LT(shown.size(), 230U);
}

TEST_F(MessageSearch, PutsTheBestFitFirstAndOfEqualsTheNewest) {
  const auto id = add("Ani");
  write(id, "a much longer text in which the word refund stands only once among many others");
  write(id, "refund one");
  write(id, "refund two");
  write(id, "refund, refund!");
  EXPECT_THAT(found("refund"), ElementsAre("refund, refund!", "refund two", "refund one",
                                           testing::StartsWith("a much")));
  const auto page = search("refund&per_page=2&page=2").json();
  EXPECT_EQ(page["data"][0]["text"], "refund one");
  EXPECT_EQ(page["total"], 4);
  EXPECT_EQ(page["total_pages"], 2);
}

// -- which are looked at --------------------------------------------------------------------------

TEST_F(MessageSearch, IsNarrowedByEveryFilter) {
  const auto ani = add("Ani");
  const auto budi = add("Budi");
  sql("update conversations set channel = 'instagram' where id = '" + budi + "'");
  write(ani, "halo a");
  write(ani, "halo b");
  write(budi, "halo c");
  EXPECT_THAT(found("halo"), ElementsAre("halo c", "halo b", "halo a"));
  EXPECT_THAT(found("halo&conversation_id=" + ani), ElementsAre("halo b", "halo a"));
  EXPECT_THAT(found("halo&conversation_id=" + budi), ElementsAre("halo c"));
  EXPECT_THAT(found(std::string("halo&conversation_id=") + nobody), IsEmpty());
  EXPECT_THAT(found("halo&channel=instagram"), ElementsAre("halo c"));
  EXPECT_THAT(found("halo&channel=whatsapp&direction=inbound"), ElementsAre("halo b", "halo a"));
  for (const std::string& where : {std::string(), "&conversation_id=" + ani}) {
    EXPECT_THAT(found("halo&direction=outbound" + where), IsEmpty());
    EXPECT_THAT(found("halo&to=2026-11-20T10:00:02Z" + where), ElementsAre("halo a"));
    EXPECT_THAT(found("halo&from=2026-11-20T10:00:02Z&to=2026-11-20T10:00:03Z" + where),
                ElementsAre("halo b"));
  }
  EXPECT_THAT(found("halo&from=2026-11-20T10:00:03Z"), ElementsAre("halo c"));
}

TEST_F(MessageSearch, ReachesBackThroughAllBlocks) {
  const auto id = add("Ani");
  write(id, "emas pertama");
  const auto many = add("Budi");
  write_many(many, "banyak", 20'000);
  write(id, "emas kedua");
  EXPECT_EQ(sql("select count(distinct message_block(seq)) from messages"), "3");
  EXPECT_THAT(found("emas"), ElementsAre("emas kedua", "emas pertama"));
  EXPECT_THAT(found("n77+banyak"), ElementsAre("banyak n77"));
  // As if an hour lay between each message and the next.
  sql("update messages set created_at = timestamptz '2026-11-20T10:00:00Z' - (20002 - seq) * "
      "interval '1 h', sent_at = timestamptz '2026-11-20T10:00:00Z' - (20002 - seq) * interval '1 "
      "h'");
  EXPECT_THAT(found("emas&to=2026-11-20T00:00:00Z"), ElementsAre("emas pertama"));
  EXPECT_THAT(found("emas&from=2026-11-20T00:00:00Z"), ElementsAre("emas kedua"));
  EXPECT_EQ(search("banyak&from=2025-01-01T00:00:00Z&to=2025-01-02T00:00:00Z").json()["total"], 24);
}

TEST_F(MessageSearch, RanksTheNewestOnly) {
  const auto free = add("Ani");
  write(free, "umum lama");
  const auto many = add("Budi", "assigned_agent_id", "'" + tenant.agent_id.to_string() + "'");
  write_many(many, "umum", 5'001);
  const auto all = search("umum").json();
  EXPECT_EQ(all["total"], 1'000);
  EXPECT_EQ(all["total_pages"], 50);
  EXPECT_EQ(all["complete"], false);
  EXPECT_EQ(all["data"].size(), 20U);
  EXPECT_EQ(search("umum+n5001").json()["complete"], true);
  EXPECT_THAT(found("lama"), ElementsAre("umum lama"));
  EXPECT_EQ(search("umum&conversation_id=" + many).json()["complete"], false);
  EXPECT_EQ(search("umum&conversation_id=" + free).json()["complete"], true);
  const auto key = server.make_agent(tenant.id, "siti@toko.example").second;
  const auto hers = search("umum", key).json();
  EXPECT_EQ(hers["total"], 0) << "5,000 newer ones that she does not see";
  EXPECT_EQ(hers["complete"], false);
  EXPECT_THAT(found("umum+lama", key), ElementsAre("umum lama"));
}

TEST_F(MessageSearch, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(server.call(tenant.api_key, "GET", "/api/messages/search").wrong_fields(),
              ElementsAre("q:required"));
  EXPECT_THAT(search("").wrong_fields(), ElementsAre("q:too_short"));
  EXPECT_THAT(search(std::string(201, 'x') + "&channel=fax&direction=up&from=now&page=1001" +
                     "&per_page=101&conversation_id=7")
                  .wrong_fields(),
              UnorderedElementsAre("q:too_long", "channel:not_in_enum", "direction:not_in_enum",
                                   "from:bad_format", "page:out_of_range", "per_page:out_of_range",
                                   "conversation_id:bad_format"));
  EXPECT_THAT(search("x&from=2026-11-20T10:00:00Z&to=2026-11-20T10:00:00Z").wrong_fields(),
              ElementsAre("to:before_from"));
}

// -- who sees what --------------------------------------------------------------------------------

TEST_F(MessageSearch, FindsWhatTheCallerSees) {
  const auto [siti, key] = server.make_agent(tenant.id, "siti@toko.example");
  const auto care = make_division("Care");
  const auto sales = make_division("Sales");
  join(sales, siti);
  const auto his = add("His", "assigned_agent_id", "'" + tenant.agent_id.to_string() + "'");
  write(add("Free"), "halo free");
  write(add("Hers", "assigned_agent_id", "'" + siti.to_string() + "'"), "halo hers");
  write(his, "halo his");
  write(add("Sales", "division_id", "'" + sales + "'"), "halo sales");
  write(add("Care", "division_id", "'" + care + "'"), "halo care");
  EXPECT_THAT(found("halo", key), ElementsAre("halo sales", "halo hers", "halo free"));
  EXPECT_THAT(found("halo&conversation_id=" + his, key), IsEmpty());
  EXPECT_EQ(found("halo").size(), 5U);
}

TEST_F(MessageSearch, FindsNothingOfAnotherTenant) {
  const auto id = add("Ani");
  write(id, "halo");
  EXPECT_THAT(found("halo", other.api_key), IsEmpty());
  EXPECT_THAT(found("halo&conversation_id=" + id, other.api_key), IsEmpty());
  // One whose words stand beside the tenant's in the index, as its id ends alike.
  const auto alike = "018f5b6e-7a3c-7c11-9d55-2f6f1e" + tenant.id.to_string().substr(30);
  sql("insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
      "sent_at) values ('" +
      alike + "', '" + id +
      "', 'inbound', 'x', 'text', '{\"text\": {\"body\": \"halo alike\"}}', "
      "now())");
  EXPECT_THAT(found("halo"), ElementsAre("halo"));
}

TEST_F(MessageSearch, NeedsItsPermission) {
  sql("insert into roles (tenant_id, name, permissions) values ('" + tenant.id.to_string() +
      "', 'none', '{agents.view}')");
  const auto [agent, key] = server.make_agent(tenant.id, "dewi@toko.example");
  sql("update agents set role_id = (select id from roles where name = 'none') where id = '" +
      agent.to_string() + "'");
  EXPECT_EQ(search("halo", key).code(), "permission_denied");
  EXPECT_EQ(search("halo", "").status, 401);
}

}  // namespace
}  // namespace omnistream::test
