#include "http/server/canned_answer.hpp"

#include <array>

#include "http/server/response_headers.hpp"

namespace omnistream::http::server {
namespace {

struct phrase {
  int status;
  std::string_view text;
};
constexpr std::array phrases{
    phrase{200, "OK"},
    phrase{201, "Created"},
    phrase{202, "Accepted"},
    phrase{204, "No Content"},
    phrase{206, "Partial Content"},
    phrase{301, "Moved Permanently"},
    phrase{302, "Found"},
    phrase{303, "See Other"},
    phrase{304, "Not Modified"},
    phrase{307, "Temporary Redirect"},
    phrase{308, "Permanent Redirect"},
    phrase{400, "Bad Request"},
    phrase{401, "Unauthorized"},
    phrase{402, "Payment Required"},
    phrase{403, "Forbidden"},
    phrase{404, "Not Found"},
    phrase{405, "Method Not Allowed"},
    phrase{406, "Not Acceptable"},
    phrase{408, "Request Timeout"},
    phrase{409, "Conflict"},
    phrase{410, "Gone"},
    phrase{412, "Precondition Failed"},
    phrase{413, "Content Too Large"},
    phrase{414, "URI Too Long"},
    phrase{415, "Unsupported Media Type"},
    phrase{416, "Range Not Satisfiable"},
    phrase{417, "Expectation Failed"},
    phrase{422, "Unprocessable Content"},
    phrase{423, "Locked"},
    phrase{428, "Precondition Required"},
    phrase{429, "Too Many Requests"},
    phrase{431, "Request Header Fields Too Large"},
    phrase{500, "Internal Server Error"},
    phrase{501, "Not Implemented"},
    phrase{502, "Bad Gateway"},
    phrase{503, "Service Unavailable"},
    phrase{504, "Gateway Timeout"},
    phrase{505, "HTTP Version Not Supported"},
};

struct failure {
  std::string_view sign;  ///< what RESTinio's log line contains
  int status;
  std::string_view code;
  std::string_view detail;
};
/// First match wins. HPE_CB_* are our limits, the other HPE_* the parser's own findings.
constexpr std::array failures{
    failure{"HPE_CB_headers_complete", 500, "internal",
            "Something went wrong on our side; the log has it."},
    failure{"HPE_CB_body", 500, "internal", "Something went wrong on our side; the log has it."},
    failure{"HPE_CB_url", 414, "url_too_long", "The path and query of the request are too long."},
    failure{"HPE_CB_header", 431, "header_too_large", "The request's header is too large."},
    failure{"HPE_HEADER_OVERFLOW", 431, "header_too_large", "The request's header is too large."},
    failure{"HPE_INVALID_METHOD", 501, "unknown_method", "This method is not known to the server."},
    failure{"HPE_INVALID_VERSION", 505, "unknown_version",
            "Only HTTP/1.0 and HTTP/1.1 are spoken here."},
    failure{"parser error", 400, "bad_request", "The request is not well-formed HTTP/1.1."},
};

}  // namespace

response canned_problem(int status, std::string_view code, std::string_view detail) {
  response answer;
  answer.status = status;
  answer.content_type = "application/problem+json";
  answer.body = R"({"type":"about:blank","title":")";
  answer.body.append(reason_phrase(status)).append(R"(","status":)").append(std::to_string(status));
  answer.body.append(R"(,"detail":")")
      .append(detail)
      .append(R"(","code":")")
      .append(code)
      .append("\"}");
  if (status == 503) answer.headers.emplace_back("Retry-After", "1");
  return answer;
}

std::optional<response> answer_to_failure(std::string_view cause) {
  for (const auto& known : failures) {
    if (cause.find(known.sign) != std::string_view::npos)
      return canned_problem(known.status, known.code, known.detail);
  }
  return std::nullopt;
}

std::string_view reason_phrase(int status) {
  for (const auto& known : phrases)
    if (known.status == status) return known.text;
  return "";
}

std::string last_words(const response& answer) {
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + ' ';
  text.append(reason_phrase(answer.status)).append("\r\nConnection: close");
  for (const auto& [name, value] : final_headers(answer)) text.append("\r\n" + name + ": " + value);
  text.append("\r\nContent-Length: ").append(std::to_string(answer.body.size()));
  return text.append("\r\n\r\n").append(answer.body);
}

}  // namespace omnistream::http::server
