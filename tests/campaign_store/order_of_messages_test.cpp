// What is said to and fro on WhatsApp stands in the order in which it was, although its times have
// whole seconds.

#include "tests/campaign_store/answered_inbox.hpp"

namespace omnistream::test {
namespace {

class OrderOfMessages : public ::testing::Test, protected answered_inbox {
 protected:
  std::string texts() {
    return sql(
        "select string_agg(coalesce(content #>> '{text,body}', ''), ' ' order by sent_at, id) from "
        "messages");
  }
  void write(const std::string& what) {
    auto message = on_whatsapp("6281201", "in." + what, base_now(), text(what));
    apply({whatsapp({{"messages", {message}}})});
  }
};

TEST_F(OrderOfMessages, IsThatInWhichTheyWereSaid) {
  write("a");
  const auto chat = conversation_of(contact("6281201"));
  std::string said = "a";
  for (int i = 0; i < 5; ++i) {
    const auto number = std::to_string(i);
    taken(chat, "to" + number);
    write("fro" + number);
    said += " to" + number + " fro" + number;
  }
  EXPECT_EQ(texts(), said);
}

TEST_F(OrderOfMessages, IsThatOfManyAtOnce) {
  write("a");
  const auto chat = conversation_of(contact("6281201"));
  const auto at = system_now();
  std::string said = "a";
  for (int i = 0; i < 30; ++i) {
    const auto one = "m" + std::to_string(i);
    taken(chat, one, at);
    said += " " + one;
  }
  EXPECT_EQ(texts(), said);
}

TEST_F(OrderOfMessages, ShowsWhatAllTimesThereHave) {
  write("a");
  taken(conversation_of(contact("6281201")), "b");
  EXPECT_EQ(sql("select count(*) from messages where sent_at <> date_trunc('second', sent_at)"),
            "0");
}

}  // namespace
}  // namespace omnistream::test
