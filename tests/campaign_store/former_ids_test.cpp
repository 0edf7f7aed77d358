// By which ids people were known before, and what is done with them.

#include "tests/campaign_store/people_inbox.hpp"

namespace omnistream::test {
namespace {

class FormerIds : public ::testing::Test, protected people_inbox {
 protected:
  std::string opted_out() {
    return sql(
        "select string_agg(coalesce(phone_number, '-') || ' ' || (opted_out_at is not null), '; ' "
        "order by phone_number) from contacts");
  }
  /// Makes one of two contacts, of which both have a number: who has the first one stays.
  void merge(const std::string& kept, const std::string& gone) {
    EXPECT_EQ(
        sql("select is_done from merge_contacts('" + contact(kept) + "', '" + contact(gone) + "')"),
        "t");
  }
};

/// A person may have typed it wrong, and it may be a stranger's.
TEST_F(FormerIds, ThatAPersonCorrectedSayNothingOfWhoSomebodyIs) {
  sql("insert into contacts (tenant_id, phone_number, name) values ('" + world.id(world.tenant) +
      "', '+6281202', 'Typed')");
  sql("update contacts set phone_number = '+6281203' where phone_number = '+6281202'");
  apply({by("6281205", "", "Budi", 1)});
  apply({moved("6281205", "6281202", 100)});
  EXPECT_EQ(contacts(), "+6281202 - 2");
  EXPECT_EQ(sql("select count(*) from contacts"), "2");
}

TEST_F(FormerIds, CanStillSayStop) {
  apply({by("6281201", "ID.7", "Budi", 1)});
  apply({moved("6281201", "6281202", 100), by("6281202", "ID.8", "Budi", 101)});
  ASSERT_EQ(opted_out(), "+6281202 false");
  apply({preference("", "ID.7", "stop")});
  EXPECT_EQ(opted_out(), "+6281202 true");
  apply({preference("", "ID.8", "resume")});
  ASSERT_EQ(opted_out(), "+6281202 false");
  apply({preference("6281201", "", "stop", 50)});
  EXPECT_EQ(opted_out(), "+6281202 true") << "said before the number was left";
  EXPECT_EQ(sql("select extract(epoch from opted_out_at)::bigint - " + std::to_string(base_s) +
                " from contacts"),
            "50");
  apply({preference("", "ID.8", "resume"), preference("6281201", "", "stop", 150)});
  EXPECT_EQ(opted_out(), "+6281202 false") << "somebody else's by then";
}

TEST_F(FormerIds, ThatTwoHadAreOneOfTheOneContact) {
  apply({by("6281201", ""), by("6281202", "")});
  sql("insert into contact_former_ids (tenant_id, whatsapp_id, contact_id, left_at, by_whatsapp) "
      "select tenant_id, '+6281202', id, now(), false from contacts where phone_number = "
      "'+6281202'");
  merge("6281201", "6281202");
  EXPECT_EQ(sql("select string_agg(whatsapp_id || ' ' || by_whatsapp, ';') from "
                "contact_former_ids"),
            "+6281202 true");
}

TEST_F(FormerIds, IncludeAnAddressOfMails) {
  apply({by("6281201", ""), by("6281202", "")});
  sql("update contacts set email = case phone_number when '+6281201' then 'a@x.example' else "
      "'B@x.example' end");
  merge("6281201", "6281202");
  apply({mailed("b@x.example", "1"), mailed("a@x.example", "2")});
  EXPECT_EQ(sql("select count(*) from contacts"), "1");
  EXPECT_EQ(sql("select count(*) from conversations where channel = 'email'"), "1");
}

TEST_F(FormerIds, OfWhoIsDueToBecomeOneGoOnBeingDue) {
  apply({by("6281201", ""), by("6281202", ""), by("6281203", "")});
  sql("insert into contact_merges_due (kept_id, gone_id, tenant_id) select '" + contact("6281202") +
      "', '" + contact("6281203") + "', '" + world.id(world.tenant) + "'");
  merge("6281201", "6281202");
  ASSERT_TRUE(apply_again().ok());
  EXPECT_EQ(contacts(), "+6281201 - 3");
  EXPECT_EQ(sql("select count(*) from contact_merges_due"), "0");
}

/// It is WhatsApp that says it, not the person.
TEST_F(FormerIds, ThatAreLeftOpenNoServiceWindow) {
  apply({by("6281201", "", "Budi", 1)});
  sql("update conversations set status = 'resolved', resolved_at = now(), unread_count = 0");
  apply({moved("6281201", "6281202", 100)});
  EXPECT_EQ(sql("select concat_ws(' ', status, unread_count, extract(epoch from "
                "last_inbound_at)::bigint - " +
                std::to_string(base_s) + ", last_message_type) from conversations"),
            "resolved 0 1 system");
}

}  // namespace
}  // namespace omnistream::test
