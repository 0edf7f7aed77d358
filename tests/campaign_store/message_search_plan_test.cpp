// How PostgreSQL carries out a search in messages, of which there may be millions. The function
// that searches hides its plan, so what it did is counted.

#include "storage/queries.hpp"
#include "tests/campaign_store/store_world.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

class MessageSearchPlan : public ::testing::Test {
 protected:
  MessageSearchPlan() {
    world.sql("insert into conversations (tenant_id, contact_id, account_id, channel) select '" +
              world.id(world.tenant) +
              "', uuid_v7(), uuid_v7(), 'whatsapp' from generate_series(1, 200)");
    world.sql(
        "insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
        "sent_at) select v.tenant_id, v.id, 'inbound', v.id || ' ' || n, 'text', json_build_object("
        "'text', json_build_object('body', 'kata n' || n)), now() from conversations v, "
        "generate_series(1, 100) n");
    world.sql("vacuum analyze messages");
  }
  void search(const std::string& words) {
    world.sql(
        "set role omnistream_api; set plan_cache_mode = force_generic_plan; set "
        "omnistream.tenant = '" +
        world.id(world.tenant) + "'; prepare it as " +
        std::string(storage::queries::messages_search.sql) + "; execute it ('" +
        world.id(world.tenant) + "', true, '" + words + "', null, null, null, null, null, 1, 20)");
  }
  std::string count(const std::string& what, const std::string& from) {
    return world.sql("select " + what + " from " + from);
  }

  store_world world;
};

/// Blocks: 20,000 messages are three.
TEST_F(MessageSearchPlan, ReadsTheIndexBlockByBlock) {
  const auto scans = [this] {
    return count("idx_scan", "pg_stat_user_indexes where indexrelname = 'messages_search'");
  };
  const auto whole_reads = [this] {
    return count("seq_scan", "pg_stat_user_tables where relname = 'messages'");
  };
  const auto read_before = whole_reads();
  ASSERT_EQ(scans(), "0");
  search("nothing");
  EXPECT_TRUE(eventually([&] { return scans() == "3"; })) << scans();
  search("kata");
  EXPECT_TRUE(eventually([&] { return scans() == "4"; }))
      << scans() << ": a common word ends the search in the newest block";
  EXPECT_EQ(whole_reads(), read_before);
}

}  // namespace
}  // namespace omnistream::test
