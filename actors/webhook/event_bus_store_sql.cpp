#include "actors/webhook/event_bus_store_sql.hpp"

#include <algorithm>
#include <utility>

#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::access;
using storage::session;

class store final : public event_bus_store {
 public:
  explicit store(storage::pool& pool) : pool_(pool) {}

  void waiting(bool ahead, std::function<void(result<std::vector<uuid>>)> done) override {
    pool_.submit(
        access::engine(),
        [ahead](session& in) {
          const auto list = in.execute(sql::webhooks_waiting, ahead);
          std::vector<uuid> found;
          for (int i = 0; i < list.size(); ++i) found.push_back(list.id(i, 0));
          return found;
        },
        std::move(done));
  }

  void forget(kept_days kept, std::function<void(result<forgotten>)> done) override {
    pool_.submit(
        access::engine(),
        [kept](session& in) -> result<forgotten> {
          const auto deliveries =
              in.execute(sql::webhook_deliveries_forget, kept.deliveries, forgotten_at_once_max);
          const auto events =
              in.execute(sql::webhook_outbox_forget, kept.events, forgotten_at_once_max);
          auto most = std::max(deliveries.integer(0, 0), events.integer(0, 0));
          // After the deliveries that have their bodies in them.
          if (most < forgotten_at_once_max)
            most = in.execute(sql::webhook_events_forget, kept.deliveries, forgotten_at_once_max)
                       .integer(0, 0);
          return forgotten{events.integer(0, 1), most == forgotten_at_once_max};
        },
        std::move(done));
  }

 private:
  static constexpr int forgotten_at_once_max = 5'000;

  storage::pool& pool_;
};

}  // namespace

std::unique_ptr<event_bus_store> make_event_bus_store(storage::pool& pool) {
  return std::make_unique<store>(pool);
}

}  // namespace omnistream::actors
