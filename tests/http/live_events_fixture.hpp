#pragma once

#include <string>
#include <utility>

#include "storage/statement.hpp"
#include "tests/http/conversations_fixture.hpp"
#include "tests/support/event_stream.hpp"

namespace omnistream::test {

/// Two agents beside the admin, who watch GET /api/events.
class LiveEvents : public Conversations {
 protected:
  event_stream stream(const std::string& key, const std::string& after = "",
                      const std::string& query = "") {
    return {server.port(), "X-API-Key: " + key, after, query};
  }
  /// Runs it as the server does, so that the server hears of what was written.
  std::string in_server(const std::string& text) {
    const storage::statement once{"once", text.c_str(), 0};
    auto got = server.services().pool.run(storage::access::engine(), [&once](storage::session& in) {
      const auto rows = in.execute(once);
      return rows.empty() ? std::string() : std::string(rows.text(0, 0));
    });
    EXPECT_TRUE(got) << text;
    return got ? *got : "";
  }
  /// Somebody writes in a conversation.
  std::string hear(const std::string& conversation, const std::string& text = "Halo") {
    return in_server(
        "insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
        "sent_at) select tenant_id, id, 'inbound', 'wamid.' || gen_random_uuid(), 'text', "
        "json_build_object('text', json_build_object('body', '" +
        text + "')), now() from conversations where id = '" + conversation + "' returning id");
  }
  static std::string quoted(const std::string& text) { return "'" + text + "'"; }

  /// Ready, with the position it says.
  static void expect_ready(event_stream& of, bool resumed = false) {
    ASSERT_EQ(of.status(), 200) << of.head();
    const auto first = of.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->type, "ready");
    EXPECT_EQ(first->data["resumed"], resumed);
    EXPECT_EQ(first->id.empty(), resumed);
  }
  static void expect_text(event_stream& of, const std::string& text) {
    const auto got = of.next_change();
    ASSERT_TRUE(got) << "instead of " << text;
    EXPECT_EQ(got->type, "message.received");
    EXPECT_EQ(got->data["data"]["content"]["text"]["body"], text);
  }

  /// Siti looks for a moment; the position at which she left.
  std::string left() {
    auto events = stream(siti.second);
    expect_ready(events);
    return events.position();
  }

  std::pair<uuid, std::string> siti = server.make_agent(tenant.id, "siti@toko.example");
  std::pair<uuid, std::string> budi = server.make_agent(tenant.id, "budi@toko.example");
};

}  // namespace omnistream::test
