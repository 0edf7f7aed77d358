#include "http/contract/openapi.hpp"

#include <algorithm>
#include <map>

#include "http/contract/problem_json.hpp"
#include "http/contract/shape.hpp"

namespace omnistream::http::contract {
namespace {

/// A parameter's schema; description and example stand beside it, not in it.
ordered_json parameter(const field_spec& field, std::string_view place, schema_maker& schemas) {
  auto schema = schemas.of(field);
  schema.erase("description");
  schema.erase("examples");
  ordered_json made{{"name", field.name}, {"in", place}};
  if (!field.doc.empty()) made["description"] = field.doc;
  if (field.required) made["required"] = true;
  if (field.value.type == value_type::array) {
    made["style"] = "form";
    made["explode"] = false;
  }
  made["schema"] = std::move(schema);
  if (field.example) made["example"] = *field.example;
  return made;
}

field_spec path_field(const operation& of, const std::string& name) {
  for (const auto& declared : of.path_parameters)
    if (declared.name == name) return declared;
  return {.name = name,
          .doc = "The id in the path.",
          .value = {.type = value_type::string, .format = text_format::uuid}};
}

ordered_json parameters_of(const operation& of, schema_maker& schemas) {
  auto list = ordered_json::array();
  for (const auto& name : path_parameter_names(of.path))
    list.push_back(parameter(path_field(of, name), "path", schemas));
  if (of.query)
    for (const auto& field : of.query->fields) list.push_back(parameter(field, "query", schemas));
  for (const auto& field : of.header_parameters)
    list.push_back(parameter(field, "header", schemas));
  return list;
}

ordered_json json_content(ordered_json schema, ordered_json example) {
  return {{"application/json", {{"schema", std::move(schema)}, {"example", std::move(example)}}}};
}

/// Of a body that is no JSON: a form with one file, bytes of any type, or text.
ordered_json other_content(const std::string& type) {
  ordered_json schema{{"type", "string"}};
  if (type == "multipart/form-data")
    schema = {{"type", "object"},
              {"required", {"file"}},
              {"properties",
               {{"file", {{"type", "string"}, {"contentMediaType", "application/octet-stream"}}}}},
              {"additionalProperties", false}};
  else if (type == "*/*")
    schema = ordered_json::object();
  return {{type, {{"schema", std::move(schema)}}}};
}

ordered_json body_of(const operation& of, schema_maker& schemas) {
  if (!of.body) return {{"required", true}, {"content", other_content(of.body_content_type)}};
  const bool required = !of.body->at_least_one_of.empty() ||
                        std::any_of(of.body->fields.begin(), of.body->fields.end(),
                                    [](const field_spec& field) { return field.required; });
  ordered_json example = of.body_example ? ordered_json(*of.body_example) : example_of(*of.body);
  return {{"required", required},
          {"content", json_content(schemas.of(of.body), std::move(example))}};
}

ordered_json success_of(const success& answer, schema_maker& schemas) {
  ordered_json made{{"description", answer.doc.empty() ? "Done." : answer.doc}};
  if (!answer.content_type.empty()) {
    made["content"] = other_content(answer.content_type);
  } else if (answer.body) {
    auto schema = schemas.of(answer.body);
    auto example = example_of(*answer.body);
    if (answer.is_array) {
      schema = {{"type", "array"}, {"items", std::move(schema)}};
      example = ordered_json::array({std::move(example)});
    }
    if (answer.example) example = ordered_json(*answer.example);
    made["content"] = json_content(std::move(schema), std::move(example));
  }
  return made;
}

ordered_json problem_example(const failure& of) {
  problem what{of.status, of.code, of.doc, {}, {}};
  if (of.code == "invalid")
    what.errors = {{"name", "too_long", "Must have at most 200 characters."},
                   {"colour", "unknown_field", "There is no such field."}};
  return {{"summary", of.doc}, {"value", ordered_json::parse(problem_json(what, example_uuid))}};
}

/// One answer per status, with an example per code.
ordered_json failure_response(const std::vector<failure>& of_status, schema_maker& schemas) {
  std::string doc;
  auto examples = ordered_json::object();
  for (const auto& failure : of_status) {
    doc += (doc.empty() ? "" : " ") + ('`' + failure.code + "`: ") + failure.doc;
    examples[failure.code] = problem_example(failure);
  }
  ordered_json made{{"description", doc}};
  const int status = of_status.front().status;
  if (status == 429 || status == 503)
    made["headers"]["Retry-After"] = {{"description", "Seconds to wait before the next try."},
                                      {"schema", {{"type", "integer"}, {"minimum", 0}}}};
  made["content"][std::string(problem_content_type)] = {{"schema", schemas.of(problem_shape())},
                                                        {"examples", std::move(examples)}};
  return made;
}

/// Responses that many operations share are written once, under components/responses.
class response_book {
 public:
  ordered_json refer(int status, ordered_json response) {
    const auto base = name_of(status);
    for (int attempt = 1;; ++attempt) {
      const auto name = attempt == 1 ? base : base + std::to_string(attempt);
      const auto [known, fresh] = kept_.emplace(name, response);
      if (fresh || known->second == response) return {{"$ref", "#/components/responses/" + name}};
    }
  }
  const std::map<std::string, ordered_json>& kept() const { return kept_; }

