#pragma once

#include <string>
#include <vector>

#include "tests/http/conversations_fixture.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {

/// Agents who write to people.
class Messages : public Conversations {
 protected:
  /// A conversation whose contact wrote a minute ago.
  std::string chat(const std::string& name = "Budi") {
    const auto id = add(name);
    sql("update conversations set last_inbound_at = now() - interval '1 minute' where id = '" + id +
        "'");
    return id;
  }
  api_answer send(const std::string& id, const json& body, const std::string& key = "") {
    header_lines headers{{"X-API-Key", tenant.api_key}};
    if (!key.empty()) headers.push_back({"Idempotency-Key", key});
    return server.send("POST", "/api/conversations/" + id + "/messages", body.dump(), headers);
  }
  static json text(const std::string& body) {
    return {{"type", "text"}, {"text", {{"body", body}}}};
  }
  /// One that the contact wrote; its id.
  std::string write(const std::string& in, const std::string& external_id,
                    const std::string& type) {
    return sql(
        "insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
        "sent_at) values ('" +
        tenant.id.to_string() + "', '" + in + "', 'inbound', '" + external_id + "', '" + type +
        "', '{}', now()) returning id");
  }
  /// The newest message of a conversation.
  json newest(const std::string& id) {
    return call("GET", "/" + id + "/messages").json()["data"][0];
  }
  json await_status(const std::string& id, const std::string& status) {
    EXPECT_TRUE(eventually([&] { return newest(id)["status"] == status; })) << newest(id);
    return newest(id);
  }
  /// What was handed to Meta.
  std::vector<json> handed() {
    std::vector<json> bodies;
    for (const auto& one : server.sender().sent()) bodies.push_back(json::parse(one.body));
    return bodies;
  }
};

}  // namespace omnistream::test
