// Nobody is two contacts: whoever hides the number, shows it later, or has another one.

#include <algorithm>
#include <random>

#include "tests/campaign_store/people_inbox.hpp"

namespace omnistream::test {
namespace {

/// Meta tells the user id also of those who show their number, and these may hide it later.
class WhoeverHidesTheNumber : public ::testing::Test, protected people_inbox {};

TEST_F(WhoeverHidesTheNumber, IsTheSamePersonInEveryOrder) {
  const std::pair<std::string, std::string> both{"6281201", "ID.7"}, hidden{"", "ID.7"},
      number{"6281201", ""};
  using heard = std::vector<std::pair<std::string, std::string>>;
  for (const auto& order : {heard{both, hidden, number}, heard{hidden, both, number, hidden},
                            heard{number, both, hidden}, heard{hidden, hidden, both},
                            heard{hidden, number, both}, heard{number, hidden, both, hidden}})
    for (const bool together : {true, false}) {
      sql("delete from contacts");
      sql("delete from conversations");
      std::vector<raw_webhook> list;
      for (const auto& [shown, id] : order) list.push_back(by(shown, id));
      if (together) apply(list);
      if (!together) apply_each(list);
      EXPECT_EQ(contacts(), "+6281201 ID.7 " + std::to_string(order.size())) << together;
    }
}

TEST_F(WhoeverHidesTheNumber, IsWhoHasTheNumberWhenItComesOut) {
  apply({by("", "ID.7"), by("6281201", "")});
  EXPECT_EQ(contacts(), "+6281201 - 1; - ID.7 1");
  const auto kept = contact("6281201");
  apply({by("6281201", "ID.7")});
  EXPECT_EQ(contacts(), "+6281201 ID.7 3");
  EXPECT_EQ(contact("6281201"), kept);
}

TEST_F(WhoeverHidesTheNumber, IsNotWhoHasAnotherNumber) {
  apply({by("6281201", "ID.7"), by("6281202", "")});
  apply({by("6281202", "ID.7")});
  EXPECT_EQ(contacts(), "+6281201 ID.7 1; +6281202 - 2") << "the number decides";
}

TEST_F(WhoeverHidesTheNumber, GetsTheNameThatIsToldLater) {
  apply({by("6281201", "ID.7", "")});
  apply({by("6281201", "ID.7", "Budi")});
  apply({by("", "ID.8", "")});
  apply({by("6281202", "ID.8", "Ani")});
  EXPECT_EQ(sql("select string_agg(name, ' ' order by phone_number) from contacts"), "Budi Ani");
}

TEST_F(WhoeverHidesTheNumber, GetsAnotherIdWithAnotherNumber) {
  apply({by("6281201", "ID.7"), by("6281202", "ID.8"), by("6281202", "ID.9")});
  EXPECT_EQ(contacts(), "+6281201 ID.7 1; +6281202 ID.9 2");
  apply({by("", "ID.8"), by("6281202", "ID.8")});
  EXPECT_EQ(contacts(), "+6281201 ID.7 1; +6281202 ID.9 4") << "what comes late changes no ids";
}

TEST_F(WhoeverHidesTheNumber, ChoosesAsOnePerson) {
  const auto choices = [this] {
    return sql(
        "select string_agg(concat_ws(' ', phone_number, whatsapp_user_id, opted_out_at is not "
        "null), '; ' order by phone_number) from contacts");
  };
  apply({by("", "ID.7"), by("6281201", "")});
  apply({preference("6281201", "ID.7", "stop")});
  EXPECT_EQ(choices(), "+6281201 ID.7 t");
  apply({preference("", "ID.7", "resume")});
  EXPECT_EQ(choices(), "+6281201 ID.7 f");
  apply({preference("6281299", "ID.99", "stop")});
  EXPECT_EQ(choices(), "+6281201 ID.7 f") << "who never wrote is no contact";
}

TEST_F(WhoeverHidesTheNumber, ChangesWhatTheyWroteByEitherId) {
  const auto edit_of = [](const std::string& wamid, const std::string& user_id) {
    auto change = on_whatsapp("", "e-" + wamid, 5, edit(wamid, "changed"));
    change.erase("from");
    change["from_user_id"] = user_id;
    return whatsapp({{"messages", nlohmann::json::array({change})}});
  };
  apply({edit_of("w1", "ID.7")});
  apply({by("6281201", "ID.7")});
  EXPECT_EQ(message("w1"), "text changed");
  apply({edit_of("w2", "ID.8")});
  apply({by("6281201", "ID.7")});
  EXPECT_EQ(message("w2"), "text x") << "somebody else's";
}

class WhoeverHasAnotherNumber : public ::testing::Test, protected people_inbox {
 protected:
  static constexpr std::int64_t moved_at = 100;

