#include "storage/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <libpq-fe.h>
#include <poll.h>

#include "config/base/log.hpp"
#include "storage/errors.hpp"

namespace omnistream::storage {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How long after statement_timeout a silent server counts as lost.
constexpr milliseconds answer_grace{5'000};

void append_ids(std::vector<uuid>& ids, std::string_view list) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    if (const auto id = uuid::parse(list.substr(0, end))) ids.push_back(*id);
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

/// SQLSTATEs of the notices that name who has new events: see announce_events() and
/// announce_live_event() in the migrations.
constexpr std::string_view to_webhooks = "OM001";
constexpr std::string_view to_tenants = "OM002";

std::string_view field(const pg_result* result, int which) {
  const char* text = PQresultErrorField(result, which);
  return text != nullptr ? text : std::string_view{};
}

/// Notices are either ours, or nothing that anybody needs to know.
void take_notice(void* announced, const pg_result* result) {
  const auto text = field(result, PG_DIAG_MESSAGE_PRIMARY);
  const auto kind = field(result, PG_DIAG_SQLSTATE);
  auto& who = *static_cast<announced_events*>(announced);
  if (kind == to_webhooks)
    append_ids(who.webhooks, text);
  else if (kind == to_tenants)
    append_ids(who.tenants, text);
  else if (field(result, PG_DIAG_SEVERITY_NONLOCALIZED) != "NOTICE")
    log::warn("storage", "PostgreSQL warns", {{"notice", text}});
}

std::unique_ptr<pg_conn, void (*)(pg_conn*)> connect(const connection_options& options) {
  const auto timeout_s =
      std::to_string(std::max<std::int64_t>(2, (options.connect_timeout.count() + 999) / 1'000));
  // What stands before dbname can be overridden in the URL, what stands after it cannot.
  const std::array<const char*, 10> keys{"connect_timeout",     "application_name",
                                         "keepalives",          "keepalives_idle",
                                         "keepalives_interval", "keepalives_count",
                                         "tcp_user_timeout",    "dbname",
                                         "client_encoding",     nullptr};
  const std::array<const char*, 10> values{timeout_s.c_str(),
                                           "omnistream",
                                           "1",
                                           "10",
                                           "5",
                                           "3",
                                           "30000",
                                           options.database_url.c_str(),
                                           "UTF8",
                                           nullptr};
  return {PQconnectdbParams(keys.data(), values.data(), 1), &PQfinish};
}

std::string set(const char* name, milliseconds value) {
  return "SET " + std::string(name) + " = " + std::to_string(value.count()) + ";";
}

std::string set_up(const connection_options& options) {
  std::string sql =
      "SET client_min_messages = notice; SET timezone = 'UTC'; SET datestyle = 'ISO';"
      // Statements are short: compiling them would take longer than running them.
      "SET jit = off;"
      // One plan for all values. A campaign that began after the last ANALYZE is not in the
      // statistics: planned for its id, it counts as having one row, and every batch would read it
      // whole.
      "SET plan_cache_mode = force_generic_plan;";
  sql += set("statement_timeout", options.statement_timeout);
  sql += set("lock_timeout", options.lock_timeout);
  sql += set("idle_in_transaction_session_timeout", options.idle_in_transaction_timeout);
  if (!options.role.empty()) sql += "SET ROLE " + options.role + ";";
  return sql;
}

/// libpq takes C strings: a NUL inside a value would silently cut it.
void refuse_nul(const arguments& with) {
  for (const auto& value : with.values())
    if (value && value->find('\0') != std::string::npos)
      throw database_error(database_error::kind::other, "22021", "",
                           "a text argument holds a NUL character");
}

std::size_t size_of(const arguments& with) {
  std::size_t bytes = 0;
  for (const auto& value : with.values()) bytes += value ? value->size() : 0;
  return bytes;
}

std::vector<const char*> pointers(const arguments& with) {
  refuse_nul(with);
  std::vector<const char*> list;
  list.reserve(with.values().size());
  for (const auto& value : with.values()) list.push_back(value ? value->c_str() : nullptr);
  return list;
}

bool failed(const pg_result* result) {
  const auto status = PQresultStatus(result);
  return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY;
}

/// Waits for the socket; false when `deadline` passed (epoch: no deadline).
bool readable(int socket, steady_clock::time_point deadline) {
  for (;;) {
    int wait_ms = -1;
    if (deadline != steady_clock::time_point{}) {
      const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
      wait_ms = static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
    }
    pollfd waiting{socket, POLLIN, 0};
    const int ready = poll(&waiting, 1, wait_ms);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
    if (ready == 0 && wait_ms == 0) return false;
  }
}

}  // namespace

void connection::closer::operator()(pg_conn* open) const {
  PQfinish(open);
}

connection::connection(const connection_options& options) {
  connection_.reset(connect(options).release());
  if (connection_ == nullptr) throw std::bad_alloc();
  if (PQstatus(connection_.get()) != CONNECTION_OK)
    throw error_of(connection_.get(), nullptr, false);
  PQsetNoticeReceiver(connection_.get(), &take_notice, announced_.get());
  if (options.statement_timeout.count() > 0)
    answer_timeout_ = options.statement_timeout + answer_grace;
  simple(set_up(options));
}

void connection::check_sent(int sent) {
  if (sent == 0) throw error_of(connection_.get(), nullptr, false);
}

void connection::note_size(std::size_t bytes) {
  constexpr std::size_t carried_bytes_max = 8 << 20;
  swollen_ = swollen_ || bytes > carried_bytes_max;
}

rows connection::simple(const std::string& sql) {
  check_sent(PQsendQuery(connection_.get(), sql.c_str()));
  return await();
}

rows connection::prepared(const char* name, const arguments& with) {
  const auto values = pointers(with);
  note_size(size_of(with));
  check_sent(PQsendQueryPrepared(connection_.get(), name, static_cast<int>(values.size()),
                                 values.data(), nullptr, nullptr, 0));
  return await();
}

rows connection::unprepared(const char* sql, const arguments& with) {
  const auto values = pointers(with);
  note_size(size_of(with));
  check_sent(PQsendQueryParams(connection_.get(), sql, static_cast<int>(values.size()), nullptr,
                               values.data(), nullptr, nullptr, 0));
  return await();
}

void connection::await_input(bool committing) {
  const auto deadline = answer_timeout_.count() > 0 ? steady_clock::now() + answer_timeout_
                                                    : steady_clock::time_point{};
  while (PQisBusy(connection_.get()) != 0) {
    if (!readable(PQsocket(connection_.get()), deadline)) {
      connection_.reset();
      throw database_error(classify("", false, committing), "", "", "the database does not answer");
    }
    if (PQconsumeInput(connection_.get()) == 0) return;  // PQgetResult tells why
  }
}

rows connection::await(bool committing) {
  using owned_result = std::unique_ptr<pg_result, decltype(&PQclear)>;
  owned_result last(nullptr, &PQclear);
  for (;;) {
    await_input(committing);
    owned_result next(PQgetResult(connection_.get()), &PQclear);
    if (next == nullptr) break;
    // The first failure tells the cause; what follows it is an echo.
    if (last == nullptr || !failed(last.get())) last = std::move(next);
    if (PQstatus(connection_.get()) != CONNECTION_OK) break;
  }
  if (last == nullptr || failed(last.get()))
    throw error_of(connection_.get(), last.get(), committing);
  note_size(PQresultMemorySize(last.get()));
  return rows(last.release());
}

void connection::prepare(std::span<const statement* const> statements) {
  check_sent(PQenterPipelineMode(connection_.get()));
  for (const auto* each : statements)
    check_sent(PQsendPrepare(connection_.get(), each->name, each->sql, 0, nullptr));
  check_sent(PQpipelineSync(connection_.get()));
  read_prepared(statements);
  check_sent(PQexitPipelineMode(connection_.get()));
}

void connection::read_prepared(std::span<const statement* const> statements) {
  using owned_result = std::unique_ptr<pg_result, decltype(&PQclear)>;
  for (const auto* each : statements) {
    await_input(false);
    owned_result answer(PQgetResult(connection_.get()), &PQclear);
    if (answer == nullptr || failed(answer.get())) {
      const auto error = error_of(connection_.get(), answer.get(), false);
      throw database_error(
          error.what_kind(), error.sqlstate(), "",
          "statement " + std::string(each->name) + " cannot be prepared: " + error.what());
    }
    owned_result end(PQgetResult(connection_.get()), &PQclear);  // NULL ends each command's answers
  }
  await_input(false);
  owned_result sync(PQgetResult(connection_.get()), &PQclear);
  if (PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC)
    throw error_of(connection_.get(), sync.get(), false);
}

void connection::commit() {
  if (PQtransactionStatus(connection_.get()) == PQTRANS_INERROR) {
    rollback();
    throw std::logic_error(
        "a job went on after a statement had failed; its transaction was rolled back");
  }
  if (!alive())
    throw database_error(database_error::kind::unavailable, "", "", "lost before COMMIT");
  if (PQsendQuery(connection_.get(), "COMMIT") == 0)
    throw error_of(connection_.get(), nullptr, true);
  await(true);
}

void connection::rollback() noexcept {
  try {
    if (connection_ == nullptr || PQtransactionStatus(connection_.get()) == PQTRANS_IDLE) return;
    simple("ROLLBACK");
  } catch (const std::exception&) {
    connection_.reset();  // whatever it was, the server rolls back what is not committed
  }
}

bool connection::alive() {
  if (connection_ == nullptr || PQstatus(connection_.get()) != CONNECTION_OK) return false;
  pollfd waiting{PQsocket(connection_.get()), POLLIN, 0};
  if (poll(&waiting, 1, 0) <= 0) return true;
  // Nobody asked, so it is a notice, a changed parameter, or the end. The farewell and the end of
  // the stream may come in one go, then libpq has to be asked twice.
  for (int reads = 0; reads < 2; ++reads)
    if (PQconsumeInput(connection_.get()) == 0) return false;
  PQisBusy(connection_.get());
  return PQstatus(connection_.get()) == CONNECTION_OK;
}

announced_events connection::take_announced() {
  for (auto* ids : {&announced_->webhooks, &announced_->tenants}) {
    std::sort(ids->begin(), ids->end());
    ids->erase(std::unique(ids->begin(), ids->end()), ids->end());
  }
  return std::exchange(*announced_, {});
}

int connection::socket() const {
  return connection_ != nullptr ? PQsocket(connection_.get()) : -1;
}

int connection::server_version() const {
  return PQserverVersion(connection_.get());
}

}  // namespace omnistream::storage
