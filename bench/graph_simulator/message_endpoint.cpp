#include "bench/graph_simulator/message_endpoint.hpp"

#include <utility>

#include "bench/graph_simulator/hashing.hpp"
#include "bench/graph_simulator/message_validation.hpp"
#include "bench/graph_simulator/page_messages.hpp"

namespace graph_simulator {
namespace {

std::string_view price_category(const valid_message& message) {
  if (!message.is_template) return "service";
  switch (message.category) {
    case template_category::marketing:
      return "marketing";
    case template_category::authentication:
      return "authentication";
    default:
      return "utility";
  }
}

reply success_reply(const valid_message& message, std::string_view wamid) {
  std::string body = R"({"messaging_product":"whatsapp","contacts":[{"input":)";
  append_json_string(body, message.input);
  body += message.wa_id.empty() ? R"(,"user_id":")" : R"(,"wa_id":")";
  body += message.wa_id.empty() ? message.input : message.wa_id;
  body += R"("}],"messages":[{"id":")";
  body += wamid;
  body += message.is_template ? R"(","message_status":"accepted"}]})" : R"("}]})";
  return raw_reply(std::move(body));
}

// Messages that are no template reach only users who wrote within 24 hours. Meta accepts them all
// the same.
int decide_failure(const world& state, const call& what, const valid_message& message,
                   std::uint64_t pair) {
  if (what.what_happens.what == fault_kind::error) return what.what_happens.code;
  if (message.is_template || !state.options.service_window) return 0;
  const auto window = state.service_windows.find(pair);
  return window != state.service_windows.end() && what.now < window->second ? 0 : 131047;
}

reply accept(world& state, call& what, phone_number& number, const valid_message& message,
             std::uint64_t pair) {
  number.window.accept(what.now);
  if (state.options.pair_limit) state.pairs.accept(pair, what.now);
  count_accepted(state, message.callback);
  accepted_message accepted;
  accepted.index = state.next_index++;
  accepted.nonce = mix(static_cast<std::uint64_t>(state.start.count()));
  accepted.number = number.info;
  accepted.recipient_is_user_id = message.wa_id.empty();
  accepted.recipient = accepted.recipient_is_user_id ? message.input : message.wa_id;
  accepted.callback = message.callback;
  accepted.category = price_category(message);
  accepted.accepted_at = what.now;
  accepted.forced_failure = decide_failure(state, what, message, pair);
  auto wamid = make_wamid(accepted.recipient, accepted.nonce, accepted.index);
  auto result = success_reply(message, wamid);
  if (state.recorded.size() >= world::recorded_max) state.recorded.pop_front();
  state.recorded.push_back(
      {accepted.index, std::move(wamid), what.node, message.callback, std::move(what.http.body)});
  state.sink->message_accepted(std::move(accepted));
  if (what.what_happens.what == fault_kind::reset_after) {
    ++state.counts.resets_after;
    result.abort = true;
  }
  return result;
}

}  // namespace

void count_accepted(world& state, const std::string& callback) {
  ++state.counts.accepted;
  if (callback.empty()) return;
  if (state.callbacks.insert(hash_text(callback)) == callback_set::outcome::known)
    ++state.counts.duplicates;
}

reply refuse_message(world& state, const api_error& error, std::string_view business_id) {
  ++state.counts.rejected[error.code];
  return error_reply(state, error, business_id);
}

reply post_message(world& state, call& what) {
  if (is_page_message(what.http.body)) return post_page_message(state, what);
  auto* number = state.numbers.find_or_add(what.node);
  if (!number) return refuse_message(state, errors::unknown_object("POST", what.node), "0");
  const auto& info = *number->info;
  const auto& fault = what.what_happens;
  if (fault.what == fault_kind::reset_before) {
    ++state.counts.resets_before;
    reply result;
    result.abort = true;
    return result;
  }
  if (fault.what == fault_kind::error && !fault.by_webhook)
    return refuse_message(state, {fault.code, fault.subcode, "Asked for by a fault."},
                          info.waba_id);
  valid_message message;
  if (auto wrong = validate_message(what.http.body, state.templates, info.waba_id,
                                    info.display_digits, message))
    return refuse_message(state, *wrong, info.waba_id);
  if (message.what == valid_message::kind::read_receipt) {
    ++state.counts.read_receipts;
    return raw_reply(R"({"success":true})");
  }
  const auto pair = pair_key(what.node, message.wa_id.empty() ? message.input : message.wa_id);
  if (state.options.pair_limit && !state.pairs.allows(pair, what.now))
    return refuse_message(
        state,
        {131056, 0,
         "Message failed to send because there were too many messages sent from this phone "
         "number to the same phone number in a short period of time."},
        info.waba_id);
  if (!number->window.allows(what.now, state.options.mps))
    return refuse_message(
        state,
        {130429, 0,
         "Message failed to send because there were too many messages sent from this phone "
         "number in a short period of time."},
        info.waba_id);
  return accept(state, what, *number, message, pair);
}

}  // namespace graph_simulator
