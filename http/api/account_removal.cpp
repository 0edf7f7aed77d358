#include "http/api/account_connection.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;

result<actors::answer> remove(storage::session& in, const uuid& id, std::vector<uuid>& waiting) {
  in.execute(sql::integration_accounts_lock);
  const auto row = in.execute(sql::integration_account_for_update, id);
  if (row.empty()) return problems::not_found("account");
  const std::string channel(row.text(0, 0));
  const bool is_default = row.boolean(0, 6);
  const auto campaigns =
      in.execute(sql::integration_account_in_use, id, is_default && channel == "whatsapp");
  if (campaigns.integer(0, 0) > 0)
    return problems::wrong_state(account_in_use.code, account_in_use.doc);
  waiting.clear();
  const auto conversations = in.execute(sql::outgoing_of_account, id);
  for (int i = 0; i < conversations.size(); ++i) waiting.push_back(conversations.id(i, 0));
  in.execute(sql::integration_account_delete, id);
  if (is_default) in.execute(sql::integration_account_promote, channel);
  return actors::answer{200, R"({"message":"The account is gone."})"};
}

}  // namespace

const contract::failure account_in_use{
    409, "account_in_use", "A campaign is scheduled or being sent through it; cancel it first."};

/// What waits in conversations for the account fails: their actors find it gone.
void remove_account(services& with, const uuid& tenant, const uuid& account,
                    actors::reply_ptr answer) {
  const auto waiting = std::make_shared<std::vector<uuid>>();
  with.engine.query(
      [&with, tenant, account, waiting](const actors::reply_ptr& counted) {
        with.pool.submit(
            storage::access::tenant(tenant),
            [account, waiting](storage::session& in) { return remove(in, account, *waiting); },
            [&with, waiting, counted](result<actors::answer> done) {
              if (done) with.engine.wake_conversations(*waiting);
              (*counted)(std::move(done));
            });
      },
      std::move(answer));
}

}  // namespace omnistream::http::api
