#include "actors/ingest/attempt.hpp"

#include <exception>
#include <utility>

#include "config/base/utf8.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::database_error;

std::string shortened(std::string text) {
  if (text.size() <= cause_bytes_max) return text;
  text.resize(cause_bytes_max);
  while (!text.empty() && !is_utf8(text)) text.pop_back();
  return text + "...";
}

}  // namespace

std::optional<std::string> attempt(storage::session& in, const std::function<void()>& change) {
  in.execute(sql::savepoint_set);
  std::string cause;
  try {
    change();
    in.execute(sql::savepoint_release);
    return std::nullopt;
  } catch (const database_error& error) {
    using kind = database_error::kind;
    if (error.what_kind() != kind::conflict && error.what_kind() != kind::timed_out &&
        error.what_kind() != kind::other)
      throw;
    cause = error.what();
  } catch (const std::exception& error) {
    cause = error.what();
  }
  in.execute(sql::savepoint_return);
  in.execute(sql::savepoint_release);
  return shortened(storable_text(cause));
}

}  // namespace omnistream::actors
