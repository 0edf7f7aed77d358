#include "http/contract/problem_json.hpp"

#include <array>

#include "http/contract/json_writer.hpp"

namespace omnistream::http::contract {
namespace {

struct title {
  int status;
  std::string_view text;
};
constexpr std::array titles{
    title{400, "Bad Request"},
    title{401, "Unauthorized"},
    title{402, "Payment Required"},
    title{403, "Forbidden"},
    title{404, "Not Found"},
    title{405, "Method Not Allowed"},
    title{406, "Not Acceptable"},
    title{408, "Request Timeout"},
    title{409, "Conflict"},
    title{410, "Gone"},
    title{413, "Content Too Large"},
    title{415, "Unsupported Media Type"},
    title{416, "Range Not Satisfiable"},
    title{422, "Unprocessable Content"},
    title{429, "Too Many Requests"},
    title{500, "Internal Server Error"},
    title{501, "Not Implemented"},
    title{502, "Bad Gateway"},
    title{503, "Service Unavailable"},
    title{504, "Gateway Timeout"},
};

void append_member(std::string& out, std::string_view name, std::string_view value) {
  append_json_string(out, name);
  out += ':';
  append_json_string(out, value);
}

void append_errors(std::string& out, const std::vector<field_error>& errors) {
  out += ",\"errors\":[";
  for (const auto& error : errors) {
    out += &error == &errors.front() ? "{" : ",{";
    append_member(out, "field", error.field);
    out += ',';
    append_member(out, "code", error.code);
    out += ',';
    append_member(out, "message", error.message);
    out += '}';
  }
  out += ']';
}

}  // namespace

std::string_view title_of(int status) {
  for (const auto& known : titles)
    if (known.status == status) return known.text;
  return "Error";
}

std::string problem_json(const problem& what, std::string_view request_id) {
  std::string out = "{";
  append_member(out, "type", "/docs/errors#" + what.code);
  out += ',';
  append_member(out, "title", title_of(what.status));
  out += ",\"status\":" + std::to_string(what.status) + ',';
  append_member(out, "detail", what.detail);
  out += ',';
  append_member(out, "code", what.code);
  if (!what.errors.empty()) append_errors(out, what.errors);
  out += ',';
  append_member(out, "request_id", request_id);
  out += '}';
  return out;
}

std::vector<std::pair<std::string, std::string>> problem_headers(const problem& what) {
  std::vector<std::pair<std::string, std::string>> headers;
  if (what.retry_after_seconds)
    headers.emplace_back("Retry-After", std::to_string(*what.retry_after_seconds));
  if (what.status == 401) headers.emplace_back("WWW-Authenticate", "Bearer realm=\"omnistream\"");
  return headers;
}

shape_ptr problem_shape() {
  static const auto error =
      make_shape("FieldError", "One wrong field.",
                 {text("field")
                      .doc("Its path, such as `variables.628123.1`; empty for the whole body.")
                      .example("name"),
                  text("code").doc("What programs branch on.").example("too_long"),
                  text("message")
                      .doc("One sentence for a person.")
                      .example("Must have at most 200 characters.")});
  static const auto made = make_shape(
      "Problem", "Why a request was not carried out (RFC 9457).",
      {text("type").doc("Where the code is explained.").example("/docs/errors#not_found"),
       text("title").doc("The standard phrase of the status.").example("Not Found"),
       integer("status").doc("The HTTP status.").range(400, 599).example(404),
       text("detail")
           .doc("What happened and what to do, for a person.")
           .example("There is no campaign with this id."),
       text("code").doc("What programs branch on; stable.").example("not_found"),
       array("errors", error)
           .optional()
           .doc("Every wrong field, where fields are the reason.")
           .example(nlohmann::json::array()),
       text("request_id")
           .doc("Names this request in the server's log.")
           .example(std::string(example_uuid))});
  return made;
}

}  // namespace omnistream::http::contract
