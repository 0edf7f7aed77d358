#pragma once

#include "bench/graph_simulator/call.hpp"

namespace graph_simulator {

/// POST /{number}/media: an upload, as multipart/form-data with messaging_product and file.
reply upload_media(world& state, call& what);
/// POST /{page}/message_attachments: the same for Messenger, with message and filedata.
reply upload_attachment(world& state, call& what);
/// GET /{media}: where it is; nothing if there is no such medium.
std::optional<reply> get_media(const world& state, const call& what);
/// What such an address leads to, which takes the access token, too.
reply get_media_bytes(world& state, call& what);
/// POST /_sim/media {"content_type", "base64"}: a medium as people send them; answers its id.
reply add_media(world& state, call& what);

}  // namespace graph_simulator
