#include "config/base/result.hpp"

namespace omnistream::problems {

problem not_found(std::string what) {
  return {404, "not_found", "There is no " + what + " with this id.", {}, {}};
}

problem wrong_state(std::string code, std::string detail) {
  return {409, std::move(code), std::move(detail), {}, {}};
}

problem conflict(std::string code, std::string detail) {
  return {409, std::move(code), std::move(detail), {}, {}};
}

problem invalid(std::vector<field_error> errors) {
  return {422, "invalid", "Some fields are not valid; see errors.", std::move(errors), {}};
}

problem invalid_field(std::string field, std::string code, std::string message) {
  return invalid({{std::move(field), std::move(code), std::move(message)}});
}

problem bad_request(std::string code, std::string detail) {
  return {400, std::move(code), std::move(detail), {}, {}};
}

problem unauthenticated(std::string detail) {
  return {401, "unauthenticated", std::move(detail), {}, {}};
}

problem forbidden(std::string code, std::string detail) {
  return {403, std::move(code), std::move(detail), {}, {}};
}

problem upstream(std::string code, std::string detail) {
  return {502, std::move(code), std::move(detail), {}, {}};
}

problem unavailable(std::string code, std::string detail, int retry_after_seconds) {
  return {503, std::move(code), std::move(detail), {}, retry_after_seconds};
}

problem internal() {
  return {500,
          "internal",
          "Something went wrong on our side; the log has it under this request id.",
          {},
          {}};
}

}  // namespace omnistream::problems
