#include "bench/graph_simulator/json_checks.hpp"

#include <algorithm>

#include "bench/graph_simulator/message_template.hpp"

namespace graph_simulator {

using nlohmann::json;

verdict check_keys(const json& object, std::initializer_list<std::string_view> allowed,
                   std::string_view where) {
  if (!object.is_object()) return errors::wrong_type(where, "a JSON object");
  for (auto member = object.begin(); member != object.end(); ++member)
    if (std::ranges::find(allowed, std::string_view(member.key())) == allowed.end())
      return errors::unexpected_key(member.key(), where);
  return {};
}

verdict check_optional_text(const json& object, const char* key, std::string_view where,
                            std::size_t characters_max) {
  const auto at = object.find(key);
  if (at == object.end()) return {};
  const auto path = [&] { return std::string(where) + "['" + key + "']"; };
  if (!at->is_string()) return errors::wrong_type(path(), "a string");
  const auto& text = at->get_ref<const std::string&>();
  if (text.size() > characters_max && character_count(text) > characters_max)
    return errors::wrong_type(path(),
                              "at most " + std::to_string(characters_max) + " characters long");
  return {};
}

verdict check_text(const json& object, const char* key, std::string_view where,
                   std::size_t characters_max) {
  const auto at = object.find(key);
  if (at == object.end() || (at->is_string() && at->get_ref<const std::string&>().empty()))
    return errors::missing(std::string(where) + ": '" + key + "' is missing or empty");
  return check_optional_text(object, key, where, characters_max);
}

verdict check_media(const json& media, std::initializer_list<std::string_view> extra,
                    std::string_view where) {
  if (!media.is_object()) return errors::wrong_type(where, "a JSON object");
  for (auto member = media.begin(); member != media.end(); ++member) {
    const std::string_view key = member.key();
    if (key != "id" && key != "link" && std::ranges::find(extra, key) == extra.end())
      return errors::unexpected_key(key, where);
    if (auto wrong = check_text(media, member.key().c_str(), where, key == "link" ? 2048 : 1024))
      return wrong;
  }
  const auto link = media.find("link");
  if ((link != media.end()) == media.contains("id"))
    return errors::missing(std::string(where) + ": exactly one of 'id' and 'link' is needed");
  if (link == media.end()) return {};
  const auto& url = link->get_ref<const std::string&>();
  const auto begin = url.find("://");
  if ((!url.starts_with("http://") && !url.starts_with("https://")) || url.size() == begin + 3)
    return errors::bad_value(std::string(where) + ": 'link' must be an http or https URL");
  return {};
}

std::size_t nesting_depth(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

}  // namespace graph_simulator
