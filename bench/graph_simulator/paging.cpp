#include "bench/graph_simulator/paging.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "bench/graph_simulator/base64.hpp"

namespace graph_simulator {
namespace {

bool comes_before(const std::string& left, const std::string& right) {
  return left.size() != right.size() ? left.size() < right.size() : left < right;
}

std::string query_encode(std::string_view text) {
  constexpr char hex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const unsigned char c : text) {
    if (std::isalnum(c) || c == '_' || c == '-' || c == '.') {
      encoded += static_cast<char>(c);
    } else {
      encoded += {'%', hex[c >> 4], hex[c & 15]};
    }
  }
  return encoded;
}

// The same call with another cursor.
std::string link_to(const call& what, std::size_t limit, std::string_view direction,
                    const std::string& cursor) {
  std::string link = "http://" + std::string(what.http.header("host")) + what.http.path +
                     "?limit=" + std::to_string(limit);
  for (const auto& [name, value] : what.query)
    if (name != "limit" && name != "after" && name != "before")
      link += "&" + query_encode(name) + "=" + query_encode(value);
  return link + "&" + std::string(direction) + "=" + query_encode(cursor);
}

struct window {
  std::size_t limit = page_limit_default;
  std::size_t begin = 0;
  std::size_t end = 0;
};

verdict read_limit(const call& what, window& page) {
  const auto* text = what.parameter("limit");
  if (!text) return {};
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), page.limit);
  if (error != std::errc{} || end != text->data() + text->size() || page.limit < 1 ||
      page.limit > page_limit_max)
    return errors::wrong_type("limit", "a number from 1 to 1000");
  return {};
}

verdict find_window(const call& what, const std::vector<listed_object>& objects, window& page) {
  if (auto wrong = read_limit(what, page)) return wrong;
  const auto* after = what.parameter("after");
  const auto* before = what.parameter("before");
  page.end = std::min(page.limit, objects.size());
  if (!after && !before) return {};
  if (after && before) return errors::invalid("Give either after or before, not both.");
  const auto cursor = from_base64(after ? *after : *before);
  const auto is_id_character = [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  };
  if (!cursor || !std::ranges::all_of(*cursor, is_id_character))
    return errors::invalid("The cursor is invalid.");
  const auto at = std::ranges::lower_bound(objects, *cursor, comes_before, &listed_object::first);
  const auto position = static_cast<std::size_t>(at - objects.begin());
  if (before) {
    page.end = position;
    page.begin = position - std::min(page.limit, position);
    return {};
  }
  page.begin = at != objects.end() && at->first == *cursor ? position + 1 : position;
  page.end = std::min(page.begin + page.limit, objects.size());
  return {};
}

}  // namespace

reply page_reply(world& state, const call& what, std::vector<listed_object> objects) {
  window page;
  if (auto wrong = find_window(what, objects, page)) return error_reply(state, *wrong);
  nlohmann::ordered_json answer{{"data", nlohmann::ordered_json::array()}};
  for (auto i = page.begin; i < page.end; ++i)
    answer["data"].push_back(std::move(objects[i].second));
  if (page.begin == page.end) return json_reply(answer);
  const auto before = base64(objects[page.begin].first);
  const auto after = base64(objects[page.end - 1].first);
  answer["paging"]["cursors"] = {{"before", before}, {"after", after}};
  if (page.end < objects.size())
    answer["paging"]["next"] = link_to(what, page.limit, "after", after);
  if (page.begin > 0) answer["paging"]["previous"] = link_to(what, page.limit, "before", before);
  return json_reply(answer);
}

std::vector<std::string> read_fields(const call& what) {
  std::vector<std::string> names;
  const auto* text = what.parameter("fields");
  if (!text) return names;
  std::string name;
  int depth = 0;
  for (const char c : *text + ",") {
    if (c == '{' || c == '(') ++depth;
    if (depth == 0 && c == ',') {
      if (!name.empty()) names.push_back(std::exchange(name, {}));
    } else if (depth == 0 && !std::isspace(static_cast<unsigned char>(c))) {
      name += c;
    }
    if ((c == '}' || c == ')') && depth > 0) --depth;
  }
  return names;
}

verdict pick_fields(const nlohmann::ordered_json& all, const std::vector<std::string>& wanted,
                    std::string_view type, nlohmann::ordered_json& picked) {
  for (const auto& name : wanted) {
    if (!all.contains(name))
      return api_error{100, 0, "",
                       "(#100) Tried accessing nonexisting field (" + name + ") on node type (" +
                           std::string(type) + ")"};
    picked[name] = all[name];
  }
  picked["id"] = all["id"];
  return {};
}

}  // namespace graph_simulator
