#include "actors/conversation/message_medium.hpp"

#include <string>

namespace omnistream::actors {

using nlohmann::json;

json* medium_in(json& message) {
  // An object that names its type has what it is under that name.
  const auto of_type = [](json* in) -> json* {
    if (!in->is_object() || !in->contains("type") || !(*in)["type"].is_string()) return nullptr;
    const auto found = in->find((*in)["type"].get_ref<const std::string&>());
    return found != in->end() && found->is_object() ? &*found : nullptr;
  };
  auto* object = of_type(&message);
  if (object == nullptr || message["type"] != "interactive") return object;
  const auto header = object->find("header");
  return header == object->end() ? nullptr : of_type(&*header);
}

}  // namespace omnistream::actors