 private:
  static std::string name_of(int status) {
    std::string name;
    for (const char c : title_of(status))
      if (c != ' ') name += c;
    return name;
  }
  std::map<std::string, ordered_json> kept_;
};

ordered_json responses_of(const operation& of, schema_maker& schemas, response_book& book) {
  auto responses = ordered_json::object();
  for (const auto& answer : of.successes)
    responses[std::to_string(answer.status)] = success_of(answer, schemas);
  std::map<int, std::vector<failure>> by_status;
  for (auto& failure : all_failures(of)) by_status[failure.status].push_back(std::move(failure));
  for (const auto& [status, failures] : by_status)
    responses[std::to_string(status)] = book.refer(status, failure_response(failures, schemas));
  return responses;
}

ordered_json security_of(const operation& of) {
  const auto none = ordered_json::array();
  switch (of.access) {
    case authentication::none:
      return ordered_json::array();
    case authentication::caller:
      return ordered_json::array({{{"api_key", none}}, {{"session", none}}, {{"bearer", none}}});
    case authentication::webhook_signature:
      return ordered_json::array({{{"webhook_signature", none}}});
    case authentication::mail_signature:
      return ordered_json::array({{{"mail_signature", none}}});
  }
  return ordered_json::array();
}

std::string description_of(const operation& of) {
  std::string text = of.description;
  const auto add = [&](const std::string& paragraph) {
    text += (text.empty() ? "" : "\n\n") + paragraph;
  };
  if (!of.permission.empty()) add("Needs the permission `" + of.permission + "`.");
  if (of.needs_broadcast) add("Needs `can_broadcast` on the agent's profile.");
  return text;
}

ordered_json operation_object(const operation& of, schema_maker& schemas, response_book& book) {
  ordered_json made{
      {"operationId", of.id}, {"tags", ordered_json::array({of.tag})}, {"summary", of.summary}};
  if (const auto text = description_of(of); !text.empty()) made["description"] = text;
  made["security"] = security_of(of);
  if (auto parameters = parameters_of(of, schemas); !parameters.empty())
    made["parameters"] = std::move(parameters);
  if (of.body || !of.body_content_type.empty()) made["requestBody"] = body_of(of, schemas);
  made["responses"] = responses_of(of, schemas, book);
  return made;
}

ordered_json security_schemes() {
  return {
      {"api_key",
       {{"type", "apiKey"},
        {"in", "header"},
        {"name", "X-API-Key"},
        {"description",
         "A key made under Developer > API Keys. It acts for the agent who made it."}}},
      {"session",
       {{"type", "apiKey"},
        {"in", "cookie"},
        {"name", "omnistream_session"},
        {"description", "Set by login, cleared by logout."}}},
      {"bearer",
       {{"type", "http"},
        {"scheme", "bearer"},
        {"bearerFormat", "JWT"},
        {"description", "A token of the current session."}}},
      {"webhook_signature",
       {{"type", "apiKey"},
        {"in", "header"},
        {"name", "X-Hub-Signature-256"},
        {"description", "`sha256=` and the HMAC-SHA256 of the raw body under the app secret."}}},
      {"mail_signature",
       {{"type", "apiKey"},
        {"in", "header"},
        {"name", "X-Email-Webhook-Signature"},
        {"description",
         "The HMAC-SHA256 of the raw body under EMAIL_WEBHOOK_SECRET. Not needed without one."}}}};
}

ordered_json tags_of(const operation_table& operations, const std::vector<std::string>& first) {
  auto tags = operations.tags();
  const auto place = [&first](const tag& of) {
    return std::find(first.begin(), first.end(), of.name) - first.begin();
  };
  std::stable_sort(tags.begin(), tags.end(),
                   [&place](const tag& a, const tag& b) { return place(a) < place(b); });
  auto list = ordered_json::array();
  for (const auto& [name, doc] : tags)
    list.push_back({{"name", name}, {"description", doc.empty() ? name : doc}});
  return list;
}

}  // namespace

ordered_json openapi_document(const operation_table& operations, const document_info& info) {
  schema_maker schemas;
  response_book book;
  auto paths = ordered_json::object();
  for (const auto& declared : operations.operations()) {
    std::string method = declared.method;
    std::transform(method.begin(), method.end(), method.begin(),
                   [](char c) { return static_cast<char>(c - 'A' + 'a'); });
    paths[declared.path][method] = operation_object(declared, schemas, book);
  }
  ordered_json document{{"openapi", "3.1.0"}};
  document["info"] = {{"title", info.title},
                      {"version", info.version},
                      {"description", info.description.empty() ? info.title : info.description}};
  if (!info.license.empty())
    document["info"]["license"] = {{"name", info.license}, {"identifier", info.license}};
  document["servers"] = ordered_json::array({{{"url", info.server_url}}});
  document["tags"] = tags_of(operations, info.tags_first);
  document["paths"] = std::move(paths);
  document["components"]["schemas"] = schemas.components();
  document["components"]["responses"] = book.kept();
  document["components"]["securitySchemes"] = security_schemes();
  return document;
}

}  // namespace omnistream::http::contract
