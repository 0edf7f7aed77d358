#include "actors/ingest/own_echo.hpp"

#include "storage/queries.hpp"

namespace omnistream::actors {

bool is_own_echo(storage::session& in, const receiving_account& account,
                 const messaging_event& echo) {
  return in
      .execute(storage::queries::outgoing_echo, account.tenant_id, account.id, echo.channel,
               echo.person, echo.external_id, echo.content_json)
      .boolean(0, 0);
}

}  // namespace omnistream::actors
