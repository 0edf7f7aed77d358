#include "bench/graph_simulator/person_profiles.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "bench/graph_simulator/hashing.hpp"
#include "bench/graph_simulator/paging.hpp"

namespace graph_simulator {
namespace {

using nlohmann::ordered_json;

constexpr std::array<std::string_view, 8> first_names{"Agus", "Budi", "Dewi", "Joko",
                                                      "Maya", "Putu", "Rina", "Siti"};
constexpr std::array<std::string_view, 8> last_names{"Hartono", "Kusuma",  "Lestari", "Pratama",
                                                     "Santoso", "Siregar", "Utami",   "Wijaya"};

}  // namespace

std::optional<reply> get_person(const call& what) {
  const auto fields = read_fields(what);
  const auto hash = hash_text(what.node);
  const std::string first(first_names[hash % first_names.size()]);
  const std::string last(last_names[hash / first_names.size() % last_names.size()]);
  if (fields == std::vector<std::string>{"first_name", "last_name"})
    return json_reply(ordered_json{{"first_name", first}, {"last_name", last}, {"id", what.node}});
  if (fields == std::vector<std::string>{"name", "username"})
    return json_reply(ordered_json{
        {"name", first + " " + last}, {"username", "person." + what.node}, {"id", what.node}});
  return std::nullopt;
}

bool may_ask_for_person(const world& state, const call& what) {
  const auto person = state.people.find(what.node);
  return what.http.method == "GET" && person != state.people.end() &&
         state.logins.may_use(what.token, person->second.account);
}

}  // namespace graph_simulator
