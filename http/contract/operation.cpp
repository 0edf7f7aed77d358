#include "http/contract/operation.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "http/contract/shape.hpp"

namespace omnistream::http::contract {
namespace {

constexpr std::array<std::string_view, 5> methods{"GET", "POST", "PUT", "PATCH", "DELETE"};

bool is_snake_case(std::string_view id) {
  return !id.empty() && id.front() >= 'a' && id.front() <= 'z' &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

bool has_body(const operation& of) {
  return of.body != nullptr || !of.body_content_type.empty();
}

/// `/a/{id}` and `/a/{key}` are the same path to a router.
std::string path_form(std::string_view path) {
  std::string form;
  bool inside = false;
  for (const char c : path) {
    if (c == '}') inside = false;
    if (!inside) form += c;
    if (c == '{') inside = true;
  }
  return form;
}

void require_sound(const operation& declared) {
  const auto complain = [&](const std::string& what) {
    throw std::logic_error("the operation " + declared.id + ": " + what);
  };
  if (!is_snake_case(declared.id)) complain("its id is not snake_case");
  if (std::find(methods.begin(), methods.end(), declared.method) == methods.end())
    complain("its method is not one of GET, POST, PUT, PATCH, DELETE");
  if (!declared.path.starts_with('/')) complain("its path does not begin with /");
  if (declared.tag.empty() || declared.summary.empty()) complain("it has no tag or no summary");
  if (declared.successes.empty()) complain("it declares no success");
  if (declared.method == "GET" && has_body(declared)) complain("GET has no body");
  if (declared.body && !declared.body_content_type.empty())
    complain("its body is either JSON or another type, not both");
  if (declared.access == authentication::none && !declared.permission.empty())
    complain("a permission needs a caller");
  const auto names = path_parameter_names(declared.path);
  for (const auto& parameter : declared.path_parameters)
    if (std::find(names.begin(), names.end(), parameter.name) == names.end())
      complain("its path has no parameter " + parameter.name);
}

void add_body_failures(const operation& of, std::vector<failure>& list) {
  list.push_back({413, "body_too_large", "The body is larger than this operation takes."});
  list.push_back(
      {415, "unsupported_media_type", "The body's Content-Type is not the declared one."});
  if (!of.body) return;
  list.push_back({400, "not_json", "The body is not valid JSON."});
  list.push_back({422, "invalid", "Fields are missing, unknown or wrong; `errors` names each."});
}

void add_caller_failures(const operation& of, std::vector<failure>& list) {
  if (of.access == authentication::webhook_signature || of.access == authentication::mail_signature)
    list.push_back({401, "bad_signature", "The signature is missing or does not fit the body."});
  if (of.access != authentication::caller) return;
  list.push_back(
      {401, "unauthenticated", "No valid API key, session or token came with the request."});
  if (!of.permission.empty())
    list.push_back(
        {403, "permission_denied", "The caller lacks the permission `" + of.permission + "`."});
  if (of.needs_broadcast)
    list.push_back({403, "broadcast_not_allowed", "The agent's `can_broadcast` is not set."});
}

}  // namespace

std::vector<failure> all_failures(const operation& of) {
  auto list = of.failures;
  add_caller_failures(of, list);
  if (has_body(of)) add_body_failures(of, list);
  if (of.query) {
    list.push_back({400, "bad_query", "The query has a malformed percent escape or is not UTF-8."});
    list.push_back({422, "invalid", "Parameters are wrong; `errors` names each."});
  }
  if (!path_parameter_names(of.path).empty())
    list.push_back({404, "not_found", "There is no such object, or it is another tenant's."});
  list.push_back({429, "too_many_requests", "Too many requests came from this caller; slow down."});
  list.push_back(
      {500, "internal", "Something went wrong on the server; its log has the request id."});
  list.push_back(
      {503, "unavailable", "The server or its database is overloaded, starting or stopping."});
  const auto key = [](const failure& a) {
    return std::pair<int, std::string_view>(a.status, a.code);
  };
  std::stable_sort(list.begin(), list.end(),
                   [&](const failure& a, const failure& b) { return key(a) < key(b); });
  list.erase(std::unique(list.begin(), list.end(),
                         [&](const failure& a, const failure& b) { return key(a) == key(b); }),
             list.end());
  return list;
}

field_spec header_parameter(std::string name, std::string doc, std::string example) {
  return {.name = std::move(name),
          .doc = std::move(doc),
          .required = false,
          .value = {.type = value_type::string},
          .example = std::move(example)};
}

field_spec idempotency_key_parameter() {
  return header_parameter("Idempotency-Key",
                          "The same call made again with the same key does nothing anew. Keys are "
                          "those of the whole tenant: take a new UUID for each thing that is done. "
                          "At most 255 printable ASCII characters.",
                          std::string(example_uuid));
}

std::vector<std::string> path_parameter_names(std::string_view path) {
  std::vector<std::string> names;
  while (true) {
    const auto open = path.find('{');
    const auto close = path.find('}', open);
    if (open == std::string_view::npos || close == std::string_view::npos) return names;
    names.emplace_back(path.substr(open + 1, close - open - 1));
    path.remove_prefix(close + 1);
  }
}

std::size_t operation_table::add(operation declared) {
  require_sound(declared);
  for (const auto& known : operations_) {
    if (known.id == declared.id)
      throw std::logic_error("the operation " + declared.id + " is declared twice");
    if (known.method == declared.method && path_form(known.path) == path_form(declared.path))
      throw std::logic_error(declared.method + ' ' + declared.path + " is declared by " + known.id +
                             " and " + declared.id);
  }
  const auto same_tag = [&](const tag& known) { return known.name == declared.tag; };
  if (std::none_of(tags_.begin(), tags_.end(), same_tag)) tags_.push_back({declared.tag, ""});
  operations_.push_back(std::move(declared));
  return operations_.size() - 1;
}

void operation_table::describe(tag group) {
  for (auto& known : tags_) {
    if (known.name != group.name) continue;
    known.doc = std::move(group.doc);
    return;
  }
  tags_.push_back(std::move(group));
}

const operation* operation_table::find(std::string_view id) const {
  const auto at = std::find_if(operations_.begin(), operations_.end(),
                               [&](const operation& known) { return known.id == id; });
  return at == operations_.end() ? nullptr : &*at;
}

}  // namespace omnistream::http::contract
