#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/base/uuid.hpp"
#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"

/// The WhatsApp templates chapter of the contract.
namespace omnistream::http::contract {

struct templates_query {
  std::int64_t page;
  std::int64_t per_page;
  std::optional<std::string> status;
  std::optional<std::string> category;
  std::optional<std::string> waba_id;
};
const table<templates_query>& table_for(const templates_query*);

struct template_create {
  std::string name;
  std::string language;
  std::string category;
  std::vector<nlohmann::json> components;
  std::optional<std::string> parameter_format;
  std::optional<uuid> integration_account_id;
};
const table<template_create>& table_for(const template_create*);

struct templates_sync_query {
  std::optional<uuid> integration_account_id;
};
const table<templates_sync_query>& table_for(const templates_sync_query*);

inline constexpr std::size_t header_media_url_characters_max = 2'048;

struct header_media {
  std::string header_media_url;
};
const table<header_media>& table_for(const header_media*);

/// Whether a text can be the address of a header's medium: an https URL of a bounded length.
bool is_media_url(std::string_view url);

shape_ptr template_shape();
shape_ptr templates_synced_shape();

}  // namespace omnistream::http::contract
