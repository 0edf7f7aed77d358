#pragma once

#include "bench/graph_simulator/call.hpp"

namespace graph_simulator {

/// `GET /{version}/{waba}/message_templates` with `fields`, `limit`, `after`, `before`, and the
/// filters `name`, `name_or_content`, `status`, `language`, `category`.
reply list_templates(world& state, call& what);
/// `POST /{version}/{waba}/message_templates`: stored as PENDING, reviewed a little later.
reply create_template(world& state, call& what);
/// `DELETE /{version}/{waba}/message_templates?name=`: in every language.
reply delete_template(world& state, call& what);

/// A template as `GET /{version}/{template_id}` shows it, with all fields.
nlohmann::ordered_json describe_template(const stored_template& stored);

/// Tells the changes by `message_template_status_update` webhooks.
void tell_template_events(world& state, const std::vector<template_event>& events);

}  // namespace graph_simulator
