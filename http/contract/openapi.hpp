#pragma once

#include <string>
#include <vector>

#include "http/contract/operation.hpp"
#include "http/contract/schema.hpp"

namespace omnistream::http::contract {

/// What stands at the head of the document.
struct document_info {
  std::string title = "OmniStream CRM API";
  std::string version = "0.1.0";
  std::string description{};
  std::string license{};                  ///< SPDX identifier; empty: not said
  std::string server_url = "/";           ///< relative to where the document is fetched from
  std::vector<std::string> tags_first{};  ///< the groups that come first, in their order
};

/// The OpenAPI 3.1 document of all operations: parameters with bounds and defaults, bodies and
/// answers with examples, every failure as problem+json with its codes, named schemas once.
/// Throws std::logic_error when two different shapes have one name.
ordered_json openapi_document(const operation_table& operations, const document_info& info);

}  // namespace omnistream::http::contract
