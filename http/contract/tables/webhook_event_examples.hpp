#pragma once

#include <nlohmann/json.hpp>

/// One example of each kind of thing that events tell of, as an event shows it. `changes`: other
/// values and further members.
namespace omnistream::http::contract::examples {

using json = nlohmann::ordered_json;

constexpr const char* happened_at = "2026-11-20T02:10:00.000Z";
constexpr const char* campaign_id = "019302a4-5b10-7c3e-8f21-4d6a00000000";
constexpr const char* template_id = "019302a0-11d2-7a55-9c04-5f6e7d8c9b0a";
constexpr const char* account_id = "0193029f-4a01-7b60-8d11-2c3b4a596877";
constexpr const char* agent_id = "0193029e-0c1d-7e2f-8a3b-4c5d6e7f8091";
constexpr const char* contact_id = "019302a2-93f4-7d15-b6a7-c8d9e0f1a2b3";
constexpr const char* division_id = "019302aa-1b2c-7d3e-8f40-5a6b7c8d9e0f";
constexpr const char* conversation_id = "019302a6-2e40-7f19-a8b7-c6d5e4f3a2b1";
constexpr const char* merged_contact_id = "019302a5-7d21-7b8c-9d0e-1f2a3b4c5d6e";
constexpr const char* merged_conversation_id = "019302a8-0f32-7c4d-8e5f-60718293a4b5";

/// `base` with other values, or with further members.
json with(json base, const json& changes);

/// A campaign in this state; `begun`: one whose sending has begun.
json campaign(const char* status, const json& changes = json::object());
json begun(const char* status, const json& changes = json::object());
json recipient(const char* status, const json& changes = json::object());
json contact();
/// As it is when it is added.
json new_contact();
json agent(const json& changes = json::object());
json division(const json& changes = json::object());
json conversation(const json& changes = json::object());
json message_template(const char* status, const json& changes = json::object());
json integration(const json& changes = json::object());
json sent_message(const char* status, const json& changes = json::object());
json scheduled_message(const char* status, const json& changes = json::object());
json received_message(const json& changes = json::object());
/// What differs in a message of Instagram with this content.
json of_instagram(const json& element);
json note();

}  // namespace omnistream::http::contract::examples