  raw_webhook from_old(std::int64_t at) { return by("6281201", "", "Budi", at); }
  raw_webhook from_new(std::int64_t at) { return by("6281202", "", "Budi", at); }
  raw_webhook news() { return moved("6281201", "6281202", moved_at); }
};

TEST_F(WhoeverHasAnotherNumber, IsTheSamePersonInEveryOrder) {
  std::vector<int> order{0, 1, 2, 3};
  do {
    for (const bool together : {true, false}) {
      sql("delete from contacts");
      sql("delete from conversations");
      sql("delete from messages");
      const std::vector<raw_webhook> told{from_old(1), news(), from_new(101), news()};
      std::vector<raw_webhook> list;
      for (const int which : order) list.push_back(told[static_cast<std::size_t>(which)]);
      if (together) apply(list);
      if (!together) apply_each(list);
      EXPECT_EQ(contacts(), "+6281202 - 4");
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(WhoeverHasAnotherNumber, KeepsTheContactAndTheConversation) {
  apply({from_old(1)});
  const auto who = contact("6281201");
  const auto conversation = conversation_of(who);
  apply({news()});
  EXPECT_EQ(contact("6281202"), who);
  apply({from_new(101)});
  EXPECT_EQ(conversation_of(who), conversation);
}

TEST_F(WhoeverHasAnotherNumber, LeavesTheOldOneToWhoeverGetsIt) {
  apply_each({from_old(1), news(), from_old(moved_at)});
  EXPECT_EQ(contacts(), "+6281202 - 3") << "written before";
  apply_each({from_old(moved_at + 1)});
  EXPECT_EQ(contacts(), "+6281201 - 1; +6281202 - 3");
}

TEST_F(WhoeverHasAnotherNumber, GetsTheUserIdOfTheNewOne) {
  apply_each({by("6281201", "ID.7"), by("6281202", "ID.8", "Budi", moved_at + 1), news()});
  EXPECT_EQ(contacts(), "+6281202 ID.8 3");
  apply_each({by("", "ID.7"), by("", "ID.8")});
  EXPECT_EQ(contacts(), "+6281202 ID.8 5");
}

TEST_F(WhoeverHasAnotherNumber, MayMoveAgainAndBack) {
  apply({by("6281201", "", "Budi", 1), moved("6281202", "6281203", 20),
         moved("6281201", "6281202", 10), by("6281203", "", "Budi", 21)});
  EXPECT_EQ(contacts(), "+6281203 - 4");
  apply_each({moved("6281203", "6281201", 30), by("6281201", "", "Budi", 31)});
  EXPECT_EQ(contacts(), "+6281201 - 6");
}

TEST_F(WhoeverHasAnotherNumber, MayHaveMovedOnWhenItIsTold) {
  apply_each({from_old(1), moved("6281202", "6281203", 20), moved("6281201", "6281202", 10),
              by("6281203", "", "Budi", 21)});
  EXPECT_EQ(contacts(), "+6281203 - 4");
  // Back, and the first news once more from another account.
  apply_each({moved("6281203", "6281201", 30), moved("6281201", "6281202", 10)});
  EXPECT_EQ(contacts(), "+6281201 - 6");
}

/// Numbers are given to somebody else after a while.
TEST_F(WhoeverHasAnotherNumber, IsNotWhoHadItBefore) {
  apply({from_new(1), from_old(50)});
  const auto stranger = contact("6281202"), who = contact("6281201");
  apply({news()});
  EXPECT_EQ(contact("6281202"), who);
  EXPECT_EQ(sql("select phone_number is null from contacts where id = '" + stranger + "'"), "t");
  apply({from_new(2)});
  EXPECT_EQ(contacts(), "+6281202 - 3; - - 1") << "late, the number decides";
  apply_each({from_old(moved_at + 50), moved("6281201", "6281202", moved_at)});
  EXPECT_EQ(contacts(), "+6281201 - 2; +6281202 - 3; - - 1") << "who has the old one by now stays";
}

/// Whatever comes in one webhook is what it would be in several.
TEST_F(WhoeverHasAnotherNumber, IsToldTogetherWithWhoeverGetsTheOldOne) {
  apply({from_old(1)});
  apply({from_old(moved_at + 50), news(), from_old(moved_at - 10)});
  EXPECT_EQ(contacts(), "+6281201 - 1; +6281202 - 3");
  apply({from_old(moved_at - 5), from_old(moved_at + 60)});
  EXPECT_EQ(contacts(), "+6281201 - 3; +6281202 - 3") << "late, the number decides";
}

TEST_F(WhoeverHasAnotherNumber, IsToldOfLateMessagesApart) {
  apply_each({from_old(1), news()});
  apply({from_old(moved_at - 10), from_old(moved_at + 50)});
  EXPECT_EQ(contacts(), "+6281201 - 1; +6281202 - 3");
}

TEST_F(WhoeverHasAnotherNumber, MayBeToldALittleLaterElsewhere) {
  apply_each(
      {from_old(1), news(), from_new(moved_at + 1), moved("6281201", "6281202", moved_at + 5)});
  EXPECT_EQ(contacts(), "+6281202 - 4");
}

TEST_F(WhoeverHasAnotherNumber, IsFoundInCampaignsByBoth) {
  sql("insert into contacts (tenant_id, phone_number) values ('" + world.id(world.tenant) +
      "', '+6281201')");
  const auto older = contact("6281201");
  auto recipients = std::make_shared<recipients_to_add>();
  for (const auto* number : {"+6281201", "+6281202", "+6281203"})
    recipients->numbers.push_back({number, std::nullopt});
  ASSERT_TRUE(world.add(recipients).ok());
  apply({news()});
  EXPECT_EQ(contact("6281202"), older);
  EXPECT_EQ(sql("select string_agg((contact_id = '" + older +
                "')::text, ' ' order by seq) from campaign_recipients"),
            "true true false");
}

TEST_F(WhoeverHasAnotherNumber, ChangesWhatTheOldOneWrote) {
  apply({from_old(1), news()});
  apply({whatsapp({{"messages", {on_whatsapp("6281201", "e1", 50, edit("w1", "changed"))}}})});
  EXPECT_EQ(message("w1"), "text changed");
}

TEST_F(WhoeverHasAnotherNumber, IsToldInOlderWaysToo) {
  apply({from_old(1)});
  apply({whatsapp(
      {{"messages",
        {on_whatsapp(
            "6281201", "s1", moved_at,
            {{"type", "system"},
             {"system", {{"new_wa_id", "6281202"}, {"type", "customer_changed_number"}}}})}}})});
  EXPECT_EQ(contacts(), "+6281202 - 2");
}

TEST_F(WhoeverHasAnotherNumber, IsNotMovedByOddNews) {
  const auto odd = [](const nlohmann::json& system) {
    static int last = 0;
    return whatsapp({{"messages",
                      {on_whatsapp("6281201", "odd" + std::to_string(++last), moved_at,
                                   {{"type", "system"}, {"system", system}})}}});
  };
  apply({from_old(1)});
  apply({odd({{"type", "user_changed_number"}}), odd("text"), odd(nullptr),
         odd({{"type", "user_changed_number"}, {"wa_id", ""}}),
         odd({{"type", "user_changed_number"}, {"wa_id", "ID.7"}}),
         odd({{"type", "user_changed_number"}, {"wa_id", std::string(600, '1')}}),
         odd({{"type", "user_changed_number"}, {"wa_id", {{"a", 1}}}}),
         odd({{"type", "user_changed_number"}, {"wa_id", "6281201"}}),
         odd({{"type", "something_else"}, {"wa_id", "6281209"}})});
  EXPECT_EQ(contacts(), "+6281201 - 10");
}

/// Three people who show and hide ids and move, told in any order, a part of it twice, in any
/// batches: three contacts with one conversation each, and all messages in it.
TEST(OnePerson, IsOneWhateverTheOrder) {
  people_inbox inbox;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    std::vector<raw_webhook> list;
    for (int who = 1; who <= 3; ++who) {
      const auto old_number = "62811" + std::to_string(who);
      const auto new_number = "62812" + std::to_string(who);
      const auto old_id = "OLD." + std::to_string(who), new_id = "NEW." + std::to_string(who);
      list.push_back(inbox.by(old_number, old_id, "P", 1));
      list.push_back(inbox.by("", old_id, "P", 2));
      list.push_back(inbox.by(old_number, "", "P", 3));
      list.push_back(inbox.moved(old_number, new_number, 10));
      list.push_back(inbox.by(new_number, "", "P", 11));
      list.push_back(inbox.by("", new_id, "P", 12));
      list.push_back(inbox.by(new_number, new_id, "P", 13));
    }
    const auto messages = list.size();
    for (std::size_t i = 0; i < messages / 3; ++i) list.push_back(list[random() % messages]);
    std::shuffle(list.begin(), list.end(), random);
    for (auto next = list.begin(); next != list.end();) {
      const auto batch = std::min<std::ptrdiff_t>(list.end() - next, 1 + random() % 6);
      inbox.apply({next, next + batch});
      next += batch;
    }
    EXPECT_EQ(
        inbox.sql(
            "select string_agg(coalesce(phone_number, '-') || ' ' || (select count(*) || ' ' || "
            "sum(v.unread_count) || ' ' || sum((select count(*) from messages m where "
            "m.conversation_id = v.id)) from conversations v where v.contact_id = "
            "c.id), '; ' order by phone_number) from contacts c"),
        "+628121 1 6 7; +628122 1 6 7; +628123 1 6 7")
        << "seed " << seed;
    inbox.sql("delete from messages");
    inbox.sql("delete from conversations");
    inbox.sql("delete from contacts");
  }
}

}  // namespace
}  // namespace omnistream::test
