#include "actors/expiration/expiration_store_sql.hpp"

#include <utility>

#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

class store final : public expiration_store {
 public:
  explicit store(storage::pool& pool) : pool_(pool) {}

  void expire(int at_most, std::function<void(result<int>)> done) override {
    pool_.submit(
        storage::access::engine(),
        [at_most](storage::session& in) {
          const auto ended = in.execute(storage::queries::conversations_expire_due, at_most);
          return static_cast<int>(ended.integer(0, 0));
        },
        std::move(done));
  }

 private:
  storage::pool& pool_;
};

}  // namespace

std::unique_ptr<expiration_store> make_expiration_store(storage::pool& pool) {
  return std::make_unique<store>(pool);
}

}  // namespace omnistream::actors
