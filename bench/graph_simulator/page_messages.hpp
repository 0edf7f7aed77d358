#pragma once

#include <string_view>

#include "bench/graph_simulator/call.hpp"

/// Messenger and Instagram: what pages and Instagram accounts send, and what people write to them.
namespace graph_simulator {

/// Whether a message is one of the Send API, which WhatsApp's never is: it names its recipient by
/// an object.
bool is_page_message(std::string_view body);

/// `POST /{version}/{page or Instagram account}/messages`: faults, validation, whether the person
/// wrote lately, rate, acceptance, in this order. An echo is told at once; Messenger tells of the
/// delivery, and both of the reading, later. Instagram's own messages go through the account or the
/// page it belongs to.
reply post_page_message(world& state, call& what);

/// `POST /_sim/messaging`: somebody writes to a page or an Instagram account.
reply post_messaging(world& state, call& what);

}  // namespace graph_simulator
