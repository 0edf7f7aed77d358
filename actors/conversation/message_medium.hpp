#pragma once

#include <nlohmann/json.hpp>

namespace omnistream::actors {

/// The medium in a message of WhatsApp's, by its type: the object of an image, a document or the
/// like, or that in the header of an interactive one; null if there is none.
nlohmann::json* medium_in(nlohmann::json& message);

}  // namespace omnistream::actors
